import {
  calledName,
  dottedName,
  walk,
  type ClassNode,
  type CodeFile,
  type CodeNode,
  type FunctionNode,
} from "./syntax/code-tree.ts";
import { checksOf, constantTruth, isSkipCall, type CheckContext } from "./checks.ts";
import { localsOf, type Locals } from "./syntax/locals.ts";
import { printCode } from "./syntax/print-code.ts";
import type { TestCase } from "./test-case.ts";

/** True for files that pytest and unittest collect by name. */
export function isPythonTestFile(path: string): boolean {
  return /(?:^|\/)(?:test_[^/]*|[^/]*_test|tests?)\.py$/.test(path);
}

/** The cases of a Python test file, in order; of two with one name only the later, as Python has it. */
export function readPythonCases(code: CodeFile): TestCase[] {
  const body = reachable(code.body);
  const removed = deletedNames(body);
  const helpers = helperNames(body);
  const moduleSkip = marksOf(body);
  const tables = localsOf(body.filter(({ kind }) => kind === "assign"));
  const cases = new Map<string, TestCase>();
  const testClasses = new Set<string>();
  const put = (found: TestCase): void => {
    cases.delete(found.id);
    cases.set(found.id, found);
  };
  for (const node of body) {
    if (node.kind === "function" && isTestName(node.name)) {
      if (!removed.has(node.name)) put(caseOf(node, node.name, moduleSkip, { helpers, tables }));
    } else if (node.kind === "function" && helpers.has(node.name)) {
      put({ ...caseOf(node, `helper:${node.name}`, "", { helpers, tables }), helper: true });
    } else if (node.kind === "class" && isTestClass(node, testClasses) && !removed.has(node.name)) {
      testClasses.add(node.name);
      const skip = skipOfMarks(node.decorators) || marksOf(node.body) || moduleSkip;
      for (const method of reachable(node.body)) {
        if (method.kind !== "function") continue;
        const isTest = isTestName(method.name);
        if (!isTest && !holdsChecks(method)) continue;
        const id = isTest ? `${node.name}::${method.name}` : `helper:${node.name}::${method.name}`;
        put({ ...caseOf(method, id, isTest ? skip : "", { helpers, tables }), helper: !isTest });
      }
    }
  }
  return [...cases.values()];
}

/** Statements that are run on import: branches of conditions that can be true, `try` bodies. */
function reachable(body: readonly CodeNode[]): CodeNode[] {
  return body.flatMap((node) => {
    if (node.kind === "if") {
      const truth = constantTruth(node.test);
      return [...(truth === false ? [] : reachable(node.then)), ...(truth === true ? [] : reachable(node.else))];
    }
    if (node.kind === "try") return [...reachable(node.body), ...reachable(node.last)];
    return node.kind === "block" ? reachable(node.body) : [node];
  });
}

function isTestName(name: string): boolean {
  return name.startsWith("test");
}

function isTestClass(node: ClassNode, known: ReadonlySet<string>): boolean {
  const off = node.body.some(
    (inner) =>
      inner.kind === "assign" &&
      printCode(inner.target) === "__test__" &&
      inner.value?.kind === "literal" &&
      inner.value.value === "false",
  );
  if (off) return false;
  const bases = node.bases.map((base) => dottedName(base).split(".").at(-1) ?? "");
  if (bases.some((base) => /Test(?:Case|s|Mixin)?$/.test(base) || known.has(base))) return true;
  return (
    node.name.startsWith("Test") && !node.body.some((inner) => inner.kind === "function" && inner.name === "__init__")
  );
}

function deletedNames(body: readonly CodeNode[]): Set<string> {
  const gone = new Set<string>();
  for (const node of body) {
    if (node.kind === "other" && node.tag === "delete_statement")
      for (const name of walk(node.children)) if (name.kind === "name") gone.add(name.id);
    // A test replaced by an assignment (`test_x = None`, `test_x.__test__ = False`) is not collected any more.
    if (node.kind === "assign" && node.target.kind === "name" && isTestName(node.target.id)) gone.add(node.target.id);
    if (node.kind === "assign" && node.target.kind === "member" && node.target.name === "__test__")
      gone.add(dottedName(node.target.object));
  }
  return gone;
}

function holdsChecks(node: FunctionNode): boolean {
  for (const inner of walk(node.body)) {
    if (inner.kind === "assert") return true;
    if (inner.kind === "call" && /^(?:assert[A-Z_]|fail$|raises$)/.test(calledName(inner))) return true;
  }
  return false;
}

function helperNames(body: readonly CodeNode[]): Set<string> {
  return new Set(
    body.flatMap((node) =>
      node.kind === "function" && !isTestName(node.name) && !isFixture(node) && holdsChecks(node) ? [node.name] : [],
    ),
  );
}

function isFixture(node: FunctionNode): boolean {
  return node.decorators.some((mark) => dottedName(mark).endsWith("fixture"));
}

interface Module {
  readonly helpers: ReadonlySet<string>;
  /** Values that the module assigns once: tables that tests are parametrized with. */
  readonly tables: Locals;
}

function caseOf(node: FunctionNode, id: string, outerSkip: TestCase["skip"], { helpers, tables }: Module): TestCase {
  const context: CheckContext = { locals: localsOf(node.body), helpers, assertNames: new Map() };
  const rowNodes = node.decorators.flatMap((mark) => rowsOfMark(mark, tables));
  return {
    id,
    name: node.name,
    line: node.line,
    endLine: node.endLine,
    // A generator is no test for any runner: its body is never run.
    skip:
      skipOfMarks(node.decorators) ||
      skipOfBody(node.body) ||
      outerSkip ||
      (node.isGenerator && !isFixture(node) ? "always" : ""),
    only: false,
    rows: rowNodes.map((row) => printCode(row)),
    rowNodes,
    params: node.params,
    checks: checksOf(node.body, context),
    body: node.body,
    helper: false,
  };
}

/** The parameter sets of `@pytest.mark.parametrize(names, [..])` and `@parameterized.expand([..])`. */
function rowsOfMark(mark: CodeNode, tables: Locals): CodeNode[] {
  if (mark.kind !== "call" || !/(?:parametrize|expand|data|parameters)$/.test(dottedName(mark.callee))) return [];
  const given = [...mark.args, ...mark.keywords.map(({ value }) => value)].map((node) =>
    node.kind === "name" ? (tables.get(node.id) ?? node) : node,
  );
  const list = given.find((node) => node.kind === "list");
  return list?.kind === "list" ? [...list.items] : [];
}

function skipOfMarks(marks: readonly CodeNode[]): TestCase["skip"] {
  for (const mark of marks) {
    const name = dottedName(mark);
    const word = name.split(".").at(-1) ?? "";
    if (word === "skip" || (word === "skipIf" && always(mark, true)) || (word === "skipUnless" && always(mark, false)))
      return "always";
    if (word === "skipif") return always(mark, true) ? "always" : "conditional";
    if (word === "skipIf" || word === "skipUnless") return "conditional";
    if (word === "xfail" || word === "expectedFailure") return "expected-failure";
  }
  return "";
}

function always(mark: CodeNode, truth: boolean): boolean {
  const test =
    mark.kind === "call" ? (mark.args[0] ?? mark.keywords.find(({ name }) => name === "condition")?.value) : undefined;
  if (test?.kind === "literal" && test.type === "string") return test.value === "True";
  return test !== undefined && constantTruth(test) === truth;
}

/** `pytestmark = pytest.mark.skip`, `pytest.skip(..., allow_module_level=True)`, `raise SkipTest` at the top of a module or class. */
function marksOf(body: readonly CodeNode[]): TestCase["skip"] {
  for (const node of body) {
    if (node.kind === "assign" && printCode(node.target) === "pytestmark" && node.value !== undefined) {
      const found = skipOfMarks(node.value.kind === "list" ? node.value.items : [node.value]);
      if (found !== "") return found;
    }
    const call = node.kind === "expr" || (node.kind === "assign" && node.value !== undefined) ? node.value : undefined;
    if (call?.kind === "call" && isSkipCall(call))
      return dottedName(call.callee).endsWith("importorskip") ? "conditional" : "always";
    if (node.kind === "raise" && node.value !== undefined && /SkipTest|Skipped/.test(printCode(node.value)))
      return "always";
    if (
      node.kind === "function" &&
      /^set_?up(?:Class|Module|_class|_module|_method)?$/i.test(node.name) &&
      skipOfBody(node.body) === "always"
    )
      return "always";
  }
  return "";
}

function skipOfBody(body: readonly CodeNode[]): TestCase["skip"] {
  let met: TestCase["skip"] = "";
  for (const node of walk(body, (inner) => inner.kind !== "function")) {
    const skips =
      (node.kind === "expr" && node.value.kind === "call" && isSkipCall(node.value)) ||
      (node.kind === "raise" && node.value !== undefined && /SkipTest|Skipped/.test(printCode(node.value)));
    if (!skips) continue;
    if (body.includes(node)) return "always";
    met = "conditional";
  }
  return met;
}
