import type { SourceTree } from "../../../source-tree.ts";
import type { Syntax, SyntaxParser } from "../../syntax-tree.ts";

/** A function or method as it is declared; its body is parsed when somebody calls it. */
export interface GoFunction {
  readonly name: string;
  readonly file: GoFile;
  readonly line: number;
  /** Type of the receiver, without pointer and type arguments. */
  readonly receiver: { readonly name: string; readonly type: string } | undefined;
  readonly parameters: readonly GoParameter[];
  readonly results: readonly Syntax[];
  /** Names of the results, where they have some. */
  readonly resultNames: readonly string[];
  /** Text of the body, for what it mentions. */
  readonly bodyText: string;
  /** Undefined where it has none, or it cannot be parsed. */
  body(): Syntax | undefined;
}

export interface GoParameter {
  readonly name: string;
  readonly type: Syntax | undefined;
  readonly isRest: boolean;
}

/** A type, constant or variable of a package. */
export interface GoDeclared {
  readonly file: GoFile;
  readonly kind: "type" | "value";
  readonly isConstant: boolean;
  readonly line: number;
  readonly name: string;
  /** Type expression; of a constant or variable where one is written. */
  readonly type: Syntax | undefined;
  /** Undefined where there is none; `at` says which of several results it is. */
  readonly value: { readonly syntax: Syntax; readonly at: number } | undefined;
}

export interface GoFile {
  readonly path: string;
  readonly folder: string;
  /** Paths of packages by the names they have in the file. */
  readonly imports: ReadonlyMap<string, string>;
  readonly dots: readonly string[];
  readonly functions: readonly GoFunction[];
  readonly declared: readonly GoDeclared[];
}

const BODIES = new Set(["block"]);

/** Reads what a file declares. Bodies of functions are left for later; values of variables are read at once. */
export function readGoFile(tree: SourceTree, parser: SyntaxParser, path: string): GoFile | undefined {
  const text = tree.read(path);
  const root = text === undefined ? undefined : parser.parse(text, BODIES);
  if (text === undefined || root === undefined) return undefined;
  const imports = new Map<string, string>();
  const dots: string[] = [];
  const functions: GoFunction[] = [];
  const declared: GoDeclared[] = [];
  const slash = path.lastIndexOf("/");
  const file: GoFile = { path, folder: slash < 0 ? "" : path.slice(0, slash), imports, dots, functions, declared };
  for (const node of root.children) {
    if (node.type === "import_declaration") readImports(node, imports, dots);
    else if (node.type === "function_declaration" || node.type === "method_declaration")
      functions.push(functionOf(node, file, text, parser));
    else if (node.type === "type_declaration") declared.push(...typesOf(node, file));
    else if (node.type === "const_declaration" || node.type === "var_declaration") {
      // Function literals among the values have bodies too.
      const whole =
        node.children.length > 0 && /\bfunc\b/.test(node.text)
          ? parser.parse(node.text, undefined, node.line)
          : undefined;
      for (const part of whole?.children ?? [node]) declared.push(...valuesOf(part, file));
    }
  }
  return file;
}

function readImports(node: Syntax, imports: Map<string, string>, dots: string[]): void {
  for (const spec of node.below("import_spec")) {
    const path = spec.field("path")?.text.slice(1, -1) ?? "";
    const name = spec.field("name")?.text;
    if (name === ".") dots.push(path);
    else if (name !== "_") imports.set(name ?? packageName(path), path);
  }
}

/** The name that a package has by its path: the last part, without a version in front of or behind it. */
function packageName(path: string): string {
  const parts = path.split("/");
  const last = parts.at(-1) ?? "";
  const named = /^v\d+$/.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last;
  return named
    .replace(/\.v\d+$/, "")
    .replace(/^go-|[-.]go$/g, "")
    .replace(/-/g, "_");
}

function functionOf(node: Syntax, file: GoFile, text: string, parser: SyntaxParser): GoFunction {
  const body = node.field("body");
  const receiver = node.field("receiver")?.ofType("parameter_declaration")[0];
  let parsed: Syntax | undefined;
  return {
    name: node.field("name")?.text ?? "",
    file,
    line: node.line,
    receiver:
      receiver === undefined
        ? undefined
        : { name: receiver.field("name")?.text ?? "_", type: bareName(receiver.field("type")?.text ?? "") },
    parameters: parametersOf(node.field("parameters")),
    results: resultsOf(node.field("result")),
    resultNames: (node.field("result")?.children ?? []).flatMap((one) => one.fieldsOf("name").map((name) => name.text)),
    bodyText: body === undefined ? "" : text.slice(body.start, body.end),
    body() {
      if (body === undefined) return undefined;
      parsed ??= parser
        .parse(`func ${text.slice(body.start, body.end)}`.replace(/^func /, "func f() "), undefined, body.line)
        ?.children[0]?.field("body");
      return parsed;
    },
  };
}

export function parametersOf(list: Syntax | undefined): GoParameter[] {
  return (list?.children ?? []).flatMap((node) => {
    const names = node.fieldsOf("name").map((name) => name.text);
    const type = node.field("type");
    const isRest = node.type === "variadic_parameter_declaration";
    return (names.length === 0 ? ["_"] : names).map((name) => ({ name, type, isRest }));
  });
}

export function resultsOf(result: Syntax | undefined): Syntax[] {
  if (result === undefined) return [];
  if (result.type !== "parameter_list") return [result];
  return result.children.flatMap((node) => {
    const type = node.field("type");
    return type === undefined
      ? []
      : node.fieldsOf("name").length === 0
        ? [type]
        : node.fieldsOf("name").map(() => type);
  });
}

function typesOf(node: Syntax, file: GoFile): GoDeclared[] {
  return node.ofType("type_spec", "type_alias").map((spec) => ({
    file,
    kind: "type",
    isConstant: true,
    line: spec.line,
    name: spec.field("name")?.text ?? "",
    type: spec.field("type"),
    value: undefined,
  }));
}

/** Names with their values; a constant without one repeats the one above it. */
export function valuesOf(node: Syntax, file: GoFile): GoDeclared[] {
  const found: GoDeclared[] = [];
  let above: { type: Syntax | undefined; values: readonly Syntax[] } | undefined;
  const specs =
    node.type === "const_spec" || node.type === "var_spec" ? [node] : [...node.below("const_spec", "var_spec")];
  for (const spec of specs) {
    const list = spec.field("value");
    const values = list?.type === "expression_list" ? list.children : list === undefined ? undefined : [list];
    const now =
      values === undefined && spec.type === "const_spec" && above !== undefined
        ? above
        : { type: spec.field("type"), values: values ?? [] };
    above = now;
    for (const [at, name] of spec.fieldsOf("name").entries()) {
      const syntax = now.values.length === 1 ? now.values[0] : now.values[at];
      const value = syntax === undefined ? undefined : { syntax, at: now.values.length === 1 ? at : -1 };
      found.push({
        file,
        kind: "value",
        isConstant: spec.type === "const_spec",
        line: spec.line,
        name: name.text,
        type: now.type,
        value,
      });
    }
  }
  return found;
}

/** "*api.T[K]" -> "T", as far as methods care. */
export function bareName(type: string): string {
  return type
    .replace(/\[.*$/s, "")
    .replace(/^[*\s(]+/, "")
    .replace(/^.*\./, "")
    .trim();
}
