import { malformed } from "./text-form.ts";

/** A value of a JSON text and where it stands. */
export type JsonNode =
  | { readonly kind: "object"; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] }
  | { readonly kind: "other"; readonly start: number; readonly end: number };

export interface JsonMember {
  readonly key: string;
  /** Where the key begins. */
  readonly start: number;
  readonly value: JsonNode;
  /** Where the comma after it stands; undefined: none. */
  readonly comma: number | undefined;
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// oxlint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\r\n]*/y;
const REMARK = /\/\/[^\r\n]*|\/\*[\s\S]*?\*\//y;
const DEEPEST = 200;

/**
 * A JSON text whose outermost value is an object, as nodes with their places. `comments` also takes comments, and a comma
 * after the last member. Pure. Throws `input-invalid` with the line.
 */
export function parseJsonText(text: string, comments: boolean): JsonNode {
  const reader = new Reader(text, comments);
  reader.skip();
  const root = reader.value(0);
  reader.skip();
  if (reader.at < text.length) throw malformed(text, reader.at, "something follows the end");
  if (root.kind !== "object") throw malformed(text, root.start, "an object is expected");
  return root;
}

class Reader {
  at: number;
  readonly #text: string;
  readonly #comments: boolean;

  constructor(text: string, comments: boolean) {
    this.#text = text;
    this.#comments = comments;
    this.at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  /** Space, and comments where they may stand. */
  skip(): void {
    do this.#match(SPACE);
    while (this.#comments && this.#match(REMARK) !== undefined);
  }

  value(depth: number): JsonNode {
    if (depth > DEEPEST) throw malformed(this.#text, this.at, "too deep");
    if (this.#peek() === "{") return this.#object(depth);
    if (this.#peek() === "[") return this.#list(depth);
    const start = this.at;
    if ((this.#match(STRING) ?? this.#match(SCALAR)) === undefined)
      throw malformed(this.#text, start, "a value is missing or wrong");
    return { kind: "other", start, end: this.at };
  }

  #object(depth: number): JsonNode {
    const start = this.at;
    const members: JsonMember[] = [];
    this.#items("}", () => {
      const from = this.at;
      const key = this.#match(STRING);
      if (key === undefined) throw malformed(this.#text, from, "a name in double quotes is expected");
      this.skip();
      if (this.#take(":") === undefined) throw malformed(this.#text, this.at, "a colon is expected");
      this.skip();
      const value = this.value(depth + 1);
      return (comma) => members.push({ key: JSON.parse(key) as string, start: from, value, comma });
    });
    return { kind: "object", start, end: this.at, members };
  }

  #list(depth: number): JsonNode {
    const start = this.at;
    this.#items("]", () => {
      this.value(depth + 1);
      return () => {};
    });
    return { kind: "other", start, end: this.at };
  }

  /** What stands between brackets, with commas between; each item is told where its comma is. */
  #items(close: string, item: () => (comma: number | undefined) => void): void {
    this.at += 1;
    this.skip();
    if (this.#take(close) !== undefined) return;
    for (;;) {
      const tell = item();
      this.skip();
      const comma = this.#take(",");
      tell(comma);
      this.skip();
      const ends = this.#peek() === close && (comma === undefined || this.#comments);
      if (ends) this.at += 1;
      if (ends) return;
      if (comma === undefined) throw malformed(this.#text, this.at, `a comma or ${close} is expected`);
    }
  }

  #peek(): string | undefined {
    return this.#text[this.at];
  }

  /** Where the character stood, if it is the next. */
  #take(character: string): number | undefined {
    if (this.#peek() !== character) return undefined;
    this.at += 1;
    return this.at - 1;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}
