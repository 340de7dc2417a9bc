import { posix } from "node:path";
import type { Piece } from "../../codebase/chunks/chunks.ts";
import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import type { WorkFinding } from "../work.ts";
import type { SaidFinding } from "./read-answer.ts";

/**
 * Findings with places that are there: the file is one that the part showed (or another of the codebase), and has the lines. Where
 * the model copied a line, the place is where that line stands, whatever number it gave. A place that is not there is taken away,
 * and the detail says so. Reads the files that are named.
 */
export async function checkPlaces(
  said: readonly SaidFinding[],
  pieces: readonly Piece[],
  codebase: Pick<Codebase, "files">,
  readBytes: (path: string) => Promise<Buffer>,
): Promise<readonly WorkFinding[]> {
  const byPath = new Map(codebase.files.map((file) => [file.path, file]));
  const texts = new Map<string, readonly string[]>();
  const linesOf = async (path: string): Promise<readonly string[]> => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    const bytes = await readBytes(path).catch(() => Buffer.alloc(0));
    const lines = bytes.toString("utf8").split(/\r\n|\n/);
    texts.set(path, lines);
    return lines;
  };
  const findings: WorkFinding[] = [];
  for (const finding of said) {
    const place = await placeOf(finding, pieces, byPath, linesOf);
    findings.push(withPlace(finding, place));
  }
  return findings;
}

function withPlace(said: SaidFinding, place: WorkFinding["place"]): WorkFinding {
  const { title, severity, aspect, path, firstLine } = said;
  const told =
    path === null
      ? ""
      : ` (the place that was given, ${path}${firstLine === null ? "" : `:${firstLine}`}, is not there)`;
  return {
    title,
    detail: place === null ? said.detail + told : said.detail,
    severity,
    aspect,
    place,
    by: "model",
    rule: null,
  };
}

async function placeOf(
  said: SaidFinding,
  pieces: readonly Piece[],
  files: ReadonlyMap<string, FileFacts>,
  linesOf: (path: string) => Promise<readonly string[]>,
): Promise<WorkFinding["place"]> {
  const file = fileOf(said.path, pieces, files);
  if (file === undefined) return null;
  const shown = pieces.filter(({ path }) => path === file.path);
  const lines = await linesOf(file.path);
  const length = Math.max(0, said.lastLine !== null && said.firstLine !== null ? said.lastLine - said.firstLine : 0);
  const quoted = lineOfQuote(said, lines, shown);
  const first = quoted ?? said.firstLine;
  if (first === null || first < 1 || first > lines.length) return null;
  const last = Math.min(lines.length, first + length);
  return { path: file.path, firstLine: first, lastLine: last };
}

/** By its path, by the end of its path, or the part's only file. */
function fileOf(
  named: string | null,
  pieces: readonly Piece[],
  files: ReadonlyMap<string, FileFacts>,
): FileFacts | undefined {
  const shown = [...new Set(pieces.map(({ path }) => path))];
  if (named === null) return undefined;
  const path = posix.normalize(named.trim().replaceAll("\\", "/")).replace(/^\/+/, "");
  const exact = files.get(path);
  if (exact !== undefined) return exact;
  const ending = shown.filter((candidate) => candidate.endsWith(`/${path}`) || path.endsWith(`/${candidate}`));
  return ending.length === 1 && ending[0] !== undefined ? files.get(ending[0]) : undefined;
}

/** The line that reads like the quote, nearest to the number that was given, within what was shown. */
function lineOfQuote(
  { quote, firstLine }: SaidFinding,
  lines: readonly string[],
  shown: readonly Piece[],
): number | undefined {
  const wanted = bare(quote?.split("\n").find((line) => bare(line).length >= 4) ?? "");
  if (wanted.length < 4) return undefined;
  const candidates: number[] = [];
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    const wasShown = shown.length === 0 || shown.some((piece) => piece.firstLine <= number && number <= piece.lastLine);
    if (wasShown && bare(line).includes(wanted)) candidates.push(number);
  }
  const near = firstLine ?? 0;
  return candidates.toSorted((a, b) => Math.abs(a - near) - Math.abs(b - near))[0];
}

function bare(line: string): string {
  return line.replaceAll(/\s+/g, " ").trim();
}
