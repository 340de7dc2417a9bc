import type { TreeCursor } from "web-tree-sitter";
import { type Grammar, loadGrammar } from "../../codebase/languages/grammar/grammar.ts";

/** A node of a parsed text that lives on after the parser's own tree was given back. Named nodes, and operators. */
export class Syntax {
  readonly type: string;
  readonly children: readonly Syntax[];
  /** From 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly #source: string;
  readonly #fields: readonly (string | undefined)[];

  constructor(
    source: string,
    place: SyntaxPlace,
    children: readonly Syntax[],
    fields: readonly (string | undefined)[],
  ) {
    this.type = place.type;
    this.line = place.line;
    this.start = place.start;
    this.end = place.end;
    this.children = children;
    this.#source = source;
    this.#fields = fields;
  }

  get text(): string {
    return this.#source.slice(this.start, this.end);
  }

  /** The first child of that role in the grammar. */
  field(name: string): Syntax | undefined {
    const at = this.#fields.indexOf(name);
    return at < 0 ? undefined : this.children[at];
  }

  fieldsOf(name: string): Syntax[] {
    return this.children.filter((_, at) => this.#fields[at] === name);
  }

  ofType(...types: readonly string[]): Syntax[] {
    return this.children.filter(({ type }) => types.includes(type));
  }

  /** All nodes of a type below it, in order, this one not counted. */
  *below(...types: readonly string[]): Generator<Syntax> {
    for (const child of this.children) {
      if (types.includes(child.type)) yield child;
      yield* child.below(...types);
    }
  }
}

interface SyntaxPlace {
  readonly type: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export interface SyntaxParser {
  /**
   * Undefined where the parser gave up. `isOpaque`: types of nodes whose children are not wanted; they are parsed by
   * themselves when they are. `firstLine` is the line on which the text begins.
   */
  parse(text: string, isOpaque?: ReadonlySet<string>, firstLine?: number): Syntax | undefined;
}

// Deeper than any code that was written by hand; a chain of many thousand additions would end the stack.
const DEEPEST = 400;

export async function openSyntaxParser(language: "go" | "java"): Promise<SyntaxParser> {
  const grammar: Grammar = await loadGrammar(language);
  return {
    parse: (text, isOpaque = new Set(), firstLine = 1) =>
      grammar.parse(text, (tree) => {
        const cursor = tree.walk();
        try {
          return convert(cursor, text, isOpaque, firstLine, 0);
        } finally {
          cursor.delete();
        }
      }),
  };
}

function convert(
  cursor: TreeCursor,
  source: string,
  isOpaque: ReadonlySet<string>,
  firstLine: number,
  depth: number,
): Syntax {
  const place = {
    type: cursor.nodeType,
    line: cursor.startPosition.row + firstLine,
    start: cursor.startIndex,
    end: cursor.endIndex,
  };
  const children: Syntax[] = [];
  const fields: (string | undefined)[] = [];
  if (depth < DEEPEST && !isOpaque.has(place.type) && cursor.gotoFirstChild()) {
    do {
      const field = cursor.currentFieldName ?? undefined;
      if (!cursor.nodeIsNamed && field === undefined) continue;
      if (cursor.nodeType === "comment" || cursor.nodeType.endsWith("_comment")) continue;
      children.push(convert(cursor, source, isOpaque, firstLine, depth + 1));
      fields.push(field);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return new Syntax(source, place, children, fields);
}
