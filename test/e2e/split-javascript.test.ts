import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { applySteps } from "../../src/codebase/apply-steps.ts";
import { splitJavascript } from "../../src/codebase/javascript/split-javascript.ts";
import type { ModuleSplit } from "../../src/codebase/module-split.ts";
import { checkSplit } from "../support/javascript-split-checker.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Lines that make a function long without doing anything else. */
function long(label: string, count = 8): string {
  return Array.from({ length: count }, (_, index) => `  trace.push("${label} ${index}".length);`).join("\n");
}

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "allot-split-"));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function run(root: string, script: string): string {
  return execFileSync(process.execPath, ["--no-warnings", script], { cwd: root, encoding: "utf8", stdio: "pipe" });
}

/** Splits `file`, proves every promise by looking at the files and by running `probe.*` before and after; answers the split. */
async function splitAndCompare(
  files: Readonly<Record<string, string>>,
  file: string,
  maxLines: number,
): Promise<ModuleSplit> {
  const root = tree(files);
  const probe = Object.keys(files).find((path) => path.startsWith("probe")) as string;
  const before = run(root, probe);
  expect(before.trim()).not.toBe("");
  const outcome = await splitJavascript({ root, file, maxLines });
  if (outcome.kind === "declined") throw new Error(outcome.reasons.join("\n"));
  const { split } = outcome;
  const source = files[file] as string;
  const written = applySteps([...split.parts.flatMap((part) => part.steps), ...split.front], (path) => files[path]);
  const texts = new Map([...written].map(([path, text]) => [path, text as string]));
  for (const [path, text] of texts) writeFileSync(join(root, path), text);
  const report = checkSplit(source, texts, file, maxLines);
  expect({ ...report, kept: report.kept >= 0.98, largest: report.largest <= maxLines }).toEqual({
    cycles: [],
    doubled: [],
    overlong: [],
    kept: true,
    largest: true,
  });
  expect(run(root, probe)).toBe(before);
  for (const command of [...split.parts.flatMap((part) => part.checks), ...split.frontChecks]) {
    execFileSync("sh", ["-c", command], {
      cwd: root,
      stdio: "pipe",
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` },
    });
  }
  expect(split.parts.length).toBeGreaterThan(1);
  for (const part of split.parts) expect(part.lines).toBe((texts.get(part.path) as string).split("\n").length - 1);
  return split;
}

test("an ECMAScript module of functions keeps live bindings, defaults and load order", async () => {
  const split = await splitAndCompare(
    {
      "package.json": '{ "type": "module" }',
      "src/names.js": 'export const prefix = "p";\nexport default function twice(text) {\n  return text + text;\n}\n',
      "src/stock.js": `/**
 * @license MIT, somebody
 */
import twice, { prefix as sign } from "./names.js";
import * as path from "node:path";

const trace = [];

// Counts every change.
export let version = 0;

/** Raises the version. */
export function bump(by = 1) {
${long("bump")}
  version += by;
  return version;
}

const units = new Map([["kg", 1000], ["g", 1]]);

/** Grams of an amount. */
export function grams({ amount, unit = "g" }) {
${long("grams")}
  return amount * units.get(unit);
}

export const START = grams({ amount: 2, unit: "kg" });

function label(name) {
${long("label")}
  const units = name.length;
  return sign + twice(name) + units;
}

export function describeStock(items) {
${long("describe")}
  bump();
  return items.map((item) => label(item.name) + ":" + grams(item) + "@" + version);
}

export async function* later(items) {
${long("later")}
  for (const item of items) yield path.basename(label(item.name));
}

export { label as labelOf };

export default class Stock {
  static kinds = [...units.keys()];
  total(items) {
    return items.reduce((sum, item) => sum + grams(item), START);
  }
}
`,
      "probe.js": `import Stock, * as all from "./src/stock.js";
import { version, bump } from "./src/stock.js";
const seen = [version];
bump(2);
seen.push(version, all.version, all.START, Stock.kinds, new Stock().total([{ amount: 3 }]));
seen.push(all.describeStock([{ name: "tea", amount: 5, unit: "kg" }]), all.labelOf("x"), Object.keys(all).sort(), all.version);
for await (const one of all.later([{ name: "a/b" }])) seen.push(one);
console.log(JSON.stringify(seen));
`,
    },
    "src/stock.js",
    45,
  );
  expect(split.publicNames).toEqual([
    "START",
    "bump",
    "default",
    "describeStock",
    "grams",
    "labelOf",
    "later",
    "version",
  ]);
  expect(split.parts.map((part) => part.path).every((path) => /^src\/stock-[a-z-]+\.js$/.test(path))).toBe(true);
});

test("a CommonJS module of functions keeps state shared and spies on its exports working", async () => {
  await splitAndCompare(
    {
      "lib/queue.js": `'use strict';

const assert = require('assert'), util = require('util');
const { join, basename: last } = require('path');

const trace = [];
let waiting = 0;
var limit = 3;

function enter(name) {
${long("enter")}
  assert.ok(name);
  waiting++;
  return waiting <= limit;
}

function leave() {
${long("leave")}
  waiting -= 1;
  return waiting;
}

function room() {
${long("room")}
  return limit - waiting;
}

function title(name) {
${long("title")}
  return util.format('%s!', last(join('q', name)));
}

function report(names) {
${long("report")}
  return names.map((name) => title(name) + (enter(name) ? '' : ' full'));
}

module.exports = {
  enter,
  leave,
  room,
  report,
  twice(name) {
    return module.exports.enter(name) && module.exports.enter(name);
  },
};
`,
      "probe.js": `const queue = require("./lib/queue");
const out = [queue.report(["a", "b"]), queue.room(), queue.leave(), queue.twice("c"), queue.room(), Object.keys(queue)];
queue.enter = () => "stubbed";
out.push(queue.twice("d"));
console.log(JSON.stringify(out));
`,
    },
    "lib/queue.js",
    50,
  );
});

test("a giant class stays one class: fields, accessors, statics, private names, super, subclassing", async () => {
  const methods = Array.from(
    { length: 12 },
    (_, index) => `
  /** Step ${index}. */
  step${index}(value) {
${long(`step${index}`, 7).replaceAll("trace", "this.trace")}
    return ${index === 0 ? "value" : `this.step${index - 1}(value) + ${index}`};
  }`,
  ).join("\n");
  const split = await splitAndCompare(
    {
      "package.json": '{ "type": "module" }',
      "walker.js": `import { EventEmitter } from "node:events";

/**
 * Walks.
 */
export class Walker extends EventEmitter {
  trace = [];
  #steps = 0;
  static made = 0;
  static {
    Walker.made = 10;
  }

  constructor(name) {
    super();
    this.name = name;
    this.total = this.step1(1);
    Walker.made++;
  }

  get steps() {
    return this.#steps;
  }

  set steps(count) {
    this.#steps = count;
  }

  static of(name) {
    return new this(name);
  }

  create() {
    return new Walker("child");
  }

  emit(event, ...rest) {
    return super.emit(event, ...rest);
  }

  *[Symbol.iterator]() {
    yield this.name;
  }
${methods}
}

export function isWalker(value) {
  return value instanceof Walker;
}
`,
      "probe.js": `import { Walker, isWalker } from "./walker.js";
class Runner extends Walker {
  step3(value) { return super.step3(value) * 100; }
}
const walker = new Walker("w");
const runner = Runner.of("r");
walker.steps = 4;
let heard = 0;
walker.on("x", () => heard++);
walker.emit("x");
console.log(JSON.stringify([Walker.name, Walker.made, walker.steps, [...walker], walker.step11(5), runner.step11(5), runner.total,
  isWalker(runner), runner instanceof Walker, walker.create() instanceof Walker, heard, Object.keys(walker), runner.constructor.name]));
`,
    },
    "walker.js",
    70,
  );
  expect(split.notes.join("\n")).toContain("chain of");
});

test("a giant object keeps member order, identity, accessors and calls through this and through its name", async () => {
  const members = Array.from(
    { length: 9 },
    (_, index) => `
  // Rule ${index}.
  rule${index}(text) {
    const trace = [];
${long(`rule${index}`, 6)}
    return ${index % 3 === 0 ? `pad(text)` : `this.rule${index - 1}(text) + ${index}`};
  },`,
  ).join("\n");
  const rules = (head: string, tail: string): string => `${head}

function pad(text) {
  const trace = [];
${long("pad")}
  return text.padEnd(4, ".");
}

const rules = {
  first: 1,
  get count() {
    return Object.keys(rules).length;
  },
${members}
  again(text) {
    const trace = [];
${long("again")}
    return rules.rule4(text);
  },
  'odd name': function (text) {
    const trace = [];
${long("odd")}
    return pad(text) + this.first;
  },
};

${tail}
`;
  const probe = `const out = [Object.keys(rules), rules.count, rules.rule8("a"), rules.again("b"), rules["odd name"]("c")];
const old = rules.rule4;
rules.rule4 = () => "stub";
out.push(rules.again("b"), rules.rule5("z"), old.call(rules, "q"));
console.log(JSON.stringify(out));
`;
  await splitAndCompare(
    {
      "rules.js": rules("'use strict';", "module.exports = rules;"),
      "probe.js": `const rules = require("./rules");\n${probe}`,
    },
    "rules.js",
    60,
  );
  await splitAndCompare(
    { "rules.mjs": rules("", "export default rules;"), "probe.mjs": `import rules from "./rules.mjs";\n${probe}` },
    "rules.mjs",
    60,
  );
});

test("prototype assignments and an object published while it is declared are spread over parts", async () => {
  const uses = Array.from(
    { length: 8 },
    (_, index) => `
/** Use ${index}. */
app.use${index} = function use${index}(value) {
  var trace = [];
${long(`use${index}`, 6)}
  return ${index === 0 ? "value" : `this.use${index - 1}(value) + helper(${index})`};
};`,
  ).join("\n");
  await splitAndCompare(
    {
      "app.js": `var util = require('util');

var app = exports = module.exports = {};

function Base() {
  this.base = true;
}

function helper(value) {
  var trace = [];
${long("helper")}
  return value * 2;
}

function Thing(name) {
  Base.call(this);
  this.name = name;
}
util.inherits(Thing, Base);

Thing.prototype.show = function () {
  var trace = [];
${long("show")}
  return this.name + this.base;
};

app.Thing = Thing;
${uses}
`,
      "probe.js": `const app = require("./app");
console.log(JSON.stringify([Object.keys(app).sort(), app.use7(1), new app.Thing("t").show()]));
`,
    },
    "app.js",
    50,
  );
});

test("a module that adds to exports name by name keeps one exports object for calls and stubs", async () => {
  const added = Array.from(
    { length: 8 },
    (_, index) => `
exports.part${index} = function (value) {
  var trace = [];
${long(`part${index}`, 6)}
  return ${index === 0 ? "value" : `exports.part${index - 1}(value) + inner(${index})`};
};`,
  ).join("\n");
  await splitAndCompare(
    {
      "parts.js": `'use strict';

function inner(value) {
  var trace = [];
${long("inner")}
  return value * 3;
}
${added}

exports.alias = exports.part3;
`,
      "probe.js": `const parts = require("./parts");
const out = [Object.keys(parts), parts.part7(1), parts.alias(2)];
parts.part2 = () => 1000;
out.push(parts.part7(1));
console.log(JSON.stringify(out));
`,
    },
    "parts.js",
    45,
  );
});

test("functions that call each other in a circle larger than a part are bound late", async () => {
  const circle = Array.from(
    { length: 10 },
    (_, index) => `
export function parse${index}(depth) {
  const trace = [];
${long(`parse${index}`, 9)}
  return depth <= 0 ? "${index}" : "${index}" + parse${(index + 1) % 10}(depth - 1);
}`,
  ).join("\n");
  const split = await splitAndCompare(
    {
      "package.json": '{ "type": "module" }',
      "parse.js": `${circle}\n`,
      "probe.js": 'import * as parse from "./parse.js";\nconsole.log(parse.parse0(25), Object.keys(parse));\n',
    },
    "parse.js",
    70,
  );
  expect(split.parts[0]?.path).toBe("parse-links.js");
  expect(split.notes.join("\n")).toContain("looked up when called");
});

test("a TypeScript module keeps types, overloads and merged declarations, and imports types as types", async () => {
  await splitAndCompare(
    {
      "package.json": '{ "type": "module" }',
      "shape.ts": `import type { PathLike } from "node:fs";
import { basename, type ParsedPath, parse } from "node:path";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Named<T extends Size = Size> = T & { name: string };

type Hidden = ReturnType<typeof area>;

const trace: number[] = [];

export function area(size: Size): number;
export function area(width: number, height: number): number;
export function area(one: Size | number, other = 0): number {
${long("area")}
  return typeof one === "number" ? one * other : one.width * one.height;
}

export function named<T extends Size>(size: T, path: PathLike): Named<T> {
${long("named")}
  return { ...size, name: basename(String(path)) };
}

export abstract class Shape<T extends Size> {
  private readonly size: T;
  constructor(size: T) {
    this.size = size;
  }
  protected hidden(): Hidden {
${long("hidden")}
    return area(this.size);
  }
  show(): string {
    return \`\${this.hidden()}\`;
  }
}

export class Box extends Shape<Size> {
  both(other: Box): number {
${long("both")}
    return this.hidden() + other.hidden();
  }
}

export function whole(path: string): ParsedPath {
${long("whole")}
  return parse(path);
}
`,
      "probe.ts": `import { Box, area, named, whole, type Named, type Size } from "./shape.ts";
const size: Size = { width: 2, height: 3 };
const one: Named = named(size, "a/b");
console.log(JSON.stringify([new Box(size).show(), new Box(size).both(new Box(size)), area(4, 5), area(size), one, whole("/x/y.z")]));
`,
    },
    "shape.ts",
    50,
  );
});

test("a giant TypeScript class keeps generics and heritage, and hides across its chain no more than it must", async () => {
  const methods = Array.from(
    { length: 14 },
    (_, index) => `
  ${index === 0 ? "private " : ""}level${index}(value: T): number {
${long(`level${index}`, 14).replaceAll("trace", "this.trace")}
    return ${index === 0 ? "value.size + this.offset" : `this.level${index - 1}(value) * 2`};
  }`,
  ).join("\n");
  const split = await splitAndCompare(
    {
      "package.json": '{ "type": "module" }',
      "tower.ts": `import { Root, type Sized } from "./root.ts";

export interface Options {
  offset?: number;
}

export class Tower<T extends Sized> extends Root<T> implements Iterable<T> {
  private readonly trace: number[] = [];
  private offset: number;

  constructor(items: T[], options: Options = {}) {
    super(items);
    this.offset = options.offset ?? 0;
  }
${methods}

  top(value: T): number {
    return this.level13(value);
  }

  with(item: T): Tower<T> {
    return new Tower([...this.items, item], { offset: this.offset });
  }

  [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]();
  }
}
`,
      "root.ts": `export interface Sized {
  size: number;
}

export class Root<T> {
  protected items: T[];
  constructor(items: T[]) {
    this.items = items;
  }
}
`,
      "probe.ts": `import { Tower } from "./tower.ts";
const tower = new Tower([{ size: 1 }], { offset: 3 });
console.log(JSON.stringify([tower.top({ size: 2 }), [...tower.with({ size: 9 })], tower.with({ size: 1 }) instanceof Tower]));
`,
    },
    "tower.ts",
    110,
  );
  expect(split.notes.join("\n")).not.toContain("type checker will complain");
});

test("code that cannot be cut safely is declined with the reason, and nothing is written", async () => {
  const padding = Array.from({ length: 60 }, (_, index) => `  var v${index} = ${index};`).join("\n");
  const reasons = async (name: string, content: string): Promise<string> => {
    const root = tree({ [name]: content });
    const outcome = await splitJavascript({ root, file: name, maxLines: 40 });
    expect(readFileSync(join(root, name), "utf8")).toBe(content);
    return outcome.kind === "declined" ? outcome.reasons.join("\n") : "split";
  };
  expect(
    await reasons(
      "umd.js",
      `(function (root, factory) {\n  module.exports = factory();\n})(this, function () {\n${padding}\n  return v0;\n});\n`,
    ),
  ).toContain("holds nothing that can move");
  expect(
    await reasons("evil.js", `function run(code) {\n  return eval(code);\n}\n${padding}\nmodule.exports = run;\n`),
  ).toContain("eval");
  expect(await reasons("small.js", "exports.a = 1;\n")).toContain("within the limit");
  expect(await reasons("broken.js", `function (\n${padding}`)).toContain("does not parse");
});
