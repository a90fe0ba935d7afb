/**
 * What operators may change, by name: each runs inside one transaction of the writer, on settled projections.
 */
import { DEFAULT_PRESET, presetModel } from "../../domain/lifecycle/presets.ts";
import type { SiteSettings } from "../../domain/site.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import { SojournError } from "../../errors.ts";
import { type AccessCommands, accessHandlers } from "./commands/access.ts";
import { type CostCommands, costHandlers } from "./commands/costs.ts";
import { type ErasureCommands, erasureHandlers } from "./commands/erasure.ts";
import { type ForwardCommands, forwardHandlers } from "./commands/forward.ts";
import { type HandlersOf, setMeta } from "./commands/handler.ts";
import { type IdentityCommands, identityHandlers } from "./commands/identity.ts";
import { type InboxCommands, inboxHandlers } from "./commands/inbox.ts";
import { type ModelCommands, modelHandlers } from "./commands/models.ts";
import {
  isStale,
  noteClassified,
  type ReclassifyCommands,
  reclassifyHandlers,
  STALE_HINT,
} from "./commands/reclassify.ts";
import { type RetentionCommands, retentionHandlers } from "./commands/retention.ts";
import { type SegmentCommands, segmentHandlers } from "./commands/segments.ts";
import { type TargetCommands, targetHandlers } from "./commands/targets.ts";
import { type UnusedCommands, unusedHandlers } from "./commands/unused.ts";
import { type WebhookCommands, webhookHandlers } from "./commands/webhooks.ts";
import type { Writer } from "./writer.ts";

/** Names of commands with what they take and give. */
export interface Commands
  extends AccessCommands,
    CostCommands,
    ErasureCommands,
    ForwardCommands,
    IdentityCommands,
    InboxCommands,
    ModelCommands,
    WebhookCommands,
    TargetCommands,
    ReclassifyCommands,
    RetentionCommands,
    SegmentCommands,
    UnusedCommands {
  addSite: { take: { id: string; settings: Partial<SiteSettings>; at: EpochMs }; give: { id: string } };
  /** `hint` says what to do when history was classified by other rules than those that stand now. */
  updateSite: {
    take: { id: string; settings: Partial<SiteSettings> };
    give: { id: string; hint?: string };
  };
  /** Folds everything again from the log. */
  replay: { take: { at: EpochMs; notifies?: boolean }; give: { touchpoints: number } };
  setMeta: { take: { key: string; value: string | null }; give: null };
}

export type CommandName = keyof Commands;

const HANDLERS: HandlersOf<Commands> = {
  ...accessHandlers,
  ...reclassifyHandlers,
  ...segmentHandlers,
  ...costHandlers,
  ...erasureHandlers,
  ...forwardHandlers,
  ...identityHandlers,
  ...inboxHandlers,
  ...modelHandlers,
  ...webhookHandlers,
  ...targetHandlers,
  ...retentionHandlers,
  ...unusedHandlers,

  addSite(writer, { id, settings, at }) {
    return writer.change(() => {
      const preset = presetModel(settings.model ?? DEFAULT_PRESET);
      if (preset === undefined) throw new SojournError("not_found", `There is no preset "${settings.model}"`);
      noteClassified(writer, writer.sites.add(id, settings, preset, at).key);
      return { id };
    });
  },

  updateSite(writer, { id, settings }) {
    return writer.change(() => {
      const site = writer.sites.update(id, settings);
      return isStale(writer, site.key) ? { id, hint: STALE_HINT(id) } : { id };
    });
  },

  replay(writer, { at, notifies = false }) {
    writer.change(() => {
      setMeta(writer, "replayed", String(at));
      for (const { key } of writer.sites.all()) noteClassified(writer, key);
    });
    writer.startReplay({ notifies, at });
    return { touchpoints: writer.pending() };
  },

  setMeta(writer, { key, value }) {
    return writer.change(() => setMeta(writer, key, value));
  },
};

export function runCommand<N extends CommandName>(
  writer: Writer,
  name: N,
  take: Commands[N]["take"],
): Commands[N]["give"] {
  return HANDLERS[name](writer, take);
}
