/**
 * JSON that somebody typed. What is wrong with it is told like any other problem.
 */
import type { Problem } from "./api.ts";
import { say } from "./words.ts";

/** The value of a text. Throws a {@link Problem} `not_json` that says where it stopped making sense. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem: Problem = {
      status: 0,
      code: "not_json",
      title: say("notJson", { text: String((error as Error).message) }),
    };
    throw problem;
  }
}
