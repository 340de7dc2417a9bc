import { bare, isNode, type Lines, type ModuleText, type Node } from "./syntax.ts";

/** One name that an import (or a `require` that works as one) brings in. */
export interface ImportedName {
  readonly local: string;
  /** The specifier as written, e.g. `a as b`, `type T`, `a: b`. */
  readonly text: string;
  readonly form: "default" | "namespace" | "named" | "whole";
  /** Index of the declarator, for `var a = require("a"), b = require("b")`. */
  readonly declarator: number;
}

/** A top-level import statement with names. */
export interface ImportStatement {
  readonly node: Node;
  readonly lines: Lines;
  readonly names: readonly ImportedName[];
  /** Module specifiers named in it. */
  readonly sources: readonly string[];
}

/** Reads an ECMAScript import (or TypeScript's `import x = require()`); undefined for anything else or one without names. */
export function importFromStatement(node: Node, text: ModuleText): Omit<ImportStatement, "lines"> | undefined {
  if (node.type === "TSImportEqualsDeclaration" && node["moduleReference"].type === "TSExternalModuleReference") {
    const name: ImportedName = { local: node["id"].name, text: "", form: "whole", declarator: 0 };
    return { node, names: [name], sources: [node["moduleReference"].expression.value] };
  }
  if (node.type !== "ImportDeclaration" || (node["specifiers"] as Node[]).length === 0) return undefined;
  const names = (node["specifiers"] as Node[]).map((specifier): ImportedName => {
    const form =
      specifier.type === "ImportDefaultSpecifier"
        ? "default"
        : specifier.type === "ImportNamespaceSpecifier"
          ? "namespace"
          : "named";
    return {
      local: specifier["local"].name,
      text: text.text.slice(specifier.start, specifier.end),
      form,
      declarator: 0,
    };
  });
  return { node, names, sources: [node["source"].value] };
}

/** Reads `const x = require("y")` in its usual forms; undefined where a name is assigned later or anything else is declared. */
export function importFromRequire(
  node: Node,
  text: ModuleText,
  written: ReadonlySet<string>,
): Omit<ImportStatement, "lines"> | undefined {
  if (node.type !== "VariableDeclaration") return undefined;
  const names: ImportedName[] = [];
  const sources: string[] = [];
  for (const [declarator, one] of (node["declarations"] as Node[]).entries()) {
    const source = requiredModule(one["init"]);
    if (source === undefined) return undefined;
    sources.push(source);
    if (one["id"].type === "Identifier") {
      names.push({ local: one["id"].name, text: text.text.slice(one.start, one.end), form: "whole", declarator });
      continue;
    }
    if (one["id"].type !== "ObjectPattern") return undefined;
    for (const property of one["id"].properties as Node[]) {
      if (property.type !== "Property" || property["computed"] || property["value"].type !== "Identifier")
        return undefined;
      names.push({
        local: property["value"].name,
        text: text.text.slice(property.start, property.end),
        form: "named",
        declarator,
      });
    }
  }
  return names.some((name) => written.has(name.local)) ? undefined : { node, names, sources };
}

/** The module in `require("m")`, `require("m").a.b`. */
function requiredModule(init: unknown): string | undefined {
  if (!isNode(init)) return undefined;
  let at = bare(init);
  while (at.type === "MemberExpression" && !at["computed"]) at = bare(at["object"]);
  if (at.type !== "CallExpression" || at["callee"].type !== "Identifier" || at["callee"].name !== "require")
    return undefined;
  const [argument] = at["arguments"] as Node[];
  return argument?.type === "Literal" && typeof argument["value"] === "string" ? argument["value"] : undefined;
}

/** The statement with only some of its names; the old lines unchanged where all are wanted. */
export function renderImport(statement: ImportStatement, wanted: ReadonlySet<string>, text: ModuleText): string[] {
  const names = statement.names.filter((name) => wanted.has(name.local));
  if (names.length === statement.names.length || statement.node["declare"] === true)
    return text.lines.slice(statement.lines.first - 1, statement.lines.last);
  if (statement.node.type === "VariableDeclaration") return renderRequire(statement, names, text);
  const node = statement.node;
  const source = text.text.slice(node["source"].start, node.end);
  const named = names.filter((name) => name.form === "named").map((name) => name.text);
  const others = names
    .filter((name) => name.form !== "named")
    .map((name) => (name.form === "namespace" && !name.text.startsWith("*") ? `* as ${name.local}` : name.text));
  const multiline = text.lineAt(node.start) !== text.lineAt(node["source"].start);
  const head = node["importKind"] === "type" ? "import type " : "import ";
  return listStatement(
    `${head}${others.map((other) => `${other}`).join(", ")}${others.length > 0 && named.length > 0 ? ", " : ""}`,
    named,
    ` from ${source}`,
    {
      multiline,
      indent: indentOf(text),
      trailing: trailingComma(text, node),
    },
  );
}

function renderRequire(statement: ImportStatement, names: readonly ImportedName[], text: ModuleText): string[] {
  const kind = statement.node["kind"] as string;
  const lines: string[] = [];
  for (const [index, declarator] of (statement.node["declarations"] as Node[]).entries()) {
    const mine = names.filter((name) => name.declarator === index);
    if (mine.length === 0) continue;
    const init = text.text.slice(declarator["init"].start, declarator["init"].end);
    const semicolon = text.text.slice(statement.node.start, statement.node.end).endsWith(";") ? ";" : "";
    if (mine[0]?.form === "whole") lines.push(`${kind} ${mine[0].local} = ${init}${semicolon}`);
    else {
      const multiline = text.lineAt(declarator["id"].start) !== text.lineAt(declarator["id"].end);
      const layout = { multiline, indent: indentOf(text), trailing: trailingComma(text, declarator["id"]) };
      lines.push(
        ...listStatement(
          `${kind} `,
          mine.map((name) => name.text),
          ` = ${init}${semicolon}`,
          layout,
        ),
      );
    }
  }
  return lines;
}

/** `head{ a, b }tail`, over several lines where it was so or would be too long. */
export function listStatement(
  head: string,
  items: readonly string[],
  tail: string,
  layout: { readonly multiline: boolean; readonly indent: string; readonly trailing: boolean },
): string[] {
  if (items.length === 0) return [`${head}${tail.trimStart()}`.replace(/ {2,}/g, " ")];
  const line = `${head}{ ${items.join(", ")} }${tail}`;
  if (!layout.multiline && line.length <= 80) return [line];
  return [
    `${head}{`,
    ...items.map((item, index) => `${layout.indent}${item}${index < items.length - 1 || layout.trailing ? "," : ""}`),
    `}${tail}`,
  ];
}

function trailingComma(text: ModuleText, node: Node): boolean {
  return /,\s*\}/.test(text.text.slice(node.start, node.end));
}

/** One level of indentation as the file has it. */
export function indentOf(text: ModuleText): string {
  const tabs = text.lines.filter((line) => line.startsWith("\t")).length;
  const spaces = text.lines.filter((line) => line.startsWith("  ")).length;
  if (tabs > spaces) return "\t";
  const two = text.lines.filter((line) => /^ {2}[^ *]/.test(line)).length;
  return two > 0 ? "  " : "    ";
}

/** The quote sign most strings of module specifiers use. */
export function quoteOf(text: ModuleText): '"' | "'" {
  const double = text.text.split('"').length;
  const single = text.text.split("'").length;
  return single > double ? "'" : '"';
}
