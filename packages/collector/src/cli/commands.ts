/**
 * Every command of `sojourn`, in the order the overview shows them.
 */

import { attributionCommand } from "./attribution.ts";
import { backupCommand } from "./backup.ts";
import { classifyCommand } from "./classify.ts";
import type { Command } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { configCommand } from "./config.ts";
import { costCommand } from "./cost.ts";
import { creditCommand } from "./credit.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { engineCommand } from "./engine.ts";
import { exportCommand } from "./export.ts";
import { figureCommands } from "./figures.ts";
import { flowCommands } from "./flow.ts";
import { forgetCommand } from "./forget.ts";
import { identityCommand } from "./identity.ts";
import { importCommand } from "./import.ts";
import { inboxCommand } from "./inbox.ts";
import { keyCommand } from "./key.ts";
import { modelCommand } from "./model.ts";
import { moveCommand } from "./move.ts";
import { outboxCommand } from "./outbox.ts";

import { peopleCommands } from "./people.ts";
import { personCommand } from "./person.ts";
import { reclassifyCommand } from "./reclassify.ts";
import { replayCommand } from "./replay.ts";
import { reportCommand } from "./report.ts";
import { restoreCommand } from "./restore.ts";
import { retentionCommand } from "./retention.ts";
import { segmentCommand } from "./segment.ts";
import { serve } from "./serve.ts";
import { siteCommand } from "./site.ts";
import { sourcesCommand } from "./sources.ts";
import { stagesCommand } from "./stages.ts";
import { sweepCommand } from "./sweep.ts";
import { targetCommand } from "./target.ts";
import { transitionsCommand } from "./transitions.ts";
import { valueCommand } from "./value.ts";
import { webhookCommand } from "./webhook.ts";

export const COMMANDS: readonly Command[] = [
  serve,
  demoCommand,
  importCommand,
  stagesCommand,
  sourcesCommand,
  attributionCommand,
  costCommand,
  ...figureCommands,
  ...flowCommands,
  ...peopleCommands,
  reportCommand,
  personCommand,
  transitionsCommand,
  segmentCommand,
  targetCommand,
  classifyCommand,
  modelCommand,
  creditCommand,
  valueCommand,
  siteCommand,
  keyCommand,
  inboxCommand,
  identityCommand,
  webhookCommand,
  outboxCommand,
  exportCommand,
  forgetCommand,
  retentionCommand,
  backupCommand,
  restoreCommand,
  doctorCommand,
  configCommand,
  reclassifyCommand,
  replayCommand,
  moveCommand,
  engineCommand,
  sweepCommand,
  completionCommand(() => COMMANDS),
];
