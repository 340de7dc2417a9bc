import picomatch from "picomatch";
import { z } from "zod";
import type { AgentTool } from "./agent-tool.ts";
import { defineTool, done, failed } from "./agent-tool.ts";
import { linesOf, numberedLines } from "./numbered-lines.ts";
import { SearchTooSlow, searchPattern } from "./search-pattern.ts";

/** A tree of files as its reader sees it; paths are relative, with forward slashes. */
export interface ReadableTree {
  list(): readonly string[];
  /** The file's text; undefined for a file that does not exist or is no text. */
  read(path: string): string | undefined;
}

const MAX_LISTED = 400;
const MAX_MATCHES = 100;
const MAX_SHOWN_LINE = 240;

/** Files larger than this are not searched. */
const MAX_SEARCHED_LENGTH = 1_000_000;

/** How much text one search looks at. */
const MAX_SEARCHED_TOTAL = 50_000_000;

/**
 * The tools of somebody who explores a repository and changes nothing: list, read, search. Every answer is bounded and
 * says so where it left something out; the order is the tree's, sorted, so that the same tree gives the same answers.
 */
export function readerTools(tree: ReadableTree): AgentTool[] {
  return [listFiles(tree), readFile(tree), search(tree)];
}

const glob = z.string().max(300).optional().describe("For example src/**/*.ts; default: all files");

function listFiles(tree: ReadableTree): AgentTool {
  return defineTool({
    name: "list_files",
    description: `Lists the repository's files, at most ${MAX_LISTED}.`,
    input: z.strictObject({ glob }),
    run(input) {
      const paths = matching(tree, input.glob);
      if (paths.length === 0) return failed(`No file matches ${input.glob ?? "**"}.`);
      const more = paths.length > MAX_LISTED ? `\n[${paths.length - MAX_LISTED} more; use a narrower glob]` : "";
      return done(paths.slice(0, MAX_LISTED).join("\n") + more);
    },
  });
}

function readFile(tree: ReadableTree): AgentTool {
  return defineTool({
    name: "read_file",
    description: "Shows a file with line numbers (number, tab, text), whole or a range of lines.",
    input: z.strictObject({
      path: z.string(),
      first_line: z.number().int().min(1).optional().describe("1-based; default: the first"),
      last_line: z.number().int().min(1).optional().describe("Inclusive; default: the last"),
    }),
    run(input) {
      const clean = input.path.replace(/^\.\//, "");
      const text = tree.list().includes(clean) ? tree.read(clean) : undefined;
      if (text === undefined)
        return failed(
          `${JSON.stringify(input.path)} is no text file of the repository; list_files shows what there is.`,
        );
      return done(numberedLines(clean, text, input.first_line, input.last_line));
    },
  });
}

function search(tree: ReadableTree): AgentTool {
  return defineTool({
    name: "search",
    description: `Finds lines that contain a text or match a regular expression, as path:line: text; at most ${MAX_MATCHES}.`,
    input: z.strictObject({
      pattern: z.string().min(1).max(500),
      regex: z.boolean().optional().describe("true: pattern is a JavaScript regular expression; default: plain text"),
      ignore_case: z.boolean().optional(),
      glob,
    }),
    run(input) {
      const pattern = searchPattern(input.pattern, {
        regex: input.regex === true,
        ignoreCase: input.ignore_case === true,
      });
      if (pattern.kind === "refused") return failed(`The pattern cannot be searched for: ${pattern.why}.`);
      const haystack = gather(tree, matching(tree, input.glob));
      try {
        return report(haystack, pattern.find(haystack.lines));
      } catch (error) {
        if (error instanceof SearchTooSlow)
          return failed("The search took too long; use a simpler pattern or a narrower glob.");
        throw error;
      }
    },
  });
}

/** All lines of the files to search, and where each file begins among them. */
interface Haystack {
  readonly lines: string[];
  readonly starts: { readonly path: string; readonly first: number }[];
  readonly left: string[];
}

function gather(tree: ReadableTree, paths: readonly string[]): Haystack {
  const haystack: Haystack = { lines: [], starts: [], left: [] };
  let total = 0;
  for (const path of paths) {
    const text = tree.read(path);
    if (text === undefined) continue;
    if (text.length > MAX_SEARCHED_LENGTH || total + text.length > MAX_SEARCHED_TOTAL) {
      haystack.left.push(path);
      continue;
    }
    total += text.length;
    haystack.starts.push({ path, first: haystack.lines.length });
    for (const line of linesOf(text)) haystack.lines.push(line);
  }
  return haystack;
}

function report(haystack: Haystack, found: readonly number[]): ReturnType<typeof done> {
  const rows: string[] = [];
  let file = 0;
  for (const index of found.slice(0, MAX_MATCHES)) {
    while ((haystack.starts[file + 1]?.first ?? Number.POSITIVE_INFINITY) <= index) file += 1;
    const start = haystack.starts[file];
    const line = (haystack.lines[index] ?? "").trim();
    rows.push(
      `${start?.path ?? ""}:${index - (start?.first ?? 0) + 1}: ${line.length > MAX_SHOWN_LINE ? `${line.slice(0, MAX_SHOWN_LINE)} …` : line}`,
    );
  }
  if (found.length > MAX_MATCHES) rows.push(`[${found.length - MAX_MATCHES} more matches; narrow it down]`);
  if (haystack.left.length > 0) rows.push(`[not searched, too large: ${haystack.left.slice(0, 10).join(", ")}]`);
  return done(rows.length === 0 ? "No match." : rows.join("\n"));
}

function matching(tree: ReadableTree, wanted: string | undefined): string[] {
  const paths = [...tree.list()].sort();
  if (wanted === undefined || wanted === "") return paths;
  // A folder means what is in it; a bare pattern means it at any depth.
  const cleaned = wanted.replace(/^\.\//, "").replace(/\/$/, "/**");
  const matches = picomatch(cleaned, { dot: true, basename: !cleaned.includes("/"), maxLength: 300 });
  return paths.filter((path) => matches(path) || path.startsWith(`${cleaned}/`));
}
