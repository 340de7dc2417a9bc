import {
  calledName,
  dottedName,
  walk,
  type CallNode,
  type CodeFile,
  type CodeNode,
  type FunctionNode,
} from "./syntax/code-tree.ts";
import { checksOf, constantTruth, isSkipCall, type CheckContext } from "./checks.ts";
import { localsOf, type Locals } from "./syntax/locals.ts";
import { printCode } from "./syntax/print-code.ts";
import type { TestCase } from "./test-case.ts";

/** True for files that vitest, jest, mocha and node:test collect by name. */
export function isScriptTestFile(path: string): boolean {
  return (
    /\.(?:test|spec)\.[cm]?[jt]sx?$/.test(path) ||
    /(?:^|\/)(?:test|__tests__|tests|spec)\/.*\.[cm]?[jt]sx?$/.test(path) ||
    /(?:^|\/)(?:test[-_.][^/]*|[^/]*[-_]test|test)\.[cm]?[jt]sx?$/.test(path)
  );
}

const GROUPS = new Set(["describe", "suite", "context", "fdescribe", "xdescribe"]);
const TESTS = new Set(["test", "it", "specify", "fit", "xit", "xtest", "ftest"]);

interface Outer {
  readonly path: readonly string[];
  readonly skip: TestCase["skip"];
  readonly only: boolean;
  readonly rowNodes: readonly CodeNode[];
  /** Names that stand for a test context, so that `t.test(...)` is a test. */
  readonly contexts: readonly string[];
}

interface Reading {
  readonly helpers: ReadonlySet<string>;
  readonly assertNames: ReadonlyMap<string, string>;
  /** Values that the module assigns once: tables that tests run over. */
  readonly tables: Locals;
  /** Names that the file mentions: tests inside a function that is not among them are never declared. */
  readonly used: ReadonlySet<string>;
  readonly cases: TestCase[];
}

/** The cases of a JavaScript or TypeScript test file, in order. */
export function readScriptCases(code: CodeFile): TestCase[] {
  const assertNames = assertLibraries(code.body);
  const functions = [...walk(code.body)].filter(
    (node): node is FunctionNode => node.kind === "function" && node.name !== "",
  );
  const tables = localsOf(
    code.body.flatMap((node) => (node.kind === "assign" ? [node] : node.kind === "block" ? node.body : [])),
  );
  const used = new Set([...walk(code.body)].flatMap((node) => (node.kind === "name" ? [node.id] : [])));
  const bare: Reading = { helpers: new Set(), assertNames, tables, used, cases: [] };
  const helpers = new Set(
    functions
      .filter((node) => !holdsTests(node.body) && checksOf(node.body, contextOf(node.body, bare)).length > 0)
      .map(({ name }) => name),
  );
  const reading: Reading = { helpers, assertNames, tables, used, cases: [] };
  visit(code.body, { path: [], skip: "", only: false, rowNodes: [], contexts: [] }, reading);
  for (const node of functions) {
    if (helpers.has(node.name))
      reading.cases.push({ ...caseOf(node, `helper:${node.name}`, node.name, reading, []), helper: true });
  }
  return reading.cases;
}

function holdsTests(body: readonly CodeNode[]): boolean {
  return [...walk(body)].some((node) => node.kind === "call" && testCall(node, []) !== undefined);
}

function contextOf(body: readonly CodeNode[], reading: Reading): CheckContext {
  return { locals: localsOf(body), helpers: reading.helpers, assertNames: reading.assertNames };
}

/** Local names of assertion libraries and of single functions imported from them. */
function assertLibraries(body: readonly CodeNode[]): Map<string, string> {
  const found = new Map<string, string>([["assert", "assert"]]);
  for (const node of walk(body)) {
    if (node.kind === "import" && /^(?:node:)?assert(?:\/strict)?$|^chai$|^power-assert$/.test(node.module)) {
      const strict = node.module.endsWith("/strict");
      for (const { name, as } of node.names) {
        if (["default", "*", "assert", "strict"].includes(name))
          found.set(as, strict || name === "strict" ? "strict" : "assert");
        else if (name !== "expect") found.set(as, strict ? `strict:${name}` : name);
      }
    }
    const value = node.kind === "assign" ? node.value : undefined;
    if (
      node.kind === "assign" &&
      value !== undefined &&
      /^require\("(?:node:)?assert(?:\/strict)?"\)/.test(printCode(value))
    ) {
      const strict = printCode(value).includes("strict");
      if (node.target.kind === "name") found.set(node.target.id, strict ? "strict" : "assert");
      else
        for (const part of walk([node.target]))
          if (part.kind === "name") found.set(part.id, strict ? `strict:${part.id}` : part.id);
    }
  }
  return found;
}

interface TestCall {
  readonly kind: "group" | "test";
  readonly marks: readonly string[];
  readonly rows: readonly CodeNode[];
  readonly name: string;
  readonly options: CodeNode | undefined;
  readonly run: FunctionNode | undefined;
}

function testCall(call: CallNode, contexts: readonly string[]): TestCall | undefined {
  // `test.each(rows)("name", run)`: the rows stand in the callee.
  const each = call.callee.kind === "call" ? call.callee : undefined;
  const words = dottedName(each?.callee ?? call.callee).split(".");
  const first = words[0] ?? "";
  const last = words.at(-1) ?? "";
  const inContext = words.length === 2 && contexts.includes(first) && (TESTS.has(last) || GROUPS.has(last));
  const root = inContext ? last : first;
  const kind = GROUPS.has(root) ? "group" : TESTS.has(root) ? "test" : undefined;
  if (
    kind === undefined ||
    (words.length > 1 && !inContext && /^(?:before|after|mock|use|extend|step|configure|setTimeout)/.test(last))
  )
    return undefined;
  const [title, ...rest] = call.args;
  const run = call.args.findLast((node): node is FunctionNode => node.kind === "function");
  if (title === undefined || (title.kind === "function" && call.args.length > 1)) return undefined;
  if (
    each === undefined &&
    run === undefined &&
    call.args.length > 0 &&
    title.kind !== "literal" &&
    title.kind !== "template"
  )
    return undefined;
  const rows = each?.args.flatMap((node) => (node.kind === "list" ? [...node.items] : [node])) ?? [];
  return {
    kind,
    marks: [...(/^x/.test(root) ? ["skip"] : /^f(?:it|test|describe)$/.test(root) ? ["only"] : []), ...words.slice(1)],
    rows,
    name: title.kind === "literal" ? title.value : title.kind === "function" ? title.name : printCode(title),
    options: rest.find((node) => node.kind === "dict") ?? call.args.find((node) => node.kind === "dict"),
    run,
  };
}

function visit(body: readonly CodeNode[], outer: Outer, reading: Reading): void {
  for (const node of body) {
    if (node.kind === "if") {
      const truth = constantTruth(node.test);
      if (truth !== false) visit(node.then, truth === true ? outer : conditional(outer), reading);
      if (truth !== true) visit(node.else, conditional(outer), reading);
    } else if (node.kind === "loop") {
      const over = node.over === undefined ? undefined : tableOf(node.over, reading);
      const rows = over?.kind === "list" ? over.items : [];
      if (over?.kind !== "list" || rows.length > 0)
        visit(node.body, { ...outer, rowNodes: [...outer.rowNodes, ...rows] }, reading);
    } else if (node.kind === "block") visit(node.body, outer, reading);
    else if (node.kind === "try") visit([...node.body, ...node.last], outer, reading);
    else if (node.kind === "expr" || (node.kind === "return" && node.value !== undefined))
      visitCall(node.value, outer, reading);
    else if (node.kind === "function" && reading.used.has(node.name) && holdsTests(node.body))
      visit(node.body, outer, reading);
  }
}

/** What a name of the module stands for; `Object.entries(TABLE)` is looked through. */
function tableOf(node: CodeNode, reading: Reading): CodeNode {
  if (node.kind === "name") return reading.tables.get(node.id) ?? node;
  if (node.kind === "call" && dottedName(node.callee) === "Object.entries" && node.args[0] !== undefined) {
    const table = tableOf(node.args[0], reading);
    if (table.kind !== "dict") return node;
    const { line, endLine } = node;
    return {
      kind: "list",
      form: "list",
      items: table.entries.map(({ key, value }) => ({
        kind: "list",
        form: "tuple",
        items: key === undefined ? [value] : [key, value],
        line,
        endLine,
      })),
      line,
      endLine,
    };
  }
  return node;
}

function conditional(outer: Outer): Outer {
  return { ...outer, skip: outer.skip === "" ? "conditional" : outer.skip };
}

function visitCall(value: CodeNode | undefined, outer: Outer, reading: Reading): void {
  const call = value?.kind === "await" ? value.value : value?.kind === "unary" ? value.value : value;
  if (call?.kind !== "call") return;
  const found = testCall(call, outer.contexts);
  if (found === undefined) {
    // `cases.forEach((c) => test(...))`
    const over = call.callee.kind === "member" ? tableOf(call.callee.object, reading) : undefined;
    const rows = over?.kind === "list" ? over.items : [];
    for (const argument of call.args)
      if (argument.kind === "function")
        visit(argument.body, { ...outer, rowNodes: [...outer.rowNodes, ...rows] }, reading);
    return;
  }
  const skip = skipOf(found) || outer.skip;
  const only = outer.only || found.marks.includes("only") || flag(found.options, "only");
  const path = [...outer.path, found.name];
  const param = found.run?.params[0]?.name;
  const contexts = param === undefined ? outer.contexts : [...outer.contexts, param];
  const inner: Outer = { path, skip, only, rowNodes: [...outer.rowNodes, ...found.rows], contexts };
  if (found.kind === "group") {
    if (found.run !== undefined) visit(found.run.body, inner, reading);
    return;
  }
  const run = found.run;
  if (run === undefined) {
    reading.cases.push({
      ...EMPTY,
      id: path.join(" > "),
      name: found.name,
      line: call.line,
      endLine: call.endLine,
      skip: skip || "todo",
      only,
    });
    return;
  }
  const before = reading.cases.length;
  visit(run.body, inner, reading);
  const own = caseOf(run, path.join(" > "), found.name, reading, inner.rowNodes);
  if (reading.cases.length === before || own.checks.length > 0) {
    reading.cases.push({ ...own, skip: skip || skipOfBody(run.body), only, line: call.line, endLine: call.endLine });
  }
}

const EMPTY = { rows: [], rowNodes: [], params: [], checks: [], body: [], helper: false } as const;

function caseOf(
  run: FunctionNode,
  id: string,
  name: string,
  reading: Reading,
  rowNodes: readonly CodeNode[],
): TestCase {
  const returned =
    run.modifiers.includes("arrow") && run.body.length === 1 && run.body[0]?.kind === "return"
      ? run.body[0].value
      : undefined;
  // An arrow without braces: its one expression is a statement that is also handed back.
  const body: readonly CodeNode[] =
    returned === undefined ? run.body : [{ kind: "return", value: returned, line: run.line, endLine: run.endLine }];
  return {
    id,
    name,
    line: run.line,
    endLine: run.endLine,
    skip: "",
    only: false,
    rows: rowNodes.map((row) => printCode(row)),
    rowNodes,
    params: run.params,
    checks: checksOf(body, contextOf(body, reading)),
    body,
    helper: false,
  };
}

function skipOf(found: TestCall): TestCase["skip"] {
  if (found.marks.includes("skip") || flag(found.options, "skip")) return "always";
  if (found.marks.includes("todo") || flag(found.options, "todo")) return "todo";
  if (found.marks.includes("fails") || found.marks.includes("failing") || flag(found.options, "fails"))
    return "expected-failure";
  if (found.marks.includes("skipIf") || found.marks.includes("runIf")) return "conditional";
  return "";
}

function flag(options: CodeNode | undefined, name: string): boolean {
  if (options?.kind !== "dict") return false;
  return options.entries.some(
    ({ key, value }) => key?.kind === "literal" && key.value === name && constantTruth(value) !== false,
  );
}

function skipOfBody(body: readonly CodeNode[]): TestCase["skip"] {
  let met: TestCase["skip"] = "";
  for (const node of walk(body, (inner) => inner.kind !== "function")) {
    if (node.kind !== "expr" || node.value.kind !== "call" || !isSkipCall(node.value)) continue;
    const word = calledName(node.value);
    if (body.includes(node)) return word === "todo" ? "todo" : "always";
    met = "conditional";
  }
  return met;
}
