/**
 * Says in one sentence what went wrong with a request to the engine, and what to do about it.
 */
import { SojournError } from "../../errors.ts";
import { type EngineAddress, shownAddress } from "./address.ts";

/** Codes of the engine that say the rows themselves are wrong: sending them again changes nothing. */
const ABOUT_ROWS = new Set([
  6, 16, 20, 26, 27, 32, 36, 38, 41, 53, 69, 70, 72, 117, 130, 131, 349, 469, 519, 691,
]);

/** What went wrong with a request: may it be sent again as it is? */
export class EngineError extends SojournError {
  /** The engine's own number; undefined when it did not answer. */
  readonly engineCode: number | undefined;

  constructor(
    code: SojournError["code"],
    message: string,
    hint: string,
    cause: unknown,
    engineCode?: number,
  ) {
    super(code, message, { hint, cause });
    this.engineCode = engineCode;
  }

  /** True when the engine will never take these rows. */
  get isAboutRows(): boolean {
    return this.engineCode !== undefined && ABOUT_ROWS.has(this.engineCode);
  }
}

/** Codes of the engine for a user who does not exist, or a password that is not theirs. */
const ABOUT_USER = new Set([192, 193, 194, 516]);
/** For a user who may not do it, or may only read. */
const ABOUT_RIGHTS = new Set([164, 497]);
/** No such table; no such database. */
const ABOUT_TABLES = new Set([60, 81]);

const MEANWHILE =
  "Meanwhile touchpoints are kept in the collector's file and shipped when the engine answers.";

/** Whatever the client threw, as an error that tells people what to do. */
export function explained(address: EngineAddress, error: unknown): unknown {
  if (error instanceof SojournError) return error;
  const { code, message = String(error) } = error as { code?: unknown; message?: string };
  const number = Number(code ?? /Code: (\d+)/.exec(message)?.[1]);
  const shown = shownAddress(address);
  const said = message
    .replaceAll(/\s+/g, " ")
    .slice(0, 300)
    .replace(/[. ]+$/, "");
  const told = (kind: SojournError["code"], what: string, hint: string): EngineError =>
    new EngineError(kind, what, hint, error, number > 0 ? number : undefined);

  if (ABOUT_USER.has(number)) {
    return told(
      "unauthorized",
      `${shown} does not accept this user or password`,
      "Check the user and the password in the store's address.",
    );
  }
  if (ABOUT_RIGHTS.has(number)) {
    return told(
      "forbidden",
      `${shown} does not let this user do that: ${said}`,
      "Give the user the rights that docs/scaling.md lists.",
    );
  }
  if (ABOUT_TABLES.has(number)) {
    return told(
      "unavailable",
      `${shown} has no tables of Sojourn, or not all of them: ${said}`,
      "They are made by a collector that starts with this address, by sojourn move, or with the SQL of sojourn engine schema.",
    );
  }
  if (number > 0)
    return told("unavailable", `${shown} refused: ${said}`, `The engine's own log says more. ${MEANWHILE}`);
  return told(...withoutAnswer(shown, String(code ?? ""), said));
}

/** The engine did not answer, or something else did. */
function withoutAnswer(
  shown: string,
  code: string,
  said: string,
): [kind: SojournError["code"], what: string, hint: string] {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return [
      "unavailable",
      `The host of ${shown} is not known (${said})`,
      `Check how it is spelt. ${MEANWHILE}`,
    ];
  }
  if (code === "ECONNREFUSED") {
    return [
      "unavailable",
      `Nothing listens at ${shown}`,
      `Check host and port, and whether the engine runs. ${MEANWHILE}`,
    ];
  }
  if (code === "EPROTO") {
    return [
      "bad_config",
      `${shown} does not speak TLS`,
      "Leave ?secure=true out, or name its TLS port (often 8443).",
    ];
  }
  if (/CERT|ISSUER|SELF_SIGNED|ALTNAME/.test(code)) {
    return [
      "bad_config",
      `The certificate of ${shown} is not trusted (${said})`,
      "Name the file of its authority in NODE_EXTRA_CA_CERTS, or use the host that the certificate names.",
    ];
  }
  // No error of the system and none of the engine: somebody answered, but not in its words.
  if (code.startsWith("HPE_") || (code === "" && !/time-?out/i.test(said))) {
    return [
      "unavailable",
      `What answers at ${shown} is not the HTTP interface of ClickHouse (${said.slice(0, 80)})`,
      `It listens on port 8123, or 8443 with ?secure=true; 9000 is another protocol. ${MEANWHILE}`,
    ];
  }
  const hint =
    code === "ECONNRESET"
      ? `If it expects TLS, add ?secure=true. ${MEANWHILE}`
      : `Check whether the engine runs, and what is between. ${MEANWHILE}`;
  return ["unavailable", `${shown} cannot be reached (${said})`, hint];
}
