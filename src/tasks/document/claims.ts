/** A name that a document describes, as it does. */
export interface Claim {
  /** "total", "Till.add". */
  readonly name: string;
  /** As written, with its brackets where it has some: "total(lines)". */
  readonly text: string;
  /** Of the document, from 1. */
  readonly line: number;
  /** False: from an example; then only a known name counts. */
  readonly isEntry: boolean;
}

/** A part of a document about one file. */
export interface DocSection {
  /** Path that stands in its heading; null before the first such heading. */
  readonly path: string | null;
  readonly firstLine: number;
  readonly text: string;
}

const NAME = String.raw`[A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)*`;
/** Words before a name in a heading that say what it is. */
const KIND = String.raw`(?:(?:export|default|async|static|public|def|func|function|fn|class|interface|type|enum|const|let|var|method|constant|property|new)\s+)*`;
const ENTRY = new RegExp(`^${KIND}(${NAME})(<[^()]{0,80}>)?\\s*(\\(.*)?`);
/** A heading without code marks is a name only where it looks like one. */
const PLAIN_HEADING = new RegExp(
  `^${KIND}(?:${NAME})\\s*\\(.*\\)|^(?:[a-z]+(?:[A-Z_]\\w*)+|[A-Z][a-z0-9]+(?:[A-Z]\\w*)+|\\w+_\\w+)$`,
);

/**
 * What a Markdown document claims to describe: names in headings, at the start of list items and table rows, and
 * declarations in code blocks. Running text claims nothing. Pure; linear in the length of `text`.
 */
export function claimsOf(text: string): readonly Claim[] {
  const claims: Claim[] = [];
  let fence: string | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) {
      fence = fence === null ? mark : null;
      continue;
    }
    const written = fence === null ? entryIn(line) : declarationIn(line);
    if (written === undefined) continue;
    const match = ENTRY.exec(written);
    if (match?.[1] === undefined) continue;
    claims.push({ name: match[1].replaceAll(/::|#/g, "."), text: written, line: index + 1, isEntry: fence === null });
  }
  return claims;
}

function entryIn(line: string): string | undefined {
  const heading = /^\s{0,3}#{2,6}\s+(.{1,400}?)\s*#*\s*$/.exec(line)?.[1];
  if (heading !== undefined) {
    const code = /^(?:[A-Za-z]{1,12}:?\s+)?`([^`]+)`/.exec(heading)?.[1];
    if (code !== undefined)
      return /[/\\]|\.(?:py|[cm]?[jt]sx?|go|java|rs|rb|php|cs)$/.test(code) && !code.includes("(") ? undefined : code;
    const plain = heading.replaceAll("**", "").replaceAll("\\_", "_");
    return PLAIN_HEADING.test(plain) ? plain : undefined;
  }
  // Code at the very start of a list item or of a table's row is what the line is about.
  return (
    /^\s*(?:[-*+]|\d+[.)])\s+(?:\*\*)?`([^`]{1,400})`/.exec(line)?.[1] ??
    /^\s*\|\s*(?:\*\*)?`([^`|]{1,400})`/.exec(line)?.[1]
  );
}

function declarationIn(line: string): string | undefined {
  return /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:def|function)\s+[A-Za-z_$].{0,400}/.exec(line)?.[0].trim();
}

/** The parts of a document by the files that its headings name: a path as it is, in code marks, or its end. Pure. */
export function sectionsOf(text: string, paths: readonly string[]): readonly DocSection[] {
  const lines = text.split("\n");
  const starts: { path: string | null; at: number }[] = [{ path: null, at: 0 }];
  for (const [at, line] of lines.entries()) {
    const heading = /^#{1,6}\s+(.*)$/.exec(line)?.[1];
    const path = heading === undefined ? undefined : pathIn(heading, paths);
    if (path !== undefined) starts.push({ path, at });
  }
  return starts.flatMap(({ path, at }, index) => {
    const end = starts[index + 1]?.at ?? lines.length;
    return end === at ? [] : [{ path, firstLine: at + 1, text: lines.slice(at, end).join("\n") }];
  });
}

function pathIn(heading: string, paths: readonly string[]): string | undefined {
  const words = heading.match(/[\w@./\\+-]{2,300}/g) ?? [];
  for (const word of words) {
    const clean = word.replace(/^\.\//, "").replace(/[.:]$/, "");
    if (paths.includes(clean)) return clean;
    const ends = clean.includes(".") ? paths.filter((path) => path.endsWith(`/${clean}`)) : [];
    if (ends.length === 1) return ends[0];
  }
  return undefined;
}
