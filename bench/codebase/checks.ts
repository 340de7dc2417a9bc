/**
 * Holds what `allot chunks` promises against the files themselves, on each repository, limit and model: the limit by the
 * tokenizer's own count, each byte exactly once, no file forgotten, cuts at symbols, fill, the same bytes twice. Judges by
 * git, the file system and the tokenizer; nothing of allot's own answer is believed. Exit code 1 where something is not so.
 *
 * node bench/codebase/checks.ts [--repo DIR]... [--limit N]... [--model M]... [--no-hostile] [--small-files N]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkChunks, type Checked } from "./check-chunks.ts";
import { generatedRepository } from "./generated.ts";
import { hostileFolder, manyFiles } from "./hostile.ts";
import { openRepository } from "./repositories.ts";

const { values } = parseArgs({
  options: {
    repo: { type: "string", multiple: true },
    limit: { type: "string", multiple: true, default: ["500", "1000", "4000", "6000", "8000"] },
    model: { type: "string", multiple: true, default: ["gpt-5.5"] },
    "no-hostile": { type: "boolean", default: false },
    "small-files": { type: "string", default: "100000" },
  },
});

/** A folder and what must be accounted for in it. */
interface Subject {
  readonly name: string;
  readonly folder: string;
  readonly paths: readonly string[];
  /** Fill and symbols are asked of code as people write it. */
  readonly isHostile: boolean;
}

const scratch = mkdtempSync(join(tmpdir(), "allot-bench-chunks-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

let isWrong = false;
for (const subject of subjects()) {
  for (const model of values.model) {
    for (const limit of values.limit.map(Number)) {
      const home = join(scratch, "home", basename(subject.folder));
      mkdirSync(home, { recursive: true });
      tell(subject, await checkChunks({ ...subject, model, limit, home }));
    }
  }
}
process.exitCode = isWrong ? 1 : 0;

function subjects(): readonly Subject[] {
  const own = [resolve(import.meta.dirname, "..", ".."), generatedRepository(tmpdir())];
  const folders = values.repo ?? (values["no-hostile"] ? own : [...own]);
  const repositories = folders.map((folder) => {
    const { name, folder: root, tracked } = openRepository(folder);
    return { name, folder: root, paths: tracked, isHostile: false };
  });
  if (values["no-hostile"]) return repositories;
  const hostile = hostileFolder(join(scratch, "hostile"));
  const many = manyFiles(join(scratch, "many"), Number(values["small-files"]));
  return [
    ...repositories,
    ...[hostile, many].map((folder) => ({ name: basename(folder), folder, paths: walk(folder), isHostile: true })),
  ];
}

/** Every path below a folder that is no folder itself; links are not followed. */
function walk(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function tell({ name, isHostile }: Subject, checked: Checked): void {
  const { limit, model, chunks, files, leftOut, largest, fill, borders, faults, tookMs } = checked;
  const asked = isHostile
    ? []
    : [
        ...(fill >= 0.85 ? [] : ["fill is below 85 %"]),
        ...(borders.share >= 0.98 ? [] : ["fewer than 98 % of the cuts stand at symbols"]),
      ];
  const wrong = [...faults, ...asked];
  isWrong ||= wrong.length > 0;
  process.stdout.write(
    `${name}, ${limit} tokens of ${model}: ${chunks} chunks, ${files} files, ${leftOut} left out; largest ${largest}, fill ${percent(fill)}, ${borders.at} of ${borders.of} cuts at symbols (${percent(borders.share)}; ${borders.within} inside what is too large, ${borders.notCode} not in code); ${Math.round(tookMs)} ms: ${wrong.length === 0 ? "good" : "WRONG"}\n`,
  );
  for (const fault of wrong.slice(0, 10)) process.stdout.write(`  ${fault}\n`);
  if (wrong.length > 10) process.stdout.write(`  and ${wrong.length - 10} more\n`);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
