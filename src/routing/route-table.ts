import type { CatalogModel } from "../catalog/catalog.ts";
import type { RouteSection, RouteSettings } from "../config/route-settings.ts";
import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import { AGENTS, DEAR_NEIGHBOURS, PREMIUM_MODEL, ROUTES, SURE_FROM, type RouteAgent } from "./routes.ts";
import { TASK_TYPES, type Route, type TaskType } from "./routing.ts";

/** The routing table with all that was configured of it. */
export interface RouteTable {
  readonly rows: Readonly<Record<TaskType, Route>>;
  readonly agents: Readonly<Record<string, RouteAgent>>;
  /** The dear safe model. */
  readonly premium: string;
  readonly sureFrom: number;
  /** What happens below `sureFrom`. */
  readonly unsure: "premium" | "ask" | "ask-model";
  /** The cheap model that is asked, where one is. */
  readonly askModel: string;
  /** The file or program that changed a row. */
  readonly changedBy: Readonly<Partial<Record<TaskType, string>>>;
}

/** Finds a model by name or alias; throws `unknown-model`. */
export type ResolveModel = (name: string) => CatalogModel;

export const DEFAULT_TABLE: RouteTable = {
  rows: Object.fromEntries(ROUTES.map((route) => [route.type, route])) as Record<TaskType, Route>,
  agents: AGENTS,
  premium: PREMIUM_MODEL,
  sureFrom: SURE_FROM,
  unsure: "premium",
  askModel: "haiku",
  changedBy: {},
};

/**
 * The table with the user's file, the project's and the program's changes, later ones above. Pure.
 *
 * What comes with a repository may be a stranger's: its rows may name only agents and models that the user's table has,
 * and none that is dearer than what it replaces, so that it can neither raise a bill nor send work to another provider.
 *
 * Throws `config-invalid` with file and row for an unknown agent or model, and for a project's row that does so.
 */
export function routeTable(settings: RouteSettings, resolve: ResolveModel): RouteTable {
  const user = applied(DEFAULT_TABLE, settings.user, resolve);
  if (settings.project !== null) refuseHarm(user, settings.project, resolve);
  return applied(applied(user, settings.project, resolve), settings.program, resolve);
}

/** The row on which a type's work is done by the dear model. Pure. */
export function dearRow(table: RouteTable, type: TaskType): Route {
  const own = table.rows[type];
  const agent = DEAR_NEIGHBOURS[type] ?? own.agent;
  const session = agent === own.agent ? own.session : (table.agents[agent]?.session ?? agent);
  return { type, agent, model: table.premium, session, simpleModel: null };
}

function applied(table: RouteTable, section: RouteSection | null, resolve: ResolveModel): RouteTable {
  if (section === null) return table;
  const { path } = section;
  const added = Object.entries(section.agents).map(([name, agent]): [string, RouteAgent] => {
    check(path, `agents.${name}.model`, agent.model, resolve);
    return [name, { model: agent.model, session: agent.session ?? name }];
  });
  const agents = { ...table.agents, ...Object.fromEntries(added) };
  const rows = { ...table.rows };
  const changedBy = { ...table.changedBy };
  for (const type of TASK_TYPES) {
    const change = section.rows[type];
    if (change === undefined) continue;
    const agent = change.agent === undefined ? undefined : agents[change.agent];
    if (change.agent !== undefined && agent === undefined) throw unknownAgent(path, type, change.agent, agents);
    if (change.model !== undefined) check(path, `${type}.model`, change.model, resolve);
    if (typeof change.simpleModel === "string") check(path, `${type}.simple_model`, change.simpleModel, resolve);
    rows[type] = { ...rows[type], ...agent, ...change, type };
    changedBy[type] = path;
  }
  if (section.premium !== undefined) check(path, "premium", section.premium, resolve);
  if (section.askModel !== undefined) check(path, "ask_model", section.askModel, resolve);
  return {
    rows,
    agents,
    premium: section.premium ?? table.premium,
    sureFrom: section.sureFrom ?? table.sureFrom,
    unsure: section.unsure ?? table.unsure,
    askModel: section.askModel ?? table.askModel,
    changedBy,
  };
}

function check(path: string, place: string, model: string, resolve: ResolveModel): void {
  try {
    resolve(model);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AllotError("config-invalid", `${path}: routes.${place}: ${why}`, { cause });
  }
}

function unknownAgent(path: string, type: TaskType, agent: string, agents: RouteTable["agents"]): AllotError {
  const names = Object.keys(agents);
  return new AllotError(
    "config-invalid",
    `${path}: routes.${type}.agent is "${agent}", an agent that is not known.${didYouMean(agent, names)} ` +
      `Known are ${names.join(", ")}; routes.agents in the user's file adds others, each with its model`,
  );
}

function refuseHarm(table: RouteTable, section: RouteSection, resolve: ResolveModel): void {
  const used = new Set(Object.values(table.rows).map(({ model }) => resolve(model).id));
  for (const type of TASK_TYPES) {
    const change = section.rows[type];
    if (change === undefined) continue;
    const before = table.rows[type];
    const agent = change.agent === undefined ? undefined : table.agents[change.agent];
    if (change.agent !== undefined && agent === undefined)
      throw unknownAgent(section.path, type, change.agent, table.agents);
    const model = change.model ?? agent?.model;
    for (const next of [model, change.simpleModel]) {
      if (next === undefined || next === null) continue;
      check(section.path, type, next, resolve);
      const found = resolve(next);
      const place = `${section.path}: routes.${type} names ${next}`;
      const yours = "a project's file cannot do that; state it in the config.json in ALLOT_HOME if you want it";
      if (!used.has(found.id))
        throw new AllotError("config-invalid", `${place}, a model that your own routing table does not use: ${yours}`);
      if (isDearer(found, resolve(before.model)))
        throw new AllotError("config-invalid", `${place}, which is dearer than ${before.model}: ${yours}`);
    }
    // No simple model means the row's own, which is dearer.
    if (change.simpleModel === null && before.simpleModel !== null)
      throw new AllotError("config-invalid", `${section.path}: routes.${type} takes the simple model away`);
  }
}

function isDearer(next: CatalogModel, before: CatalogModel): boolean {
  if (next.id === before.id) return false;
  if (next.price === null || before.price === null) return true;
  return next.price.input > before.price.input || next.price.output > before.price.output;
}
