import { openConfiguredStore } from "../../../app/store.ts";
import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import type { KeyWish } from "../../../gateway/keys/keys.ts";
import { openKeys } from "../../../gateway/keys/open-keys.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { readAmount, readLimitName } from "../../read-limit.ts";
import { columnsOf } from "../../view/fit.ts";
import { keyJson, madeKeyScreen } from "../../view/gateway/key-screen.ts";

/** `allot key create`: a key for one client of the gateway, shown this once. */
export const keyCreateCommand: Command = {
  name: "key create",
  summary: "makes a key for a client of the gateway and shows it this once; the store keeps its hash only",
  positionals: "NAME",
  options: ["expiresIn", "session", "project", "models", "priority", "limitUsd", "limit", "db", "json"],
  optionTexts: {
    session: "every call of the key counts for this session, whatever its client says",
    priority: "the most urgent its clients may ask for (default high: critical calls pass limits)",
    limitUsd: "most that the key may spend a day; the same as --limit usd/day=USD",
  },
  examples: [
    {
      command: "allot key create laptop",
      shows: "a key that works until it is revoked, under the limits of everybody",
    },
    {
      command: "allot key create ci --expires-in 30d --limit-usd 5 --models 'claude-*,gpt-5' --session ci",
      shows: "thirty days, $5 a day, these models, all of it counted for the session ci",
    },
    { command: "allot key create team --limit usd/month=200 --limit tokens/hour=500k", shows: "other caps" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const wish = wishOf(input.positionals, config);
    await using store = await openConfiguredStore(config, systemClock);
    const { facts, key } = await openKeys({ store, clock: systemClock }).create(wish);
    const limits = wish.limits ?? [];
    if (config.settings.json) {
      io.stdout.write(`${JSON.stringify({ key, ...keyJson({ facts, limits }) })}\n`);
      return 0;
    }
    const form = { columns: columnsOf(io), program: programName(io.env) };
    io.stdout.write(`${madeKeyScreen({ key, facts, limits }, form).join("\n")}\n`);
    return 0;
  },
};

/** What was asked for. The variables of sessions and priorities speak of this user's own calls, so only flags count. */
function wishOf(words: readonly string[], { settings, origins }: Config): KeyWish {
  const [name, more] = words;
  if (name === undefined || more !== undefined) {
    throw new AllotError("usage", `key create takes one name, like "laptop", got ${words.length}`);
  }
  const { expiresIn, project, models } = settings;
  const limits = limitsOf(settings, origins.limitUsd.kind === "flag");
  return {
    name,
    ...(expiresIn === null ? {} : { expiresInMs: expiresIn }),
    ...(origins.session.kind === "flag" ? { session: settings.session } : {}),
    ...(project === null ? {} : { project }),
    ...(models === null ? {} : { models: models.split(",").map((model) => model.trim()) }),
    ...(origins.priority.kind === "flag" ? { priority: settings.priority } : {}),
    ...(limits.length === 0 ? {} : { limits }),
  };
}

function limitsOf({ limitUsd, limit }: Config["settings"], hasLimitUsd: boolean): NonNullable<KeyWish["limits"]> {
  const stated = Object.entries(limit ?? {}).map(([what, text]) => {
    const { window, measure } = readLimitName("key", what);
    const amount = readAmount(measure, text);
    if (amount === null) {
      throw new AllotError(
        "usage",
        `--limit ${what} is "${text}", but a key starts without limits of its own; leave it out`,
      );
    }
    return { window, measure, amount };
  });
  if (!hasLimitUsd || limitUsd === null) return stated;
  if (stated.some(({ window, measure }) => window === "day" && measure === "nanoUsd")) {
    throw new AllotError("usage", "--limit-usd and --limit usd/day say the same; give one of them");
  }
  return [{ window: "day", measure: "nanoUsd", amount: limitUsd }, ...stated];
}
