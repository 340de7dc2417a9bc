import { usesOf } from "./references.ts";
import type { Uses } from "./uses.ts";
import { declare, hoistVars, innerScope } from "./scopes.ts";
import { bare, isNode, walk, type Lines, type ModuleText, type Node } from "./syntax.ts";
import { importFromRequire, importFromStatement, type ImportStatement } from "./imports.ts";

/** The smallest thing that moves: a top-level statement, a member of a class or object, or what is left of one without them. */
export interface Unit {
  readonly id: number;
  /** Leading comments included, leading blank lines not. */
  readonly lines: Lines;
  readonly codeFirst: number;
  /** Module-level names bound here. */
  readonly names: readonly string[];
  readonly node: Node;
  readonly uses: Uses;
  /** The class or object taken apart that this unit belongs to. */
  readonly owner?: Container;
  readonly role: "statement" | "member" | "shell";
  /** The member's name, for titles and calls through `this`. */
  readonly key?: string;
}

/** A class or object literal that is taken apart. */
export interface Container {
  readonly kind: "class" | "object";
  /** The name its code uses for it; undefined where it has none. */
  readonly name: string | undefined;
  readonly statement: Node;
  /** The class or object expression itself. */
  readonly node: Node;
  /** Lines of the whole statement with its comments. */
  readonly lines: Lines;
  readonly codeFirst: number;
}

/** A module cut into what must stay at its head, imports, and units. */
export interface ModuleParts {
  readonly text: ModuleText;
  readonly directives: readonly Lines[];
  readonly imports: readonly ImportStatement[];
  readonly units: readonly Unit[];
  /** Export lists, re-exports, side-effect imports: they stay in the front as they are. */
  readonly fixed: readonly { readonly lines: Lines; readonly node: Node }[];
  /** Every name the module binds at its top level, imports included. */
  readonly bound: ReadonlySet<string>;
}

interface Placed {
  readonly node: Node;
  readonly lines: Lines;
  readonly codeFirst: number;
  readonly gapFirst: number;
}

/** Cuts a module into statements with the lines that go with them; a string says why it cannot be cut by lines. */
export function cutModule(text: ModuleText): ModuleParts | string {
  const placed = placeStatements(text.body, text, 0);
  const written = writtenNames(text.body);
  const imports: ImportStatement[] = [];
  const fixed: { lines: Lines; node: Node }[] = [];
  const directives: Lines[] = [];
  const units: Unit[] = [];
  let previousEnd = 0;
  let headOpen = true;
  for (const one of placed) {
    const shared = one.codeFirst <= previousEnd;
    const imported =
      importFromStatement(one.node, text) ??
      ambient(one.node) ??
      (text.esm ? undefined : importFromRequire(one.node, text, written));
    previousEnd = one.lines.last;
    if (isDirective(one.node)) {
      directives.push({ first: one.codeFirst, last: one.lines.last });
      continue;
    }
    if (imported !== undefined || isFixed(one.node)) {
      if (shared) return `line ${one.codeFirst} holds several statements, one of them an import or export`;
      const lines = { first: adjacentCommentFirst(one, text), last: one.lines.last };
      if (imported !== undefined && imported.names.length > 0) imports.push({ ...imported, lines });
      else fixed.push({ lines, node: one.node });
      continue;
    }
    const first =
      headOpen && imports.length === 0 && fixed.length === 0 && units.length === 0
        ? afterBanner(one, text)
        : one.lines.first;
    headOpen = false;
    units.push({
      id: units.length,
      lines: { first, last: one.lines.last },
      codeFirst: one.codeFirst,
      names: namesOf(one.node),
      node: one.node,
      uses: usesOf(one.node),
      role: "statement",
    });
  }
  const scope = innerScope(undefined);
  for (const statement of text.body) {
    declare(scope, statement);
    hoistVars(scope, statement);
  }
  return { text, directives, imports, units, fixed, bound: new Set([...scope.values, ...scope.types]) };
}

/** Gives each node the whole lines it owns: from its leading comments to its end. */
export function placeStatements(nodes: readonly Node[], text: ModuleText, lineBefore: number): Placed[] {
  const placed: Placed[] = [];
  let previousEnd = lineBefore;
  for (const node of nodes) {
    const start = isNode(node["decorators"]?.[0]) ? Math.min(node.start, node["decorators"][0].start) : node.start;
    const codeFirst = text.lineAt(start);
    let first = previousEnd + 1;
    while (first < codeFirst && (text.lines[first - 1] ?? "").trim() === "") first++;
    const last = endWithComment(text, node.end);
    placed.push({ node, lines: { first: Math.min(first, codeFirst), last }, codeFirst, gapFirst: previousEnd + 1 });
    previousEnd = last;
  }
  return placed;
}

/** A comment that opens on the node's last line may run over more lines; they go with the node. */
function endWithComment(text: ModuleText, end: number): number {
  const line = text.lineAt(Math.max(end - 1, 0));
  const trailing = text.comments.find((comment) => comment.start >= end && text.lineAt(comment.start) === line);
  return trailing === undefined ? line : text.lineAt(trailing.end - 1);
}

/** The first line of the comments that touch the statement without a blank line between. */
function adjacentCommentFirst(one: Placed, text: ModuleText): number {
  let first = one.codeFirst;
  while (first - 1 >= one.lines.first && (text.lines[first - 2] ?? "").trim() !== "") first--;
  return BANNER.test(text.lines.slice(first - 1, one.codeFirst - 1).join("\n")) ? one.codeFirst : first;
}

const BANNER =
  /@licen[sc]e|copyright|@file|@overview|@module|@author|SPDX|^#!|\/\/[-=*]{8}|@ts-|eslint-disable(?!-)|@fileoverview/im;

/** Where the first statement of a file begins when the licence and other words about the file stay in the front. */
function afterBanner(one: Placed, text: ModuleText): number {
  return adjacentCommentFirst(one, text);
}

/** `declare const X: …` tells of a name from outside: like an import it goes into every file that uses it. */
function ambient(node: Node): Omit<ImportStatement, "lines"> | undefined {
  if (node["declare"] !== true || !/^(?:VariableDeclaration|TSDeclareFunction|ClassDeclaration)$/.test(node.type))
    return undefined;
  return {
    node,
    names: namesOf(node).map((local) => ({ local, text: "", form: "whole", declarator: 0 })),
    sources: [],
  };
}

function isDirective(node: Node): boolean {
  return node.type === "ExpressionStatement" && typeof node["directive"] === "string";
}

function isFixed(node: Node): boolean {
  if (node.type === "ExportAllDeclaration") return true;
  if (node.type === "ExportNamedDeclaration") return !isNode(node["declaration"]);
  if (node.type === "ImportDeclaration") return true;
  if (node.type === "TSNamespaceExportDeclaration" || node.type === "TSExportAssignment") return true;
  if (node.type !== "ExpressionStatement") return false;
  const call = bare(node["expression"]);
  return call.type === "CallExpression" && call["callee"].name === "require" && call["arguments"].length === 1;
}

/** Names a top-level statement binds in the module. */
export function namesOf(node: Node): string[] {
  const scope = innerScope(undefined);
  declare(scope, node);
  if (node.type !== "FunctionDeclaration") hoistVars(scope, node);
  return [...new Set([...scope.values, ...scope.types])];
}

/** Module-level names that are assigned anywhere after their declaration. */
function writtenNames(body: readonly Node[]): Set<string> {
  const written = new Set<string>();
  for (const statement of body) {
    for (const reference of usesOf(statement).references) if (reference.write) written.add(reference.name);
  }
  return written;
}

/** True where the code calls `eval` or uses `with`, so that names cannot be followed. */
export function hidesNames(text: ModuleText): boolean {
  let hidden = false;
  for (const statement of text.body) {
    walk(statement, (node) => {
      if (node.type === "WithStatement") hidden = true;
      if (node.type === "CallExpression" && node["callee"].type === "Identifier" && node["callee"].name === "eval")
        hidden = true;
    });
  }
  return hidden;
}

/** True where the code makes a worker's program out of the text of its own functions: that text must not change. */
export function readsOwnSource(text: ModuleText): boolean {
  if (!/worker/i.test(text.text)) return false;
  return (
    /\.toString\(\)\.(?:slice|replace|match|substring|indexOf)\(/.test(text.text) ||
    /\b(\w+) = \w+\.toString\(\)[,;][^]{0,200}?\b\1\.(?:slice|indexOf|replace|match)\(/.test(text.text)
  );
}
