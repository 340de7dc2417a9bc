import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import type { FileSymbol } from "../../codebase/languages/languages.ts";
import type { TestCommand } from "../../codebase/test-command.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { WorkerTask } from "../../runs/templates/worker-task.ts";
import type { WorkFinding } from "../work.ts";
import { testPlaceOf, type TestPlace } from "./test-place.ts";
import { orderOf, type ReadText, type RunOrder } from "./through-run.ts";

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

/** Names that one step can hold. */
const MOST_NAMES = 12;

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
    const names = publicFunctions(file);
    const place = testPlaceOf(file, { ...codebase, files: taken }, detected);
    const reason = reasonAgainst(file, names, place, read);
    if (reason !== undefined || place === undefined) {
      leftOut.push({ path: file.path, reason: reason ?? "its tests cannot be run here" });
      continue;
    }
    taken.push({ ...file, path: place.path, role: "test" });
    tasks.push(taskOf(file, names, place, request));
  }
  if (tasks.length === 0) {
    const why = leftOut.map(({ path, reason }) => `${path}: ${reason}`).join("; ");
    throw new AllotError("usage", `there is nothing to write tests for${why === "" ? "" : ` (${why})`}`);
  }
  return orderOf(tasks, {
    codebase,
    read,
    goal: `Write ${coverage} tests for ${tasks.length === 1 ? (tasks[0]?.reads?.[0] ?? "a file") : `${tasks.length} files`}`,
    summary:
      "New test files, one mini-task a file under test. The code under test stays as it is; each new test file is run by itself, and has to fail when a function that it tests is broken.",
    planner: "allot test --generate",
    finalChecks: [],
    notes: leftOut.map(({ path, reason }) => `Left out: ${path} (${reason}).`),
    leftOut,
  });
}

function reasonAgainst(
  file: FileFacts,
  names: readonly FileSymbol[],
  place: TestPlace | undefined,
  read: ReadText,
): string | undefined {
  if (place === undefined)
    return `tests in ${file.language} cannot be run by themselves here; Python, JavaScript and TypeScript can`;
  if (file.role === "test") return "it is a test itself";
  if (read(file.path) === undefined) return "it is in no commit yet; commit it first";
  return names.length === 0 ? "it exports no function" : undefined;
}

/** Functions, methods and classes that others can call, in the order of the file. */
function publicFunctions({ symbols }: FileFacts): readonly FileSymbol[] {
  return symbols.filter(
    ({ exported, kind }) => exported && (kind === "function" || kind === "method" || kind === "class"),
  );
}

function taskOf(file: FileFacts, names: readonly FileSymbol[], place: TestPlace, request: TestsRequest): WorkerTask {
  const { coverage, suggestions = [] } = request;
  const shown = names.filter(({ kind }) => kind !== "class").map(({ name }) => name);
  const named = (shown.length > 0 ? shown : names.map(({ name }) => name)).slice(0, MOST_NAMES);
  const list = named.map((name) => `\`${name}\``).join(", ");
  const wanted = suggestions.filter((finding) => finding.place?.path === file.path).slice(0, MOST_NAMES);
  return {
    title: `Test ${file.path}`,
    reads: [file.path, ...(place.example === null ? [] : [place.example])],
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

/** One line; what a model suggested is a case to write, nothing more. */
function caseText({ title, detail }: WorkFinding): string {
  return `   - ${`${title}: ${detail}`
    .replaceAll(/[\s`]+/g, " ")
    .trim()
    .slice(0, 240)}`;
}
