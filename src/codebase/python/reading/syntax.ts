import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Language, Parser, type TreeCursor } from "web-tree-sitter";

/** A node of a Python syntax tree as plain data, so that the parser's own memory can be given back at once. */
export interface Syntax {
  readonly type: string;
  /** The grammar's name for this child's place in its parent; "" where it has none. */
  readonly field: string;
  readonly named: boolean;
  /** Offsets into the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** 1-based lines of the first and the last character. */
  readonly line: number;
  readonly endLine: number;
  readonly children: readonly Syntax[];
}

let language: Promise<Language> | undefined;

/** Parses Python 3 source. Answers the tree and the 1-based line of the first syntax error, if there is one. */
export async function parsePython(
  text: string,
): Promise<{ readonly module: Syntax; readonly errorLine: number | undefined }> {
  language ??= loadLanguage();
  const python = await language;
  const parser = new Parser();
  try {
    parser.setLanguage(python);
    const tree = parser.parse(text);
    if (tree === null) return { module: emptyModule, errorLine: 1 };
    const cursor = tree.walk();
    try {
      const found: { errorLine: number | undefined } = { errorLine: undefined };
      return { module: plain(cursor, found), errorLine: found.errorLine };
    } finally {
      cursor.delete();
      tree.delete();
    }
  } finally {
    parser.delete();
  }
}

/** The first child in that place. */
export function fieldOf(node: Syntax, field: string): Syntax | undefined {
  return node.children.find((child) => child.field === field);
}

/** Children that the grammar names, comments left out. */
export function namedChildren(node: Syntax): readonly Syntax[] {
  return node.children.filter((child) => child.named && child.type !== "comment");
}

/** Every node of a tree, parents first. */
export function* walk(node: Syntax): Generator<Syntax> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

const emptyModule: Syntax = {
  type: "module",
  field: "",
  named: true,
  start: 0,
  end: 0,
  line: 1,
  endLine: 1,
  children: [],
};

async function loadLanguage(): Promise<Language> {
  const resolve = createRequire(import.meta.url).resolve;
  await Parser.init();
  return Language.load(await readFile(resolve("@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm")));
}

function plain(cursor: TreeCursor, found: { errorLine: number | undefined }): Syntax {
  const line = cursor.startPosition.row + 1;
  if (cursor.nodeType === "ERROR" || cursor.nodeIsMissing) found.errorLine ??= line;
  const children: Syntax[] = [];
  const own = {
    type: cursor.nodeType,
    field: cursor.currentFieldName ?? "",
    named: cursor.nodeIsNamed,
    start: cursor.startIndex,
    end: cursor.endIndex,
    line,
    endLine: cursor.endPosition.row + 1,
  };
  if (cursor.gotoFirstChild()) {
    do children.push(plain(cursor, found));
    while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return { ...own, children };
}
