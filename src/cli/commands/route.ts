import { askThrough } from "../../app/delegation/ask-model.ts";
import { configuredRoles } from "../../app/delegation/configured-roles.ts";
import { delegatorOptions } from "../../app/delegation/delegator.ts";
import { createClient } from "../../app/library.ts";
import { openConfiguredStore } from "../../app/store.ts";
import type { Client } from "../../client/client.ts";
import type { Config } from "../../config/config.ts";
import { systemClock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { assignRoles } from "../../routing/roles/assign-roles.ts";
import { openDelegator, type Delegator } from "../../routing/open-delegator.ts";
import { taskTypeOf } from "../../routing/task-type.ts";
import type { Store } from "../../storage/storage.ts";
import type { Command, CommandInput, Io } from "../command.ts";
import { openExistingStore } from "../existing-store.ts";
import { isColoured, loadCommandConfig } from "../load-command-config.ts";
import { readTaskText, readTexts } from "../read-input.ts";
import { paint } from "../view/colour.ts";
import { columnsOf } from "../view/fit.ts";
import { routeJson } from "../../app/delegation/route-json.ts";
import { rolesJson, rolesScreen } from "../view/roles-screen.ts";
import { lessonsScreen, routeLines, routeScreen } from "../view/route-screen.ts";

/** `allot route`: which agent and model a task goes to, why, and what it would cost elsewhere; and what was learnt. */
export const routeCommand: Command = {
  name: "route",
  summary: "which agent and model a task goes to, why, and what it would cost elsewhere",
  positionals: '"TEXT"',
  options: [
    ...(["as", "previous", "priority", "session", "why", "from", "lessons", "forget"] as const),
    ...(["roles", "planner", "executor", "verifier", "big", "small"] as const),
    ...(["learn", "prices", "repo", "db", "json"] as const),
  ],
  optionTexts: {
    repo: "repository that the task is in; what is learnt is learnt for it",
    priority: "how urgent it is: critical work goes to the dear model whatever its type",
    session: "session to count the work under, instead of the agent's",
  },
  examples: [
    { command: 'allot route "Fix the login button styling"', shows: "type, agent, model, price, reasons" },
    {
      command: 'allot route --as coding "Fix the API endpoint"',
      shows: "says what it is, and is remembered for such tasks",
    },
    {
      command: "git log -1 --format=%B | allot route - --why",
      shows: "a text from stdin, with the words that decided",
    },
    {
      command: 'allot route --roles "Build a blog system with CRUD"',
      shows: "what the strong agent writes itself, what it hands over, and why",
    },
    { command: "allot route --from tasks.jsonl --json", shows: "a line {label, p} for each {text}" },
    { command: "allot route --forget --repo .", shows: "forgets what was learnt in this repository" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { settings } = config;
    checkCombination(input, config);
    if (settings.roles) return showRoles(await readTaskText(input, io, "route"), config, io);
    if (settings.from !== null) return routeFile(settings.from, config, io);
    const changes = settings.as !== null || settings.forget;
    await using store = await openLessons(config, changes);
    await using delegator = openDelegator({
      ...delegatorOptions(config, systemClock),
      ...(store === undefined ? {} : { store }),
    });
    await delegator.ready;
    if (settings.forget) return await forget(delegator, config, io);
    if (settings.lessons) return listLessons(delegator, config, io);
    return await routeText(delegator, input, config, io);
  },
};

function checkCombination(input: CommandInput, { settings }: Config): void {
  const instead = [
    settings.roles && settings.from !== null ? "--roles" : "",
    settings.from === null ? "" : "--from",
    settings.lessons ? "--lessons" : "",
    settings.forget ? "--forget" : "",
  ].filter((flag) => flag !== "");
  if (instead.length > 1) throw new AllotError("usage", `${instead.join(" and ")} do not go together`);
  if (instead.length === 1 && input.positionals.length > 0)
    throw new AllotError("usage", `${instead[0]} takes no text, but got "${input.positionals[0]}"`);
  if (instead.length === 1 && settings.as !== null)
    throw new AllotError("usage", `--as says what one text is; it does not go with ${instead[0]}`);
}

/** The seeds' question: who does which part? Nothing is asked and nothing is learnt. */
function showRoles(text: string, config: Config, io: Io): number {
  const roles = configuredRoles(config);
  const assignment = assignRoles(text, roles);
  const coloured = isColoured(config, io);
  io.stdout.write(
    config.settings.json
      ? `${JSON.stringify(rolesJson(text, assignment, roles))}\n`
      : rolesScreen(text, assignment, { paint: paint(coloured), columns: columnsOf(io), coloured }),
  );
  return 0;
}

/** Nothing was learnt where there is no store yet; only what is to be remembered makes one. */
async function openLessons(config: Config, changes: boolean): Promise<Store | undefined> {
  if (config.settings.learn === "off" && !config.settings.forget && !config.settings.lessons) return undefined;
  return changes ? openConfiguredStore(config, systemClock) : openExistingStore(config);
}

async function routeText(delegator: Delegator, input: CommandInput, config: Config, io: Io): Promise<number> {
  const { settings } = config;
  const text = await readTaskText(input, io, "route");
  if (settings.as !== null) await delegator.teach(text, taskTypeOf(settings.as, "--as"));
  await using client = askingClient(delegator, config, io);
  const ask = client === undefined ? undefined : askThrough(client, delegator.table.askModel);
  const options = {
    ...(settings.as === null ? {} : { taskType: taskTypeOf(settings.as, "--as") }),
    ...(settings.previous === null ? {} : { previous: taskTypeOf(settings.previous, "--previous") }),
    ...(config.origins.priority.kind === "default" ? {} : { priority: settings.priority }),
    ...(config.origins.session.kind === "flag" ? { session: settings.session } : {}),
  };
  const task = await delegator.delegateWith(text, options, ask);
  const { catalog } = delegatorOptions(config, systemClock);
  const model = catalog.resolve(task.modelId, { provider: task.provider });
  const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io), why: settings.why };
  io.stdout.write(settings.json ? `${JSON.stringify(routeJson(task, model))}\n` : routeScreen(text, task, model, form));
  return 0;
}

/** A client for the one question that an unsure text may be worth, where the table says so. */
function askingClient(delegator: Delegator, config: Config, io: Io): Client | undefined {
  if (delegator.table.unsure !== "ask-model") return undefined;
  const place =
    config.store.kind === "sqlite" ? { ALLOT_DB: config.store.path } : { ALLOT_DB: config.store.url.reveal() };
  return createClient({ env: { ...io.env, ...place }, cwd: io.cwd });
}

/** Many texts: labels as the routing data has them. What was learnt counts only where `--learn on` asks for it. */
async function routeFile(path: string, config: Config, io: Io): Promise<number> {
  const texts = readTexts(path);
  const learns = config.origins.learn.kind === "flag" && config.settings.learn === "on";
  await using store = learns ? await openExistingStore(config) : undefined;
  await using delegator = openDelegator({
    ...delegatorOptions(config, systemClock),
    learn: learns,
    ...(store === undefined ? {} : { store }),
  });
  await delegator.ready;
  if (config.settings.json) {
    const lines = texts.map((text) => {
      const { type, shares } = delegator.delegateTask(text);
      return `${JSON.stringify({ label: type.toUpperCase(), p: Math.round(shares[type] * 1e6) / 1e6 })}\n`;
    });
    io.stdout.write(lines.join(""));
  } else {
    io.stdout.write(
      routeLines(
        texts.map((text) => [text, delegator.delegateTask(text)] as const),
        columnsOf(io),
      ),
    );
  }
  return 0;
}

async function forget(delegator: Delegator, config: Config, io: Io): Promise<number> {
  const { repo } = delegatorOptions(config, systemClock).owner ?? { repo: "" };
  const only = config.origins.repo.kind === "flag";
  const forgotten = await delegator.forget(only ? { repo } : {});
  const where = only ? ` of ${repo}` : "";
  io.stdout.write(
    config.settings.json
      ? `${JSON.stringify({ forgotten, repo: only ? repo : null })}\n`
      : `forgot ${forgotten} ${forgotten === 1 ? "lesson" : "lessons"}${where}\n`,
  );
  return 0;
}

function listLessons(delegator: Delegator, config: Config, io: Io): number {
  const { repo } = delegatorOptions(config, systemClock).owner ?? { repo: "" };
  const all = delegator.lessons();
  const lessons = config.origins.repo.kind === "flag" ? all.filter((lesson) => lesson.repo === repo) : all;
  const shown = lessons.map(({ features, at, ...lesson }) => ({
    ...lesson,
    words: features.length,
    at: new Date(at).toISOString(),
  }));
  io.stdout.write(
    config.settings.json ? `${JSON.stringify({ lessons: shown })}\n` : lessonsScreen(lessons, columnsOf(io)),
  );
  return 0;
}
