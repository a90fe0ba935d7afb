/**
 * Reads the address of an engine: clickhouse://user:password@host:8123/database?cluster=name&secure=true
 */
import { SojournError } from "../../errors.ts";

export interface EngineAddress {
  /** http(s)://host:port */
  url: string;
  username: string;
  password: string;
  database: string;
  /** Name of the cluster whose nodes hold the tables; undefined: one node holds all. */
  cluster?: string;
}

const HINT = "Such as clickhouse://collector:secret@engine.example:8123/sojourn, with ?secure=true for TLS.";

/** True when a setting names this engine rather than the file. */
export const isEngineAddress = (text: string): boolean => text.startsWith("clickhouse:");

/** Throws `bad_config`; the message never shows the password. */
export function readAddress(text: string): EngineAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "clickhouse:" || url.hostname === "") {
    throw new SojournError("bad_config", "The store's address cannot be read", { hint: HINT });
  }
  for (const name of url.searchParams.keys()) {
    if (name !== "cluster" && name !== "secure") {
      throw new SojournError("bad_config", `The store's address has an unknown part "${name}"`, {
        hint: HINT,
      });
    }
  }
  const isSecure = url.searchParams.get("secure") === "true";
  const database = decodeURIComponent(url.pathname.slice(1)) || "sojourn";
  const cluster = url.searchParams.get("cluster");
  for (const [what, name] of [
    ["database", database],
    ["cluster", cluster ?? "x"],
  ] as const) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,60}$/.test(name)) {
      throw new SojournError("bad_config", `"${name.slice(0, 60)}" cannot be the name of a ${what}`, {
        hint: "Letters, digits and underscores, beginning with a letter.",
      });
    }
  }
  return {
    url: `${isSecure ? "https" : "http"}://${url.hostname}:${url.port || (isSecure ? "8443" : "8123")}`,
    username: decodeURIComponent(url.username) || "default",
    password: decodeURIComponent(url.password),
    database,
    ...(cluster === null ? {} : { cluster }),
  };
}

/** The address without its password, for logs. */
export const shownAddress = ({ url, username, database }: EngineAddress): string =>
  `${url.replace(/^https?:\/\//, `clickhouse://${username}@`)}/${database}`;
