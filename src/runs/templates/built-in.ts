import { basename, extname } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import { GOOD_USE_CASES } from "../decide/use-cases.ts";
import { planOffline } from "../plan/offline-planner.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import type { Plan } from "../plan/plan.ts";
import { exactTaskStep } from "../plan/text/step-text.ts";
import type { BuiltInTemplate, TemplateTree, TemplateValues } from "./template.ts";
import { wellFormed, workerTasks, type WorkerTask } from "./worker-task.ts";

/** Aim for the lines of a module where a template's user names none. */
const DEFAULT_MAX_LINES = "600";

/** The goals for which delegation is known to pay, ready to be filled in. */
export const BUILT_IN_TEMPLATES: readonly BuiltInTemplate[] = [
  {
    name: "split-module",
    title: "Split a large module",
    description: `${about("split")} Planned by static analysis: exact steps only, nothing to pay.`,
    parameters: [
      { name: "file", kind: "file", doc: "the module to split" },
      { name: "max-lines", kind: "text", doc: "lines a new module may have", default: DEFAULT_MAX_LINES },
    ],
    build: splitModulePlan,
  },
  {
    name: "repetitive-edits",
    title: "Make the same edit in many places",
    description: `${about("repetitive")} One mini-task a file.`,
    parameters: [
      { name: "files", kind: "files", doc: "the files to edit: paths or patterns, separated by commas" },
      { name: "change", kind: "text", doc: "the edit, in one precise sentence" },
    ],
    build: (goal, values, tree) => Promise.resolve(perFilePlan(goal, values, tree, "repetitive")),
  },
  {
    name: "consolidate-docs",
    title: "Consolidate documents",
    description: `${about("documentation")} The documents are merged one after the other, then deleted.`,
    parameters: [
      { name: "files", kind: "files", doc: "the documents to merge" },
      { name: "into", kind: "file", doc: "the document they become" },
    ],
    build: (goal, values, tree) => Promise.resolve(documentsPlan(goal, values, tree)),
  },
  {
    name: "create-tests",
    title: "Write tests for modules",
    description: `${about("tests")} One mini-task a module.`,
    parameters: [
      { name: "files", kind: "files", doc: "the modules to test" },
      { name: "dir", kind: "text", doc: "the folder of the tests", default: "tests" },
    ],
    build: (goal, values, tree) => Promise.resolve(testsPlan(goal, values, tree)),
  },
  {
    name: "update-config",
    title: "Change schemas or configuration files",
    description: `${about("schema")} One mini-task a file.`,
    parameters: [
      { name: "files", kind: "files", doc: "the files to change" },
      { name: "change", kind: "text", doc: "the change, in one precise sentence" },
      { name: "expect", kind: "text", doc: "a text every file holds afterwards", default: "" },
    ],
    build: (goal, values, tree) => Promise.resolve(perFilePlan(goal, values, tree, "schema")),
  },
];

function about(family: keyof typeof GOOD_USE_CASES): string {
  const { pays, savingPercent } = GOOD_USE_CASES[family];
  return `${pays.charAt(0).toUpperCase()}${pays.slice(1)} (estimated saving ${savingPercent.from} to ${savingPercent.to}%).`;
}

async function splitModulePlan(_goal: string, values: TemplateValues, tree: TemplateTree): Promise<Plan> {
  const maxLines = Number(values.text("max-lines"));
  if (!Number.isInteger(maxLines) || maxLines < 20) {
    throw new AllotError(
      "usage",
      `max-lines=${values.text("max-lines")} is no number of lines; a whole number from 20 on is accepted`,
    );
  }
  const outcome = await planOffline({
    root: tree.root,
    goal: `Split ${values.text("file")} into focused modules`,
    maxLines,
  });
  if (outcome.kind === "planned") return outcome.plan;
  const why = outcome.kind === "declined" ? outcome.reasons.join("; ") : outcome.question;
  throw new AllotError("plan-invalid", `the template split-module makes no plan here: ${why}`);
}

function perFilePlan(goal: string, values: TemplateValues, tree: TemplateTree, family: "repetitive" | "schema"): Plan {
  const change = values.text("change");
  const expected = family === "schema" ? values.text("expect") : "";
  const tasks = values.files("files").map((path): WorkerTask => {
    const wellFormedCheck = { text: "It is well-formed", check: { kind: "command", index: 1 } as const };
    return {
      title: `Edit ${path}`,
      reads: [path],
      writes: [{ path, action: "edit" }],
      context: `The same change is made in several files; this mini-task makes it in \`${path}\`.`,
      steps: [
        { text: `Make this change in \`${path}\`: ${change}` },
        { text: `Leave every line of \`${path}\` that the change does not concern as it is.` },
      ],
      criteria:
        expected === ""
          ? [wellFormedCheck]
          : [
              wellFormedCheck,
              { text: "It holds what was asked for", check: { kind: "contains", path, text: expected } },
            ],
      commands: [wellFormed(path)],
    };
  });
  return planOf(
    goal === "" ? change : goal,
    `The same change, one mini-task a file: ${change}`,
    workerTasks(tasks, tree),
  );
}

function documentsPlan(goal: string, values: TemplateValues, tree: TemplateTree): Plan {
  const into = values.text("into");
  const sources = values.files("files").filter((path) => path !== into);
  if (sources.length === 0)
    throw new AllotError("usage", `files names no document besides ${into}; at least one is merged into it`);
  const exists = tree.files.includes(into);
  const merges = sources.map((path, index): WorkerTask => {
    const first = index === 0 && !exists;
    return {
      title: `Merge ${path} into ${into}`,
      dependsOn: index === 0 ? [] : [index],
      reads: first ? [path] : [path, into],
      writes: [{ path: into, action: first ? "create" : "edit" }],
      context: `Several documents become \`${into}\`; this mini-task brings in \`${path}\`. Nothing that only \`${path}\` says may be lost, and nothing is said twice.`,
      steps: [
        {
          text: first
            ? `Create \`${into}\` with a title and the sections of \`${path}\` in their order.`
            : `Add every section of \`${path}\` that \`${into}\` lacks, under a heading of its own, behind the section nearest in subject.`,
        },
        { text: `Where \`${path}\` and \`${into}\` say the same, keep the longer wording once.` },
        { text: `Keep code blocks, tables and links of \`${path}\` as they are, letter by letter.` },
      ],
      criteria: [
        { text: "The document is there", check: { kind: "file-exists", path: into } },
        { text: "It is not empty", check: { kind: "command", index: 1 } },
      ],
      commands: [`test -s '${into}'`],
    };
  });
  const removal: WorkerTask = {
    title: "Delete the merged documents",
    tier: "exact",
    dependsOn: [merges.length],
    writes: sources.map((path) => ({ path, action: "delete" })),
    context: `Their content stands in \`${into}\` now.`,
    steps: sources.map((path) => exactTaskStep({ kind: "delete-file", path })),
    criteria: sources.map((path) => ({ text: `${path} is gone`, check: { kind: "file-absent", path } })),
    commands: [`test -s '${into}'`],
  };
  const title = goal === "" ? `Consolidate ${sources.join(", ")} into ${into}` : goal;
  return planOf(
    title,
    `The documents are merged into \`${into}\` one after the other, then deleted.`,
    workerTasks([...merges, removal], tree),
  );
}

function testsPlan(goal: string, values: TemplateValues, tree: TemplateTree): Plan {
  const dir = values.text("dir").replace(/\/+$/, "");
  const tasks = values.files("files").map((path): WorkerTask => {
    const { file, command } = testFileOf(path, dir);
    const names = publicNames(tree.read(path) ?? "", path);
    const each = names.length === 0 ? "each public function and class" : names.map((name) => `\`${name}\``).join(", ");
    return {
      title: `Test ${path}`,
      reads: [path],
      writes: [{ path: file, action: tree.files.includes(file) ? "edit" : "create" }],
      context: `\`${path}\` gets tests in \`${file}\`. They describe what the code does today; the code itself stays as it is.`,
      steps: [
        { text: `In \`${file}\`, write one test of the usual case for each of: ${each}.` },
        {
          text: `For each of them, write one test of a border case that \`${path}\` treats on its own: empty input, a wrong type, or the error it raises.`,
        },
        { text: `Compare with literal values worked out from \`${path}\`; use no mocks and no network.` },
      ],
      criteria: [
        { text: "The tests are there", check: { kind: "file-exists", path: file } },
        { text: "They have no syntax errors", check: { kind: "syntax", path: file } },
        { text: "They pass", check: { kind: "command", index: 1 } },
      ],
      commands: [command],
    };
  });
  return planOf(
    goal === "" ? "Write tests" : goal,
    "Tests for each module, one mini-task a module.",
    workerTasks(tasks, tree),
  );
}

function testFileOf(path: string, dir: string): { file: string; command: string } {
  const extension = extname(path);
  const stem = basename(path, extension);
  if (extension === ".py") {
    const file = `${dir}/test_${stem === "__init__" ? basename(path.slice(0, -"/__init__.py".length)) : stem}.py`;
    return { file, command: `python3 -m pytest -q -p no:cacheprovider '${file}'` };
  }
  const file = `${dir}/${stem}.test${extension}`;
  return { file, command: `node --test '${file}'` };
}

/** Names that a module gives away, read line by line: enough to tell a worker what to test. */
function publicNames(text: string, path: string): readonly string[] {
  const pattern = path.endsWith(".py")
    ? /^(?:async\s+)?(?:def|class)\s+([A-Za-z]\w*)/gm
    : /^export\s+(?:default\s+)?(?:async\s+)?(?:function\*?|class|const)\s+([A-Za-z_$][\w$]*)/gm;
  return [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].slice(0, 20);
}

function planOf(goal: string, summary: string, tasks: readonly MiniTask[]): Plan {
  return {
    goal,
    summary,
    nonGoals: ["No other change of behaviour."],
    tasks,
    planner: "template",
    finalChecks: [],
    notes: [],
  };
}
