/**
 * The first step of a run: is the goal worth a plan of mini-tasks, better done directly by one strong model, or not
 * clear enough for either?
 *
 * Owns the decision tree of the seeds, as data: questions about facts, each with two ways on. Invariant: pure, so the
 * same goal and repository give the same answer, and the way through the tree is shown with it.
 *
 * Rejected: asking a model (it costs as much as a small goal, and its answer cannot be tested). Where the seeds' tree has
 * two roots (is it well-defined? is it large?), the second one is asked first: a large goal is seldom well-defined.
 */
import { formatCount } from "../../foundation/units.ts";
import { goalFacts, type GoalFacts, type RepositoryFacts } from "./goal-facts.ts";
import { BAD_USE_CASES, GOOD_USE_CASES, THRESHOLDS } from "./use-cases.ts";

export { goalFacts, type GoalFacts, type RepositoryFacts } from "./goal-facts.ts";
export { THRESHOLDS } from "./use-cases.ts";

/** delegate: plan mini-tasks. direct: one strong model does it alone. ask: the user has to say more. */
export type Decision =
  | (Reasoned & { readonly kind: "delegate" | "direct" })
  | (Reasoned & { readonly kind: "ask"; readonly question: string });

interface Reasoned {
  /** Sentences for the user, the deciding one first. */
  readonly reasons: readonly string[];
  /** The questions on the way, with their answers. */
  readonly path: readonly { readonly question: string; readonly answer: "yes" | "no" }[];
}

type Way =
  | { readonly go: QuestionId }
  | { readonly end: Decision["kind"]; readonly because: (facts: GoalFacts) => string };

interface Question {
  readonly text: string;
  readonly holds: (facts: GoalFacts) => boolean;
  readonly yes: Way;
  readonly no: Way;
}

type QuestionId =
  | "says-something"
  | "contradicts-itself"
  | "unsuited"
  | "names-missing-file"
  | "splits"
  | "known-to-pay"
  | "is-large"
  | "breaks-up"
  | "well-defined"
  | "repetitive"
  | "needs-exploring";

/** The tree. */
export const DECISION_TREE: Readonly<Record<QuestionId, Question>> = {
  "says-something": {
    text: "Does the goal say anything?",
    holds: (facts) => !facts.isEmpty,
    yes: { go: "contradicts-itself" },
    no: { end: "ask", because: () => "the goal is empty" },
  },
  "contradicts-itself": {
    text: "Does it contradict itself?",
    holds: (facts) => facts.contradiction !== undefined,
    yes: { end: "ask", because: (facts) => `the goal contradicts itself: ${facts.contradiction ?? ""}` },
    no: { go: "unsuited" },
  },
  unsuited: {
    text: "Is it debugging, architecture, exploring, a quick fix, or work with the user's input on the way?",
    holds: (facts) => facts.unsuited !== undefined,
    yes: { end: "direct", because: (facts) => BAD_USE_CASES[facts.unsuited ?? "quick-fix"].because },
    no: { go: "splits" },
  },
  splits: {
    text: "Is it to split a module?",
    holds: (facts) => facts.family === "split",
    yes: {
      end: "delegate",
      because: (facts) => `${familyReason(facts)}; allot moves code by exact steps, without any model`,
    },
    no: { go: "names-missing-file" },
  },
  "names-missing-file": {
    text: "Does it name a file to change that is not in the repository?",
    holds: (facts) => missingFile(facts) !== undefined,
    yes: { end: "ask", because: (facts) => `${missingFile(facts) ?? ""} is not in the repository` },
    no: { go: "known-to-pay" },
  },
  "known-to-pay": {
    text: "Is it documentation, tests or configuration in several pieces?",
    holds: (facts) => facts.family !== undefined && facts.pieces >= GOOD_USE_CASES[facts.family].fewestPieces,
    yes: { end: "delegate", because: familyReason },
    no: { go: "is-large" },
  },
  "is-large": {
    text: "Is it a large project (several files, or one very large)?",
    holds: (facts) => facts.touchesManyFiles && facts.namesSubject,
    yes: { go: "breaks-up" },
    no: { go: "well-defined" },
  },
  "breaks-up": {
    text: `Can it be broken into ${THRESHOLDS.atomicTasks} or more atomic tasks?`,
    holds: (facts) => facts.pieces >= THRESHOLDS.atomicTasks,
    yes: {
      end: "delegate",
      because: (facts) => `a large goal that breaks into about ${formatCount(facts.pieces)} atomic tasks`,
    },
    no: {
      end: "direct",
      because: (facts) =>
        `${formatCount(Math.max(1, facts.pieces))} atomic tasks can be seen in it, fewer than ${THRESHOLDS.atomicTasks}: one strong model does it with less overhead`,
    },
  },
  "well-defined": {
    text: "Is it well-defined (known what to change, and where)?",
    holds: (facts) => facts.isWellDefined,
    yes: { go: "repetitive" },
    no: { go: "needs-exploring" },
  },
  repetitive: {
    text: `Is it repetitive (${THRESHOLDS.similarEdits} or more similar edits)?`,
    holds: (facts) => facts.edits >= THRESHOLDS.similarEdits,
    yes: {
      end: "delegate",
      because: (facts) =>
        `about ${formatCount(facts.edits)} similar edits: ${GOOD_USE_CASES.repetitive.pays} (${saving("repetitive")})`,
    },
    no: { end: "direct", because: () => `well-defined and small: ${BAD_USE_CASES["quick-fix"].because}` },
  },
  "needs-exploring": {
    text: "Does it need exploring first?",
    holds: (facts) => facts.namesSubject,
    yes: {
      end: "direct",
      because: () =>
        "the goal leaves open where and how to change the code: that needs exploring, which one strong model does best",
    },
    no: { end: "ask", because: () => "the goal does not say what shall be changed, and where" },
  },
};

/** What to do with a goal of which these facts are known. Pure; never throws. */
export function decide(facts: GoalFacts): Decision {
  const path: { question: string; answer: "yes" | "no" }[] = [];
  let at: QuestionId = "says-something";
  for (;;) {
    const question: Question = DECISION_TREE[at];
    const holds = question.holds(facts);
    path.push({ question: question.text, answer: holds ? "yes" : "no" });
    const way: Way = holds ? question.yes : question.no;
    if ("go" in way) {
      at = way.go;
      continue;
    }
    const reasons = [way.because(facts), ...observations(facts)];
    return way.end === "ask"
      ? { kind: "ask", reasons, path, question: questionFor(facts) }
      : { kind: way.end, reasons, path };
  }
}

/** Reads the goal and decides, in one go. */
export async function decideGoal(goal: string, repository: RepositoryFacts): Promise<Decision> {
  return decide(await goalFacts(goal, repository));
}

function familyReason(facts: GoalFacts): string {
  const family = facts.family ?? "repetitive";
  const { title, pays } = GOOD_USE_CASES[family];
  return `${title}: ${pays} (${saving(family)})`;
}

function saving(family: keyof typeof GOOD_USE_CASES): string {
  const { from, to } = GOOD_USE_CASES[family].savingPercent;
  return `estimated saving ${from} to ${to}%`;
}

/** A file to be changed that nobody can find; files that the goal wants made are no surprise. */
function missingFile(facts: GoalFacts): string | undefined {
  if (/\b(?:creat|add|writ|generat|introduc|implement|new|put|extract|mov|renam|into|to a)\w*\b/i.test(facts.goal))
    return undefined;
  return facts.files.find(({ exists }) => !exists)?.name;
}

/** What was seen in the goal, for the reader of the decision. */
function observations(facts: GoalFacts): readonly string[] {
  const seen: string[] = [];
  for (const { name, lines } of facts.files)
    if (lines !== undefined) seen.push(`${name} has ${formatCount(lines)} lines`);
  if (facts.edits > 0 && facts.unsuited === undefined)
    seen.push(`about ${formatCount(facts.edits)} similar edits are asked for`);
  return seen;
}

function questionFor(facts: GoalFacts): string {
  if (facts.isEmpty) return "What shall be done? One sentence with the change and the file it is about is enough.";
  if (facts.contradiction !== undefined)
    return `Which of the two is meant? The goal contradicts itself: ${facts.contradiction}.`;
  const missing = missingFile(facts);
  if (missing !== undefined) return `Which file is meant? ${missing} is not in the repository.`;
  return "What exactly shall be changed, in which files, and how will you see that it is done?";
}
