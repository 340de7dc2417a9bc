import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readerTools, type ReadableTree } from "../../agents/reader-tools.ts";
import type { AgentTool } from "../../agents/agent-tool.ts";
import { runToolLoop } from "../../agents/tool-loop.ts";
import { detectTestCommand } from "../../codebase/test-command.ts";
import { treeMap } from "../../codebase/tree-map.ts";
import type { Decision } from "../decide/decide.ts";
import { GATES } from "../gates/gates.ts";
import type { Planning } from "./planning.ts";
import type { LintFacts } from "../plan/lint.ts";
import {
  pathsInDraft,
  planFromDraft,
  plannerPrompt,
  problemsPrompt,
  SUBMIT_PLAN,
  type Prompt,
} from "../plan/plan-draft.ts";
import { payFor, tierLabel, type RunContext } from "../run-context.ts";
import type { RunSpec } from "../run.ts";

const MAX_TURNS = 24;
const MAX_OUTPUT_TOKENS = 32_000;
const MAP_CHARACTERS = 24_000;
/** Files named in the goal are shown at once as far as they fit; the rest can be read with tools. */
const SHOWN_CHARACTERS = 200_000;
/** A plan is sent back for mending so often at most. */
const MOST_REFUSALS = 2;

/**
 * Lets the big model explore the repository with read-only tools and submit a plan, which is linted; what is wrong goes
 * back to it. Its calls are found again after a crash: the same tree gives the same requests.
 */
export async function planByModel(context: RunContext, decision: Decision): Promise<Planning> {
  context.emit({ kind: "planning", what: `${tierLabel(context.spec, "big")} explores and plans` });
  return withPlanningGround(context, decision, (ground) => converse(context, ground));
}

/** What whoever plans works with: the instructions, and the tree of the run's base. */
export interface PlanningGround {
  readonly prompt: Prompt;
  readonly tree: ReadableTree;
}

/** Has `plan` work on a clean checkout of the run's base, which goes afterwards. */
export async function withPlanningGround(
  context: RunContext,
  decision: Decision,
  plan: (ground: PlanningGround) => Promise<Planning>,
): Promise<Planning> {
  const root = mkdtempSync(join(tmpdir(), "allot-plan-"));
  try {
    await context.repository.export(context.spec.baseRev, root, { link: [] });
    const tree = await openTree(context, root);
    return await plan({ prompt: await promptFor(context, decision, root, tree), tree });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function promptFor(context: RunContext, decision: Decision, root: string, tree: ReadableTree): Promise<Prompt> {
  const { spec } = context;
  return plannerPrompt({
    goal: spec.goal,
    map: treeMap(
      tree.list().map((path) => ({ path, bytes: Buffer.byteLength(tree.read(path) ?? "") })),
      MAP_CHARACTERS,
    ),
    files: namedFiles(spec.goal, tree),
    languages: languagesOf(tree.list()),
    testCommand: spec.testCommand ?? (await detectTestCommand(root))?.command ?? "",
    gates: GATES.map(({ id }) => id),
    models: { small: workerOf(spec), big: bigOf(spec) },
    decision: decision.kind === "direct" ? "direct" : "delegate",
  });
}

/** Who does small mini-tasks: the agent that executes, or the small model. */
function workerOf(spec: RunSpec): string | undefined {
  return spec.executor ?? spec.small?.label;
}

function bigOf(spec: RunSpec): string {
  return spec.big?.label ?? spec.planner;
}

async function converse(context: RunContext, { prompt, tree }: PlanningGround): Promise<Planning> {
  const submission = submitTool(context, tree);
  const result = await runToolLoop({
    system: prompt.system,
    messages: [{ role: "user", content: prompt.user }],
    tools: [...readerTools(tree), submission.tool],
    finishTools: [SUBMIT_PLAN.name],
    maxTurns: MAX_TURNS,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    ask: (request, turn) =>
      payFor(context, { task: "plan", round: 1, purpose: `plan-${turn}`, phase: "planning", tier: "big" }, request),
  });
  const answer = submission.answer();
  if (answer !== undefined) return answer;
  return { kind: "declined", reasons: [whyNoPlan(result), ...submission.problems()] };
}

/** What a draft comes to: a plan or a question, or what the linter finds wrong with it. */
export type ReadDraft =
  | { readonly kind: "read"; readonly planning: Planning }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

/** Reads and lints what a planner submits. Pure but for the tree it looks into. */
export function readDraft(context: RunContext, tree: ReadableTree, input: unknown): ReadDraft {
  const { spec } = context;
  const outcome = planFromDraft(input, {
    goal: spec.goal,
    planner: bigOf(spec),
    models: { small: workerOf(spec) ?? bigOf(spec), big: bigOf(spec) },
    facts: factsFor(tree, pathsInDraft(input)),
    price: context.forecast,
  });
  switch (outcome.kind) {
    case "plan":
      return { kind: "read", planning: { kind: "planned", plan: outcome.plan } };
    case "question": {
      const reasons = ["the planner needs this to plan"];
      return { kind: "read", planning: { kind: "asking", question: outcome.question, reasons } };
    }
    case "problems":
      return outcome;
  }
}

interface Submission {
  readonly tool: AgentTool;
  answer(): Planning | undefined;
  /** What was wrong with the last plan that was refused. */
  problems(): readonly string[];
}

function submitTool(context: RunContext, tree: ReadableTree): Submission {
  let answer: Planning | undefined;
  let problems: readonly string[] = [];
  let refusals = 0;
  return {
    answer: () => answer,
    problems: () => problems,
    tool: {
      spec: SUBMIT_PLAN,
      async run(input) {
        const draft = readDraft(context, tree, input);
        if (draft.kind === "read") {
          answer = draft.planning;
          return { output: "Accepted.", failed: false };
        }
        ({ problems } = draft);
        refusals++;
        if (refusals > MOST_REFUSALS) {
          answer = { kind: "declined", reasons: [`the plan was refused ${refusals} times`, ...problems] };
          return { output: "Refused for good.", failed: false };
        }
        return { output: problemsPrompt(problems), failed: true };
      },
    },
  };
}

function factsFor(tree: ReadableTree, paths: readonly string[]): LintFacts {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const text = tree.read(path);
    if (text !== undefined) texts.set(path, text);
  }
  return { files: new Set(tree.list()), texts, gates: new Set(GATES.map(({ id }) => id)) };
}

async function openTree(context: RunContext, root: string): Promise<ReadableTree> {
  const entries = await context.repository.entries(context.spec.baseRev);
  const files = [...entries].filter(([, { mode }]) => mode.startsWith("100")).map(([path]) => path);
  const known = new Set(files);
  const texts = new Map<string, string | undefined>();
  return {
    list: () => files,
    read(path) {
      if (!known.has(path)) return undefined;
      if (!texts.has(path)) texts.set(path, readText(join(root, path)));
      return texts.get(path);
    },
  };
}

function readText(path: string): string | undefined {
  const bytes = readFileSync(path);
  return bytes.includes(0) ? undefined : bytes.toString("utf8");
}

function namedFiles(goal: string, tree: ReadableTree): { path: string; firstLine: number; text: string }[] {
  let room = SHOWN_CHARACTERS;
  const words = new Set(goal.split(/[\s`"'(),;:]+/).map((word) => word.replace(/\.$/, "")));
  const named = tree.list().filter((path) => words.has(path) || words.has(path.slice(path.lastIndexOf("/") + 1)));
  return named.flatMap((path) => {
    const text = tree.read(path);
    if (text === undefined || text.length > room) return [];
    room -= text.length;
    return [{ path, firstLine: 1, text }];
  });
}

const LANGUAGES: readonly (readonly [RegExp, string])[] = [
  [/\.pyi?$/, "python"],
  [/\.[cm]?tsx?$/, "typescript"],
  [/\.[cm]?jsx?$/, "javascript"],
  [/\.go$/, "go"],
  [/\.java$/, "java"],
  [/\.rs$/, "rust"],
  [/\.rb$/, "ruby"],
];

function languagesOf(paths: readonly string[]): readonly string[] {
  return LANGUAGES.filter(([pattern]) => paths.some((path) => pattern.test(path))).map(([, name]) => name);
}

function whyNoPlan(result: Awaited<ReturnType<typeof runToolLoop>>): string {
  switch (result.kind) {
    case "finished":
      return "the planner ended without submitting a plan";
    case "gave-up":
      return `the planner gave up: ${result.reason}`;
    case "turns-exhausted":
      return `the planner submitted no plan in ${MAX_TURNS} turns`;
    case "failed":
      return `${result.code}: ${result.message}`;
    case "refused":
    case "unknown":
      return result.message;
  }
}
