import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import { TASK_TYPES } from "../foundation/task-types.ts";

/** What a row of the routing table says otherwise; what it leaves out stays as it is. */
export interface RouteRowSettings {
  readonly agent?: string;
  readonly model?: string;
  readonly session?: string;
  /** null: simple work of this type takes the row's model too. */
  readonly simpleModel?: string | null;
}

export interface RouteAgentSettings {
  readonly model: string;
  /** The agent's name where none is stated. */
  readonly session?: string;
}

/** The `routes` section of one file. */
export interface RouteSection {
  /** The file, for messages. */
  readonly path: string;
  readonly rows: Readonly<Partial<Record<(typeof TASK_TYPES)[number], RouteRowSettings>>>;
  readonly agents: Readonly<Record<string, RouteAgentSettings>>;
  /** The dear safe model. */
  readonly premium?: string;
  /** Share from which on a type is taken as sure, 0 to 1. */
  readonly sureFrom?: number;
  /** What happens below that. */
  readonly unsure?: "premium" | "ask" | "ask-model";
  readonly askModel?: string;
}

/** By who stated it: what comes with a repository may only do what routing lets a stranger do. */
export interface RouteSettings {
  readonly user: RouteSection | null;
  readonly project: RouteSection | null;
  /** By `defineConfig`; above both files. */
  readonly program: RouteSection | null;
}

const ROW_KEYS = ["agent", "model", "session", "simple_model"];
const PROJECT_ROW_KEYS = ["agent", "model", "simple_model"];
const WHOLE_KEYS = ["agents", "premium", "sure_from", "unsure", "ask_model"];
const UNSURE = ["premium", "ask", "ask-model"] as const;

/**
 * The `routes` section of a configuration file, keys in snake_case: a row for each type to change, and agents of one's
 * own. A project's file may change rows only, and no session: whose name work is counted under, which programs there
 * are and when a model is asked is the user's to state. That its rows make nothing dearer is checked where prices are
 * known (routing). Throws `config-invalid` with file, key, the value met and what would be right.
 */
export function parseRoutes(path: string, written: unknown, owner: "user" | "project"): RouteSection {
  if (!isObject(written)) throw wrong(path, "routes", written, "an object with a row for each type of task to change");
  const rows: Record<string, RouteRowSettings> = {};
  const agents: Record<string, RouteAgentSettings> = {};
  const whole: { premium?: string; sureFrom?: number; unsure?: "premium" | "ask" | "ask-model"; askModel?: string } =
    {};
  for (const [key, value] of Object.entries(written)) {
    const place = `routes.${key}`;
    if ((TASK_TYPES as readonly string[]).includes(key)) rows[key] = parseRow(path, place, value, owner);
    else if (!WHOLE_KEYS.includes(key)) throw unknownKey(path, place, key, [...TASK_TYPES, ...WHOLE_KEYS]);
    else if (owner === "project") throw usersToState(path, place);
    else if (key === "agents") Object.assign(agents, parseAgents(path, value));
    else if (key === "premium") whole.premium = name(path, place, value);
    else if (key === "ask_model") whole.askModel = name(path, place, value);
    else if (key === "sure_from") whole.sureFrom = share(path, place, value);
    else whole.unsure = choice(path, place, value);
  }
  return { path, rows, agents, ...whole };
}

function parseRow(path: string, at: string, written: unknown, owner: "user" | "project"): RouteRowSettings {
  if (!isObject(written)) throw wrong(path, at, written, "an object with agent, model, session or simple_model");
  const row: { agent?: string; model?: string; session?: string; simpleModel?: string | null } = {};
  for (const [key, value] of Object.entries(written)) {
    const place = `${at}.${key}`;
    if (!ROW_KEYS.includes(key)) throw unknownKey(path, place, key, ROW_KEYS);
    if (owner === "project" && !PROJECT_ROW_KEYS.includes(key)) throw usersToState(path, place);
    if (key === "agent") row.agent = plainName(path, place, value);
    else if (key === "model") row.model = name(path, place, value);
    else if (key === "session") row.session = plainName(path, place, value);
    else row.simpleModel = value === null ? null : name(path, place, value);
  }
  return row;
}

function parseAgents(path: string, written: unknown): Readonly<Record<string, RouteAgentSettings>> {
  if (!isObject(written)) throw wrong(path, "routes.agents", written, "an object of agents, each with its model");
  return Object.fromEntries(
    Object.entries(written).map(([agent, value]): [string, RouteAgentSettings] => {
      const at = `routes.agents.${agent}`;
      plainName(path, at, agent);
      if (!isObject(value)) throw wrong(path, at, value, "an object with model and, if wanted, session");
      const odd = Object.keys(value).find((key) => key !== "model" && key !== "session");
      if (odd !== undefined) throw unknownKey(path, `${at}.${odd}`, odd, ["model", "session"]);
      const model = name(path, `${at}.model`, value["model"]);
      const { session } = value;
      return [agent, session === undefined ? { model } : { model, session: plainName(path, `${at}.session`, session) }];
    }),
  );
}

function name(path: string, place: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "" && value.length <= 200) return value.trim();
  throw wrong(path, place, value, "the name or alias of a model");
}

function plainName(path: string, place: string, value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)) return value;
  throw wrong(path, place, value, "a name of letters, digits, dots, dashes and underscores");
}

function share(path: string, place: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw wrong(path, place, value, "a share from 0 to 1, like 0.65");
}

function choice(path: string, place: string, value: unknown): "premium" | "ask" | "ask-model" {
  const found = UNSURE.find((word) => word === value);
  if (found !== undefined) return found;
  throw wrong(path, place, value, `one of ${UNSURE.join(", ")}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(path: string, place: string, met: unknown, expected: string): AllotError {
  const shown = met === undefined ? "missing" : JSON.stringify(met);
  return new AllotError("config-invalid", `${path}: ${place} is ${shown}, expected ${expected}`);
}

function unknownKey(path: string, place: string, key: string, keys: readonly string[]): AllotError {
  return new AllotError(
    "config-invalid",
    `${path}: ${place} is not known.${didYouMean(key, keys)} Known are ${keys.join(", ")}`,
  );
}

function usersToState(path: string, place: string): AllotError {
  return new AllotError(
    "config-invalid",
    `${path}: ${place} is the user's to state, not the project's: move it to the config.json in ALLOT_HOME`,
  );
}
