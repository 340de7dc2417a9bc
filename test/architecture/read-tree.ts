import { readFileSync, readdirSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { parseSync } from "oxc-parser";

/** One TypeScript file as the rules see it. */
export interface SourceFile {
  /** From the tree's root, with forward slashes: "ledger/cost.ts". */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Reference[];
  /** Primitives that belong to few: "process.env", "Date.now", "node:sqlite" ... */
  readonly uses: readonly Reference[];
  /** Names of exported classes, functions, types and values. */
  readonly exports: readonly string[];
}

/** What a file refers to, and where. A relative import's `to` is the path from the root it points at. */
export interface Reference {
  readonly to: string;
  readonly line: number;
}

/** Unit tests and conformance suites live beside the source but are no part of the floors' code. */
export function isTest(path: string): boolean {
  return /\.(test|conformance)\.ts$/.test(path);
}

/** Every .ts file below `root`, parsed; a file that does not parse throws. */
export function readTree(root: string): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort()
    .map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

function readSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const imports: Reference[] = [];
  const uses: Reference[] = [];
  const exports: string[] = [];
  visit(program, (node) => {
    const line = text.slice(0, node.start).split("\n").length;
    for (const specifier of importedBy(node)) {
      const to = specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), specifier)) : specifier;
      imports.push({ to, line });
      if (!specifier.startsWith(".")) uses.push({ to: specifier, line });
    }
    for (const primitive of primitivesIn(node)) uses.push({ to: primitive, line });
    exports.push(...exportedBy(node));
  });
  return { path, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0), imports, uses, exports };
}

function visit(value: unknown, onNode: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, onNode);
  else if (isNode(value)) {
    onNode(value);
    for (const field of Object.values(value)) visit(field, onNode);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** Module names in import and export declarations, types included, dynamic imports, import types and require calls. */
function importedBy(node: Node): readonly string[] {
  const source = node["source"] ?? node["argument"];
  const required = node.type === "CallExpression" && nameOf(node["callee"]) === "require";
  const declares = /^(ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration|ImportExpression|TSImportType)$/;
  if (node.type === "TSExternalModuleReference") return literal(node["expression"]);
  if (required) return literal((node["arguments"] as unknown[])[0]);
  return declares.test(node.type) ? literal(source) : [];
}

function literal(node: unknown): readonly string[] {
  if (!isNode(node)) return [];
  if (node.type === "Literal" && typeof node["value"] === "string") return [node["value"]];
  if (node.type === "TSLiteralType") return literal(node["literal"]);
  // import(`./x.ts`) without a hole is as good as a string.
  const quasis = node.type === "TemplateLiteral" ? (node["quasis"] as { value: { cooked: string } }[]) : [];
  return quasis.length === 1 && quasis[0] !== undefined ? [quasis[0].value.cooked] : [];
}

const GUARDED_CALLS = ["setTimeout", "setInterval", "fetch", "Date"];
const GUARDED_MEMBERS = ["process.env", "process.exit", "Date.now", "performance.now"];

function primitivesIn(node: Node): readonly string[] {
  if (node.type === "MemberExpression") {
    const object = nameOf(node["object"]);
    const member = `${object}.${nameOf(node["property"])}`;
    if (object === "console") return ["console"];
    return GUARDED_MEMBERS.filter((guarded) => guarded === member);
  }
  // const { env } = process
  if (node.type === "VariableDeclarator" && nameOf(node["init"]) === "process" && isNode(node["id"])) {
    const keys = ((node["id"]["properties"] ?? []) as Node[]).map((property) => nameOf(property["key"]));
    return keys.flatMap((key) => GUARDED_MEMBERS.filter((guarded) => guarded === `process.${key}`));
  }
  if (node.type === "CallExpression") return GUARDED_CALLS.filter((name) => name === nameOf(node["callee"]));
  const now = node.type === "NewExpression" && nameOf(node["callee"]) === "Date";
  return now && (node["arguments"] as unknown[]).length === 0 ? ["Date"] : [];
}

/** The name of an identifier, the text of a string literal, the last part of a member ("globalThis.process"). */
function nameOf(node: unknown): string {
  if (!isNode(node)) return "";
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type === "Literal") return String(node["value"]);
  return node.type === "MemberExpression" && nameOf(node["object"]) === "globalThis" ? nameOf(node["property"]) : "";
}

function exportedBy(node: Node): readonly string[] {
  if (node.type !== "ExportNamedDeclaration" || !isNode(node["declaration"])) return [];
  const declared = node["declaration"];
  const declarations = (declared["declarations"] ?? [declared]) as Node[];
  return declarations.map((declaration) => nameOf(declaration["id"])).filter((name) => name !== "");
}
