import { limitReport, type LimitLine } from "../../../app/figures/limits-report.ts";
import { asObject, asText, parseJson } from "../../../providers/json.ts";
import { actionOf } from "../../../throttle/levels.ts";
import type { Priority } from "../../../throttle/throttle.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { readAll } from "../../read-input.ts";
import { hookAnswer } from "../../view/guest/hook-answer.ts";

/** An event holds the whole text of a file that is about to be written. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * `allot hook`: what Claude Code asks at its events. Below WARNING it says nothing; from there on it warns the user; where the
 * session's priority would be refused, it stops the session, also one whose calls do not pass the gateway. What goes wrong in
 * here never stops anybody: Claude Code shows it and goes on (exit code 1).
 */
export const hookCommand: Command = {
  name: "hook",
  summary: "answers Claude Code's hooks: warns when a session's limits are near, stops it where they are reached",
  positionals: "",
  options: ["priority", "db"],
  optionTexts: { priority: "what the session's work counts as: high goes on at HARD, critical always" },
  examples: [
    {
      command: `echo '{"session_id":"s1","hook_event_name":"UserPromptSubmit"}' | allot hook`,
      shows: "what Claude Code would be told: nothing while the limits are far",
    },
  ],
  async run(input, io) {
    try {
      const event = asObject(parseJson(await readAll(io, MOST_BYTES)));
      const config = loadCommandConfig(input, io);
      await using store = await openExistingStore(config);
      if (store === undefined) return 0;
      const { limits } = await limitReport(store, config, asText(event["session_id"]));
      const answer = hookAnswer(asText(event["hook_event_name"]), reached(limits, config.settings.priority));
      if (answer !== undefined) io.stdout.write(`${JSON.stringify(answer)}\n`);
      return 0;
    } catch (error) {
      io.stderr.write(`allot hook: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  },
};

/** The limit that is used most, where it is worth a word, and whether work of that priority is refused by it. */
function reached(limits: readonly LimitLine[], priority: Priority) {
  const [worst] = limits.toSorted((a, b) => b.share - a.share);
  return worst === undefined || worst.level === "NONE"
    ? undefined
    : { limit: worst, stops: actionOf(worst.level, priority) === "block" };
}
