import type { TreeCursor } from "web-tree-sitter";
import { type Grammar, loadGrammar } from "../../../../codebase/languages/grammar/grammar.ts";
import { leaveOut } from "./leave-out.ts";

/** A node of a Python tree as plain data: what the grammar names, and operators. The parser's own memory is given back. */
export interface Syntax {
  readonly type: string;
  /** The grammar's name for this child's place in its parent; "" where it has none. */
  readonly field: string;
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
  readonly children: readonly Syntax[];
}

export interface PythonParser {
  /** The module of a text; undefined where the parser gave up. */
  module(text: string): Syntax | undefined;
  /** The statements of a function's body, which `module` leaves out. */
  body(definition: Syntax, text: string): readonly Syntax[];
}

/** Words without which a function neither makes, joins nor fills routers. */
const MATTERS =
  /rout|Router|FastAPI|Flask|Blueprint|blueprint|\bapi\b|_api\b|urlpatterns|url_rule|url_prefix|\bpath\(|mount|add_resource|namespace|Starlette|\bapp\b|import_module/;

/** Words of those that really make, join or fill routers. */
const JOINS =
  /Router\b|\brouter\b|FastAPI|Starlette|\bFlask|Quart\b|APIFlask|Blueprint|include_router|add_api_route|register_blueprint|add_url_rule|\.route\(|add_resource|add_namespace|\.mount\(|urlpatterns|\bpath\(|\bre_path\(|\burl\(|import_module|import_string|\.register\(|@[\w.]+\.(?:get|post|put|patch|delete)\(/;

/** What holds nothing that is asked for. */
const LEAVES = new Set([
  "string_content",
  "string_start",
  "string_end",
  "identifier",
  "integer",
  "comment",
  "true",
  "false",
  "none",
]);

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
  const outline = leaveOut(text);
  return grammar.parse(outline.text, (tree) => plainTree(tree.walk(), { shift: 0, leftOut: outline.leftOut }));
}

/** A block keeps its indentation, so it is read below a line that opens one. */
function lateBody(grammar: Grammar, block: Syntax, text: string): readonly Syntax[] {
  const lineStart = text.lastIndexOf("\n", block.start - 1) + 1;
  const isOwnLine = text.slice(lineStart, block.start).trim() === "";
  const head = isOwnLine ? "if 1:\n" : "if 1: ";
  const from = isOwnLine ? lineStart : block.start;
  const source = `${head}${text.slice(from, block.end)}\n`;
  const module = grammar.parse(source, (tree) =>
    plainTree(tree.walk(), { shift: from - head.length, leftOut: NOTHING }),
  );
  const branch = module?.children.find(({ type }) => type === "if_statement");
  return (branch === undefined ? undefined : fieldOf(branch, "consequence"))?.children ?? [];
}

const NOTHING: ReadonlyMap<number, number> = new Map();
const OPERATORS = new Set(["operator", "operators"]);

interface Source {
  /** How far what was parsed stands behind its place in the file. */
  readonly shift: number;
  /** Bodies that stand as blanks in what was parsed: where they begin and end. */
  readonly leftOut: ReadonlyMap<number, number>;
}

function plainTree(cursor: TreeCursor, from: Source): Syntax {
  try {
    return plain(cursor, from, cursor.nodeType, "");
  } finally {
    cursor.delete();
  }
}

// Each question to the cursor crosses into the parser, which is most of what this costs.
function plain(cursor: TreeCursor, from: Source, type: string, field: string): Syntax {
  const children: Syntax[] = [];
  const start = cursor.startIndex + from.shift;
  const node = { type, field, start, end: cursor.endIndex + from.shift, children };
  if (LEAVES.has(type) || !cursor.gotoFirstChild()) return node;
  do {
    const isNamed = cursor.nodeIsNamed;
    const place = cursor.currentFieldName ?? "";
    if (!isNamed && !OPERATORS.has(place)) continue;
    const kind = cursor.nodeType;
    if (kind === "comment") continue;
    const end = kind === "block" && type === "function_definition" ? from.leftOut.get(cursor.startIndex) : undefined;
    if (end === undefined) children.push(plain(cursor, from, kind, place));
    else children.push({ type: kind, field: place, start: cursor.startIndex + from.shift, end, children: [] });
  } while (cursor.gotoNextSibling());
  cursor.gotoParent();
  return node;
}
