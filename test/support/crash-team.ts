/**
 * What the crash tests work on: a small JavaScript project, and a scripted team that plans, works and judges. The team
 * has no memory: what it answers follows from the request alone, so it says the same in every life of a run.
 *
 * The plan: four small mini-tasks side by side (the third is wrong at first and mended by its evidence), an exact one,
 * and one that builds on the four; the first verdict finds a fault, so there is a fix round too.
 */
import { createHash } from "node:crypto";
import type { ScriptedAnswer, SeenRequest } from "./scripted-provider/script.ts";

export const CRASH_GOAL =
  "Add unslug to src/slug.js, wrap to src/clamp.js, mean to src/total.js and monogram to src/initials.js, name them in README.md, and export all of them from src/index.js";

export const CRASH_PROJECT: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify({ name: "words", version: "1.0.0", type: "module", scripts: { test: "node --test" } }, null, 2)}\n`,
  "README.md": "# words\n\nSmall functions on words and numbers.\n\n## Functions\n\n- slug, clamp, total, initials\n",
  "src/slug.js": 'export function slug(text) {\n  return text.trim().toLowerCase().replaceAll(/\\s+/g, "-");\n}\n',
  "src/clamp.js": "export function clamp(value, low, high) {\n  return Math.min(high, Math.max(low, value));\n}\n",
  "src/total.js": "export function total(numbers) {\n  return numbers.reduce((sum, number) => sum + number, 0);\n}\n",
  "src/initials.js":
    'export function initials(name) {\n  return name\n    .split(" ")\n    .map((word) => word.slice(0, 1))\n    .join("");\n}\n',
  "test/words.test.js": [
    'import assert from "node:assert/strict";',
    'import { test } from "node:test";',
    'import { clamp } from "../src/clamp.js";',
    'import { initials } from "../src/initials.js";',
    'import { slug } from "../src/slug.js";',
    'import { total } from "../src/total.js";',
    "",
    'test("slug joins words", () => assert.equal(slug(" Big  Words"), "big-words"));',
    'test("clamp holds a value", () => assert.equal(clamp(9, 0, 5), 5));',
    'test("total sums", () => assert.equal(total([1, 2, 3]), 6));',
    'test("initials takes first letters", () => assert.equal(initials("Ada Lovelace"), "AL"));',
    "",
  ].join("\n"),
};

interface Job {
  readonly title: string;
  readonly path: string;
  readonly name: string;
  readonly anchor: string;
  readonly code: string;
  /** An expression that holds for the right code. */
  readonly proof: string;
  /** What the worker writes at first, where it is wrong. */
  readonly firstTry?: string;
}

const JOBS: readonly Job[] = [
  {
    title: "Add unslug to slug.js",
    path: "src/slug.js",
    name: "unslug",
    anchor: '  return text.trim().toLowerCase().replaceAll(/\\s+/g, "-");\n}\n',
    code: '\nexport function unslug(slugged) {\n  return slugged.split("-").join(" ");\n}\n',
    proof: 'unslug("big-words") === "big words"',
  },
  {
    title: "Add wrap to clamp.js",
    path: "src/clamp.js",
    name: "wrap",
    anchor: "  return Math.min(high, Math.max(low, value));\n}\n",
    code: "\nexport function wrap(value, size) {\n  return ((value % size) + size) % size;\n}\n",
    proof: "wrap(-1, 5) === 4 && wrap(7, 5) === 2",
  },
  {
    title: "Add mean to total.js",
    path: "src/total.js",
    name: "mean",
    anchor: "  return numbers.reduce((sum, number) => sum + number, 0);\n}\n",
    code: "\nexport function mean(numbers) {\n  return numbers.length === 0 ? 0 : total(numbers) / numbers.length;\n}\n",
    proof: "mean([1, 2, 3]) === 2 && mean([]) === 0",
    firstTry: "\nexport function mean(numbers) {\n  return total(numbers) / numbers.length;\n}\n",
  },
  {
    title: "Add monogram to initials.js",
    path: "src/initials.js",
    name: "monogram",
    anchor: '    .map((word) => word.slice(0, 1))\n    .join("");\n}\n',
    code: '\nexport function monogram(name) {\n  return `${initials(name).split("").join(".")}.`;\n}\n',
    proof: 'monogram("Ada Lovelace") === "A.L."',
  },
];

const INDEX = [
  'export { clamp, wrap } from "./clamp.js";',
  'export { initials, monogram } from "./initials.js";',
  'export { slug, unslug } from "./slug.js";',
  'export { mean, total } from "./total.js";',
  "",
].join("\n");

/** What the first verdict misses, and the fix round brings. */
const MENDED = { old_text: '    .split(" ")\n', new_text: '    .split(" ")\n    .filter((word) => word !== "")\n' };

/** The script of the scripted provider. */
function crashTeam(seen: SeenRequest): ScriptedAnswer {
  const answer = answerOf(seen);
  // 30 to 200 ms, the same for the same place in the work, whatever the life.
  const place = `${seen.messages[0]?.text ?? ""}\n${seen.messages.length}`;
  return { delayMs: 30 + (createHash("sha256").update(place).digest().readUInt16BE(0) % 171), ...answer };
}

// The scripted provider takes its script as a module's default export.
// oxlint-disable-next-line import/no-default-export
export default crashTeam;

function answerOf(seen: SeenRequest): ScriptedAnswer {
  const offered = new Set(seen.tools.map(({ name }) => name));
  if (offered.has("submit_plan")) return plan(seen);
  if (offered.has("submit_verdict")) return judge(seen);
  return work(seen);
}

function plan(seen: SeenRequest): ScriptedAnswer {
  const files = JOBS.map(({ path }) => path);
  const turn = turnsOf(seen);
  if (turn === 0) return { toolCalls: files.map((path) => ({ name: "read_file", input: { path } })) };
  if (turn === 1) return { toolCalls: [{ name: "search", input: { pattern: "export function" } }] };
  return { toolCalls: [{ name: "submit_plan", input: draft() }] };
}

function draft(): unknown {
  const small = JOBS.map((job) => ({
    title: job.title,
    tier: "small",
    reads: [{ path: job.path }],
    writes: [{ path: job.path, action: "edit" }],
    context: `The project has one function a file; ${job.name} joins its neighbour in ${job.path}.`,
    steps: [{ text: `Add the exported function \`${job.name}\` at the end of \`${job.path}\`, as the snippet shows.` }],
    snippets: [{ language: "js", code: job.code.trim() }],
    criteria: [
      { text: `${job.path} defines ${job.name}`, check: { kind: "defines", path: job.path, names: [job.name] } },
      { text: "It answers as it should", check: { kind: "fails-before", index: 1 } },
    ],
    validation: [{ command: proofCommand(job.path, job.name, job.proof), timeoutSeconds: 60 }],
    contract: [{ path: job.path, name: job.name }],
  }));
  return {
    summary: "One function a file, then the list in README.md and one door for all.",
    tasks: [...small, exactTask(), indexTask()],
    finalChecks: [proofCommand("src/index.js", "mean, wrap", "mean([2]) === 2 && wrap(3, 2) === 1")],
  };
}

function exactTask(): unknown {
  return {
    title: "Name the functions in README.md",
    tier: "exact",
    writes: [{ path: "README.md", action: "edit" }],
    context: "The README lists the functions.",
    steps: [{ exact: { kind: "append", path: "README.md", content: "- unslug, wrap, mean, monogram\n" } }],
    criteria: [
      {
        text: "They are named",
        check: { kind: "contains", path: "README.md", text: "- unslug, wrap, mean, monogram" },
      },
    ],
    validation: [{ command: "grep -q monogram README.md", timeoutSeconds: 60 }],
  };
}

function indexTask(): unknown {
  return {
    title: "Export everything from index.js",
    tier: "small",
    dependsOn: [1, 2, 3, 4],
    reads: [{ path: "src/slug.js" }, { path: "src/total.js" }],
    writes: [{ path: "src/index.js", action: "create" }],
    context: "All functions are to be had from one door.",
    steps: [{ text: "Create `src/index.js` with exactly the lines of the snippet." }],
    snippets: [{ language: "js", code: INDEX.trim() }],
    criteria: [{ text: "All can be imported", check: { kind: "command", index: 1 } }],
    validation: [
      { command: proofCommand("src/index.js", "unslug, monogram", 'unslug("a-b") === "a b"'), timeoutSeconds: 60 },
    ],
  };
}

function proofCommand(path: string, names: string, proof: string): string {
  return `node --input-type=module -e 'import { ${names} } from "./${path}"; if (!(${proof})) throw new Error("${names}: wrong");'`;
}

function work(seen: SeenRequest): ScriptedAnswer {
  const text = seen.messages[0]?.text ?? "";
  if (text.includes("Fix round"))
    return steps(seen, "src/initials.js", { name: "edit_file", input: { path: "src/initials.js", ...MENDED } });
  const job = JOBS.find(({ title }) => text.includes(title));
  if (job === undefined || text.includes("Export everything")) {
    return steps(seen, "src/slug.js", { name: "write_file", input: { path: "src/index.js", content: INDEX } });
  }
  const again = seen.messages.filter(({ role }) => role === "user").length > 1;
  const first = job.firstTry ?? job.code;
  const edit = again
    ? { path: job.path, old_text: first, new_text: job.code }
    : { path: job.path, old_text: job.anchor, new_text: `${job.anchor}${first}` };
  return steps(seen, job.path, { name: "edit_file", input: edit });
}

/** Looks (every other worker lists its files first), writes, finishes; from the last word of the user on. */
function steps(seen: SeenRequest, path: string, write: { name: string; input: unknown }): ScriptedAnswer {
  const careful = path.length % 2 === 0;
  const turns: ScriptedAnswer[] = [
    ...(careful ? [{ toolCalls: [{ name: "list_files", input: {} }] }] : []),
    { toolCalls: [{ name: "read_file", input: { path } }] },
    { toolCalls: [write] },
    {
      toolCalls: [{ name: "finish", input: { report: `${path} is done as the steps say; nothing else was changed.` } }],
    },
  ];
  return turns[turnsOf(seen)] ?? { text: "There is nothing more to do." };
}

function judge(seen: SeenRequest): ScriptedAnswer {
  const whole = seen.messages.map(({ text }) => text).join("\n");
  const good = whole.includes('+    .filter((word) => word !== "")');
  const input = good
    ? { verdict: "accepted", summary: "All functions are there, exported and proven.", findings: [] }
    : {
        verdict: "rejected",
        summary: "Names with double spaces give wrong initials.",
        findings: [
          {
            problem: "`initials` in src/initials.js takes an empty word for a name",
            fix: 'filter empty words after `.split(" ")`',
            paths: ["src/initials.js"],
            task: 4,
          },
        ],
      };
  return { toolCalls: [{ name: "submit_verdict", input }] };
}

/** Answers since the user last spoke. */
function turnsOf(seen: SeenRequest): number {
  const from = seen.messages.findLastIndex(({ role }) => role === "user");
  return seen.messages.slice(from).filter(({ role }) => role === "assistant").length;
}
