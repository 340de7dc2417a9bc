import { literalsOf, type TestFile } from "../../../codebase/test-code/test-file.ts";
import type { TestCase } from "../../../codebase/test-code/test-case.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import { isPlain } from "../../../codebase/test-code/checks.ts";
import { walk } from "../../../codebase/test-code/syntax/code-tree.ts";

/** A test of the base and what became of it. */
export interface TestPairing {
  readonly path: string;
  readonly base: TestCase;
  readonly head: TestCase | undefined;
  readonly headPath: string;
}

interface Placed {
  readonly path: string;
  readonly test: TestCase;
}

/** Finds each base test again on the head: by place and name, by name, by body, by most of its checks, by its literals. */
export function matchTests(
  base: readonly TestFile[],
  head: readonly TestFile[],
  movedTo: (path: string) => string,
): TestPairing[] {
  const there: Placed[] = head.flatMap(({ path, cases }) => cases.map((test) => ({ path, test })));
  const byPlace = new Map(there.map((placed) => [`${placed.path}|${placed.test.id}`, placed]));
  const taken = new Set<TestCase>();
  const open: { path: string; base: TestCase }[] = [];
  const pairings: TestPairing[] = [];
  const pair = (path: string, test: TestCase, found: Placed | undefined): void => {
    if (found !== undefined) taken.add(found.test);
    pairings.push({ path, base: test, head: found?.test, headPath: found?.path ?? path });
  };
  for (const { path, cases } of base) {
    for (const test of cases) {
      const same = byPlace.get(`${movedTo(path)}|${test.id}`) ?? byPlace.get(`${path}|${test.id}`);
      if (same === undefined) open.push({ path, base: test });
      else pair(path, test, same);
    }
  }
  for (const { path, base: test } of open) {
    const free = there.filter((placed) => !taken.has(placed.test) && placed.test.helper === test.helper);
    const found =
      free.find((placed) => placed.test.name === test.name) ??
      free.find((placed) => test.body.length > 0 && printCode(placed.test.body) === printCode(test.body)) ??
      mostAlike(test, free) ??
      sameLiterals(test, free) ??
      // A test that was merged into a larger one is found in one that is taken already.
      (test.helper ? undefined : there.find((placed) => !placed.test.helper && holdsAll(placed.test, test)));
    pair(path, test, found);
  }
  return pairings;
}

function mostAlike(test: TestCase, free: readonly Placed[]): Placed | undefined {
  const own = new Set(test.checks.map(textOf));
  if (own.size === 0) return undefined;
  const scored = free.map((placed) => ({
    placed,
    score: new Set(placed.test.checks.map(textOf).filter((text) => own.has(text))).size / own.size,
  }));
  return scored.filter(({ score }) => score >= 0.6).toSorted((a, b) => b.score - a.score)[0]?.placed;
}

/** The same kinds of checks over the same values, whatever things are called now. */
function sameLiterals(test: TestCase, free: readonly Placed[]): Placed | undefined {
  const outline = (each: TestCase): string =>
    each.checks
      .map(
        (check) =>
          `${check.kind}:${literalsOf([...check.sides])
            .toSorted()
            .join()}`,
      )
      .toSorted()
      .join("|");
  const own = outline(test);
  return literalsOf(test.checks.flatMap(({ sides }) => [...sides])).length === 0
    ? undefined
    : free.find((placed) => outline(placed.test) === own);
}

function textOf(check: TestCase["checks"][number]): string {
  return `${check.subject}|${check.expected}`;
}

/** True where every literal of a test stands in another, in one row or one check each: parametrized, merged. */
export function holdsAll(larger: TestCase, test: TestCase): boolean {
  const wanted = [
    ...new Set(
      test.checks.flatMap((check) =>
        check.sides.flatMap((side) =>
          [...walk([side])].flatMap((node) => (node.kind === "literal" ? [`${node.type}:${node.value}`] : [])),
        ),
      ),
    ),
  ];
  if (wanted.length < 2) return false;
  const groups = rowGroups(larger);
  return groups.some((group) => wanted.every((literal) => group.has(literal)));
}

/** Literals that stand together in one row of what a test runs over, with those that it uses for every row. */
export function rowGroups(test: TestCase): Set<string>[] {
  const outside = [...literalsOf(test.body.filter((node) => node.kind !== "loop"))];
  const tables = [...walk(test.body)].flatMap((node) =>
    node.kind === "list" &&
    node.items.length > 1 &&
    node.items.every((item) => (item.kind === "list" || item.kind === "dict") && isPlain(item))
      ? [...node.items]
      : [],
  );
  const looped = [...walk(test.body)].flatMap((node) =>
    node.kind === "loop" && node.over?.kind === "list" ? [...node.over.items] : [],
  );
  const nodes = [...test.rowNodes, ...tables, ...looped];
  return nodes.map((node) => new Set([...literalsOf([node]), ...outside]));
}
