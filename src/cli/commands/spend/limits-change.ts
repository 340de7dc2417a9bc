import { openConfiguredStore } from "../../../app/store.ts";
import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import type { Store } from "../../../storage/storage.ts";
import { limitName, limitSetOf } from "../../../throttle/limits.ts";
import { amountText } from "../../../throttle/refusal.ts";
import { openRunawayGuard } from "../../../throttle/runaway/runaway.ts";
import {
  loadLimitSet,
  resetLimit,
  setLimit,
  setThreshold,
  setTimeZone,
} from "../../../throttle/store/stored-limits.ts";
import type { Command, Io } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { readAmount, readLimitName, readThreshold } from "../../read-limit.ts";

/** `allot limits set`: changes a limit, a threshold or the zone of months; it stands above files and defaults. */
export const limitsSetCommand: Command = {
  name: "limits set",
  summary: "changes a limit, a threshold, or the time zone of months, for all that share the store",
  positionals: "WHOSE WHAT AMOUNT",
  options: ["db", "json"],
  examples: [
    { command: "allot limits set session tokens/hour 200k", shows: "each session: 200,000 tokens an hour" },
    { command: "allot limits set session:background usd/day 5", shows: "the session background: $5 a day" },
    { command: "allot limits set global usd/month none", shows: "no cap on the month" },
    { command: "allot limits set threshold soft 0.85", shows: "low priority waits from 85% on" },
    { command: "allot limits set time-zone Europe/Berlin", shows: "months begin at midnight in Berlin" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const change = readChange(input.positionals);
    await using store = await openConfiguredStore(config, systemClock);
    return tell(config, io, await change(store, config));
  },
};

type Change = (store: Store, config: Config) => Promise<string>;

function readChange(words: readonly string[]): Change {
  const [whose, what, text, more] = words;
  const at = systemClock.now();
  if (whose === "time-zone" && what !== undefined && text === undefined) {
    return async ({ db }) => {
      await setTimeZone(db, what, at);
      return `months begin at midnight in ${what}`;
    };
  }
  if (whose === undefined || what === undefined || text === undefined || more !== undefined) {
    throw new AllotError(
      "usage",
      `limits set takes three words, like "session tokens/hour 200k" or "threshold soft 0.85" (time-zone two), got ${words.length}`,
    );
  }
  if (whose === "threshold") {
    const change = readThreshold(what, text);
    return async ({ db }, config) => {
      const set = await loadLimitSet(db, limitSetOf(config.limits));
      await setThreshold(db, change, set.thresholds, at);
      return `${what.toUpperCase()} begins at ${(Object.values(change)[0] ?? 0) / 10}%`;
    };
  }
  const name = readLimitName(whose, what);
  const amount = readAmount(name.measure, text);
  return async ({ db }) => {
    await setLimit(db, { ...name, amount }, at);
    const title = limitName({ ...name, amount: 0 });
    return amount === null ? `${title}: no limit` : `${title}: ${amountText(name, amount)}`;
  };
}

/** `allot limits reset`: back to what files and defaults say. */
export const limitsResetCommand: Command = {
  name: "limits reset",
  summary: "takes back what `limits set` changed: one limit, a threshold, the time zone, or --all",
  positionals: "WHOSE WHAT",
  options: ["all", "db", "json"],
  examples: [
    { command: "allot limits reset session tokens/hour", shows: "that limit is the files' and defaults' again" },
    { command: "allot limits reset --all", shows: "every change is taken back" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const [whose, what] = input.positionals;
    const all = config.settings.all;
    if (all === (whose !== undefined)) {
      throw new AllotError("usage", 'limits reset takes either a limit, like "session tokens/hour", or --all');
    }
    const name = whose === undefined ? undefined : resetName(whose, what);
    await using store = await openConfiguredStore(config, systemClock);
    const count = await resetLimit(store.db, name);
    return tell(
      config,
      io,
      count === 0 ? "nothing was changed, so nothing is reset" : `reset ${count} ${count === 1 ? "change" : "changes"}`,
    );
  },
};

function resetName(whose: string, what: string | undefined): Parameters<typeof resetLimit>[1] {
  if (whose === "time-zone") return "time_zone";
  if (what === undefined) throw new AllotError("usage", `limits reset ${whose} also needs what: ${whose} tokens/hour`);
  if (whose === "threshold") return `threshold:${Object.keys(readThreshold(what, "0.5"))[0] ?? ""}`;
  return readLimitName(whose, what);
}

/** `allot limits resume`: lets a session go on that the runaway guard has stopped. */
export const limitsResumeCommand: Command = {
  name: "limits resume",
  summary: "lets a session go on that the runaway guard has stopped",
  positionals: "SESSION",
  options: ["db", "json"],
  examples: [{ command: "allot limits resume background", shows: "the session background may call again" }],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const [session] = input.positionals;
    if (session === undefined)
      throw new AllotError("usage", "limits resume needs a session; `allot limits` lists those that were stopped");
    await using store = await openConfiguredStore(config, systemClock);
    const lifted = await openRunawayGuard({ store, clock: systemClock }).resume(session);
    return tell(config, io, lifted === 0 ? `session ${session} was not stopped` : `session ${session} goes on`);
  },
};

function tell(config: Config, io: Io, done: string): number {
  io.stdout.write(config.settings.json ? `${JSON.stringify({ done })}\n` : `${done}\n`);
  return 0;
}
