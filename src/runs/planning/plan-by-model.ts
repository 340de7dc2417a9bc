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
import { pathsInDraft, planFromDraft, plannerPrompt, problemsPrompt, SUBMIT_PLAN } from "../plan/plan-draft.ts";
import type { Plan } from "../plan/plan.ts";
import { tierLabel, payFor, type RunContext } from "../run-context.ts";

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
  const root = mkdtempSync(join(tmpdir(), "allot-plan-"));
  try {
    await context.repository.export(context.spec.baseRev, root, { link: [] });
    return await converse(context, decision, root, await openTree(context, root));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function converse(context: RunContext, decision: Decision, root: string, tree: ReadableTree): Promise<Planning> {
  const { spec } = context;
  const submission = submitTool(context, tree);
  const prompt = plannerPrompt({
    goal: spec.goal,
    map: treeMap(
      tree.list().map((path) => ({ path, bytes: Buffer.byteLength(tree.read(path) ?? "") })),
      MAP_CHARACTERS,
    ),
    files: namedFiles(spec.goal, tree),
    languages: languagesOf(tree.list()),
    testCommand: spec.testCommand ?? (await detectTestCommand(root))?.command ?? "",
    gates: GATES.map(({ id }) => id),
    models: { small: spec.small?.label, big: tierLabel(spec, "big") },
    decision: decision.kind === "direct" ? "direct" : "delegate",
  });
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

interface Submission {
  readonly tool: AgentTool;
  answer(): Planning | undefined;
  /** What was wrong with the last plan that was refused. */
  problems(): readonly string[];
}

function submitTool(context: RunContext, tree: ReadableTree): Submission {
  const { spec } = context;
  let answer: Planning | undefined;
  let problems: readonly string[] = [];
  let refusals = 0;
  const take = (plan: Plan): Planning => ({ kind: "planned", plan });
  return {
    answer: () => answer,
    problems: () => problems,
    tool: {
      spec: SUBMIT_PLAN,
      async run(input) {
        const outcome = planFromDraft(input, {
          goal: spec.goal,
          planner: tierLabel(spec, "big"),
          models: { small: spec.small?.label ?? tierLabel(spec, "big"), big: tierLabel(spec, "big") },
          facts: factsFor(tree, pathsInDraft(input)),
          price: context.forecast,
        });
        if (outcome.kind === "plan") answer = take(outcome.plan);
        if (outcome.kind === "question")
          answer = { kind: "asking", question: outcome.question, reasons: ["the planner needs this to plan"] };
        if (outcome.kind !== "problems") return { output: "Accepted.", failed: false };
        ({ problems } = outcome);
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
