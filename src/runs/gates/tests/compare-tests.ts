import { GUARD_ORDER, type Check } from "../../../codebase/test-code/check.ts";
import { literalsOf } from "../../../codebase/test-code/test-file.ts";
import type { TestCase } from "../../../codebase/test-code/test-case.ts";
import { walk, type CodeNode } from "../../../codebase/test-code/syntax/code-tree.ts";
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
    findings.push({
      code: "test-weakened",
      message: `${path}: ${base.name} no longer runs over ${lostRows[0]?.slice(0, 60) ?? ""}; keep every parameter set`,
      ...at,
    });
  }
  const pool = [...head.checks];
  const open: Check[] = [];
  for (const check of base.checks) {
    const index = pool.findIndex(
      (other) => sameText(check, other, intent) && guardKept(check, other) && other.strength >= check.strength,
    );
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
    if (lost !== undefined)
      findings.push({
        code: "test-weakened",
        message: `${path}: ${base.name} no longer uses ${lost.slice(0, 60)}; keep what it was run with`,
        ...at,
      });
  }
  return findings;
}

function skipFinding(base: TestCase, head: TestCase, { intent, path }: Surroundings): Finding | undefined {
  const at = { path, line: head.line, text: head.name };
  if (
    head.skip !== "" &&
    head.skip !== base.skip &&
    (base.skip === "" || head.skip === "always") &&
    !intent.matches(/\b(?:skip|xfail|expected failure|mark\w* as|quarantine|disable)\b/i)
  ) {
    return {
      code: "test-skipped",
      message: `${path}:${head.line} ${head.name} is ${head.skip === "always" ? "skipped" : head.skip} now; let it run`,
      ...at,
    };
  }
  if (head.only && !base.only)
    return {
      code: "test-skipped",
      message: `${path}:${head.line} ${head.name} is marked .only, which leaves all others out; take the mark away`,
      ...at,
    };
  return undefined;
}

function guardKept(before: Check, after: Check): boolean {
  return GUARD_ORDER.indexOf(after.guard) <= GUARD_ORDER.indexOf(before.guard);
}

/** Equal in text once names are as the task renames them and module prefixes are off. */
function sameText(a: Check, b: Check, intent: Intent): boolean {
  if (kindOf(a) !== kindOf(b)) return false;
  if (a.subject === b.subject && a.expected === b.expected) return true;
  return (
    plainText(a.subject, intent) === plainText(b.subject, intent) &&
    plainText(a.expected, intent) === plainText(b.expected, intent)
  );
}

function kindOf(check: Check): string {
  return check.kind.replace(/^(?:resolves|rejects)-/, "");
}

function plainText(text: string, intent: Intent): string {
  let plain = text
    .replaceAll(/\bawait /g, "")
    .replaceAll(/(?<![\w$"])(?!self\b|this\b)(?:[a-z_$][\w$]*\.)+(?=[\w$]+\()/g, "");
  for (const [from, to] of intent.renames)
    plain = plain.replaceAll(new RegExp(`(?<![\\w$])${from.replaceAll("$", String.raw`\$`)}(?![\\w$])`, "g"), to);
  return plain.replaceAll(/\{return (.*?)\}/g, "{$1}").replaceAll(/\barrow |\basync /g, "");
}

/** Calls that hand a value on without losing any of it. */
const KEEPS_VALUE = new Set([
  "list",
  "tuple",
  "dict",
  "deepcopy",
  "copy",
  "parse",
  "stringify",
  "loads",
  "dumps",
  "from",
  "resolve",
  "run",
  "call",
  "bind",
  "then",
  "approx",
]);

/** The same is looked at: `x.size` is not `x`, and `typeof x` or `!x` tells less. */
function sameWholeness(a: Check, b: Check): boolean {
  const outline = (check: Check): string =>
    [...walk([...check.sides])]
      .flatMap((node) => (node.kind === "member" ? [node.name] : LOSSY.has(node.kind) ? [node.kind] : []))
      .toSorted()
      .join();
  return outline(a) === outline(b);
}

const LOSSY = new Set<CodeNode["kind"]>(["unary", "not", "compare", "logic", "binary", "ternary", "index", "template"]);

type Verdict = Pick<Finding, "code" | "message"> | undefined;

/** One lost check and what it is held against. */
interface Lost {
  readonly check: Check;
  readonly name: string;
  readonly head: TestCase;
  /** Checks of the head's test that stand for no base check yet; what is found here is taken out. */
  readonly pool: Check[];
  readonly allowed: boolean;
  readonly literals: readonly string[];
  readonly calls: ReadonlySet<string>;
}

function judgeLost(
  check: Check,
  base: TestCase,
  head: TestCase,
  pool: Check[],
  allowed: boolean,
  around: Surroundings,
): Verdict {
  const lost: Lost = {
    check,
    name: base.name,
    head,
    pool,
    allowed,
    literals: literalsOf([...check.sides]),
    calls: calledIn(check.sides),
  };
  if (movedElsewhere(lost, around)) return undefined;
  const guarded = guardedNow(lost, around);
  if (guarded !== undefined) return guarded;
  if (saidAnotherWay(lost, around.intent) || inRows(check, lost.literals, lost.calls, around)) return undefined;
  const replaced = sameSubject(lost, around);
  return replaced === "none" ? judgeGone(lost, around) : replaced;
}

/** Another test of the head holds the check as it was. */
function movedElsewhere({ check, head }: Lost, { headChecks, intent }: Surroundings): boolean {
  return headChecks.some(
    (other) =>
      !head.checks.includes(other) &&
      sameText(check, other, intent) &&
      other.guard === "none" &&
      other.strength >= check.strength,
  );
}

const GUARD_WORDS: Readonly<Record<Check["guard"], string>> = {
  none: "is as it was",
  conditional: "runs only under a condition",
  swallowed: "stands in a try that swallows its failure",
  dead: "is never reached",
};

function guardedNow({ check, head, name }: Lost, { intent, path }: Surroundings): Verdict {
  const guarded = head.checks.find((other) => sameText(check, other, intent) && !guardKept(check, other));
  if (guarded === undefined) return undefined;
  return {
    code: "test-weakened",
    message: `${path}: in ${name} the check ${describe(check)} ${GUARD_WORDS[guarded.guard]} now; let it run as before`,
  };
}

/** The same values and the same functions in another form that is as strong; it is taken out of the pool. */
function saidAnotherWay({ check, pool, literals, calls }: Lost, intent: Intent): boolean {
  const index = pool.findIndex((other) => {
    if (other.guard !== "none" || other.strength < check.strength) return false;
    const own = literalsOf([...other.sides]);
    const has = new Set(own);
    if (literals.length === 0 || !literals.every((literal) => has.has(literal))) return false;
    // A tolerance is a literal too many.
    if (other.kind === "approx" && own.length > literals.length) return false;
    if (other.kind === "helper") return true;
    const others = calledIn(other.sides);
    const kept = [...calls].every((call) => others.has(call) || others.has(intent.renames.get(call) ?? ""));
    const added = [...others].filter((call) => !calls.has(call) && ![...intent.renames.values()].includes(call));
    // A call around the value may lose what the check is about: `len(str(x)) == len(str(y))`.
    return kept && added.every((call) => KEEPS_VALUE.has(call)) && sameWholeness(check, other);
  });
  if (index < 0) return false;
  pool.splice(index, 1);
  return true;
}

/** What is said of the same subject now: another expectation, or less. "none": nothing. */
function sameSubject({ check, name, pool, allowed }: Lost, { intent, path }: Surroundings): Verdict | "none" {
  const same = pool.filter(
    (other) => plainText(other.subject, intent) === plainText(check.subject, intent) && guardKept(check, other),
  );
  const replaced = same.toSorted((a, b) => b.strength - a.strength)[0];
  if (replaced === undefined) return "none";
  if (replaced.strength < check.strength) {
    return {
      code: "test-weakened",
      message: `${path}: ${name} checks ${describe(replaced)} where it checked ${describe(check)}; keep the strict form`,
    };
  }
  pool.splice(pool.indexOf(replaced), 1);
  if (allowed || taskStates(replaced, check, intent)) return undefined;
  return {
    code: "expectation-changed",
    message: `${path}: ${name} expects ${replaced.expected.slice(0, 60)} where it expected ${check.expected.slice(0, 60)}; mend the code, not the test`,
  };
}

/** The check is gone: allowed where the task wants the test changed and something as strong stands for it. */
function judgeGone({ check, name, pool, allowed, calls }: Lost, { intent, path }: Surroundings): Verdict {
  const near = pool.find(
    (other) => [...calledIn(other.sides)].some((call) => calls.has(call)) || other.subject.includes(check.subject),
  );
  const instead = pool.find(
    (other) => other.strength >= check.strength && other.guard === "none" && concernsSame(other, check, calls, intent),
  );
  const stands = allowed && instead !== undefined ? instead : near;
  const stated = stands !== undefined && stands.strength >= check.strength && statesAll(stands, intent);
  if (stands !== undefined && (stated || (allowed && stands === instead))) {
    pool.splice(pool.indexOf(stands), 1);
    return undefined;
  }
  if (near === undefined) {
    if (intent.mayRemoveTest(name, calls)) return undefined;
    return { code: "test-weakened", message: `${path}: ${name} no longer checks ${describe(check)}; keep the check` };
  }
  return {
    code: "test-weakened",
    message: `${path}: ${name} checks ${describe(near)} where it checked ${describe(check)}; keep the check as it was`,
  };
}

/** Two checks that call one function of the project, or look at one value. */
function concernsSame(other: Check, check: Check, calls: ReadonlySet<string>, intent: Intent): boolean {
  const others = calledIn(other.sides);
  if (calls.size === 0)
    return other.subject.includes(check.subject) || check.subject.includes(other.subject) || others.size > 0;
  return (
    [...calls].some((call) => others.has(call) || others.has(intent.renames.get(call) ?? "")) ||
    [...others].some((call) => intent.mentions(call))
  );
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
    const callsSame = strong.some(
      (other) =>
        [...calls].every((call) => calledIn(other.sides).has(call)) &&
        (subject === undefined || shapeText(subject) === shapeText(other.sides[0]) || other.kind === "helper"),
    );
    return (
      callsSame && test.skip === "" && rowGroups(test).some((group) => literals.every((literal) => group.has(literal)))
    );
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
  return gone
    .find((literal) => !/^string:(?:\S+\s+){3,}/.test(literal) && !/^(?:none|boolean):/.test(literal))
    ?.replace(/^\w+:/, "");
}
