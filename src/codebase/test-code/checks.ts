import { calledName, dottedName, isDocstring, walk, type CallNode, type CodeNode } from "./syntax/code-tree.ts";
import { GUARD_ORDER, type Check, type FoundCheck, type Guard } from "./check.ts";
import { printCode } from "./syntax/print-code.ts";
import { readExpectation, readScriptAssertion } from "./script-checks.ts";
import { readPythonCall, readPythonCondition, readRaises } from "./python-checks.ts";
import { substitute, type Locals } from "./syntax/locals.ts";

export interface CheckContext {
  readonly locals: Locals;
  /** Names of functions of this file that hold checks themselves. */
  readonly helpers: ReadonlySet<string>;
  /** Names bound to assertion libraries: `assert`, `expect`, imported functions -> their library name. */
  readonly assertNames: ReadonlyMap<string, string>;
  /** Names that the body mentions: an inner function that is not among them is never called. */
  readonly used?: ReadonlySet<string>;
}

/** Every check in a test's body, with how surely it is reached. */
export function checksOf(body: readonly CodeNode[], context: CheckContext): Check[] {
  const found: Check[] = [];
  const used = new Set([...walk(body)].flatMap((node) => (node.kind === "name" ? [node.id] : [])));
  visitBlock(body, "none", { ...context, used }, found);
  return found;
}

function worse(a: Guard, b: Guard): Guard {
  return GUARD_ORDER.indexOf(a) > GUARD_ORDER.indexOf(b) ? a : b;
}

function visitBlock(body: readonly CodeNode[], guard: Guard, context: CheckContext, into: Check[]): void {
  let now = guard;
  for (const node of body) {
    visitStatement(node, now, context, into);
    if (endsFlow(node)) now = "dead";
    else if (
      node.kind === "if" &&
      node.else.length === 0 &&
      node.then.some(endsFlow) &&
      !node.then.some((inner) => inner.kind === "raise")
    ) {
      now = worse(now, constantTruth(node.test) === true ? "dead" : "conditional");
    }
  }
}

/** True for a statement after which the rest of its block is not run. */
function endsFlow(node: CodeNode): boolean {
  if (node.kind === "return") return true;
  if (node.kind === "raise") return true;
  return node.kind === "expr" && node.value.kind === "call" && isSkipCall(node.value);
}

/** `pytest.skip(...)`, `self.skipTest(...)`, `t.skip()`, `this.skip()`. */
export function isSkipCall(call: CallNode): boolean {
  return (
    /(?:^|\.)(?:skip|skipTest|xfail|exit|todo|importorskip)$/.test(dottedName(call.callee)) &&
    call.callee.kind === "member"
  );
}

/** The truth of a condition that no input can change; undefined where it depends on something. */
export function constantTruth(test: CodeNode): boolean | undefined {
  if (test.kind === "literal") return !["false", "0", "null", ""].includes(test.value);
  if (test.kind === "not") {
    const inner = constantTruth(test.value);
    return inner === undefined ? undefined : !inner;
  }
  if (test.kind === "logic") {
    const sides = [constantTruth(test.left), constantTruth(test.right)];
    if (test.op === "or" && sides.includes(true)) return true;
    if (test.op === "and" && sides.includes(false)) return false;
  }
  if (test.kind === "compare" && test.left.kind === "literal" && test.right.kind === "literal" && test.op === "==") {
    return printCode(test.left) === printCode(test.right);
  }
  return undefined;
}

function visitStatement(node: CodeNode, guard: Guard, context: CheckContext, into: Check[]): void {
  switch (node.kind) {
    case "assert":
      for (const check of readPythonCondition(node.test)) add(check, node.line, guard, context, into);
      return;
    case "if": {
      const truth = constantTruth(node.test);
      visitBlock(
        node.then,
        truth === false ? "dead" : truth === true ? guard : worse(guard, "conditional"),
        context,
        into,
      );
      visitBlock(
        node.else,
        truth === true ? "dead" : truth === false ? guard : worse(guard, "conditional"),
        context,
        into,
      );
      return;
    }
    case "loop": {
      const over = node.over;
      const empty =
        (over?.kind === "list" && over.items.length === 0) ||
        (over !== undefined && /^range\(0\)$|^\{\}$|^""$/.test(printCode(over))) ||
        (node.target === undefined && over !== undefined && constantTruth(over) === false);
      visitBlock(node.body, empty ? "dead" : guard, context, into);
      return;
    }
    case "try": {
      const swallows = node.handlers.some(({ body }) => !body.some(raisesOrFails));
      visitBlock(node.body, swallows ? worse(guard, "swallowed") : guard, context, into);
      for (const { body } of node.handlers) visitBlock(body, worse(guard, "conditional"), context, into);
      visitBlock(node.last, guard, context, into);
      return;
    }
    case "with":
      visitWith(node, guard, context, into);
      return;
    case "block":
      visitBlock(node.body, guard, context, into);
      return;
    case "switch":
      for (const { body } of node.cases) visitBlock(body, worse(guard, "conditional"), context, into);
      return;
    case "function":
      visitBlock(node.body, node.name !== "" && context.used?.has(node.name) === false ? "dead" : guard, context, into);
      return;
    case "return":
    case "expr":
      if (node.value !== undefined) visitExpression(node.value, guard, node.kind === "return", context, into);
      return;
    case "assign":
      if (node.value !== undefined) visitExpression(node.value, guard, true, context, into);
      return;
    default:
  }
}

function raisesOrFails(node: CodeNode): boolean {
  if (node.kind === "raise" || node.kind === "assert") return true;
  if (node.kind === "if") return [...node.then, ...node.else].some(raisesOrFails);
  if (node.kind !== "expr" || node.value.kind !== "call") return false;
  return /(?:fail|assert|expect|throw|reject|equal|match|is[A-Z])/i.test(printCode(node.value.callee));
}

function visitWith(
  node: Extract<CodeNode, { kind: "with" }>,
  guard: Guard,
  context: CheckContext,
  into: Check[],
): void {
  let inner = guard;
  for (const { value } of node.items) {
    if (value.kind !== "call") continue;
    if (calledName(value) === "suppress") inner = worse(inner, "swallowed");
    const raises = readRaises(value);
    if (raises !== undefined)
      add(
        { ...raises, subject: { kind: "block", body: node.body, line: node.line, endLine: node.endLine } },
        node.line,
        guard,
        context,
        into,
      );
  }
  visitBlock(node.body, inner, context, into);
}

function visitExpression(node: CodeNode, guard: Guard, settled: boolean, context: CheckContext, into: Check[]): void {
  if (node.kind === "await") return visitExpression(node.value, guard, true, context, into);
  if (node.kind === "other" && node.tag.startsWith("await"))
    return node.children.forEach((child) => visitExpression(child, guard, true, context, into));
  const expectation = readExpectation(node);
  if (expectation !== undefined) {
    add(expectation.check, node.line, expectation.needsAwait && !settled ? worse(guard, "dead") : guard, context, into);
    return;
  }
  if (node.kind !== "call") {
    if (node.kind === "logic" || node.kind === "ternary") {
      const parts = node.kind === "logic" ? [node.left, node.right] : [node.then, node.else];
      for (const part of parts) visitExpression(part, worse(guard, "conditional"), settled, context, into);
    }
    return;
  }
  const found = readPythonCall(node) ?? readScriptAssertion(node, context.assertNames);
  if (found !== undefined) {
    const late = /(?:rejects|doesNotReject)$/.test(dottedName(node.callee)) && !settled;
    for (const check of found) add(check, node.line, late ? worse(guard, "dead") : guard, context, into);
    return;
  }
  if (context.helpers.has(calledName(node))) {
    add({ kind: "helper", subject: node, expected: [], strength: 8 }, node.line, guard, context, into);
    return;
  }
  const silent = calledName(node) === "catch" && isSilentHandler(node.args[0]);
  const inside = silent ? worse(guard, "swallowed") : guard;
  if (node.callee.kind === "member") visitExpression(node.callee.object, inside, settled, context, into);
  for (const argument of node.args) {
    if (argument.kind === "function") visitBlock(argument.body, inside, context, into);
    else if (argument.kind === "call") visitExpression(argument, inside, settled, context, into);
  }
}

function isSilentHandler(node: CodeNode | undefined): boolean {
  return (
    node?.kind === "function" &&
    !node.body.some((inner) => raisesOrFails(inner) || (inner.kind === "return" && inner.value?.kind === "call"))
  );
}

function add(found: FoundCheck, line: number, guard: Guard, context: CheckContext, into: Check[]): void {
  const subject = found.subject === undefined ? undefined : substitute(found.subject, context.locals);
  const expected = found.expected.map((node) => substitute(node, context.locals));
  let [left, right] = [
    subject === undefined ? "" : printCode(subject),
    expected.map((node) => printCode(node)).join(", "),
  ];
  const symmetric = found.kind === "equal" || found.kind === "not-equal";
  const [only] = expected;
  // `assert 3 == f(x)` and `assert f(x) == 3` are one check: the side that calls something is the subject.
  if (symmetric && subject !== undefined && only !== undefined && isPlain(subject) && !isPlain(only))
    [left, right] = [right, left];
  const same = symmetric && left === right && left !== "";
  into.push({
    kind: same ? "tautology" : found.kind,
    subject: left,
    expected: right,
    strength: same ? (found.kind === "equal" ? 0 : found.strength) : found.strength,
    guard,
    line,
    sides: [...(subject === undefined ? [] : [subject]), ...expected],
  });
}

/** True for values written out: literals and containers of literals. */
export function isPlain(node: CodeNode): boolean {
  if (node.kind === "literal") return true;
  if (node.kind === "list") return node.items.every(isPlain);
  if (node.kind === "unary") return isPlain(node.value);
  return (
    node.kind === "dict" &&
    node.entries.every(({ key, value }) => (key === undefined || isPlain(key)) && isPlain(value))
  );
}

/** True for written-out values and objects made of them: `Money(100, "USD")`, `new Date(0)`. */
export function isValue(node: CodeNode): boolean {
  if (isPlain(node)) return true;
  if (node.kind === "list") return node.items.every(isValue);
  if (node.kind === "dict")
    return node.entries.every(({ key, value }) => (key === undefined || isValue(key)) && isValue(value));
  if (node.kind !== "call") return false;
  const makes = node.isNew || /^[A-Z]/.test(calledName(node));
  return (
    makes &&
    node.args.length + node.keywords.length > 0 &&
    node.args.every(isValue) &&
    node.keywords.every(({ value }) => isValue(value))
  );
}

/** True for a body that holds nothing but docstrings and `pass`. */
export function isEmptyBody(body: readonly CodeNode[]): boolean {
  return body.every(
    (node) =>
      node.kind === "pass" ||
      isDocstring(node) ||
      (node.kind === "expr" && node.value.kind === "literal" && node.value.type === "ellipsis"),
  );
}
