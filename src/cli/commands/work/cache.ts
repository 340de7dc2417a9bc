import { type Forget, forgetAnswers, keptAnswers, type KeptAnswers, REQUESTS } from "../../../app/work/kept-answers.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatCount, toUsd } from "../../../foundation/units.ts";
import { isWorkKind, WORK_KINDS } from "../../../tasks/strategies.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { cacheScreen } from "../../view/batch/cache-screen.ts";

/** `allot cache stats`: the answers that are kept, and what they cost. */
export const cacheStatsCommand: Command = {
  name: "cache stats",
  summary: "answers that are kept: of which kind and model, how old, how large, what asking them again would cost",
  positionals: "",
  options: ["db", "json"],
  examples: [
    { command: "allot cache stats", shows: "a row a kind and model; requests are the client's own cache" },
    { command: "allot cache stats --json", shows: "the same for programs" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    const kept = store === undefined ? [] : await keptAnswers(store);
    const now = systemClock.now();
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
    const text = config.settings.json ? JSON.stringify(statsJson(kept, now)) : cacheScreen(kept, now, form).join("\n");
    io.stdout.write(`${text}\n`);
    return 0;
  },
};

/** `allot cache clear`: deletes kept answers, by kind or age, or all of them. */
export const cacheClearCommand: Command = {
  name: "cache clear",
  summary: "deletes kept answers, so that the next time asks anew",
  positionals: "",
  options: ["kind", "olderThan", "all", "db", "json"],
  optionTexts: { all: "everything that is kept, of every kind" },
  examples: [
    { command: "allot cache clear --kind analyze", shows: "analyses are asked anew" },
    { command: "allot cache clear --older-than 1d", shows: "what was kept longer ago than a day" },
    { command: "allot cache clear --all", shows: "everything" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { json, all } = config.settings;
    const forget = forgetOf(config.settings, systemClock.now());
    if (forget.kind === null && forget.before === null && !all) {
      throw new AllotError("usage", "cache clear needs what to delete: --kind analyze, --older-than 1d, or --all");
    }
    await using store = await openExistingStore(config);
    const deleted = store === undefined ? 0 : await forgetAnswers(store, forget);
    const text = `${formatCount(deleted)} ${deleted === 1 ? "answer is" : "answers are"} gone`;
    io.stdout.write(`${json ? JSON.stringify({ deleted }) : text}\n`);
    return 0;
  },
};

function forgetOf(settings: { readonly kind: string | null; readonly olderThan: number | null }, now: number): Forget {
  const { kind, olderThan } = settings;
  if (kind !== null && kind !== REQUESTS && !isWorkKind(kind)) {
    throw new AllotError("usage", `--kind is "${kind}", but takes one of ${[...WORK_KINDS, REQUESTS].join(", ")}`);
  }
  return { kind, before: olderThan === null ? null : now - olderThan };
}

function statsJson(kept: readonly KeptAnswers[], now: number): object {
  const sum = (pick: (each: KeptAnswers) => number): number => kept.reduce((total, each) => total + pick(each), 0);
  return {
    answers: sum(({ answers }) => answers),
    fresh: sum(({ fresh }) => fresh),
    bytes: sum(({ bytes }) => bytes),
    costUsd: sum(({ cost }) => cost) / 1e9,
    kinds: kept.map(({ cost, oldestAt, newestAt, ...each }) => ({
      ...each,
      costUsd: toUsd(cost),
      costNanoUsd: cost,
      oldestMs: now - oldestAt,
      newestMs: now - newestAt,
    })),
  };
}
