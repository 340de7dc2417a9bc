import { openConfiguredCatalog } from "../../../app/catalog.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatUsd, nanoUsd } from "../../../foundation/units.ts";
import { settledEver } from "../../../ledger/use-minutes.ts";
import type { Store } from "../../../storage/storage.ts";
import { runProgram } from "../../../workspaces/run-program.ts";
import type { Command, CommandInput, Io } from "../../command.ts";
import { closeCommandBudget, openCommandBudget } from "./command-budget.ts";
import { loadCommandConfig } from "../../load-command-config.ts";

/** `allot exec`: a program whose calls are counted under a session, go to a model, and stop at an amount. */
export const execCommand: Command = {
  name: "exec",
  summary: "runs a program with session, model, priority and budget set for every call it makes through allot",
  positionals: "-- COMMAND ARGS...",
  options: ["session", "model", "provider", "priority", "limitUsd", "budget", "db", "json"],
  optionTexts: { limitUsd: "most that the program and all its children may spend", json: "faults as JSON" },
  examples: [
    {
      command: "allot exec --session background --model haiku -- node worker.js",
      shows: "a background worker on the cheap model, counted as session background",
    },
    {
      command: "allot exec --session dev --provider ollama -- npm run dev",
      shows: "a development session that costs nothing",
    },
    { command: "allot exec --limit-usd 2 -- ./nightly.sh", shows: "a script whose calls stop before they pass $2" },
  ],
  async run(input, io) {
    const [command, ...args] = input.positionals;
    if (command === undefined) {
      throw new AllotError(
        "usage",
        'exec needs a program after "--": allot exec --session background -- node worker.js',
      );
    }
    const config = loadCommandConfig(input, io);
    const own = { ...sessionVariables(config, input), ...modelVariables(config) };
    await using store = await openConfiguredStore(config, systemClock);
    const budget = await openCommandBudget(store, config, "exec", [command, ...args].join(" "));
    const env = { ...io.env, ...own, ALLOT_BUDGET: budget };
    const hasTerminal = io.stdin.isTTY === true;
    try {
      return await runProgram({ command, args, cwd: io.cwd, env, signal: io.signal, hasTerminal });
    } finally {
      await closeCommandBudget(store, budget);
      await tellSpend(store, budget, config, io);
    }
  },
};

function sessionVariables({ settings, origins }: Config, input: CommandInput): Record<string, string> {
  const stated = input.flags["priority"] !== undefined || origins.priority.kind !== "default";
  return { SESSION_ID: settings.session, ...(stated ? { ALLOT_PRIORITY: settings.priority } : {}) };
}

/** The variables of the guide; for Claude's programs their own too. Throws `unknown-model` with the closest names. */
function modelVariables(config: Config): Record<string, string> {
  const { provider, model: named } = config.settings;
  const chosen = provider === null ? {} : { LLM_DEFAULT_PROVIDER: provider };
  if (named === null) return chosen;
  const catalog = openConfiguredCatalog(config, systemClock.now());
  const model = catalog.resolve(named, provider === null ? {} : { provider });
  if (model.provider === "anthropic") return { ...chosen, CLAUDE_MODEL: model.id, ANTHROPIC_MODEL: model.id };
  const own = model.provider === "xai" ? { GROK_MODEL: model.id } : { ALLOT_BIG: model.id, ALLOT_SMALL: model.id };
  return { LLM_DEFAULT_PROVIDER: model.provider, ...own };
}

async function tellSpend(store: Store, budget: string, { settings }: Config, io: Io): Promise<void> {
  const { nanoUsd: cost, tokens, requests } = await settledEver(store.db, `budget:${budget}`);
  if (requests === 0) return;
  const of = settings.limitUsd === null ? "" : ` of ${formatUsd(settings.limitUsd)}`;
  const calls = requests === 1 ? "1 call" : `${requests} calls`;
  io.stderr.write(
    `allot: session ${settings.session} spent ${formatUsd(nanoUsd(cost))}${of} in ${calls} (${tokens.toLocaleString("en-US")} tokens)\n`,
  );
}
