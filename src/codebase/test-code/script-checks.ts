import { calledName, dottedName, type CallNode, type CodeNode } from "./syntax/code-tree.ts";
import type { FoundCheck } from "./check.ts";

type Form = readonly [kind: string, strength: number];

/** Matchers of expect() in vitest, jest and chai. */
const MATCHERS: Readonly<Record<string, Form>> = {
  toBe: ["equal", 10],
  toEqual: ["equal", 10],
  toStrictEqual: ["equal", 10],
  equal: ["equal", 10],
  equals: ["equal", 10],
  eq: ["equal", 10],
  eql: ["equal", 10],
  eqls: ["equal", 10],
  deepEqual: ["equal", 10],
  toBeNull: ["equal-null", 10],
  toBeUndefined: ["equal-undefined", 10],
  toBeNaN: ["equal-nan", 10],
  null: ["equal-null", 10],
  undefined: ["equal-undefined", 10],
  true: ["equal-true", 10],
  false: ["equal-false", 10],
  toMatchInlineSnapshot: ["snapshot", 8],
  toHaveLength: ["length", 6],
  lengthOf: ["length", 6],
  toBeCloseTo: ["approx", 8],
  closeTo: ["approx", 8],
  toThrow: ["raises", 8],
  toThrowError: ["raises", 8],
  throw: ["raises", 8],
  throws: ["raises", 8],
  toMatchObject: ["partial", 6],
  toMatch: ["matches", 6],
  match: ["matches", 6],
  toContain: ["contains", 5],
  toContainEqual: ["contains", 5],
  contain: ["contains", 5],
  include: ["contains", 5],
  includes: ["contains", 5],
  members: ["equal-members", 8],
  toMatchSnapshot: ["snapshot", 5],
  toHaveBeenCalledWith: ["called", 8],
  toHaveBeenLastCalledWith: ["called", 8],
  toHaveBeenNthCalledWith: ["called", 8],
  toHaveBeenCalledTimes: ["called", 7],
  toHaveBeenCalledOnce: ["called", 6],
  toHaveBeenCalled: ["called", 5],
  toHaveProperty: ["has", 5],
  property: ["has", 5],
  toBeGreaterThan: ["order", 4],
  toBeGreaterThanOrEqual: ["order", 4],
  toBeLessThan: ["order", 4],
  toBeLessThanOrEqual: ["order", 4],
  above: ["order", 4],
  below: ["order", 4],
  toBeInstanceOf: ["type", 3],
  toBeTypeOf: ["type", 3],
  instanceOf: ["type", 3],
  instanceof: ["type", 3],
  a: ["type", 3],
  an: ["type", 3],
  toBeDefined: ["not-none", 2],
  exist: ["not-none", 2],
  toBeTruthy: ["truthy", 2],
  ok: ["truthy", 2],
  toBeFalsy: ["falsy", 3],
  empty: ["equal-empty", 8],
};

/** A check made with expect(): `expect(x).not.toBe(y)`, `await expect(p).rejects.toThrow()`, `expect(x).to.be.true`. */
export function readExpectation(
  node: CodeNode,
): { readonly check: FoundCheck; readonly needsAwait: boolean } | undefined {
  const call = node.kind === "call" ? node : undefined;
  const end = call?.callee ?? node;
  if (end.kind !== "member") return undefined;
  const words = [end.name];
  let at: CodeNode = end.object;
  while (at.kind === "member" || (at.kind === "call" && at.callee.kind === "member")) {
    words.push(at.kind === "member" ? at.name : calledName(at));
    at = at.kind === "member" ? at.object : at.callee.kind === "member" ? at.callee.object : at;
  }
  if (at.kind !== "call" || dottedName(at.callee) !== "expect") return undefined;
  const subject = at.args[0];
  const negated = words.includes("not");
  const form = MATCHERS[end.name] ?? (call === undefined ? undefined : (["matcher", 6] as const));
  if (form === undefined) return undefined;
  const args = call?.args ?? [];
  const check = negated ? negate(form, subject, args) : shape(form, subject, args);
  const through = words
    .filter((word) => word === "resolves" || word === "rejects" || word === "length" || word === "lengthOf")
    .join(" ");
  const kind = through === "" || check.kind === "tautology" ? check.kind : `${through}-${check.kind}`;
  return { check: { ...check, kind }, needsAwait: words.includes("resolves") || words.includes("rejects") };
}

const VALUES: Readonly<Record<string, readonly ["none" | "boolean" | "number", string]>> = {
  "equal-null": ["none", "null"],
  "equal-undefined": ["none", "undefined"],
  "equal-nan": ["number", "NaN"],
  "equal-true": ["boolean", "true"],
  "equal-false": ["boolean", "false"],
};

function shape([kind, strength]: Form, subject: CodeNode | undefined, args: readonly CodeNode[]): FoundCheck {
  const value = VALUES[kind];
  if (value !== undefined) {
    const place = { line: subject?.line ?? 0, endLine: subject?.line ?? 0 };
    return {
      kind: "equal",
      strength,
      subject,
      expected: [{ kind: "literal", type: value[0], value: value[1], ...place }],
    };
  }
  if (subject?.kind === "literal" && (args.length === 0 || args[0]?.kind === "literal"))
    return { kind: "tautology", strength: 0, subject, expected: args };
  if (kind === "raises") return { kind, strength: strength - (args.length === 0 ? 3 : 0), subject, expected: args };
  if (kind === "equal" && args.some(isAsymmetric)) return { kind: "partial", strength: 5, subject, expected: args };
  return { kind, strength, subject, expected: args };
}

/** `expect.anything()`, `expect.objectContaining(...)` inside an expected value. */
function isAsymmetric(node: CodeNode): boolean {
  return node.kind === "call" && dottedName(node.callee).startsWith("expect.");
}

function negate([kind]: Form, subject: CodeNode | undefined, args: readonly CodeNode[]): FoundCheck {
  const weak =
    kind === "equal-null" || kind === "equal-undefined"
      ? 2
      : kind === "contains" || kind === "matches"
        ? 4
        : kind === "raises"
          ? 2
          : kind === "called"
            ? 8
            : 3;
  return { kind: `not-${kind}`, strength: weak, subject, expected: args };
}

/** Functions of node:assert and chai's assert, by name. */
const ASSERTS: Readonly<Record<string, Form>> = {
  assert: ["truthy", 2],
  ok: ["truthy", 2],
  isOk: ["truthy", 2],
  isTrue: ["equal-true", 10],
  isFalse: ["equal-false", 10],
  isNull: ["equal-null", 10],
  isUndefined: ["equal-undefined", 10],
  exists: ["not-none", 2],
  isDefined: ["not-none", 2],
  equal: ["equal", 9],
  deepEqual: ["equal", 9],
  strictEqual: ["equal", 10],
  deepStrictEqual: ["equal", 10],
  is: ["equal", 10],
  same: ["equal", 10],
  partialDeepStrictEqual: ["partial", 6],
  notEqual: ["not-equal", 3],
  notStrictEqual: ["not-equal", 3],
  notDeepEqual: ["not-equal", 3],
  notDeepStrictEqual: ["not-equal", 3],
  throws: ["raises", 8],
  rejects: ["raises", 8],
  doesNotThrow: ["not-raises", 2],
  doesNotReject: ["not-raises", 2],
  match: ["matches", 6],
  doesNotMatch: ["lacks", 4],
  include: ["contains", 5],
  instanceOf: ["type", 3],
  fail: ["fail", 8],
  ifError: ["equal-null", 8],
};

const TWO_SIDED = new Set(["equal", "not-equal", "partial", "matches", "contains", "lacks", "type"]);

/** A call of an assertion library: `assert(x)`, `assert.equal(a, b)`, `strictEqual(a, b)`, `t.assert.equal(a, b)`. */
export function readScriptAssertion(call: CallNode, names: ReadonlyMap<string, string>): FoundCheck[] | undefined {
  const path = dottedName(call.callee).replace(/^(?:t|ctx|context|test)\.assert\./, "assert.");
  const words = path.split(".");
  const root = words[0] ?? "";
  const library = names.get(root) ?? (root === "assert" ? "assert" : undefined);
  if (library === undefined) return undefined;
  const strict = library === "strict" || words.includes("strict");
  const last =
    words.length === 1
      ? library === "assert" || library === "strict"
        ? "assert"
        : library.replace(/^strict:/, "")
      : (words.at(-1) ?? "");
  const form = ASSERTS[last === "strict" ? "assert" : last];
  if (form === undefined) return [{ kind: "matcher", strength: 6, subject: call, expected: [] }];
  const [kind] = form;
  const strength = form[1] === 9 && (strict || library.startsWith("strict:")) ? 10 : form[1];
  if (kind === "truthy") return [truth(call.args[0])];
  if (kind === "raises") {
    // A string after the function is a message, not an expectation.
    const expected = call.args.slice(1).filter((node) => node.kind !== "literal" || node.type === "regex");
    return [
      {
        kind,
        strength: strength - (expected.length === 0 ? 3 : 0),
        subject: call.args[0],
        expected: expected.slice(0, 1),
      },
    ];
  }
  const value = VALUES[kind];
  if (value !== undefined) return [shape(form, call.args[0], [])];
  return [{ kind, strength, subject: call.args[0], expected: call.args.slice(1, TWO_SIDED.has(kind) ? 2 : 1) }];
}

/** What `assert(x)` judges: comparisons count as what they compare. */
function truth(node: CodeNode | undefined): FoundCheck {
  if (node === undefined) return { kind: "tautology", strength: 0, subject: node, expected: [] };
  if (node.kind === "compare" && node.op === "==")
    return { kind: "equal", strength: 10, subject: node.left, expected: [node.right] };
  if (node.kind === "compare" && node.op === "!=")
    return { kind: "not-equal", strength: 3, subject: node.left, expected: [node.right] };
  if (node.kind === "compare")
    return {
      kind: node.op === "instanceof" ? "type" : "order",
      strength: 4,
      subject: node.left,
      expected: [node.right],
    };
  if (node.kind === "not") return { kind: "falsy", strength: 3, subject: node.value, expected: [] };
  if (node.kind === "literal") return { kind: "tautology", strength: 0, subject: node, expected: [] };
  if (node.kind === "logic" && node.op === "or") {
    const always = [node.left, node.right].some((side) => side.kind === "literal" && side.value === "true");
    return { kind: always ? "tautology" : "either", strength: always ? 0 : 3, subject: node, expected: [] };
  }
  return { kind: "truthy", strength: 2, subject: node, expected: [] };
}
