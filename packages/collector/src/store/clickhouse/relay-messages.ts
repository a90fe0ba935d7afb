/**
 * What the relay's thread and the rest of the process say to one another.
 */
import type { Outcome } from "../../ingest/outcome.ts";
import type { Failure } from "../sqlite/failure.ts";
import type { RelayStatus } from "../store.ts";
import type { EngineAddress } from "./address.ts";
import type { Directory } from "./directory.ts";
import type { TakenIn } from "./relay.ts";

export interface RelayData {
  folder: string;
  address: EngineAddress;
  /** What collectors of one engine show one another. */
  secret: string;
}

export type ToRelay = { kind: "take"; id: number; taken: TakenIn } | { kind: "status" | "close"; id: number };

export type FromRelay =
  /** What is known of others; undefined: nothing yet. */
  | { kind: "directory"; directory: Directory | undefined }
  | { kind: "trouble"; error: Failure }
  | { kind: "answer"; id: number; value?: Outcome | RelayStatus | null; error?: Failure };
