import { calledName, dottedName, type CallNode, type CodeNode } from "./syntax/code-tree.ts";
import type { FoundCheck } from "./check.ts";
import { printCode } from "./syntax/print-code.ts";

/** The checks of an `assert` condition; `and` gives several. */
export function readPythonCondition(test: CodeNode): FoundCheck[] {
  const one = (kind: string, strength: number, subject: CodeNode = test, ...expected: CodeNode[]): FoundCheck[] => [
    { kind, strength, subject, expected },
  ];
  if (test.kind === "logic" && test.op === "and")
    return [...readPythonCondition(test.left), ...readPythonCondition(test.right)];
  if (test.kind === "logic") {
    const always = [test.left, test.right].some(
      (side) => side.kind === "literal" && !["false", "null", "0", ""].includes(side.value),
    );
    return always ? one("tautology", 0) : one("either", 3);
  }
  if (test.kind === "list") return one("tautology", 0);
  if (test.kind === "literal")
    return ["false", "null", "0"].includes(test.value) ? one("fail", 8) : one("tautology", 0);
  if (test.kind === "not") return one("falsy", 3, test.value);
  if (test.kind === "compare") return readComparison(test);
  if (test.kind === "call") {
    const name = calledName(test);
    if (name === "isinstance") return one("type", 3, test.args[0], ...test.args.slice(1));
    if (name === "hasattr" || name === "callable") return one("has", 2, test.args[0], ...test.args.slice(1));
    if (name === "isclose" || name === "allclose") return one("approx", 8, test.args[0], ...test.args.slice(1));
    if (name === "startswith" || name === "endswith" || name === "match" || name === "search" || name === "fullmatch")
      return one("matches", 5);
    if (name === "all" || name === "any") return one(name, name === "all" ? 5 : 3, test);
  }
  return one("truthy", 2);
}

const ORDER = new Set(["<", ">", "<=", ">="]);

function readComparison(test: Extract<CodeNode, { kind: "compare" }>): FoundCheck[] {
  const { op, left, right } = test;
  const one = (kind: string, strength: number): FoundCheck[] => [{ kind, strength, subject: left, expected: [right] }];
  const plainNone = right.kind === "literal" && right.type === "none";
  if (op === "==") {
    const approx = [left, right].find((side) => side.kind === "call" && calledName(side) === "approx");
    if (approx !== undefined)
      return [{ kind: "approx", strength: 8, subject: approx === right ? left : right, expected: [approx] }];
    return one("equal", 10);
  }
  if (op === "is") return one("equal", 10);
  if (op === "!=") return one("not-equal", 3);
  if (op === "is-not") return plainNone ? one("not-none", 2) : one("not-equal", 3);
  if (op === "in") return one("contains", 5);
  if (op === "not-in") return one("lacks", 4);
  if (ORDER.has(op)) return one("order", 4);
  return one("truthy", 2);
}

/** unittest's methods: kind, strength, how many leading arguments are judged (the rest is a message). */
const UNITTEST: Readonly<Record<string, readonly [kind: string, strength: number, count: number]>> = {
  assertEqual: ["equal", 10, 2],
  assertEquals: ["equal", 10, 2],
  assertIs: ["equal", 10, 2],
  assertListEqual: ["equal", 10, 2],
  assertDictEqual: ["equal", 10, 2],
  assertTupleEqual: ["equal", 10, 2],
  assertSetEqual: ["equal", 10, 2],
  assertSequenceEqual: ["equal", 10, 2],
  assertMultiLineEqual: ["equal", 10, 2],
  assertCountEqual: ["equal-members", 8, 2],
  assertAlmostEqual: ["approx", 8, 9],
  assertNotEqual: ["not-equal", 3, 2],
  assertNotAlmostEqual: ["not-equal", 3, 2],
  assertIsNot: ["not-equal", 3, 2],
  assertIn: ["contains", 5, 2],
  assertNotIn: ["lacks", 4, 2],
  assertIsNone: ["equal-none", 10, 1],
  assertIsNotNone: ["not-none", 2, 1],
  assertTrue: ["truthy", 2, 1],
  assertFalse: ["falsy", 3, 1],
  assertIsInstance: ["type", 3, 2],
  assertGreater: ["order", 4, 2],
  assertGreaterEqual: ["order", 4, 2],
  assertLess: ["order", 4, 2],
  assertLessEqual: ["order", 4, 2],
  assertRegex: ["matches", 6, 2],
  assertNotRegex: ["lacks", 4, 2],
};

/** A call that is an assertion by itself: unittest's methods, mock's, `pytest.raises(X, f)`, `pytest.fail`. */
export function readPythonCall(call: CallNode): FoundCheck[] | undefined {
  const name = calledName(call);
  const raises = call.args.length > 1 ? readRaises(call) : undefined;
  if (raises !== undefined) return [{ ...raises, subject: { ...call, args: call.args.slice(1) } }];
  const form = Object.hasOwn(UNITTEST, name) ? UNITTEST[name] : undefined;
  if (form !== undefined && call.callee.kind === "member") {
    const [kind, strength, count] = form;
    const [subject, ...expected] = call.args.slice(0, count);
    if (kind === "truthy" && subject !== undefined) return readPythonCondition(subject);
    if (kind === "equal-none")
      return [
        {
          kind: "equal",
          strength,
          subject,
          expected: [{ kind: "literal", type: "none", value: "null", line: call.line, endLine: call.line }],
        },
      ];
    const extra =
      kind === "approx" ? call.keywords.filter(({ name: word }) => word !== "msg").map(({ value }) => value) : [];
    return [{ kind, strength, subject, expected: [...expected, ...extra] }];
  }
  if (/^assert_(?:called|not_called|any_call|has_calls|awaited)/.test(name)) {
    return [
      {
        kind: "called",
        strength: call.args.length + call.keywords.length > 0 || name.includes("not_called") ? 8 : 5,
        subject: call,
        expected: [],
      },
    ];
  }
  if (dottedName(call.callee) === "pytest.fail" || dottedName(call.callee) === "self.fail")
    return [{ kind: "fail", strength: 8, subject: call, expected: [] }];
  return undefined;
}

/** `pytest.raises(...)`, `self.assertRaises(...)`, `self.assertRaisesRegex(...)`, `pytest.warns(...)`; how narrow it is. */
export function readRaises(call: CallNode): FoundCheck | undefined {
  const name = calledName(call);
  if (!/^(?:raises|assertRaises|assertRaisesRegex|assertRaisesRegexp|warns|assertWarns|deprecated_call)$/.test(name))
    return undefined;
  const [type, ...rest] = call.args;
  const broad = type === undefined || /(?<![\w.])(?:Exception|BaseException)(?!\w)/.test(printCode(type));
  const match =
    call.keywords.find((keyword) => keyword.name === "match")?.value ??
    (name.startsWith("assertRaisesRegex") ? rest[0] : undefined);
  const vacuous = match?.kind === "literal" && /^(?:\.\*|)$/.test(match.value);
  return {
    kind: "raises",
    strength: (broad ? 4 : 8) + (match === undefined || vacuous ? 0 : 1),
    subject: undefined,
    expected: [...(type === undefined ? [] : [type]), ...(match === undefined ? [] : [match])],
  };
}
