import { literalsOf, readTestFile, type TestFile } from "../../../codebase/test-code/test-file.ts";
import type { TestCase } from "../../../codebase/test-code/test-case.ts";
import { isEmptyBody } from "../../../codebase/test-code/checks.ts";
import { walk } from "../../../codebase/test-code/syntax/code-tree.ts";
import { changedFiles, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf, type Intent } from "../facts/intent.ts";
import { notApplicable, resultOf, type Finding } from "../facts/result.ts";
import type { Gate, GateFacts } from "../gate.ts";
import { compareTests, type Surroundings } from "./compare-tests.ts";
import { matchTests, type TestPairing } from "./match-tests.ts";
import { replacedSubjects } from "./replaced-subjects.ts";
import { lostSupport, spoiledSupport } from "./test-support.ts";

const ID = "tests-untouched";

/** Tests that were there still run and prove as much; new ones prove something. */
export const testsUntouched: Gate = {
  id: ID,
  title: "no test deleted, skipped, weakened or made to fit",
  price: 1,
  async check(facts) {
    const files = (await changedFiles(facts)).filter(
      ({ isTest, base, head }) => isTest && (base !== undefined || head !== undefined),
    );
    if (files.length === 0) return notApplicable(ID, "no test file changed");
    const intent = intentOf(facts.task);
    const base = await readAll(files, "before");
    const head = await readAll(files, "after");
    const from = new Map(files.map(({ path, basePath }) => [basePath, path]));
    const pairings = matchTests(base, head, (path) => from.get(path) ?? path);
    const findings = judge(facts, { files, intent, base, head, pairings });
    return resultOf(ID, findings, "every test still proves what it proved");
  },
};

interface Case {
  readonly files: readonly ChangedFile[];
  readonly intent: Intent;
  readonly base: readonly TestFile[];
  readonly head: readonly TestFile[];
  readonly pairings: readonly TestPairing[];
}

async function readAll(files: readonly ChangedFile[], side: "before" | "after"): Promise<TestFile[]> {
  const read = await Promise.all(
    files.map(async (file) => {
      const text = file[side];
      return text === undefined ? undefined : readTestFile(side === "before" ? file.basePath : file.path, text);
    }),
  );
  return read.filter((file) => file !== undefined);
}

function judge(facts: GateFacts, given: Case): Finding[] {
  const { intent, base, head, pairings } = given;
  const headCases = head.flatMap(({ cases }) => cases);
  const headChecks = headCases.flatMap(({ checks }) => checks);
  const headLiterals = new Set(head.flatMap(({ code }) => literalsOf(code.body)));
  const findings: Finding[] = [];
  for (const pairing of pairings) {
    const around: Surroundings = { intent, headChecks, headCases, headLiterals, path: pairing.headPath };
    findings.push(
      ...(pairing.head === undefined ? gone(facts, pairing, around) : compareTests(pairing.base, pairing.head, around)),
    );
  }
  const kept = new Set(pairings.map((pairing) => pairing.head));
  for (const { path, cases } of head) {
    const fresh = cases.filter((test) => !kept.has(test) && !test.helper);
    for (const test of fresh) findings.push(...judgeFresh(path, test));
    const bare = fresh.filter((test) => test.checks.length === 0 && test.skip === "");
    if (intent.wantsTests && bare.length > 0 && bare.length * 2 >= fresh.length && !fresh.some(throwsByItself)) {
      findings.push({
        code: "test-vacuous",
        message: `${path}:${bare[0]?.line ?? 1} ${bare[0]?.name ?? ""} checks nothing; say what the result must be`,
        path,
        ...(bare[0] === undefined ? {} : { line: bare[0].line }),
      });
    }
  }
  findings.push(
    ...replacedSubjects(base, head, intent),
    ...lostSupport(base, head, pairings, intent),
    ...spoiledSupport(base, head, intent),
  );
  return findings;
}

function gone(facts: GateFacts, { path, base }: TestPairing, around: Surroundings): Finding[] {
  if (base.helper || base.skip === "always" || base.skip === "todo") return [];
  const deletedFile = facts.task.writes.some((write) => write.path === path && write.action === "delete");
  const called = new Set(
    [...walk(base.body)].flatMap((node) =>
      node.kind === "call" && node.callee.kind === "name"
        ? [node.callee.id]
        : node.kind === "call" && node.callee.kind === "member"
          ? [node.callee.name]
          : [],
    ),
  );
  if (deletedFile || around.intent.mayRemoveTest(base.name, called)) return [];
  return [
    {
      code: "test-deleted",
      message: `${path}: the test ${base.name} is gone or is not collected any more; put it back as it was`,
      path,
      text: base.name,
    },
  ];
}

function judgeFresh(path: string, test: TestCase): Finding[] {
  const at = { path, line: test.line, text: test.name };
  if (test.only)
    return [
      {
        code: "test-skipped",
        message: `${path}:${test.line} ${test.name} is marked .only, which leaves all others out; take the mark away`,
        ...at,
      },
    ];
  if (test.skip === "always" || test.skip === "todo" || test.skip === "expected-failure") {
    return [
      {
        code: "test-skipped",
        message: `${path}:${test.line} the new test ${test.name} never counts (${test.skip}); let it run`,
        ...at,
      },
    ];
  }
  const vacuous =
    test.checks.length > 0 &&
    test.checks.every(({ strength, guard }) => strength === 0 || guard === "dead" || guard === "swallowed");
  if (vacuous || (test.checks.length === 0 && isEmptyBody(test.body))) {
    return [
      {
        code: "test-vacuous",
        message: `${path}:${test.line} the new test ${test.name} cannot fail; say what the result must be`,
        ...at,
      },
    ];
  }
  return [];
}

/** "does not throw" tests need no assertion. */
function throwsByItself(test: TestCase): boolean {
  return /\b(?:does ?n[o']t|no|without|never)[ _-]?(?:throw|rais|crash|error|fail|exception)/i.test(
    test.name.replaceAll("_", " "),
  );
}
