/**
 * Documentation that a model wrote, compared with what the code really exports.
 *
 * Owns what counts as a claim of a document (claims.ts), the comparison, the table, and the one further ask that mends
 * differences (prove-docs.ts). Invariant: the code's side comes from the facts, never from the model; a difference that is
 * left is told in the result.
 *
 * Rejected: comparing prose (what a sentence promises cannot be decided by a program), and counting a name as documented
 * because it stands in an example.
 */
import type { FileFacts } from "../../codebase/facts/facts.ts";
import type { FileSymbol, Language } from "../../codebase/languages/languages.ts";
import type { WorkFinding } from "../work.ts";
import { claimsOf, sectionsOf, type Claim } from "./claims.ts";
import { parametersOf } from "./parameter-names.ts";

/** Who finds differences, in findings. */
export const DOCS_CHECK = "allot-docs";

export interface DocsCheck {
  /** Exported names of all files, methods as "Class.method". */
  readonly exported: number;
  readonly documented: number;
  readonly files: readonly FileDocs[];
  /** Worst first: names that do not exist, signatures that differ, exports without documentation. */
  readonly findings: readonly WorkFinding[];
}

export interface FileDocs {
  readonly path: string;
  readonly exported: readonly string[];
  readonly missing: readonly string[];
}

/** Languages whose signatures are compared by the names of parameters; of the others names alone are. */
const WITH_SIGNATURES: ReadonlySet<Language> = new Set(["python", "javascript", "typescript"]);

/**
 * Compares a document with the files it is about. A file has a section where a heading names its path; without one the
 * whole document is looked through. Files that export nothing count for nothing. Pure.
 */
export function checkDocs(text: string, files: readonly FileFacts[]): DocsCheck {
  const withExports = files.filter((file) => exportsOf(file).length > 0);
  const known = knownNames(files);
  const sections = sectionsOf(
    text,
    files.map(({ path }) => path),
  );
  const unknown: WorkFinding[] = [];
  const differing: WorkFinding[] = [];
  const claims = sections.map((section) => ({ section, claims: claimsOf(section.text) }));
  for (const { section, claims: own } of claims) {
    for (const claim of own) {
      const symbols = known.get(lastOf(claim.name)) ?? [];
      const inFile = symbols.filter(({ file }) => section.path === null || file.path === section.path);
      if (!known.has(lastOf(claim.name)) && claim.isEntry && isOurs(claim, known) && isRead(section.path, files))
        unknown.push(unknownName(claim, section.path));
      const different = differenceOf(claim, inFile);
      if (different !== undefined) differing.push(different);
    }
  }
  const byPath = Map.groupBy(claims, ({ section }) => section.path);
  const missing: WorkFinding[] = [];
  const table = withExports.map((file): FileDocs => {
    const said = byPath.get(file.path) ?? claims;
    const names = new Set(
      said.flatMap(({ claims: own }) => own.filter(({ isEntry }) => isEntry).map(({ name }) => lastOf(name))),
    );
    const absent = exportsOf(file).filter((symbol) => !names.has(lastOf(symbol.name)));
    missing.push(...absent.map((symbol) => notDocumented(file, symbol)));
    return {
      path: file.path,
      exported: exportsOf(file).map((symbol) => fullName(file, symbol)),
      missing: absent.map((symbol) => fullName(file, symbol)),
    };
  });
  const exported = table.reduce((sum, file) => sum + file.exported.length, 0);
  return {
    exported,
    documented: exported - table.reduce((sum, file) => sum + file.missing.length, 0),
    files: table,
    findings: [...unknown, ...differing, ...missing],
  };
}

/** False where the names of a file could not be read: then nothing can be said of what it lacks. */
function isRead(path: string | null, files: readonly FileFacts[]): boolean {
  return files.every((file) => file.symbols.length > 0 || (path !== null && file.path !== path));
}

/**
 * What others can use of a file, in its order, each name once; special methods are known by their class, those that
 * implement a trait by the trait. Pure.
 */
export function exportsOf(file: FileFacts): readonly FileSymbol[] {
  const seen = new Set<string>();
  return file.symbols.filter((symbol) => {
    const { exported, kind, name, parent } = symbol;
    if (!exported || kind === "section" || kind === "module" || !/^[\w$.#?!]+$/.test(name)) return false;
    // What has no name of its own cannot be looked for.
    if (/^__\w+__$|^default$|^constructor$/.test(name) || !isPublicParent(file, parent)) return false;
    const full = fullName(file, symbol);
    return !seen.has(full) && seen.add(full);
  });
}

function isPublicParent(file: FileFacts, parent: number): boolean {
  const owner = file.symbols[parent];
  if (owner === undefined || owner.kind === "module") return true;
  if (/^impl\b.*\sfor\s/.test(owner.name)) return false;
  return (owner.exported || owner.name.startsWith("impl")) && isPublicParent(file, owner.parent);
}

/** "Till.add" for a member. */
export function fullName({ symbols }: FileFacts, { name, parent }: FileSymbol): string {
  const owner = symbols[parent];
  if (owner === undefined || owner.kind === "module") return name;
  const holder = /^impl\b(?:\s*<[^>]*>)?\s*([\w:]+)/.exec(owner.name)?.[1] ?? owner.name;
  return `${holder}.${name}`;
}

interface Known {
  readonly file: FileFacts;
  readonly symbol: FileSymbol;
}

/** Every symbol by its last name, exported or not: a document may speak of an inner one. */
function knownNames(files: readonly FileFacts[]): ReadonlyMap<string, readonly Known[]> {
  const known = new Map<string, Known[]>();
  for (const file of files) {
    for (const symbol of file.symbols) {
      const name = lastOf(symbol.name);
      const all = known.get(name);
      if (all === undefined) known.set(name, [{ file, symbol }]);
      else all.push({ file, symbol });
    }
    // What is imported is offered again as often as it is used.
    for (const name of file.imports.flatMap(({ names }) => names))
      if (!known.has(lastOf(name))) known.set(lastOf(name), []);
    for (const { specifier } of file.imports) known.set(lastOf(specifier), known.get(lastOf(specifier)) ?? []);
  }
  return known;
}

function lastOf(name: string): string {
  return name.split(/[./]/).at(-1) ?? name;
}

/** A name that these files could have: stated, in the spelling of code, and of nothing that comes from elsewhere. */
function isOurs({ name, text, isStated }: Claim, known: ReadonlyMap<string, unknown>): boolean {
  const parts = name.split(".");
  if (!isStated || /^__\w+__$/.test(lastOf(name))) return false;
  if (parts.length > 1) return known.has(parts[0] ?? "");
  return text.includes("(") || /[a-z][A-Z]|_|^[A-Z][a-z]/.test(name);
}

function unknownName(claim: Claim, path: string | null): WorkFinding {
  return {
    title: `Documented name does not exist: ${claim.name}`,
    detail: `The documentation describes \`${claim.text.slice(0, 200)}\`${path === null ? "" : ` under ${path}`}, and the code that was read has no such name.`,
    severity: "medium",
    aspect: "documentation",
    place: path === null ? null : { path, firstLine: 1, lastLine: 1 },
    by: DOCS_CHECK,
    rule: "unknown-name",
  };
}

/** Undefined where some symbol of that name has the parameters that are claimed, or none are claimed. */
function differenceOf(claim: Claim, symbols: readonly Known[]): WorkFinding | undefined {
  const claimed = claim.text.includes("(") ? parametersOf(claim.text) : undefined;
  if (claimed === undefined || (claimed.names.length === 0 && /\(\s*\)\s*$/.test(claim.text) && claim.isEntry))
    return undefined;
  const candidates = symbols.filter(
    ({ file, symbol }) =>
      WITH_SIGNATURES.has(file.language) && (symbol.kind === "function" || symbol.kind === "method"),
  );
  const real = candidates.flatMap((candidate) => {
    const parameters = parametersOf(candidate.symbol.signature);
    return parameters === undefined ? [] : [{ ...candidate, parameters }];
  });
  if (real.length < candidates.length || real.length === 0) return undefined;
  if (real.some(({ parameters }) => agree(claimed.names, parameters))) return undefined;
  const [{ file, symbol } = { file: undefined, symbol: undefined }] = real;
  if (file === undefined || symbol === undefined) return undefined;
  return {
    title: `Documented signature differs: ${claim.name}`,
    detail: `The documentation says \`${claim.text.slice(0, 200)}\`; the code says \`${symbol.signature}\`.`,
    severity: "medium",
    aspect: "documentation",
    place: { path: file.path, firstLine: symbol.line, lastLine: symbol.line },
    by: DOCS_CHECK,
    rule: "signature-differs",
  };
}

/** The claimed names are the real ones in order; optional ones may be left out at the end. */
function agree(
  claimed: readonly (string | null)[],
  { names, required }: { names: readonly (string | null)[]; required: number },
): boolean {
  if (claimed.length > names.length || claimed.length < required) return false;
  return claimed.every((name, index) => name === null || names[index] === null || name === names[index]);
}

function notDocumented(file: FileFacts, symbol: FileSymbol): WorkFinding {
  return {
    title: `Exported and not documented: ${fullName(file, symbol)}`,
    detail: `\`${symbol.signature}\` has no heading, list item or table row of its own.`,
    severity: "low",
    aspect: "documentation",
    place: { path: file.path, firstLine: symbol.line, lastLine: symbol.line },
    by: DOCS_CHECK,
    rule: "not-documented",
  };
}
