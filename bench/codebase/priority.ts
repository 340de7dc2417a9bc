/**
 * Does a pack of a tenth of a repository's tokens hold what is worked on next? For each of the newest commits the
 * repository is read as it was before it; counted is how many of the files that the commit changed together are in the pack,
 * whole or as signatures. Beside it, filled to the same budget: repomix's order, the same from its end, and PageRank over imports.
 * Told twice: with one changed file given as what the work is about (its companions are counted), and with nothing given.
 * Exit code 1 where allot is below 1.5 times repomix's order.
 *
 * node bench/codebase/priority.ts --repo DIR [--repo DIR]... [--commits N] [--share 0.1]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packCodebase } from "../../src/codebase/chunks/pack-codebase.ts";
import type { Codebase } from "../../src/codebase/facts/facts.ts";
import { readCodebase } from "../../src/codebase/facts/read-codebase.ts";
import { familyFactor } from "../../src/codebase/tokens/families.ts";
import { type Change, readChanges } from "./changes.ts";
import { fill, loadRepomixParts, pageRankOrder, repomixOrder } from "./orders.ts";
import { installRepomix, REPOMIX_NAME } from "./repomix.ts";

const FLOOR = 1.5;

const { values } = parseArgs({
  options: {
    repo: { type: "string", multiple: true, default: [resolve(import.meta.dirname, "..", "..")] },
    commits: { type: "string", default: "200" },
    share: { type: "string", default: "0.1" },
  },
});

const scratch = mkdtempSync(join(tmpdir(), "allot-bench-priority-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

const repomix = installRepomix();
if ("why" in repomix) throw new Error(repomix.why);
const parts = await loadRepomixParts(repomix.program);

/** "by name": also those of which the pack only says that they are there; told, and no part of the floor. */
type Method = "allot" | "allot, by name" | "repomix" | "repomix from its end" | "PageRank";
const METHODS: readonly Method[] = ["allot", "allot, by name", "repomix", "repomix from its end", "PageRank"];
type Reading = "near one changed file" | "nothing given";

/** Files in packs, and files wanted, over all commits; and the mean share of a commit. */
interface Tally {
  found: number;
  wanted: number;
  shares: number;
}

let missed = false;
for (const folder of values.repo) await measureRepository(resolve(folder));
process.exitCode = missed ? 1 : 0;

async function measureRepository(source: string): Promise<void> {
  const folder = join(scratch, basename(source));
  execFileSync("git", ["clone", "-q", "--shared", "--no-checkout", source, folder]);
  const tallies = new Map<string, Tally>();
  let read = 0;
  const wanted = Number(values.commits);
  // Of some all files are left out (locks, pictures); those say nothing.
  for (const change of readChanges(source, 3 * wanted)) {
    if (read === wanted) break;
    execFileSync("git", ["checkout", "-q", "--force", "--detach", change.parent], { cwd: folder, stdio: "ignore" });
    const codebase = await readCodebase(folder, { cacheFolder: join(scratch, "cache") });
    if (await measureChange(codebase, change, tallies)) read += 1;
    if (read % 20 === 0) process.stderr.write(`${basename(source)}: ${read} commits\n`);
  }
  tell(basename(source), read, tallies);
}

/** False where fewer than two of the changed files can be in any pack. */
async function measureChange(codebase: Codebase, change: Change, tallies: Map<string, Tally>): Promise<boolean> {
  const known = new Set(codebase.files.map(({ path }) => path));
  const changed = change.paths.filter((path) => known.has(path));
  if (changed.length < 2) return false;
  const total = codebase.files.reduce((sum, { tokens }) => sum + tokens, 0);
  const budget = Math.floor(total * Number(values.share));
  const order = await repomixOrder(parts, codebase);
  const fixed = {
    repomix: fill(codebase, order, budget),
    "repomix from its end": fill(codebase, order.toReversed(), budget),
    PageRank: fill(codebase, pageRankOrder(codebase), budget),
  };
  // Which of the files the work starts from is not known; the commit's own number decides.
  const about = changed[Number.parseInt(change.commit.slice(0, 8), 16) % changed.length] ?? "";
  const companions = changed.filter((path) => path !== about);
  for (const [reading, wanted, near] of [
    ["near one changed file", companions, [about]],
    ["nothing given", changed, []],
  ] as const) {
    const options = { maxTokens: budget, factor: familyFactor("gpt-5.5"), ...(near.length === 0 ? {} : { near }) };
    const packed = await packCodebase(codebase, options);
    if (packed.tokens > budget) throw new Error(`a pack of ${packed.tokens} tokens in a budget of ${budget}`);
    const shown = packed.files.filter(({ as }) => as !== "names");
    count(tallies, reading, "allot", wanted, new Set(shown.map(({ path }) => path)));
    count(tallies, reading, "allot, by name", wanted, new Set(packed.files.map(({ path }) => path)));
    for (const [method, taken] of Object.entries(fixed)) count(tallies, reading, method as Method, wanted, taken);
  }
  return true;
}

function count(
  tallies: Map<string, Tally>,
  reading: Reading,
  method: Method,
  wanted: readonly string[],
  taken: ReadonlySet<string>,
): void {
  const key = `${reading}\0${method}`;
  const tally = tallies.get(key) ?? { found: 0, wanted: 0, shares: 0 };
  const found = wanted.filter((path) => taken.has(path)).length;
  tally.found += found;
  tally.wanted += wanted.length;
  tally.shares += found / wanted.length;
  tallies.set(key, tally);
}

function tell(name: string, commits: number, tallies: ReadonlyMap<string, Tally>): void {
  const lines = [`${name}: ${commits} commits, packs of ${100 * Number(values.share)} % of the tokens`];
  for (const reading of ["near one changed file", "nothing given"] as const) {
    const of = (method: Method): number => {
      const tally = tallies.get(`${reading}\0${method}`);
      return tally === undefined || tally.wanted === 0 ? 0 : tally.found / tally.wanted;
    };
    lines.push(`  ${reading}:`);
    for (const method of METHODS) {
      const tally = tallies.get(`${reading}\0${method}`);
      const times =
        method.startsWith("allot") || of(method) === 0 ? "" : `, allot ${(of("allot") / of(method)).toFixed(2)} times`;
      lines.push(
        `    ${method.padEnd(21)} ${percent(of(method)).padStart(7)} of ${tally?.wanted ?? 0} files, ${percent((tally?.shares ?? 0) / Math.max(1, commits))} of a commit in the mean${times}`,
      );
    }
    const holds = of("allot") > 0 && of("allot") >= FLOOR * of("repomix");
    missed ||= !holds;
    lines.push(`    floor: ${FLOOR} times the order of ${REPOMIX_NAME}: ${holds ? "holds" : "MISSED"}`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
