import { estimateTask } from "../../app/delegation/estimate-task.ts";
import { answerMix } from "../../app/delegation/estimate-mix.ts";
import type { Config } from "../../config/config.ts";
import { systemClock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { GUIDE_EXAMPLE } from "../../routing/guide-example.ts";
import { parseMix, type DaySize } from "../../routing/mix.ts";
import { taskTypeOf } from "../../routing/task-type.ts";
import type { Command, Io } from "../command.ts";
import { openExistingStore } from "../existing-store.ts";
import { isColoured, loadCommandConfig } from "../load-command-config.ts";
import { readTaskText } from "../read-input.ts";
import { paint } from "../view/colour.ts";
import { columnsOf } from "../view/fit.ts";
import { mixJson, mixScreen } from "../view/mix-screen.ts";
import { taskEstimateJson, taskEstimateScreen } from "../view/task-estimate-screen.ts";

/** `allot estimate`: what one task, or a day of mixed work, will cost. */
export const estimateCommand: Command = {
  name: "estimate",
  summary:
    "what a task will cost on each model and which limit is nearest; or what a day of mixed work costs and saves",
  positionals: '["TEXT"]',
  options: ["mix", "budgetPerDay", "tasks", "as", "session", "prices", "repo", "db", "json"],
  optionTexts: {
    session: "session whose limits are looked at, instead of the agent's",
    as: "the task is of this type; not remembered here",
  },
  examples: [
    {
      command: 'allot estimate "Fix the login button styling"',
      shows: "tokens and dollars per model, the nearest limit",
    },
    {
      command: "allot estimate --mix ui=50,coding=30,docs=20",
      shows: "the guide's mixed day, its figures and the right ones",
    },
    { command: "allot estimate --mix ui=60,testing=40 --tasks 200", shows: "a day of 200 tasks" },
    {
      command: "allot estimate --mix docs=100 --budget-per-day 40 --prices seeds-2025-10",
      shows: "at the prices of 2025",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { mix, tasks, budgetPerDay } = config.settings;
    if (mix === null) {
      if (tasks !== null || budgetPerDay !== null)
        throw new AllotError(
          "usage",
          "--tasks and --budget-per-day say how much a --mix is: give one, like --mix ui=50,coding=50",
        );
      return estimateText(await readTaskText(input, io, "estimate"), config, io);
    }
    if (input.positionals.length > 0)
      throw new AllotError("usage", `a --mix takes no text, but got "${input.positionals[0]}"`);
    if (tasks !== null && budgetPerDay !== null)
      throw new AllotError("usage", "--tasks and --budget-per-day do not go together: a day is counted one way");
    return showMix(mix, config, io);
  },
};

function showMix(text: string, config: Config, io: Io): number {
  const { tasks, budgetPerDay, json } = config.settings;
  const size: DaySize =
    tasks === null ? { kind: "cost", cost: budgetPerDay ?? GUIDE_EXAMPLE.dayUsd } : { kind: "tasks", tasks };
  const answer = answerMix(config, parseMix(text), size, systemClock.now());
  const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
  io.stdout.write(json ? `${JSON.stringify(mixJson(answer))}\n` : mixScreen(answer, form));
  return 0;
}

async function estimateText(text: string, config: Config, io: Io): Promise<number> {
  const { settings, origins } = config;
  await using store = await openExistingStore(config);
  const wishes = {
    ...(settings.as === null ? {} : { taskType: taskTypeOf(settings.as, "--as") }),
    ...(origins.session.kind === "flag" ? { session: settings.session } : {}),
  };
  const estimate = await estimateTask(text, wishes, config, store, systemClock);
  const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
  io.stdout.write(
    settings.json ? `${JSON.stringify(taskEstimateJson(estimate))}\n` : taskEstimateScreen(text, estimate, form),
  );
  return 0;
}
