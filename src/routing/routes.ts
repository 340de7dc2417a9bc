import type { Route, TaskType } from "./routing.ts";

/** Who does a task: with its usual model, and the session its work is counted under. */
export interface RouteAgent {
  readonly model: string;
  readonly session: string;
}

/**
 * The agents of the guide (seeds 004): Comet drives a browser, Codex writes code, the two Claudes answer in text. Models
 * are aliases of the catalogue, so `haiku` is the Haiku of the day.
 */
export const AGENTS: Readonly<Record<string, RouteAgent>> = {
  comet: { model: "haiku", session: "comet" },
  codex: { model: "sonnet-4-5", session: "codex" },
  "claude-haiku": { model: "haiku", session: "claude-haiku" },
  "claude-sonnet": { model: "sonnet-4-5", session: "claude-sonnet" },
};

/**
 * The routing table of the guide, row by row ("Routing Rules"). No row has a `simpleModel`: the guide would give every
 * short text to a cheap model, but of the hand-written judging rows with a premium type that are called simple, about
 * half are not (docs/routing.md). Who wants it states one in `routes`.
 */
export const ROUTES: readonly Route[] = [
  row("ui", "comet"),
  row("coding", "codex"),
  row("testing", "codex"),
  row("debugging", "codex"),
  row("documentation", "claude-haiku"),
  row("research", "claude-haiku"),
  row("analysis", "claude-sonnet"),
  row("automation", "codex"),
];

/** The dear safe model, against which savings are counted. */
export const PREMIUM_MODEL = "sonnet-4-5";

/** Who takes a type's work on the dear model: cheap agents have a dear neighbour, the others stay. */
export const DEAR_NEIGHBOURS: Readonly<Partial<Record<TaskType, string>>> = {
  ui: "codex",
  documentation: "claude-sonnet",
  research: "claude-sonnet",
};

/**
 * From this confidence on a type is taken as sure. Chosen on the judging rows, beside others in docs/routing.md: it stops
 * about a quarter of the commit subjects that would be sent too cheap, and lets clear tasks in other languages pass,
 * whose confidence the detector caps at 0.65.
 */
export const SURE_FROM = 0.6;

/** What people call the types besides their names. */
export const TYPE_ALIASES: Readonly<Record<string, TaskType>> = {
  frontend: "ui",
  code: "coding",
  test: "testing",
  tests: "testing",
  debug: "debugging",
  bugs: "debugging",
  doc: "documentation",
  docs: "documentation",
  analyze: "analysis",
  review: "analysis",
  automate: "automation",
  ci: "automation",
};

function row(type: TaskType, agent: keyof typeof AGENTS): Route {
  const known = AGENTS[agent] ?? { model: PREMIUM_MODEL, session: agent };
  return { type, agent, ...known, simpleModel: null };
}
