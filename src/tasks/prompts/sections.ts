import type { Piece } from "../../codebase/chunks/chunks.ts";
import type { FileFacts, ModuleFacts } from "../../codebase/facts/facts.ts";
import type { Section } from "../work.ts";
import type { CodeIndex } from "./code-index.ts";

/** What a section is made of. */
export interface SectionFacts {
  readonly index: CodeIndex;
  /** What the part carries. */
  readonly pieces: readonly Piece[];
  readonly files: readonly FileFacts[];
  readonly diffs: ReadonlyMap<string, string>;
  readonly readText: (path: string) => Promise<string>;
}

export interface SectionText {
  readonly title: string;
  /** What matters most first: where there is no room, the last ones are left out. */
  readonly lines: readonly string[];
}

const NOTHING: SectionText = { title: "", lines: [] };
const MOST_NAMES = 12;
const MOST_EXAMPLES = 8;
const MOST_MEMBERS = 12;
const LONGEST_LINE = 200;

/**
 * Each section's text for one part. They tell what the part needs of others, and nothing that changes when others' insides do (no
 * sizes, no counts of changes): an answer grows old when what it was made from changes, and not before. `target_code` is the
 * part's own code; `toc` stands where answers are put together.
 */
export const SECTIONS: Readonly<Record<Section, (facts: SectionFacts) => SectionText | Promise<SectionText>>> = {
  metadata: ({ index }) => ({ title: "The project", lines: index.project }),
  target_module: targetModule,
  dependencies,
  module_api: moduleApi,
  examples,
  patterns,
  context: usedBy,
  diff: differences,
  target_code: () => NOTHING,
  toc: () => NOTHING,
};

function targetModule({ index, files }: SectionFacts): SectionText {
  const modules = [...new Set(files.map(({ path }) => index.moduleOf(path)).filter((one) => one !== undefined))];
  const list = (names: readonly string[]): string =>
    names.slice(0, MOST_NAMES).join(", ") + (names.length > MOST_NAMES ? " and others" : "");
  // Not who imports it: a change there makes no answer about this code old. `context` tells them.
  const line = ({ name, imports }: ModuleFacts): string => `${name}: imports ${list(imports)}`;
  return { title: "Modules of this part", lines: modules.filter(({ imports }) => imports.length > 0).map(line) };
}

/** Signatures of what the part imports from elsewhere in the repository, and the names of foreign packages. */
function dependencies({ index, files }: SectionFacts): SectionText {
  const own = new Set(files.map(({ path }) => path));
  const wanted = new Map<string, Set<string>>();
  const packages = new Set<string>();
  for (const { imports } of files) {
    for (const { target, specifier, names } of imports) {
      if (target === null) packages.add(specifier);
      if (target === null || own.has(target)) continue;
      const known = wanted.get(target) ?? new Set<string>();
      wanted.set(target, known);
      for (const name of names.length === 0 ? ["*"] : names) known.add(name);
    }
  }
  const lines = [...wanted.keys()].toSorted().flatMap((path) => signaturesOf(index.file(path), wanted.get(path)));
  const foreign = [...packages].filter((name) => !name.startsWith(".")).toSorted();
  return {
    title: "Signatures of what it imports",
    lines: [...lines, ...(foreign.length === 0 ? [] : [`packages: ${foreign.join(", ")}`])],
  };
}

function signaturesOf(file: FileFacts | undefined, names: ReadonlySet<string> = new Set(["*"])): readonly string[] {
  if (file === undefined) return [];
  const isWanted = (name: string): boolean => names.has("*") || names.has("default") || names.has(name);
  return file.symbols.flatMap(({ parent, exported, name, signature }, at) => {
    if (parent !== -1 || !exported || !isWanted(name)) return [];
    const members = file.symbols.filter((symbol) => symbol.parent === at && symbol.exported).slice(0, MOST_MEMBERS);
    return [`${file.path}: ${signature}`, ...members.map((member) => `  ${member.signature}`)];
  });
}

/** The whole interface of files of which the part holds a piece only. */
function moduleApi({ files, pieces }: SectionFacts): SectionText {
  const cut = files.filter(({ path, bytes }) =>
    pieces.some((piece) => piece.path === path && (piece.start > 0 || piece.end < bytes)),
  );
  return { title: "Everything that its files export", lines: cut.flatMap((file) => signaturesOf(file)) };
}

/** Lines of tests and documents that use what the part exports. */
async function examples({ index, files, readText }: SectionFacts): Promise<SectionText> {
  const lines: string[] = [];
  for (const file of files) {
    const names = file.symbols.filter(({ exported, parent }) => exported && parent === -1).map(({ name }) => name);
    const users = index.importersOf(file.path).filter(({ role }) => role === "test" || role === "docs");
    for (const user of users.slice(0, 3)) {
      const using = (await readText(user.path))
        .split("\n")
        .filter((line) => names.some((name) => line.includes(name)) && !/^\s*(import|from|require)\b/.test(line))
        .slice(0, MOST_EXAMPLES);
      lines.push(...using.map((line) => `${user.path}: ${line.trim().slice(0, LONGEST_LINE)}`));
    }
  }
  return { title: "How tests and documents use it", lines };
}

/** How neighbours in the same folders are declared: the project's own way. */
function patterns({ index, files }: SectionFacts): SectionText {
  const own = new Set(files.map(({ path }) => path));
  const neighbours = [...new Set(files.flatMap(({ path }) => index.neighboursOf(path)))].filter(
    ({ path, role }) => !own.has(path) && role === "code",
  );
  const lines = neighbours.flatMap((file) => signaturesOf(file).slice(0, 2));
  return { title: "How its neighbours are declared", lines: lines.slice(0, 2 * MOST_NAMES) };
}

function usedBy({ index, files }: SectionFacts): SectionText {
  const own = new Set(files.map(({ path }) => path));
  const lines = files.flatMap((file) =>
    index
      .importersOf(file.path)
      .filter(({ path }) => !own.has(path))
      .map(({ path, imports }) => {
        const names = imports.filter(({ target }) => target === file.path).flatMap((one) => one.names);
        return `${path} uses ${names.length === 0 ? file.path : `${[...new Set(names)].join(", ")} of ${file.path}`}`;
      }),
  );
  return { title: "Who uses it", lines };
}

/** The hunks that touch the part's lines; all of a file's where it holds all of it. */
function differences({ pieces, files, diffs }: SectionFacts): SectionText {
  const lines = files.flatMap(({ path }) => {
    const diff = diffs.get(path);
    if (diff === undefined) return [];
    const own = pieces.filter((piece) => piece.path === path);
    const [head = "", ...hunks] = diff.split(/^(?=@@ )/m);
    const touching = hunks.filter((hunk) => own.some((piece) => touches(hunk, piece)));
    return touching.length === 0 ? [] : [head.trimEnd(), ...touching.map((hunk) => hunk.trimEnd())];
  });
  return { title: "What was changed", lines };
}

function touches(hunk: string, { firstLine, lastLine }: Piece): boolean {
  const [, start = "0", length = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(hunk) ?? [];
  return Number(start) <= lastLine && Number(start) + Math.max(1, Number(length)) > firstLine;
}
