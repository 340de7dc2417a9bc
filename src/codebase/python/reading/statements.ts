import { importedNames, slice, type ImportedName } from "./bindings.ts";
import { readNames, type StatementNames } from "./names.ts";
import { sureBindings } from "./sure-bindings.ts";
import { fieldOf, namedChildren, walk, type Syntax } from "./syntax.ts";

/** A top-level statement with the lines that go with it: the comments and blank lines above it. */
export interface Statement {
  readonly index: number;
  /** First line with the gap above; the lines of all statements together are the whole file. */
  readonly first: number;
  /** First line of the statement itself. */
  readonly ownFirst: number;
  readonly last: number;
  readonly kind: StatementKind;
  readonly names: StatementNames;
  /** Module-level names that exist after the statement ran. */
  readonly binds: ReadonlySet<string>;
  /** Those of them that are there whatever branch was taken. */
  readonly sure: ReadonlySet<string>;
  readonly deletes: ReadonlySet<string>;
  /** For imports and type-checking blocks: what they import. */
  readonly imports: readonly ImportedName[];
  /** True for loops and blocks, whose variables are by-products. */
  readonly compound: boolean;
  /** True for code that only type checkers read. */
  readonly typingOnly: boolean;
  readonly isClass: boolean;
  readonly isFunction: boolean;
  readonly text: string;
}

export type StatementKind = "docstring" | "future" | "import" | "typing" | "main" | "plain";

export interface PythonModule {
  readonly text: string;
  readonly lines: readonly string[];
  /** For each line its number in the old file; 0 for a line that is new. */
  readonly origins: readonly number[];
  readonly statements: readonly Statement[];
  /** Lines at the top that stay whatever follows: interpreter line, encoding, licence. */
  readonly headerEnd: number;
  readonly deferredAnnotations: boolean;
}

/** Reads a parsed module as statements; `lines` without their ends, `origins` where they are not the old file's own. */
export function readStatements(
  module: Syntax,
  text: string,
  lines: readonly string[],
  origins = lines.map((_, index) => index + 1),
): PythonModule {
  const nodes = module.children.filter((child) => child.named && child.type !== "comment");
  const deferredAnnotations = nodes.some(
    (node) => node.type === "future_import_statement" && /\bannotations\b/.test(slice(node, text)),
  );
  const clusters = clusterByLine(nodes);
  const statements: Statement[] = [];
  const headerEnd = headerLines(lines, clusters[0]?.[0]);
  let previousEnd = headerEnd;
  for (const [index, cluster] of clusters.entries()) {
    const head = cluster[0];
    const tail = cluster.at(-1);
    if (head === undefined || tail === undefined) continue;
    const next = clusters[index + 1]?.[0];
    const last = next === undefined ? lines.length : lastLineOf(tail, next.line, lines);
    const names = readNames(cluster, text, deferredAnnotations);
    const kind = kindOf(cluster, text, index === 0);
    statements.push({
      index,
      first: previousEnd + 1,
      ownFirst: head.line,
      last,
      kind,
      names,
      binds: new Set(
        [...names.bindings.bound.keys()].filter(
          (name) => !names.bindings.deleted.has(name) && !declaredOnly(cluster, name, text),
        ),
      ),
      sure: sureBindings(cluster, text),
      deletes: names.bindings.deleted,
      imports: kind === "import" || kind === "typing" ? importsIn(cluster, text) : [],
      compound: cluster.every((node) => /^(for|while|with)_statement$/.test(node.type)),
      typingOnly: cluster.every((node) => isTypingBlock(node, text)),
      isClass: definitionOf(head)?.type === "class_definition",
      isFunction: definitionOf(head)?.type === "function_definition",
      text: text.slice(head.start, tail.end),
    });
    previousEnd = last;
  }
  return {
    text,
    lines,
    origins,
    statements: statements.map((statement) => settleKind(statement, statements)),
    headerEnd,
    deferredAnnotations,
  };
}

/** An import that replaces an earlier definition is a definition itself. */
function settleKind(statement: Statement, all: readonly Statement[]): Statement {
  if (statement.kind !== "import") return statement;
  const replaces = all
    .slice(0, statement.index)
    .some((earlier) => earlier.kind === "plain" && [...statement.binds].some((name) => earlier.binds.has(name)));
  return replaces ? { ...statement, kind: "plain" } : statement;
}

/** Statements that share a line, and a bare string with the statement that it documents, belong together. */
function clusterByLine(nodes: readonly Syntax[]): Syntax[][] {
  const clusters: Syntax[][] = [];
  for (const node of nodes) {
    const last = clusters.at(-1)?.at(-1);
    const documents =
      isBareString(node) &&
      last !== undefined &&
      /assignment/.test(last.children[0]?.type ?? "") &&
      last.endLine + 1 === node.line;
    if (last !== undefined && (last.endLine >= node.line || documents)) clusters.at(-1)?.push(node);
    else clusters.push([node]);
  }
  return clusters;
}

function isBareString(node: Syntax): boolean {
  return (
    node.type === "expression_statement" &&
    node.children.length === 1 &&
    /^(concatenated_)?string$/.test(node.children[0]?.type ?? "")
  );
}

function kindOf(cluster: readonly Syntax[], text: string, first: boolean): StatementKind {
  const [head] = cluster;
  if (head === undefined) return "plain";
  if (first && isBareString(head)) return "docstring";
  if (cluster.every((node) => node.type === "future_import_statement")) return "future";
  if (cluster.every((node) => node.type === "import_statement" || node.type === "import_from_statement"))
    return "import";
  if (cluster.length !== 1 || head.type !== "if_statement") return "plain";
  const condition = slice(fieldOf(head, "condition") ?? head, text);
  if (/__name__/.test(condition) && /['"]__main__['"]/.test(condition)) return "main";
  const body = fieldOf(head, "consequence");
  const onlyImports =
    body !== undefined && namedChildren(body).every((child) => /^import_(from_)?statement$/.test(child.type));
  return onlyImports && isTypingBlock(head, text) ? "typing" : "plain";
}

function isTypingBlock(node: Syntax, text: string): boolean {
  if (node.type !== "if_statement" || fieldOf(node, "alternative") !== undefined) return false;
  return /^(\w+\.)?TYPE_CHECKING$/.test(slice(fieldOf(node, "condition") ?? node, text));
}

function importsIn(cluster: readonly Syntax[], text: string): ImportedName[] {
  return cluster.flatMap((node) =>
    [...walk(node)]
      .filter((inner) => /^import_(from_)?statement$/.test(inner.type))
      .flatMap((inner) => importedNames(inner, text)),
  );
}

/** True where the statement only annotates the name and gives it no value. */
function declaredOnly(cluster: readonly Syntax[], name: string, text: string): boolean {
  return cluster.every((node) => {
    const assignment = node.children[0];
    if (assignment?.type !== "assignment" || fieldOf(assignment, "right") !== undefined) return false;
    const left = fieldOf(assignment, "left");
    return left !== undefined && slice(left, text) === name;
  });
}

function definitionOf(node: Syntax): Syntax | undefined {
  return node.type === "decorated_definition" ? fieldOf(node, "definition") : node;
}

/** Indented comments below a statement are still its own. */
function lastLineOf(node: Syntax, nextLine: number, lines: readonly string[]): number {
  let last = node.endLine;
  for (let line = last + 1; line < nextLine; line++) {
    const text = lines[line - 1] ?? "";
    if (/^\s+#/.test(text)) last = line;
    else if (text.trim() !== "") break;
  }
  return last;
}

/** How many lines at the top stay in place when the first statement moves. */
function headerLines(lines: readonly string[], first: Syntax | undefined): number {
  const above = lines.slice(0, (first?.line ?? 1) - 1);
  const lastBlank = above.findLastIndex((line) => line.trim() === "");
  if (lastBlank >= 0) return lastBlank + 1;
  let fixed = 0;
  while (/^#!|^#.*coding[:=]/.test(above[fixed] ?? "")) fixed++;
  return fixed;
}
