import { GUARD_ORDER, type Check } from "../../../codebase/test-code/check.ts";
import { literalsOf } from "../../../codebase/test-code/test-file.ts";
import type { TestCase } from "../../../codebase/test-code/test-case.ts";
import { walk, type CodeNode } from "../../../codebase/test-code/code-tree.ts";
import type { Intent } from "../facts/intent.ts";
import type { Finding } from "../facts/result.ts";
import { rowGroups } from "./match-tests.ts";

/** What the comparison of one test needs to know around it. */
export interface Surroundings {
  readonly intent: Intent;
  /** All checks on the head: where a check that is missing here may have gone. */
  readonly headChecks: readonly Check[];
  readonly headCases: readonly TestCase[];
  /** All literals of the head's changed test files. */
  readonly headLiterals: ReadonlySet<string>;
  readonly path: string;
}

/** How a test proves less on the head than on the base. Stronger checks, other styles and renames the task asks for are fine. */
export function compareTests(base: TestCase, head: TestCase, around: Surroundings): Finding[] {
  const { intent, path } = around;
  const at = { path, line: head.line, text: head.name };
  const skipped = skipFinding(base, head, around);
  if (skipped !== undefined) return [skipped];
  const allowed = intent.mayChangeTest(base.name);
  const findings: Finding[] = [];
  const lostRows = base.rows.filter((row) => !head.rows.includes(row));
  if (lostRows.length > 0 && !allowed && !rowsMoved(base, lostRows, around)) {
    findings.push({ code: "test-weakened", message: `${path}: ${base.name} no longer runs over ${lostRows[0]?.slice(0, 60) ?? ""}; keep every parameter set`, ...at });
  }
  const pool = [...head.checks];
  const open: Check[] = [];
  for (const check of base.checks) {
    const index = pool.findIndex((other) => sameText(check, other, intent) && guardKept(check, other) && other.strength >= check.strength);
    if (index < 0) open.push(check);
    else pool.splice(index, 1);
  }
  for (const check of open) {
    if (check.strength === 0 || check.guard === "dead" || check.guard === "swallowed") continue;
    const finding = judgeLost(check, base, head, pool, allowed, around);
    if (finding !== undefined) findings.push({ ...finding, ...at });
  }
  if (findings.length === 0 && !allowed) {
    const lost = lostInputs(base, head, around);
    if (lost !== undefined) findings.push({ code: "test-weakened", message: `${path}: ${base.name} no longer uses ${lost.slice(0, 60)}; keep what it was run with`, ...at });
  }
  return findings;
}

function skipFinding(base: TestCase, head: TestCase, { intent, path }: Surroundings): Finding | undefined {
  const at = { path, line: head.line, text: head.name };
  if (head.skip !== "" && head.skip !== base.skip && (base.skip === "" || head.skip === "always") && !intent.matches(/\b(?:skip|xfail|expected failure|mark\w* as|quarantine|disable)\b/i)) {
    return { code: "test-skipped", message: `${path}:${head.line} ${head.name} is ${head.skip === "always" ? "skipped" : head.skip} now; let it run`, ...at };
  }
  if (head.only && !base.only) return { code: "test-skipped", message: `${path}:${head.line} ${head.name} is marked .only, which leaves all others out; take the mark away`, ...at };
  return undefined;
}

function guardKept(before: Check, after: Check): boolean {
  return GUARD_ORDER.indexOf(after.guard) <= GUARD_ORDER.indexOf(before.guard);
}

/** Equal in text once names are as the task renames them and module prefixes are off. */
function sameText(a: Check, b: Check, intent: Intent): boolean {
  if (kindOf(a) !== kindOf(b)) return false;
  if (a.subject === b.subject && a.expected === b.expected) return true;
  return plainText(a.subject, intent) === plainText(b.subject, intent) && plainText(a.expected, intent) === plainText(b.expected, intent);
}

function kindOf(check: Check): string {
  return check.kind.replace(/^(?:resolves|rejects)-/, "");
}

function plainText(text: string, intent: Intent): string {
  let plain = text.replaceAll(/\bawait /g, "").replaceAll(/(?<![\w$"])(?!self\b|this\b)(?:[a-z_$][\w$]*\.)+(?=[\w$]+\()/g, "");
  for (const [from, to] of intent.renames) plain = plain.replaceAll(new RegExp(`(?<![\\w$])${from.replaceAll("$", String.raw`\$`)}(?![\\w$])`, "g"), to);
  return plain.replaceAll(/\{return (.*?)\}/g, "{$1}").replaceAll(/\barrow |\basync /g, "");
}

/** Calls that hand a value on without losing any of it. */
const KEEPS_VALUE = new Set(["list", "tuple", "dict", "deepcopy", "copy", "parse", "stringify", "loads", "dumps", "from", "resolve", "run", "call", "bind", "then", "approx"]);

/** The same members are looked at: `x.size` is not `x`. */
function sameWholeness(a: Check, b: Check): boolean {
  const members = (check: Check): string => [...walk([...check.sides])].flatMap((node) => (node.kind === "member" ? [node.name] : [])).toSorted().join();
  return members(a) === members(b);
}

type Verdict = Pick<Finding, "code" | "message"> | undefined;

function judgeLost(check: Check, base: TestCase, head: TestCase, pool: Check[], allowed: boolean, around: Surroundings): Verdict {
  const { intent, path } = around;
  const name = base.name;
  const said = describe(check);
  // Moved to another test as it is.
  if (around.headChecks.some((other) => !head.checks.includes(other) && sameText(check, other, intent) && other.guard === "none" && other.strength >= check.strength)) return undefined;
  const guarded = head.checks.find((other) => sameText(check, other, intent) && !guardKept(check, other));
  if (guarded !== undefined) {
    const how = { conditional: "runs only under a condition", swallowed: "stands in a try that swallows its failure", dead: "is never reached", none: "" }[guarded.guard];
    return { code: "test-weakened", message: `${path}: in ${name} the check ${said} ${how} now; let it run as before` };
  }
  const literals = literalsOf([...check.sides]);
  const calls = calledIn(check.sides);
  const alike = pool.filter((other) => other.guard === "none" && other.strength >= Math.min(check.strength, 8));
  // Said in another way: the same values, the same function called.
  const otherWay = alike.find((other) => {
    const has = new Set(literalsOf([...other.sides]));
    const others = calledIn(other.sides);
    if (literals.length === 0 || !literals.every((literal) => has.has(literal))) return false;
    // A tolerance is a literal too many.
    if (other.kind === "approx" && literalsOf([...other.sides]).length > literals.length) return false;
    const kept = [...calls].every((call) => others.has(call) || [...intent.renames].some(([from, to]) => from === call && others.has(to)));
    const added = [...others].filter((call) => !calls.has(call) && ![...intent.renames.values()].includes(call));
    // A call around the value may lose what the check is about: `len(str(x)) == len(str(y))`.
    return other.kind === "helper" || (kept && added.every((call) => KEEPS_VALUE.has(call)) && sameWholeness(check, other));
  });
  if (otherWay !== undefined && otherWay.strength >= check.strength) {
    pool.splice(pool.indexOf(otherWay), 1);
    return undefined;
  }
  if (inRows(check, literals, calls, around)) return undefined;
  const sameSubject = pool.filter((other) => plainText(other.subject, intent) === plainText(check.subject, intent) && guardKept(check, other));
  const replaced = sameSubject.toSorted((a, b) => b.strength - a.strength)[0];
  if (replaced !== undefined && replaced.strength >= check.strength) {
    pool.splice(pool.indexOf(replaced), 1);
    if (allowed || taskStates(replaced, check, intent)) return undefined;
    return { code: "expectation-changed", message: `${path}: ${name} expects ${replaced.expected.slice(0, 60)} where it expected ${check.expected.slice(0, 60)}; mend the code, not the test` };
  }
  if (replaced !== undefined) return { code: "test-weakened", message: `${path}: ${name} checks ${describe(replaced)} where it checked ${said}; keep the strict form` };
  const near = pool.find((other) => [...calledIn(other.sides)].some((call) => calls.has(call)) || other.subject.includes(check.subject));
  const instead = pool.findIndex((other) => other.strength >= check.strength && other.guard === "none" && concernsSame(other, check, calls, intent));
  if (allowed && instead >= 0) {
    pool.splice(instead, 1);
    return undefined;
  }
  if (near !== undefined && near.strength >= check.strength && statesAll(near, intent)) {
    pool.splice(pool.indexOf(near), 1);
    return undefined;
  }
  if (near !== undefined) return { code: "test-weakened", message: `${path}: ${name} checks ${describe(near)} where it checked ${said}; keep the check as it was` };
  if (intent.mayRemoveTest(name, calls)) return undefined;
  return { code: "test-weakened", message: `${path}: ${name} no longer checks ${said}; keep the check` };
}

/** Two checks that call one function of the project, or look at one value. */
function concernsSame(other: Check, check: Check, calls: ReadonlySet<string>, intent: Intent): boolean {
  const others = calledIn(other.sides);
  if (calls.size === 0) return other.subject.includes(check.subject) || check.subject.includes(other.subject) || others.size > 0;
  return [...calls].some((call) => others.has(call) || others.has(intent.renames.get(call) ?? "")) || [...others].some((call) => intent.mentions(call));
}

function describe(check: Check): string {
  const text = check.expected === "" ? `${check.subject}` : `${check.subject} against ${check.expected}`;
  return `${check.kind}: ${text.slice(0, 90)}`;
}

function calledIn(nodes: readonly CodeNode[]): Set<string> {
  const names = new Set<string>();
  for (const node of walk(nodes)) {
    if (node.kind !== "call") continue;
    if (node.callee.kind === "name") names.add(node.callee.id);
    if (node.callee.kind === "member") names.add(node.callee.name);
  }
  return names;
}

/** The check's literals stand in one row of a test whose check is as strong and calls the same functions. */
function inRows(check: Check, literals: readonly string[], calls: ReadonlySet<string>, around: Surroundings): boolean {
  if (literals.length === 0) return false;
  return around.headCases.some((test) => {
    const strong = test.checks.filter((other) => other.guard === "none" && other.strength >= check.strength);
    const [subject] = check.sides;
    const callsSame = strong.some((other) => [...calls].every((call) => calledIn(other.sides).has(call)) && (subject === undefined || shapeText(subject) === shapeText(other.sides[0]) || other.kind === "helper"));
    return callsSame && test.skip === "" && rowGroups(test).some((group) => literals.every((literal) => group.has(literal)));
  });
}

/** What a subject looks like with its values left out: `slugify("a b")` and `slugify(text)` look the same. */
function shapeText(node: CodeNode | undefined): string {
  if (node === undefined) return "";
  switch (node.kind) {
    case "call":
      return `${node.callee.kind === "name" ? node.callee.id : shapeText(node.callee)}(${[...node.args, ...node.keywords.map(({ value }) => value)].map(shapeText).join()})`;
    case "member":
      return `${shapeText(node.object)}.${node.name}`;
    case "index":
      return `${shapeText(node.object)}[]`;
    case "await":
      return shapeText(node.value);
    case "function":
      return "fn";
    default:
      return "_";
  }
}

/** The task writes the new expectation down. */
function taskStates(now: Check, before: Check, intent: Intent): boolean {
  const old = new Set(literalsOf(before.sides.slice(1)));
  const fresh = literalsOf(now.sides.slice(1)).filter((literal) => !old.has(literal));
  return fresh.length > 0 && fresh.every((literal) => isStated(literal, intent));
}

function statesAll(now: Check, intent: Intent): boolean {
  const all = literalsOf([...now.sides]);
  return all.length > 0 && all.every((literal) => isStated(literal, intent));
}

function isStated(literal: string, intent: Intent): boolean {
  const value = literal.slice(literal.indexOf(":") + 1);
  return value.length > 1 && intent.text.includes(value);
}

function rowsMoved(base: TestCase, lost: readonly string[], around: Surroundings): boolean {
  return base.rowNodes
    .filter((_node, index) => lost.includes(base.rows[index] ?? ""))
    .every((node) => {
      const literals = literalsOf([node]);
      const groups = around.headCases.flatMap((test) => [...rowGroups(test), new Set(literalsOf([...test.body]))]);
      return groups.some((group) => literals.every((literal) => group.has(literal)));
    });
}

/** An input value of the test that no changed test file holds any more. Long texts are messages and do not count. */
function lostInputs(base: TestCase, head: TestCase, around: Surroundings): string | undefined {
  const now = new Set([...literalsOf(head.body), ...literalsOf(head.rowNodes)]);
  const gone = literalsOf(base.body).filter((literal) => !now.has(literal) && !around.headLiterals.has(literal));
  return gone.find((literal) => !/^string:(?:\S+\s+){3,}/.test(literal) && !/^(?:none|boolean):/.test(literal))?.replace(/^\w+:/, "");
}
