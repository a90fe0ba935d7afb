/**
 * A site in a temporary folder whose visitors do what a test says: browsers' beacons and a server's calls through the real
 * writer, answers through the real reads. No threads, no sockets; time is what the test says.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SiteSettings } from "../src/domain/site.ts";
import { answerQuestion, type QuestionName, type Questions } from "../src/report/questions.ts";
import type { Reads } from "../src/store/port.ts";
import { type CommandName, type Commands, runCommand } from "../src/store/sqlite/commands.ts";
import { openForReading } from "../src/store/sqlite/open.ts";
import { openReads } from "../src/store/sqlite/reads.ts";
import { openWriter, type Writer } from "../src/store/sqlite/writer.ts";
import { idAt } from "./house.ts";

export interface VisitedSite {
  folder: string;
  writer: Writer;
  reads: Reads;
  /** A browser sends one touchpoint; it arrives `late` milliseconds after it happened. */
  send(visitor: string, at: number, fields: Record<string, unknown> & { kind: string }, late?: number): void;
  /** A page view that opens a visit. */
  visit(visitor: string, at: number, url: string, referrer?: string): void;
  /** A page view in a running visit. */
  page(visitor: string, at: number, url: string, referrer?: string): void;
  buy(visitor: string, at: number, order: string, value: number, currency?: string): void;
  ask<N extends QuestionName>(
    name: N,
    params: Questions[N]["take"],
    now?: number,
  ): Promise<Questions[N]["give"]>;
  change<N extends CommandName>(name: N, take: Commands[N]["take"]): Commands[N]["give"];
  /** Everything that was sent is in the projections. */
  settle(): void;
  close(): void;
}

export function openVisitedSite(settings: Partial<SiteSettings>, createdAt: number): VisitedSite {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-visited-"));
  const writer = openWriter(folder);
  runCommand(writer, "addSite", { id: "shop", settings, at: createdAt });
  const db = openForReading(folder);
  const reads = openReads(db);
  let newest = createdAt;

  const site: VisitedSite = {
    folder,
    writer,
    reads,
    send(visitor, at, { kind, ...fields }, late = 0) {
      const receivedAt = at + late;
      newest = Math.max(newest, receivedAt);
      const body = JSON.stringify({
        v: 1,
        site: "shop",
        sentAt: receivedAt,
        visitor: `visitor-${visitor}`,
        touchpoints: [{ id: idAt(at), at, kind, ...fields }],
      });
      const [outcome] = writer.ingest([{ body, receivedAt, door: "browser" }]);
      if (outcome?.kind !== "stored" || outcome.stored !== 1) throw new Error(JSON.stringify(outcome));
    },
    visit(visitor, at, url, referrer) {
      const from = referrer === undefined ? {} : { referrer };
      site.send(visitor, at, { kind: "page_view", visit: true, url, ...from });
    },
    page(visitor, at, url, referrer) {
      site.send(visitor, at, { kind: "page_view", url, ...(referrer === undefined ? {} : { referrer }) });
    },
    buy(visitor, at, order, value, currency) {
      const money = currency === undefined ? {} : { currency };
      site.send(visitor, at, { kind: "purchase", order, value, ...money });
    },
    ask: (name, params, now = newest) => {
      site.settle();
      return answerQuestion(reads, name, params, now);
    },
    change(name, take) {
      site.settle();
      return runCommand(writer, name, take);
    },
    settle() {
      while (writer.project(100) > 0);
    },
    close() {
      db.close();
      writer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return site;
}
