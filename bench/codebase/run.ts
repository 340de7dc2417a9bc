/**
 * How long allot takes to read a codebase and to cut it into chunks, beside repomix from npm as it comes and with
 * --compress: whole processes of the built program, one right after the other, in alternating rounds. Ratios are taken within a round. Exit
 * code 1 where a floor is missed.
 *
 * node bench/codebase/run.ts [--repo DIR]... [--rounds N] [--source] [--no-repomix] [--json]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildAllot } from "./build.ts";
import { generatedRepository } from "./generated.ts";
import { measure, type Measured } from "./measured-command.ts";
import { type Measurement, reportOf, type Round, type Sample, type Subject } from "./report.ts";
import { installRepomix } from "./repomix.ts";
import { openRepository } from "./repositories.ts";

/** What `allot-once.mjs` prints. */
interface Once {
  readonly files: number;
  readonly leftOut: number;
  readonly tokens: number;
  readonly chunks: number;
  readonly fill: number;
  readonly loadMs: number;
  readonly readMs: number;
  readonly chunkMs: number;
}

const { values } = parseArgs({
  options: {
    repo: { type: "string", multiple: true },
    rounds: { type: "string", default: "3" },
    source: { type: "boolean", default: false },
    "no-repomix": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const roundCount = Number(values.rounds);

const scratch = mkdtempSync(join(tmpdir(), "allot-bench-codebase-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

const repomix = values["no-repomix"] ? { why: "left out by --no-repomix" } : installRepomix();
if ("why" in repomix) say(`repomix is not measured: ${repomix.why}`);
const allot = values.source ? [resolve(import.meta.dirname, "..", "..", "src"), ".ts"] : [buildAllot(), ".js"];
const folders = values.repo ?? [resolve(import.meta.dirname, "..", ".."), generatedRepository(tmpdir())];
const measurements: Measurement[] = [];
for (const folder of folders) measurements.push(await measureRepository(folder));
const { text, held, missed } = reportOf(measurements);
process.stdout.write(values.json ? `${JSON.stringify({ measurements, held, missed })}\n` : text);
process.exitCode = missed ? 1 : 0;

async function measureRepository(folder: string): Promise<Measurement> {
  const { name, commit, tracked, bytes } = openRepository(folder);
  const rounds: Round[] = [];
  for (let round = 0; round < roundCount; round += 1) {
    say(`${name}: round ${round + 1} of ${roundCount}`);
    rounds.push(await measureRound(resolve(folder), round));
  }
  return { name, commit, files: tracked.length, mb: bytes / 1e6, rounds };
}

/** Each subject once; who begins changes with the round. What is cold begins without anything kept by a run before. */
async function measureRound(folder: string, round: number): Promise<Round> {
  const own = join(scratch, `${basename(folder)}-${round}`);
  const took: Partial<Record<Subject, Sample>> = {};
  const ours = async (): Promise<void> => {
    took["allot cold"] = await runAllot(folder, own);
    took["allot warm"] = await runAllot(folder, own);
  };
  const peer = async (): Promise<void> => {
    if ("why" in repomix) return;
    const run = (kept: string, ...args: string[]): Promise<Sample> =>
      runRepomix(repomix.program, folder, { own, kept, args });
    took["repomix"] = await run("plain");
    took["repomix again"] = await run("plain");
    took["repomix --compress"] = await run("compress", "--compress");
  };
  for (const turn of round % 2 === 0 ? [peer, ours] : [ours, peer]) await turn();
  rmSync(own, { recursive: true, force: true });
  return took;
}

async function runAllot(folder: string, own: string): Promise<Sample> {
  const args = [join(import.meta.dirname, "allot-once.mjs"), folder, join(own, "cache"), ...allot];
  const measured = await measure(args, { cwd: folder, folder: own, env: process.env });
  const once = JSON.parse(measured.stdout) as Once;
  say(
    `  allot: ${once.files} files (${once.leftOut} left out), ${once.chunks} chunks ${(100 * once.fill).toFixed(1)} % full; loaded ${Math.round(once.loadMs)} ms, read ${Math.round(once.readMs)} ms, cut ${Math.round(once.chunkMs)} ms`,
  );
  return sampleOf(measured, once.tokens);
}

async function runRepomix(
  program: string,
  folder: string,
  { own, kept, args }: { readonly own: string; readonly kept: string; readonly args: readonly string[] },
): Promise<Sample> {
  const home = join(own, "repomix");
  mkdirSync(home, { recursive: true });
  // It keeps token counts between runs; each round brings its own place, so that the first run is a first run.
  const env = { ...process.env, REPOMIX_TOKEN_CACHE_PATH: join(own, kept, "token-counts.json") };
  const output = join(home, `${kept}.xml`);
  const measured = await measure([program, folder, "-o", output, ...args], { cwd: home, folder: own, env });
  const tokens = /Total Tokens:\s*([\d,]+)/.exec(measured.stdout)?.[1];
  if (readFileSync(output).length === 0) throw new Error("repomix wrote nothing");
  return sampleOf(measured, tokens === undefined ? undefined : Number(tokens.replaceAll(",", "")));
}

function sampleOf({ wallMs, cpuMs, peakMb }: Measured, tokens: number | undefined): Sample {
  return { wallMs, cpuMs, peakMb, tokens };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
