import { parseSync, visitorKeys, type Comment } from "oxc-parser";

/** A syntax node as the parser gives it: ESTree with TypeScript's and JSX's additions, read by field name. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  // Fields differ by `type`; reading one that a type lacks gives undefined, as in the ESTree objects themselves.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [field: string]: any;
}

/** A run of whole lines of the old file, both ends included, 1-based. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

/** A module's text with what the splitter needs to know about its form. */
export interface ModuleText {
  readonly path: string;
  readonly text: string;
  /** Lines without their ends; line n is `lines[n - 1]`. */
  readonly lines: readonly string[];
  readonly body: readonly Node[];
  readonly comments: readonly Comment[];
  readonly typescript: boolean;
  /** True for ECMAScript modules, false for CommonJS. */
  readonly esm: boolean;
  /** 1-based line of a character offset. */
  readonly lineAt: (offset: number) => number;
}

/** Parses a module; answers the parser's complaints where it does not parse. */
export function parseModule(path: string, text: string): ModuleText | { readonly errors: readonly string[] } {
  const extension = path.slice(path.lastIndexOf(".")).toLowerCase();
  const typescript = /^\.[cm]?tsx?$/.test(extension);
  // Many projects keep JSX in .js files; reading plain JavaScript as JSX loses nothing.
  const lang = extension === ".tsx" ? "tsx" : typescript ? "ts" : "jsx";
  const attempt = (sourceType: "module" | "commonjs" | "unambiguous") => parseSync(path, text, { lang, sourceType });
  const first = attempt(extension === ".cjs" ? "commonjs" : "unambiguous");
  const esm = typescript || first.module.hasModuleSyntax || extension === ".mjs";
  const parsed = esm ? (first.errors.length > 0 ? attempt("module") : first) : attempt("commonjs");
  if (parsed.errors.length > 0) return { errors: parsed.errors.map((error) => error.message) };
  const starts = lineStarts(text);
  return {
    path,
    text,
    lines: text.replace(/\r?\n$/, "").split(/\r?\n/),
    body: parsed.program.body as unknown as Node[],
    comments: parsed.comments,
    typescript,
    esm,
    lineAt: (offset) => lineOf(starts, offset),
  };
}

/** Direct children of a node, in source order. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value: unknown = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) children.push(item);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}

/** The node and everything below it, parents first; `enter` answers false to leave a subtree out. */
export function walk(node: Node, enter: (node: Node) => boolean | void): void {
  if (enter(node) === false) return;
  for (const child of childrenOf(node)) walk(child, enter);
}

/** The expression inside parentheses and type assertions that change nothing at run time. */
export function bare(node: Node): Node {
  let inner = node;
  while (
    [
      "ParenthesizedExpression",
      "TSAsExpression",
      "TSSatisfiesExpression",
      "TSNonNullExpression",
      "TSTypeAssertion",
    ].includes(inner.type)
  ) {
    inner = inner["expression"] as Node;
  }
  return inner;
}

/** The declaration inside an export, or the statement itself. */
export function declarationOf(node: Node): Node {
  const inner = /^Export(Named|Default)Declaration$/.test(node.type) ? (node["declaration"] as Node | null) : undefined;
  return isNode(inner) ? inner : node;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

export const FUNCTION_TYPES: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "TSDeclareFunction",
  "TSEmptyBodyFunctionExpression",
]);

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
