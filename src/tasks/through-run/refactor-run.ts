import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import type { TestCommand } from "../../codebase/test-command.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { MiniTask } from "../../runs/plan/mini-task.ts";
import type { WorkerTask } from "../../runs/templates/worker-task.ts";
import { wellFormed } from "../../runs/templates/worker-task.ts";
import type { WorkFinding } from "../work.ts";
import { linesAround, MOST_TOKENS, tokensOf } from "./code-pieces.ts";
import { orderOf, quotation, type ReadText, type RunOrder } from "./through-run.ts";

export interface RefactorRequest {
  readonly codebase: Codebase;
  readonly read: ReadText;
  /** What a refactoring found; those without a place change nothing. */
  readonly suggestions: readonly WorkFinding[];
  readonly detected: TestCommand | undefined;
}

/** Suggestions that one mini-task carries out; more make it one that a worker gets lost in. */
const MOST_SUGGESTIONS = 6;
/** Longest text of one suggestion in a step. */
const LONGEST_TEXT = 600;

/**
 * The run that carries suggestions out: one mini-task a file, which may edit that file only. The gates hold exported names
 * and signatures, and the project's tests as they passed before. Throws `usage` where no suggestion names a file that is
 * there.
 */
export function refactorRun(request: RefactorRequest): RunOrder {
  const { codebase, read, suggestions, detected } = request;
  const byFile = new Map<string, WorkFinding[]>();
  for (const finding of suggestions) {
    if (finding.place === null) continue;
    byFile.set(finding.place.path, [...(byFile.get(finding.place.path) ?? []), finding]);
  }
  const leftOut: { path: string; reason: string }[] = [];
  const tasks: WorkerTask[] = [];
  for (const [path, findings] of byFile) {
    const file = codebase.files.find((each) => each.path === path);
    if (file === undefined || read(path) === undefined)
      leftOut.push({ path, reason: "it is in no commit yet; commit it first" });
    else {
      const reads = readsOf(file, read(path) ?? "", findings.slice(0, MOST_SUGGESTIONS));
      if (reads === undefined)
        leftOut.push({ path, reason: "what the suggestions are about is too long for one mini-task" });
      else tasks.push(taskOf(file, findings, reads, detected));
    }
  }
  if (tasks.length === 0)
    throw new AllotError("usage", "there is nothing to apply: no suggestion names a place in a committed file");
  return orderOf(tasks, {
    codebase,
    read,
    goal: `Refactor ${tasks.length === 1 ? (tasks[0]?.writes[0]?.path ?? "a file") : `${tasks.length} files`} without changing behaviour`,
    summary:
      "Suggestions are carried out, one mini-task a file. Exported names and signatures stay, and the project's tests pass as before.",
    planner: "allot refactor --apply",
    finalChecks: detected === undefined ? [] : [detected.command],
    notes: [
      ...(detected === undefined
        ? ["No test command of the project is known: only syntax, names and signatures prove the result."]
        : []),
      ...leftOut.map(({ path, reason }) => `Left out: ${path} (${reason}).`),
    ],
    leftOut,
  });
}

/** The whole file, or the symbols that the suggestions are about; undefined where these are too long. */
function readsOf(file: FileFacts, text: string, findings: readonly WorkFinding[]): WorkerTask["reads"] {
  if (file.tokens <= MOST_TOKENS) return [file.path];
  const wanted = findings.flatMap(({ place }) =>
    place === null ? [] : [{ first: place.firstLine, last: place.lastLine }],
  );
  const lines = linesAround(file, text, wanted);
  if (tokensOf(text.split("\n"), lines) > MOST_TOKENS) return undefined;
  return [{ path: file.path, lines, optional: false, note: "" }];
}

function taskOf(
  file: FileFacts,
  findings: readonly WorkFinding[],
  reads: NonNullable<WorkerTask["reads"]>,
  detected: TestCommand | undefined,
): WorkerTask {
  const { path } = file;
  const chosen = findings.slice(0, MOST_SUGGESTIONS);
  const rest = findings.length - chosen.length;
  return {
    title: `Refactor ${path}`,
    reads,
    writes: [{ path, action: "edit" }],
    context: `\`${path}\` is refactored: its behaviour, its exported names and their signatures stay as they are.${rest === 0 ? "" : ` ${rest} more suggestions wait for another run.`}`,
    steps: [
      ...chosen.map((finding): MiniTask["steps"][number] => ({ text: suggestionText(path, finding) })),
      { text: `Leave every line of \`${path}\` that these steps do not concern as it is.` },
    ],
    criteria: [
      { text: "It is well-formed", check: { kind: "command", index: 1 } },
      ...(detected === undefined
        ? []
        : [{ text: "The project's tests pass", check: { kind: "command" as const, index: 2 } }]),
      { text: "Exported names and signatures are as they were", check: { kind: "gate", gate: "contract-kept" } },
    ],
    contract: exportedNames(file),
    commands: [wellFormed(path), ...(detected === undefined ? [] : [detected.command])],
  };
}

function suggestionText(path: string, { title, detail, place }: WorkFinding): string {
  const lines = place === null ? "" : ` (lines ${place.firstLine}-${place.lastLine})`;
  return `In \`${path}\`${lines}, make the change of this suggestion: ${quotation(`${title}. ${detail}`, LONGEST_TEXT)}`;
}

/** Names that others use stay, whatever a suggestion says. */
function exportedNames({ path, symbols }: FileFacts): MiniTask["contract"] {
  return symbols
    .filter(
      ({ exported, parent, kind, name }) => exported && parent === -1 && kind !== "section" && /^[\w$]+$/.test(name),
    )
    .map(({ name }) => ({ path, name }));
}
