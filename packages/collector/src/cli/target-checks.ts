/**
 * What `doctor` says of each target: whether its messages arrive, its token works, its properties are there, and its own
 * stages are allowed.
 */
import { type RequestOptions, requestStep, type TargetCaller } from "../outbound/request.ts";
import type { TargetView } from "../store/sqlite/targets.ts";
import type { Finding } from "./checks.ts";

/** A line for each thing that can be wrong with a target. Asks its system a few harmless questions. */
export async function targetFindings(
  callers: readonly TargetCaller[],
  views: readonly TargetView[],
  sites: readonly string[],
  how: RequestOptions,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const caller of callers) {
    const { options, target } = caller;
    const name = `target ${options.name}`;
    if (!sites.includes(options.site)) {
      findings.push({ name, state: "fail", text: `names site "${options.site}", which is not there` });
      continue;
    }
    const view = views.find(({ id }) => id === options.name);
    findings.push(messagesFinding(name, view));
    if (options.keepEmail)
      findings.push({ name, state: "ok", text: "addresses are kept, encrypted, to name its contacts" });
    for (const check of target.checks(options)) {
      const answer = await requestStep(caller, check.step, how);
      if (answer.kind === "answered") {
        const { state, text } = check.judge(answer);
        findings.push({ name, state, text });
      } else {
        findings.push({ name, state: "fail", text: `the system does not answer: ${answer.reason}` });
        break;
      }
    }
  }
  return findings;
}

function messagesFinding(name: string, view: TargetView | undefined): Finding {
  if (view === undefined) return { name, state: "warn", text: "is made at the next start of the collector" };
  const { waiting = 0, delivered = 0, failed = 0, unaddressable = 0 } = view.messages;
  const text = `last: ${view.lastResult ?? "nothing sent yet"}; ${waiting} wait, ${delivered} delivered, ${failed} put aside, ${unaddressable} about people it does not know`;
  if (view.state === "off") return { name, state: "warn", text: `is off: ${view.reason ?? ""}; ${text}` };
  if (failed > 0) return { name, state: "warn", text: `${text}. See: sojourn outbox list --state failed` };
  return { name, state: "ok", text };
}
