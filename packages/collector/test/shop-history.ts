/**
 * A seeded history of a small shop, fed through the real writer as a server would send it, beside the plain list of what
 * happened, so that a test can count for itself.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SiteSettings } from "../src/domain/site.ts";
import type { EpochMs } from "../src/domain/touchpoint.ts";
import { answerQuestion, type QuestionName, type Questions } from "../src/report/questions.ts";
import type { Reads } from "../src/store/port.ts";
import { type CommandName, type Commands, runCommand } from "../src/store/sqlite/commands.ts";
import { openForReading } from "../src/store/sqlite/open.ts";
import { openReads } from "../src/store/sqlite/reads.ts";
import { openWriter } from "../src/store/sqlite/writer.ts";
import { idAt } from "./house.ts";

/** One thing that happened; money in major units of the currency. */
export interface Happening {
  id: string;
  visitor: string;
  at: EpochMs;
  kind: string;
  url?: string;
  order?: string;
  value?: number;
  currency?: string;
  survey?: "nps" | "csat";
  score?: number;
  customer?: string;
}

export interface Shop {
  reads: Reads;
  ask<N extends QuestionName>(
    name: N,
    params: Omit<Questions[N]["take"], "site">,
  ): Promise<Questions[N]["give"]>;
  change<N extends CommandName>(name: N, take: Commands[N]["take"]): Commands[N]["give"];
  folder: string;
  close(): void;
}

/** A shop in which all this happened; questions are asked at `now`. */
export function openShop(
  happenings: readonly Happening[],
  now: EpochMs,
  settings: Partial<SiteSettings> = {},
): Shop {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-shop-"));
  const writer = openWriter(folder);
  runCommand(writer, "addSite", { id: "shop", settings: { zone: "Europe/Berlin", ...settings }, at: 0 });
  const sorted = [...happenings].sort((a, b) => a.at - b.at);
  for (let start = 0; start < sorted.length; start += 400) {
    const arrivals = sorted.slice(start, start + 400).map((one) => ({
      body: JSON.stringify(one),
      receivedAt: one.at + 1_000,
      door: "server" as const,
      site: "shop",
    }));
    for (const outcome of writer.ingest(arrivals)) {
      if (outcome.kind !== "stored" || outcome.stored !== 1) throw new Error(JSON.stringify(outcome));
    }
    while (writer.project(1_000) > 0);
  }
  while (writer.sweep(now) > 0);
  const db = openForReading(folder);
  const reads = openReads(db);
  return {
    reads,
    folder,
    ask: (name, params) => answerQuestion(reads, name, { ...params, site: "shop" } as never, now),
    change(name, take) {
      while (writer.project(1_000) > 0);
      return runCommand(writer, name, take);
    },
    close() {
      db.close();
      writer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Landing pages with the channel they stand for. */
export const LANDINGS = [
  { url: "https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=autumn", channel: "Email" },
  { url: "https://shop.example/kettles?utm_source=google&utm_medium=cpc", channel: "Paid Search" },
  { url: "https://shop.example/", channel: "Direct" },
] as const;

/** What `people` people did in the `days` before `until`: visits, carts, orders, refunds, answers. */
export function inventHistory(seed: number, people: number, until: EpochMs, days: number): Happening[] {
  const random = seeded(seed);
  const among = (n: number) => Math.floor(random() * n);
  const all: Happening[] = [];
  for (let person = 0; person < people; person += 1) {
    const visitor = `visitor-${person}`;
    const add = (at: EpochMs, kind: string, fields: Partial<Happening> = {}) => {
      const when = Math.min(Math.floor(at), until - 1);
      all.push({ id: idAt(when), visitor, at: when, kind, ...fields });
    };
    const zeal = random();
    let at = until - Math.floor(random() * days * DAY);
    const landing = LANDINGS[among(LANDINGS.length)]!;
    for (let visit = 0; at < until - 2 * MINUTE * 30 && visit < 1 + zeal * 12; visit += 1) {
      add(at, "page_view", { url: visit === 0 ? landing.url : "https://shop.example/" });
      let t = at + MINUTE;
      const then = (kind: string, fields: Partial<Happening> = {}) => {
        t += MINUTE;
        add(t, kind, fields);
      };
      if (random() < 0.7) then("view_item");
      if (random() < 0.15) then("newsletter_signup");
      if (random() < 0.4 * zeal + 0.1) {
        const value = 10 + among(90);
        then("add_to_cart", { value, currency: "EUR" });
        if (random() < 0.3) then("remove_from_cart", { value: 5, currency: "EUR" });
        if (random() < 0.7) {
          then("begin_checkout", random() < 0.5 ? { value, currency: "EUR" } : {});
          if (random() < 0.75) {
            const order = `order-${person}-${visit}`;
            const currency = random() < 0.1 ? "SEK" : "EUR";
            then("purchase", { order, value, currency });
            const isWhole = random() < 0.1;
            const isPart = !isWhole && random() < 0.1;
            if (isWhole) add(t + DAY * (1 + among(10)), "refund", { order });
            else if (isPart) add(t + DAY, "refund", { order, value: 3, currency });
            else if (random() < 0.05) add(t + DAY, "cancel_order", { order });
          }
        }
      }
      if (random() < 0.1) {
        const survey = random() < 0.5 ? "nps" : "csat";
        then("survey_response", { survey, score: survey === "nps" ? among(11) : 1 + among(5) });
      }
      at += DAY * (0.3 + random() * 25) * (1.2 - zeal);
    }
  }
  return all;
}
