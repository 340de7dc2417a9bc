/**
 * What the source text of one file declares and imports, language by language. Two front ends: oxc for JavaScript and
 * TypeScript, tree-sitter's grammars for the rest; a language is one file here and one line in the table of readers.
 *
 * Invariants: offsets are bytes of the UTF-8 text and lie between characters; symbols of one level do not overlap, and a
 * member lies inside its parent; a text that cannot be parsed gives what could be read, never a fault.
 *
 * `openReader` stands in open-reader.ts; where imports point, in resolve-imports.ts. Rejected: a resolver that looks at the disk, since
 * what is installed would change its answers; a limit in milliseconds, since a slow machine would read other facts: both are
 * bounded by the text alone.
 */
export const LANGUAGES = [
  "javascript",
  "typescript",
  "python",
  "go",
  "java",
  "rust",
  "ruby",
  "php",
  "c",
  "cpp",
  "csharp",
  "shell",
  "css",
  "html",
  "markdown",
  "json",
  "yaml",
  "toml",
  "sql",
  "text",
] as const;

export type Language = (typeof LANGUAGES)[number];

export interface FileSymbol {
  readonly name: string;
  readonly kind: "function" | "method" | "class" | "interface" | "type" | "enum" | "constant" | "module" | "section";
  /** One line as it would be declared, without body, at most 200 characters: "async function admit(ask: Ask): Admission". */
  readonly signature: string;
  /**
   * From its first comment or decorator to the end of its last line, the line break included; half open. Begins at the start of
   * a line where only blanks stand before it, so neighbours on lines of their own meet exactly.
   */
  readonly start: number;
  readonly end: number;
  /** Line of its name, from 1. */
  readonly line: number;
  /** Index in `symbols` of what it stands in; -1 at the top. */
  readonly parent: number;
  /** Can be reached from other files, by the language's rules. */
  readonly exported: boolean;
}

export interface FileImport {
  /** As written: "./paid.ts", "..models", "github.com/x/y/api". */
  readonly specifier: string;
  /** What it brings in, where it is said: names, "*" for all. */
  readonly names: readonly string[];
  /** Of the whole statement, bytes. */
  readonly start: number;
  readonly end: number;
  /** Types only; gone when the program runs. */
  readonly typeOnly: boolean;
}

export interface SourceFacts {
  readonly symbols: readonly FileSymbol[];
  readonly imports: readonly FileImport[];
  /** The language's own mark of a program's start, if there is one: "func main", "if __name__ == '__main__'". */
  readonly entry: string | null;
}

/** Reads one language; loaded once a thread. */
export interface SourceReader {
  /** Pure; never throws. */
  read(path: string, text: string): SourceFacts;
}
