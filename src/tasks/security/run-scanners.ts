import { constants, existsSync } from "node:fs";
import { access, mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import { commandEnvironment } from "../../workspaces/confinement/command-environment.ts";
import { removeTree } from "../../workspaces/remove-tree.ts";
import { runCommand } from "../../workspaces/run-command.ts";
import type { WorkFinding } from "../work.ts";
import { SCANNERS, type Scanner, type ScannerReport } from "./scanners.ts";

/** Longest time of one scanner; a large repository takes Bandit about a minute. */
const LIMIT_MS = 180_000;
/** More is not copied: the scanner would take longer than its limit anyway. */
const MOST_BYTES = 200_000_000;
const REPORT = ".allot-scan.json";

export interface Scanned {
  readonly findings: readonly WorkFinding[];
  readonly report: ScannerReport;
}

/**
 * Asks every known scanner for which there are files and which is on this machine: on a copy of the files, confined, without
 * network, with a time limit. One that is missing or fails is told. Throws `interrupted` when `signal` is aborted.
 */
export async function runScanners(
  codebase: Codebase,
  files: readonly FileFacts[],
  signal: AbortSignal,
): Promise<readonly Scanned[]> {
  const wanted = SCANNERS.filter((scanner) => files.some((file) => scanner.wants(file.path, file)));
  if (wanted.length === 0) return [];
  const present = await programsThere(wanted.map(({ name }) => name));
  const scanned: Scanned[] = [];
  for (const scanner of wanted) {
    const readOnly = present.get(scanner.name);
    const outcome =
      readOnly !== undefined
        ? await scanWith(scanner, codebase, files, { readOnly, signal })
        : answer(scanner, "missing", `${scanner.name} is not on this machine (looked for in PATH)`);
    scanned.push(outcome);
  }
  return scanned;
}

function answer(
  { name }: Scanner,
  state: ScannerReport["state"],
  detail: string,
  findings: readonly WorkFinding[] = [],
): Scanned {
  return { findings, report: { name, state, detail } };
}

/** Programs of PATH by name, each with the folders that it needs to be run: where it stands, and what it was installed into. */
async function programsThere(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const { variables } = commandEnvironment({ home: "/", scratch: "/" });
  const folders = (variables["PATH"] ?? "").split(delimiter);
  for (const name of names) {
    for (const folder of folders) {
      const program = join(folder, name);
      const real = await access(program, constants.X_OK).then(
        () => realpath(program),
        () => undefined,
      );
      if (real === undefined) continue;
      found.set(name, [...new Set([folder, dirname(real), ...prefixOf(dirname(real))])]);
      break;
    }
  }
  return found;
}

/** The environment that a program's folder belongs to, where it has one of its own. */
function prefixOf(folder: string): readonly string[] {
  const prefix = dirname(folder);
  return existsSync(join(prefix, "pyvenv.cfg")) ? [prefix] : [];
}

async function scanWith(
  scanner: Scanner,
  codebase: Codebase,
  files: readonly FileFacts[],
  { readOnly, signal }: { readonly readOnly: readonly string[]; readonly signal: AbortSignal },
): Promise<Scanned> {
  const targets = new Map(files.map((file) => [file.path, file]));
  // Files of the codebase that are no targets may be its rules or its module file.
  const paths = codebase.files.map(({ path }) => path).filter((path) => scanner.wants(path, targets.get(path)));
  const missing = scanner.needs?.(paths);
  if (missing !== undefined) return answer(scanner, "idle", `${scanner.name} is there, but ${missing}`);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "allot-scan-")));
  try {
    if (!(await copied(codebase, paths, folder)))
      return answer(scanner, "failed", `the files are more than ${MOST_BYTES / 1_000_000} MB; name some of them`);
    const { exitCode, timedOut, output, sandbox } = await runCommand({
      command: scanner.command(REPORT, paths),
      cwd: folder,
      timeoutMs: LIMIT_MS,
      readOnly,
      signal,
    });
    if (timedOut) return answer(scanner, "failed", `${scanner.name} did not end within ${LIMIT_MS / 1_000} s`);
    const json = await reportIn(join(folder, REPORT));
    if (json === undefined || exitCode === null || !scanner.done.includes(exitCode)) {
      const last = output.trim().split("\n").at(-1) ?? "";
      return answer(scanner, "failed", `${scanner.name} ended with ${exitCode ?? "a signal"}: ${last.slice(0, 300)}`);
    }
    const findings = scanner.read(json).flatMap((finding) => placed(finding, folder, targets));
    return answer(scanner, "ran", `${paths.length} files, confined by ${sandbox}`, findings);
  } finally {
    await removeTree(folder);
  }
}

async function copied(codebase: Codebase, paths: readonly string[], folder: string): Promise<boolean> {
  let bytes = 0;
  for (const path of paths) {
    const content = await readFile(join(codebase.root, path)).catch(() => undefined);
    if (content === undefined) continue;
    bytes += content.length;
    if (bytes > MOST_BYTES) return false;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return true;
}

async function reportIn(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** With a path of the codebase; what a scanner says of anything else is not told. */
function placed(finding: WorkFinding, folder: string, targets: ReadonlyMap<string, FileFacts>): readonly WorkFinding[] {
  if (finding.place === null) return [];
  const path = finding.place.path.replace(`${folder}/`, "").replace(/^\.\//, "");
  return targets.has(path) ? [{ ...finding, place: { ...finding.place, path } }] : [];
}
