import type { TreeCursor } from "web-tree-sitter";
import { type Grammar, loadGrammar } from "../../../../codebase/languages/grammar/grammar.ts";
import { leaveOut } from "./leave-out.ts";

/** A node of a Python tree as plain data: what the grammar names, and operators. The parser's own memory is given back. */
export interface Syntax {
  readonly type: string;
  /** The grammar's name for this child's place in its parent; "" where it has none. */
  readonly field: string;
  /** From 1. */
  readonly line: number;
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
  readonly children: readonly Syntax[];
}

export interface PythonParser {
  /** The module of a text; undefined where the parser gave up. */
  module(text: string): Syntax | undefined;
  /** The statements of a function's body, which `module` leaves out where nothing in it can matter to routes. */
  body(definition: Syntax, text: string): readonly Syntax[];
}

/** Words without which a function neither makes, joins nor fills routers; its body is read only when it is called. */
const MATTERS =
  /rout|Router|FastAPI|Flask|Blueprint|blueprint|\bapi\b|_api\b|urlpatterns|url_rule|url_prefix|\bpath\(|mount|add_resource|namespace|Starlette|\bapp\b|import_module/;

/** Words of those that really make, join or fill routers. */
const JOINS =
  /Router\b|\brouter\b|FastAPI|Starlette|\bFlask|Quart\b|APIFlask|Blueprint|include_router|add_api_route|register_blueprint|add_url_rule|\.route\(|add_resource|add_namespace|\.mount\(|urlpatterns|\bpath\(|\bre_path\(|\burl\(|import_module|import_string|\.register\(|@[\w.]+\.(?:get|post|put|patch|delete)\(/;

/** Opens the parser of Python 3 files. */
export async function openPythonParser(): Promise<PythonParser> {
  const grammar = await loadGrammar("python");
  const late = new WeakMap<Syntax, readonly Syntax[]>();
  return {
    module: (text) => parse(grammar, text),
    body: (definition, text) => {
      const block = fieldOf(definition, "body");
      if (block === undefined || block.children.length > 0) return block?.children ?? [];
      const known = late.get(block) ?? lateBody(grammar, block, text);
      late.set(block, known);
      return known;
    },
  };
}

/** The child in that place of its parent. */
export function fieldOf(node: Syntax, field: string): Syntax | undefined {
  for (const child of node.children) if (child.field === field) return child;
  return undefined;
}

/** Whether a function's body may make, join or fill routers. */
export function mattersToRoutes(text: string): boolean {
  return MATTERS.test(text);
}

/** Whether a function's body makes, joins or fills routers by its own words. */
export function joinsRoutes(text: string): boolean {
  return JOINS.test(text);
}

function parse(grammar: Grammar, text: string): Syntax | undefined {
  const outline = leaveOut(text, mattersToRoutes);
  return grammar.parse(outline.text, (tree) => {
    const cursor = tree.walk();
    try {
      return plain(cursor, { shift: 0, lines: 0, leftOut: outline.leftOut });
    } finally {
      cursor.delete();
    }
  });
}

/** A block keeps its indentation, so it is read below a line that opens one. */
function lateBody(grammar: Grammar, block: Syntax, text: string): readonly Syntax[] {
  const lineStart = text.lastIndexOf("\n", block.start - 1) + 1;
  const lead = text.slice(lineStart, block.start);
  const isOwnLine = lead.trim() === "";
  const head = isOwnLine ? "if 1:\n" : "if 1: ";
  const from = isOwnLine ? lineStart : block.start;
  const lines = block.line - 1 - (isOwnLine ? 1 : 0);
  const source = head + text.slice(from, block.end) + "\n";
  const module = grammar.parse(source, (tree) => {
    const cursor = tree.walk();
    try {
      return plain(cursor, { shift: from - head.length, lines, leftOut: NOTHING });
    } finally {
      cursor.delete();
    }
  });
  const branch = module?.children.find(({ type }) => type === "if_statement");
  return (branch === undefined ? undefined : fieldOf(branch, "consequence"))?.children ?? [];
}

const NOTHING: ReadonlyMap<number, number> = new Map();

interface Source {
  readonly shift: number;
  readonly lines: number;
  /** Bodies that stand as blanks in what was parsed: where they begin and end. */
  readonly leftOut: ReadonlyMap<number, number>;
}

function plain(cursor: TreeCursor, from: Source): Syntax {
  const children: Syntax[] = [];
  const type = cursor.nodeType;
  const field = cursor.currentFieldName ?? "";
  const { startIndex, endIndex } = cursor;
  const own = { type, field, line: cursor.startPosition.row + 1 + from.lines };
  const node = { ...own, start: startIndex + from.shift, end: endIndex + from.shift, children };
  if (type === "string_content" || type === "comment") return node;
  if (!cursor.gotoFirstChild()) return node;
  const inFunction = type === "function_definition";
  do {
    if (!cursor.nodeIsNamed && cursor.currentFieldName !== "operator" && cursor.currentFieldName !== "operators")
      continue;
    if (cursor.nodeType === "comment") continue;
    const end = inFunction && cursor.nodeType === "block" ? from.leftOut.get(cursor.startIndex) : undefined;
    if (end !== undefined) {
      children.push(leftOut(cursor, end, from));
      continue;
    }
    children.push(plain(cursor, from));
  } while (cursor.gotoNextSibling());
  cursor.gotoParent();
  return node;
}

function leftOut(cursor: TreeCursor, end: number, from: Source): Syntax {
  return {
    type: "block",
    field: "body",
    line: cursor.startPosition.row + 1 + from.lines,
    start: cursor.startIndex + from.shift,
    end: end + from.shift,
    children: [],
  };
}
