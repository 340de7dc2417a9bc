import type { Codebase, FileFacts, ModuleFacts } from "../../codebase/facts/facts.ts";

/** Shares of a module's rank. Time is lost where much is done, by much code, that much else goes through. */
const WEIGHTS = { complexity: 0.45, criticality: 0.35, size: 0.2 };
const LEAST_MODULES = 3;
const MOST_MODULES = 20;
const SHARE = 0.05;

/** Words and signs by which a program branches or repeats, over the languages that are read. */
const BRANCHES = /\b(?:if|elif|for|foreach|while|case|catch|except|when|match|loop|unless|until)\b|&&|\|\||\?\?/g;
const LOOP = /^([ \t]*)(?:\S.*\b)?(?:for|foreach|while|loop|until)\b|\.(?:forEach|map|filter|reduce|flatMap|each)\(/;
/** A loop within a loop counts as so many branches: what is slow is mostly there. */
const NESTED_LOOP = 8;

/**
 * Modules where time is probably spent: by branches and nested loops, by how much depends on them, and by size; the first
 * twentieth, at least 3 and at most 20. Modules of tests are none. Deterministic; reads the files of code.
 */
export async function findBottlenecks(
  { modules, files }: Codebase,
  readBytes: (path: string) => Promise<Buffer>,
): Promise<readonly ModuleFacts[]> {
  const byPath = new Map(files.filter(({ role }) => role === "code").map((file) => [file.path, file]));
  const measured: { module: ModuleFacts; complexity: number; size: number }[] = [];
  for (const module of modules) {
    const own = module.files.map((path) => byPath.get(path)).filter((file) => file !== undefined);
    if (own.length === 0) continue;
    measured.push({
      module,
      complexity: await complexityOf(own, readBytes),
      size: sum(own.map((file) => file.tokens)),
    });
  }
  const [complexity, size] = [rankOf(measured.map((one) => one.complexity)), rankOf(measured.map((one) => one.size))];
  const score = (one: (typeof measured)[number]): number =>
    WEIGHTS.complexity * complexity(one.complexity) +
    WEIGHTS.criticality * one.module.criticality.score +
    WEIGHTS.size * size(one.size);
  const count = Math.min(MOST_MODULES, Math.max(LEAST_MODULES, Math.ceil(measured.length * SHARE)));
  return measured
    .toSorted((a, b) => score(b) - score(a) || (a.module.name < b.module.name ? -1 : 1))
    .slice(0, count)
    .map(({ module }) => module);
}

async function complexityOf(
  files: readonly FileFacts[],
  readBytes: (path: string) => Promise<Buffer>,
): Promise<number> {
  let total = 0;
  for (const { path } of files) {
    const bytes = await readBytes(path).catch(() => undefined);
    if (bytes !== undefined) total += branchesIn(bytes.toString("utf8"));
  }
  return total;
}

/** Branches and loops of a text, a loop inside a loop counted more. By words and indentation, so an estimate. Pure. */
export function branchesIn(text: string): number {
  let nested = 0;
  let outer: number[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const indent = line.length - line.trimStart().length;
    outer = outer.filter((depth) => depth < indent);
    if (!LOOP.test(line)) continue;
    if (outer.length > 0) nested += 1;
    outer.push(indent);
  }
  return (text.match(BRANCHES)?.length ?? 0) + NESTED_LOOP * nested;
}

/** The share of values that are not above one. */
function rankOf(values: readonly number[]): (value: number) => number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = new Map(sorted.map((value, index) => [value, (index + 1) / sorted.length]));
  return (value) => rank.get(value) ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
