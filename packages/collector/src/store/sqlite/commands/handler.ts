/**
 * The shape of what runs a command: one function per name, on the writer, inside its transaction.
 */
import type { Writer } from "../writer.ts";

/** What a command takes and gives; both must survive a structured clone and JSON. */
export interface CommandShape {
  take: unknown;
  give: unknown;
}

export type HandlersOf<C> = {
  [N in keyof C]: C[N] extends CommandShape ? (writer: Writer, take: C[N]["take"]) => C[N]["give"] : never;
};

/** Sets or removes (null) a row of `meta`; inside the caller's transaction. */
export function setMeta(writer: Writer, key: string, value: string | null): null {
  if (value === null) writer.db.prepare("delete from meta where key = ?").run(key);
  else {
    writer.db
      .prepare("insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value")
      .run(key, value);
  }
  return null;
}

/** Reads a row of `meta`. */
export const getMeta = (writer: Writer, key: string): string | undefined =>
  writer.db.prepare<[string], string>("select value from meta where key = ?").pluck().get(key);
