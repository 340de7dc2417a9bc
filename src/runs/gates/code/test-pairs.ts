import type { TestCase } from "../../../codebase/test-code/test-case.ts";
import { isValue } from "../../../codebase/test-code/checks.ts";
import { calledName, walk, type CallNode, type CodeNode } from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";

/** What a test gives to a function and what it expects back, both written out. */
export interface TestPair {
  /** Last name of the function called. */
  readonly name: string;
  /** Canonical texts of the literals given, containers whole and their members. */
  readonly inputs: readonly string[];
  readonly expected: string;
  /** Words of all other literals that stand in the same test file. */
  readonly around: ReadonlySet<string>;
}

/** The pairs of a test: from `f(literal) == literal`, and from rows of literals that a parametrized or looping test runs over. */
export function pairsOf(test: TestCase, around: ReadonlySet<string>): TestPair[] {
  return readPairs(test).map((pair) => ({ ...pair, around }));
}

type BarePair = Omit<TestPair, "around">;

function readPairs(test: TestCase): BarePair[] {
  const found: BarePair[] = [];
  for (const check of test.checks) {
    if (!["equal", "approx", "helper", "length-equal"].includes(check.kind)) continue;
    if (check.kind === "helper") {
      const call = check.sides[0];
      if (call?.kind === "call") addRow(calledName(call), call.args, found);
      continue;
    }
    const [left, right] = check.sides;
    if (left === undefined || right === undefined) continue;
    const [subject, expected] = isValue(left) && !isValue(right) ? [right, left] : [left, right];
    const calls = [...walk([subject])].filter((node): node is CallNode => node.kind === "call");
    const inner = expected.kind === "call" ? expected.args[0] : expected;
    if (inner !== undefined && isValue(inner)) for (const call of calls) addPair(call, inner, found);
    else for (const call of calls.slice(0, 1)) for (const row of rowsIn(test)) addRow(calledName(call), row, found);
  }
  return found;
}

function addPair(call: CallNode, expected: CodeNode, into: BarePair[]): void {
  const given = [...call.args, ...call.keywords.map(({ value }) => value)];
  const inputs = given.flatMap(literalTexts);
  if (inputs.length > 0 || given.length === 0)
    into.push({ name: calledName(call), inputs, expected: printCode(expected) });
}

/** A row of literals: the last is expected, the others are given (and the other way round for `expected, input`). */
function addRow(name: string, row: readonly CodeNode[], into: BarePair[]): void {
  const plain = row.filter(isValue);
  if (plain.length < 2) return;
  const last = plain.at(-1);
  const first = plain[0];
  if (last === undefined || first === undefined) return;
  into.push({ name, inputs: plain.slice(0, -1).flatMap(literalTexts), expected: printCode(last) });
  if (plain.length === 2) into.push({ name, inputs: literalTexts(last), expected: printCode(first) });
}

function rowsIn(test: TestCase): CodeNode[][] {
  const nodes = [
    ...test.rowNodes,
    ...[...walk(test.body)].flatMap((node) =>
      node.kind === "loop" && node.over?.kind === "list" ? [...node.over.items] : [],
    ),
  ];
  return nodes.flatMap((node): CodeNode[][] => {
    if (node.kind === "list") return [[...node.items]];
    if (node.kind === "dict") return [node.entries.map(({ value }) => value)];
    return node.kind === "call" ? [[...node.args]] : [];
  });
}

/** The canonical text of a value and of the values in it. */
function literalTexts(node: CodeNode): string[] {
  if (!isValue(node) || node.kind === "call")
    return [
      printCode(node),
      ...[...walk([node])].flatMap((inner) => (inner.kind === "literal" ? [printCode(inner)] : [])),
    ];
  const inner =
    node.kind === "literal"
      ? []
      : [...walk([node])].flatMap((each) => (each.kind === "literal" ? [printCode(each)] : []));
  return [printCode(node), ...inner];
}
