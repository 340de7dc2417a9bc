import { malformed } from "./text-form.ts";

/** A table's header or a `key = value`, and where it stands. */
export type TomlStatement =
  | {
      readonly kind: "table" | "list-table";
      readonly path: readonly string[];
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: "pair";
      /** The key as written: `a.b` is two. Below its table. */
      readonly path: readonly string[];
      readonly start: number;
      readonly end: number;
      readonly valueStart: number;
      readonly valueEnd: number;
    };

const SPACE = /[ \t]*/y;
const SPACE_OR_LINES = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const REST_OF_LINE = /[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
const LONG_TEXT = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}/y;
const TEXT = /"(?:[^"\\\r\n]|\\(?:["\\bfnrte]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}))*"|'[^'\r\n]*'/y;
const DATE = String.raw`\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?|\d\d:\d\d(?::\d\d(?:\.\d+)?)?`;
const NUMBER = String.raw`0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+|[+-]?\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?|[+-]?(?:inf|nan)`;
const SCALAR = new RegExp(String.raw`(?:true|false|${DATE}|${NUMBER})(?![\w.:+-])`, "y");
const DEEPEST = 200;

/**
 * The statements of a TOML text in their order, each ending with its line. Reads far enough to know where every value ends,
 * in lists, inline tables and texts of several lines; not what it means. Pure. Throws `input-invalid` with the line.
 */
export function parseTomlText(text: string): readonly TomlStatement[] {
  const reader = new Reader(text);
  const begin = reader.at;
  const statements: TomlStatement[] = [];
  for (;;) {
    reader.skip(SPACE_OR_LINES);
    if (reader.at >= text.length) return statements;
    const start = Math.max(begin, text.lastIndexOf("\n", reader.at - 1) + 1);
    statements.push(text[reader.at] === "[" ? reader.header(start) : reader.pair(start));
  }
}

class Reader {
  at: number;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    this.at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  header(start: number): TomlStatement {
    const isList = this.#text.startsWith("[[", this.at);
    const [open, close] = isList ? ["[[", "]]"] : ["[", "]"];
    this.#expect(open);
    this.skip(SPACE);
    const path = this.#key();
    this.#expect(close);
    this.#endLine();
    return { kind: isList ? "list-table" : "table", path, start, end: this.at };
  }

  pair(start: number): TomlStatement {
    const path = this.#key();
    this.#expect("=");
    this.skip(SPACE);
    const valueStart = this.at;
    this.#value(0);
    const valueEnd = this.at;
    this.#endLine();
    return { kind: "pair", path, start, end: this.at, valueStart, valueEnd };
  }

  skip(pattern: RegExp): void {
    this.#match(pattern);
  }

  #key(): string[] {
    const path: string[] = [];
    do {
      this.skip(SPACE);
      const part = this.#match(BARE_KEY) ?? this.#match(TEXT);
      if (part === undefined) throw this.#fault("a key is expected");
      path.push(part.startsWith('"') ? this.#unescaped(part) : part.replaceAll("'", ""));
      this.skip(SPACE);
    } while (this.#take("."));
    return path;
  }

  #unescaped(quoted: string): string {
    try {
      return JSON.parse(quoted.replaceAll("\t", "\\t")) as string;
    } catch {
      // TOML has escapes that JSON has not; such a key is none that anybody looks for here.
      return quoted;
    }
  }

  #value(depth: number): void {
    if (depth > DEEPEST) throw this.#fault("too deep");
    if (this.#take("[")) return this.#list(depth);
    if (this.#take("{")) return this.#inlineTable(depth);
    if ((this.#match(LONG_TEXT) ?? this.#match(TEXT) ?? this.#match(SCALAR)) === undefined) {
      throw this.#fault("a value is missing or wrong");
    }
  }

  #list(depth: number): void {
    for (;;) {
      this.skip(SPACE_OR_LINES);
      if (this.#take("]")) return;
      this.#value(depth + 1);
      this.skip(SPACE_OR_LINES);
      if (this.#take("]")) return;
      this.#expect(",");
    }
  }

  #inlineTable(depth: number): void {
    this.skip(SPACE_OR_LINES);
    if (this.#take("}")) return;
    for (;;) {
      this.#key();
      this.#expect("=");
      this.skip(SPACE);
      this.#value(depth + 1);
      this.skip(SPACE_OR_LINES);
      if (this.#take("}")) return;
      this.#expect(",");
      this.skip(SPACE_OR_LINES);
      if (this.#take("}")) return;
    }
  }

  #endLine(): void {
    if (this.#match(REST_OF_LINE) === undefined) throw this.#fault("the end of the line is expected");
  }

  #expect(sign: string): void {
    this.skip(SPACE);
    if (!this.#take(sign)) throw this.#fault(`${sign} is expected`);
  }

  #take(sign: string): boolean {
    const found = this.#text.startsWith(sign, this.at);
    if (found) this.at += sign.length;
    return found;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  #fault(what: string): Error {
    return malformed(this.#text, this.at, what);
  }
}
