/** A name that a document describes, as it does. */
export interface Claim {
  /** "total", "Till.add". */
  readonly name: string;
  /** As written, with its brackets where it has some: "total(lines)". */
  readonly text: string;
  /** Of the document, from 1. */
  readonly line: number;
  /** False: a declaration in a code block; then only a known name counts. */
  readonly isEntry: boolean;
  /** The document says that there is such a name: a heading in code marks, or an entry with brackets. */
  readonly isStated: boolean;
}

/** A part of a document about one file. */
export interface DocSection {
  /** Path that stands in its heading; null before the first such heading. */
  readonly path: string | null;
  readonly firstLine: number;
  readonly text: string;
}

const NAME = String.raw`[A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)*`;
/** Words before a name that say what it is, in the languages that are read. */
const KIND = String.raw`(?:(?:export|default|declare|async|static|public|private|protected|internal|final|abstract|override|readonly|virtual|pub|unsafe|extern|def|func|function|fn|class|interface|type|enum|struct|trait|record|namespace|module|mod|const|let|var|method|constant|property|get|set|new)\s+)*`;
const FIRST_NAME = new RegExp(`^${KIND}(${NAME})`);
/** The name before the brackets of a call or a declaration; type parameters may stand between. */
const CALLED_NAME = new RegExp(String.raw`(${NAME})\s*(?:<[^()]{0,120}>|\[[^()]{0,120}\])?\s*\(`);
/** Go's receiver stands in brackets before the name. */
const RECEIVER = /^func\s*\([^()]*\)\s*/;

/** The name that an entry is about; undefined where it is none. */
function nameIn(text: string): string | undefined {
  const bare = text
    .replace(/^(?:@\w+(?:\([^()]*\))?\s+)+/, "")
    .replace(/\bpub\([a-z]+\)/, "pub")
    .replace(/^macro_rules!\s*/, "")
    .replace(RECEIVER, "");
  // "const twice: Twice = ...", "static final String NAME = ...": the last word before type and sign.
  const assigned = /^([^=(:<]*)(?:<[^=()]*>)?\s*(?::[^=(]*)?=/.exec(bare)?.[1];
  if (assigned !== undefined) return new RegExp(`(${NAME})\\s*$`).exec(assigned)?.[1];
  return CALLED_NAME.exec(bare)?.[1] ?? FIRST_NAME.exec(bare)?.[1];
}

/** What people write before a name in a heading. */
const HEADING_PREFIX =
  /^(?:\d+(?:\.\d+)*[.)]?\s+)?(?:(?:Function|Class|Method|Interface|Type|Constant|Enum|Variable|Property)s?:?\s+)?/i;
/** A heading without code marks is about a name where it is nothing else. */
const PLAIN_HEADING = new RegExp(`^${KIND}${NAME}(?:\\(.*\\).{0,200})?$`);
/** A path, or the name of a file. */
const FILE = /[/\\]|\.(?:py|[cm]?[jt]sx?|go|java|rs|rb|php|cs|md|json|ya?ml|toml)$/;

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
    const name = written === undefined ? undefined : nameIn(written.text);
    if (written === undefined || name === undefined) continue;
    claims.push({ ...written, name: name.replaceAll(/::|#/g, "."), line: index + 1, isEntry: fence === null });
  }
  return claims;
}

type Written = Pick<Claim, "text" | "isStated">;

function entryIn(line: string): Written | undefined {
  const heading = /^\s{0,3}#{2,6}\s+(.{1,400}?)\s*#*\s*$/.exec(line)?.[1];
  if (heading !== undefined) return headingEntry(heading.replaceAll("**", "").replace(HEADING_PREFIX, ""));
  // Code at the very start of a list item, of a table's row or of a paragraph is what the line is about.
  const text =
    /^\s*(?:[-*+]|\d+[.)])\s+(?:\*\*)?`([^`]{1,400})`/.exec(line)?.[1] ??
    /^\s*\|\s*(?:\*\*)?`([^`|]{1,400})`/.exec(line)?.[1] ??
    /^(?:\*\*)?`([^`]{1,400})`(?:\*\*)?\s*(?:[:–—]|-\s|$)/.exec(line)?.[1];
  return text === undefined ? undefined : { text, isStated: /^[^\s(]+\(|\s[\w$.]+\(/.test(text) };
}

function headingEntry(heading: string): Written | undefined {
  const code = /^`([^`]+)`/.exec(heading)?.[1];
  if (code !== undefined) return FILE.test(code) && !/[\s(]/.test(code) ? undefined : { text: code, isStated: true };
  const plain = heading.replaceAll("\\_", "_");
  return PLAIN_HEADING.test(plain) ? { text: plain, isStated: plain.includes("(") } : undefined;
}

function declarationIn(line: string): Written | undefined {
  const found = /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:def|function)\s+[A-Za-z_$].{0,400}/.exec(line);
  return found === null ? undefined : { text: found[0].trim(), isStated: false };
}

/** The parts of a document by the files that its headings name: a path as it is, in code marks, or its end. Pure. */
export function sectionsOf(text: string, paths: readonly string[]): readonly DocSection[] {
  const lines = text.split("\n");
  const known = new Set(paths);
  const byName = Map.groupBy(paths, (path) => path.slice(path.lastIndexOf("/") + 1));
  const starts: { path: string | null; at: number }[] = [{ path: null, at: 0 }];
  for (const [at, line] of lines.entries()) {
    const heading = /^#{1,6}\s+(.*)$/.exec(line)?.[1];
    const path = heading === undefined ? undefined : pathIn(heading, known, byName);
    if (path !== undefined) starts.push({ path, at });
  }
  return starts.flatMap(({ path, at }, index) => {
    const end = starts[index + 1]?.at ?? lines.length;
    return end === at ? [] : [{ path, firstLine: at + 1, text: lines.slice(at, end).join("\n") }];
  });
}

function pathIn(
  heading: string,
  known: ReadonlySet<string>,
  byName: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  for (const word of heading.match(/[\w@./\\+-]{2,300}/g) ?? []) {
    const clean = word.replace(/^\.\//, "").replace(/[.:]$/, "");
    if (known.has(clean)) return clean;
    const named = clean.includes(".") ? byName.get(clean.slice(clean.lastIndexOf("/") + 1)) : undefined;
    const ends = (named ?? []).filter((path) => path.endsWith(`/${clean}`));
    if (ends.length === 1) return ends[0];
  }
  return undefined;
}
