/**
 * The message an operator sends to see whether a receiver works.
 */
import { randomBytes } from "node:crypto";
import { messageBody } from "../domain/message.ts";

export const testMessage = (site: string, at: number): { id: string; body: string } => ({
  id: `msg_test_${randomBytes(9).toString("base64url")}`,
  body: messageBody("webhook.test", at, { site, note: "Sent by hand, to see whether messages arrive." }),
});
