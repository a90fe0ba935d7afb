/**
 * How a person is known to a system: from the names the person has here.
 *
 * Names are claims: `customer:…`, `email:…`, `alias:…`.
 */
import type { Draft } from "./connector.ts";
import { emailHash } from "./fields.ts";
import type { ContactAddress, ContactRefs, TargetOptions } from "./target.ts";

/** Ids that are no contact's, although they begin like one's. */
const OTHER_RECORD = /^lead:/;

/**
 * Everything a system may know the person by.
 *
 * @param claims the person's names
 * @param email the kept address, if there is one
 */
export function refsOf(
  claims: readonly string[],
  email: string | undefined,
  { system, customers, keepEmail }: Pick<TargetOptions, "system" | "customers" | "keepEmail">,
): ContactRefs {
  const after = (prefix: string): string[] =>
    claims.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const hutk = after("alias:hutk:").at(-1);
  const ga = after("alias:ga:").at(-1);
  return {
    ids: after(`alias:${system}:`).filter((id) => id !== "" && !OTHER_RECORD.test(id)),
    customers: after("customer:").flatMap((id) => customerIn(id, customers)),
    ...(email !== undefined && keepEmail ? { email } : {}),
    ...(hutk === undefined ? {} : { hutk }),
    ...(ga === undefined ? {} : { ga }),
  };
}

/** The bare id of a customer in a namespace; ids without a namespace belong to every one. */
function customerIn(id: string, namespace: string): string[] {
  const parts = /^([a-z][a-z0-9-]*):(.+)$/.exec(id);
  if (parts === null) return [id];
  return parts[1] === namespace ? [parts[2]!] : [];
}

/** How an address is remembered: ids as they are, a kept e-mail address only as a word. */
export const addressKey = ({ kind, value }: ContactAddress): string =>
  kind === "email" || kind === "new" ? kind : `${kind}:${value}`;

/**
 * The addresses behind the hashes that drafts name their people by, found in the message they were read from. Whatever
 * else is in the message (the shop's own address, a colleague's) is nobody's.
 */
export function addressesBehind(
  drafts: readonly Draft[],
  texts: readonly unknown[],
): { hash: string; address: string }[] {
  const wanted = new Set(drafts.flatMap(({ who }) => (who.email === undefined ? [] : [who.email])));
  if (wanted.size === 0) return [];
  const found = new Map<string, string>();
  for (const address of texts.flatMap((text) => addressesIn(text, MOST_ADDRESSES))) {
    const hash = emailHash(address);
    if (hash !== undefined && wanted.has(hash)) found.set(hash, address);
  }
  return [...found].map(([hash, address]) => ({ hash, address }));
}

/** A page of a poll holds a few hundred orders. */
const MOST_ADDRESSES = 2_000;

// One or more characters on both sides; what comes from other systems was checked there, if at all.
const ADDRESS = /^[^\s@]{1,64}@[^\s@]{1,190}$/;

/** Every e-mail address in a piece of JSON, trimmed and lower-cased, at most `most`. */
function addressesIn(json: unknown, most: number): string[] {
  const found = new Set<string>();
  const look = (value: unknown, depth: number): void => {
    if (found.size >= most || depth > 20) return;
    if (typeof value === "string") {
      const clean = value.trim().toLowerCase();
      if (ADDRESS.test(clean)) found.add(clean);
    } else if (typeof value === "object" && value !== null) {
      for (const part of Object.values(value)) look(part, depth + 1);
    }
  };
  look(json, 0);
  return [...found];
}
