import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import type { FileSymbol } from "../../codebase/languages/languages.ts";
import type { TestCommand } from "../../codebase/test-command.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { WorkerTask } from "../../runs/templates/worker-task.ts";
import type { WorkFinding } from "../work.ts";
import { piecesOf, type CodePiece, type Lines } from "./code-pieces.ts";
import { testPlaceOf, type TestPlace } from "./test-place.ts";
import { orderOf, quotation, type ReadText, type RunOrder } from "./through-run.ts";

export interface TestsRequest {
  /** Files to test. */
  readonly files: readonly FileFacts[];
  readonly codebase: Codebase;
  /** Texts at the commit that the run starts from. */
  readonly read: ReadText;
  /** How the project runs its tests; undefined where that is not known. */
  readonly detected: TestCommand | undefined;
  /** "unit" ... : what kind of tests. */
  readonly coverage: string;
  /** Cases that an earlier `test` suggested; told to the worker. */
  readonly suggestions?: readonly WorkFinding[];
}

/** Functions of one mini-task: as many as the gate breaks one by one. */
const MOST_NAMES = 8;
/** Cases that an earlier `test` suggested, for one mini-task. */
const MOST_CASES = 12;
/** Longest text of one of them. */
const LONGEST_CASE = 240;
/** A longer example is shown by its first lines. */
const EXAMPLE_LINES = 80;

/**
 * The run that writes tests: one mini-task a file, with a new test file that has to run and pass in a clean tree, and to
 * fail when one of the file's public functions is broken (gate `tests-catch-breaks`). Throws `usage` where no file is left:
 * nothing exported, or a language whose tests cannot be run here.
 */
export function testsRun(request: TestsRequest): RunOrder {
  const { files, codebase, read, detected, coverage } = request;
  const leftOut: { path: string; reason: string }[] = [];
  const tasks: WorkerTask[] = [];
  const taken: Codebase["files"][number][] = [...codebase.files];
  for (const file of files) {
    const { pieces, reason } = workOn(file, request);
    if (reason !== undefined) leftOut.push({ path: file.path, reason });
    for (const piece of pieces) {
      const place = testPlaceOf(file, { ...codebase, files: taken }, detected);
      if (place === undefined) continue;
      taken.push({ ...file, path: place.path, role: "test" });
      tasks.push(taskOf(file, piece, place, request));
    }
  }
  if (tasks.length === 0) {
    const why = leftOut.map(({ path, reason }) => `${path}: ${reason}`).join("; ");
    throw new AllotError("usage", `there is nothing to write tests for${why === "" ? "" : ` (${why})`}`);
  }
  return orderOf(tasks, {
    codebase,
    read,
    goal: `Write ${coverage} tests for ${targetText(files, leftOut)}`,
    summary:
      "New test files, one mini-task a file under test. The code under test stays as it is; each new test file is run by itself, and has to fail when a function that it tests is broken.",
    planner: "allot test --generate",
    finalChecks: [],
    notes: leftOut.map(({ path, reason }) => `Left out: ${path} (${reason}).`),
    leftOut,
  });
}

/** "src/pay.py", or how many files. */
function targetText(files: readonly FileFacts[], leftOut: RunOrder["leftOut"]): string {
  const tested = files.filter(({ path }) => leftOut.every((left) => left.path !== path));
  return tested.length === 1 ? (tested[0]?.path ?? "a file") : `${tested.length} files`;
}

/** The pieces of a file that get tests, and why a file, or a part of it, gets none. */
function workOn(
  file: FileFacts,
  { codebase, detected, read }: TestsRequest,
): { readonly pieces: readonly CodePiece[]; readonly reason: string | undefined } {
  const nothing = (reason: string) => ({ pieces: [], reason });
  if (testPlaceOf(file, codebase, detected) === undefined)
    return nothing(`tests in ${file.language} cannot be run by themselves here; Python, JavaScript and TypeScript can`);
  if (file.role === "test") return nothing("it is a test itself");
  const text = read(file.path);
  if (text === undefined) return nothing("it is in no commit yet; commit it first");
  const names = publicFunctions(file);
  if (names.length === 0) return nothing("it exports no function");
  const pieces = piecesOf(file, text, names, MOST_NAMES);
  const shown = pieces.reduce((sum, { symbols }) => sum + symbols.length, 0);
  return { pieces, reason: shown === 0 ? "its functions are too long for one mini-task" : undefined };
}

/** Functions and methods that others can call, in the order of the file; classes where there are none of these. */
function publicFunctions({ symbols }: FileFacts): readonly FileSymbol[] {
  const called = symbols.filter(({ exported, kind }) => exported && (kind === "function" || kind === "method"));
  return called.length > 0 ? called : symbols.filter(({ exported, kind }) => exported && kind === "class");
}

function taskOf(
  file: FileFacts,
  { symbols, lines }: CodePiece,
  place: TestPlace,
  { coverage, codebase, suggestions = [] }: TestsRequest,
): WorkerTask {
  const list = symbols.map(({ name }) => `\`${name}\``).join(", ");
  const wanted = suggestions
    .filter(({ place: at }) => at?.path === file.path && (lines === undefined || isInside(at, lines)))
    .slice(0, MOST_CASES);
  return {
    title: lines === undefined ? `Test ${file.path}` : `Test ${file.path}, lines ${lines.first} to ${lines.last}`,
    reads: [
      lines === undefined ? file.path : { path: file.path, lines, optional: false, note: "" },
      ...exampleOf(place, codebase),
    ],
    writes: [{ path: place.path, action: "create" }],
    context: `\`${file.path}\` gets ${coverage} tests in the new file \`${place.path}\`, written with ${place.framework}. They describe what the code does today; the code itself stays as it is.${place.example === null ? "" : ` \`${place.example}\` shows how this project writes tests.`}`,
    steps: [
      {
        text: `In \`${place.path}\`, write one test of the usual case for each of: ${list}. Compare its result with a literal value worked out from \`${file.path}\`.`,
      },
      {
        text: `In \`${place.path}\`, write one test for each border that \`${file.path}\` treats on its own: an empty input, a limit, an error that it raises.`,
      },
      ...(wanted.length === 0
        ? []
        : [{ text: `In \`${place.path}\`, test these cases too:\n${wanted.map(caseText).join("\n")}` }]),
      {
        text: `Give each test in \`${place.path}\` a name that says the behaviour; use no mocks of \`${file.path}\` and no network.`,
      },
    ],
    criteria: [
      { text: "The tests are there", check: { kind: "file-exists", path: place.path } },
      { text: "They have no syntax errors", check: { kind: "syntax", path: place.path } },
      { text: "They pass", check: { kind: "command", index: 1 } },
      { text: "They fail when a function under test is broken", check: { kind: "gate", gate: "tests-catch-breaks" } },
    ],
    commands: [place.command],
  };
}

function isInside(place: { readonly firstLine: number; readonly lastLine: number }, lines: Lines): boolean {
  return place.firstLine <= lines.last && place.lastLine >= lines.first;
}

/** A test file of the project, or its first lines. */
function exampleOf({ example }: TestPlace, codebase: Codebase): NonNullable<WorkerTask["reads"]> {
  const file = codebase.files.find(({ path }) => path === example);
  if (file === undefined) return [];
  if (file.lines <= EXAMPLE_LINES) return [file.path];
  return [{ path: file.path, lines: { first: 1, last: EXAMPLE_LINES }, optional: false, note: "" }];
}

/** What a model suggested is a case to write, nothing more. */
function caseText({ title, detail }: WorkFinding): string {
  return `   - ${quotation(`${title}: ${detail}`, LONGEST_CASE)}`;
}
