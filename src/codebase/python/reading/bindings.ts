import { fieldOf, namedChildren, type Syntax } from "./syntax.ts";

/** Names that a block of code binds in its own scope, by the rules of Python (nested functions and classes bind theirs). */
export interface Bindings {
  /** Name -> where the statement that binds it first ends. */
  readonly bound: Map<string, number>;
  readonly globals: Set<string>;
  readonly nonlocals: Set<string>;
  readonly deleted: Set<string>;
}

/** One name that an import statement binds. */
export interface ImportedName {
  /** The name in this module. */
  readonly local: string;
  /** Dots of a relative import; 0 for an absolute one. */
  readonly level: number;
  /** Dotted path after the dots; "" for `from . import x`. */
  readonly module: string;
  /** What is imported from it; undefined for `import a.b`; "*" for all. */
  readonly name: string | undefined;
  /** The text of this one name in the statement: `b as c`. */
  readonly text: string;
}

export function newBindings(): Bindings {
  return { bound: new Map(), globals: new Set(), nonlocals: new Set(), deleted: new Set() };
}

/** Adds what `node` binds in the scope that it stands in. */
export function collectBindings(node: Syntax, text: string, into: Bindings): void {
  const add = (name: string, at: Syntax): void => {
    if (!into.bound.has(name)) into.bound.set(name, at.end);
  };
  const targets = (target: Syntax | undefined, at: Syntax): void => {
    for (const name of target === undefined ? [] : targetNames(target, text)) add(name, at);
  };
  const visit = (inner: Syntax, walrusOnly: boolean): void => {
    switch (inner.type) {
      case "function_definition":
      case "class_definition":
        if (!walrusOnly) targets(fieldOf(inner, "name"), inner);
        return;
      case "lambda":
        return;
      case "list_comprehension":
      case "set_comprehension":
      case "dictionary_comprehension":
      case "generator_expression":
        for (const child of inner.children) visit(child, true);
        return;
      case "named_expression":
        targets(fieldOf(inner, "name"), inner);
        break;
      case "global_statement":
        for (const child of namedChildren(inner)) into.globals.add(slice(child, text));
        return;
      case "nonlocal_statement":
        for (const child of namedChildren(inner)) into.nonlocals.add(slice(child, text));
        return;
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        for (const imported of importedNames(inner, text)) if (imported.name !== "*") add(imported.local, inner);
        return;
      default:
        if (!walrusOnly) bindSimple(inner);
    }
    for (const child of inner.children) visit(child, walrusOnly);
  };
  const bindSimple = (inner: Syntax): void => {
    if (inner.type === "assignment" || inner.type === "augmented_assignment") targets(fieldOf(inner, "left"), inner);
    else if (inner.type === "for_statement") targets(fieldOf(inner, "left"), inner);
    else if (inner.type === "as_pattern") targets(aliasOf(inner), inner);
    else if (inner.type === "type_alias_statement") targets(aliasName(inner), inner);
    else if (inner.type === "case_pattern") for (const name of capturedNames(inner, text)) add(name, inner);
    else if (inner.type === "delete_statement") {
      for (const child of namedChildren(inner)) {
        for (const name of targetNames(child, text)) {
          add(name, inner);
          into.deleted.add(name);
        }
      }
    }
  };
  visit(node, false);
}

/** Names that an assignment to `target` binds; attributes and subscripts bind none. */
export function targetNames(target: Syntax, text: string): string[] {
  switch (target.type) {
    case "identifier":
      return [slice(target, text)];
    case "pattern_list":
    case "tuple_pattern":
    case "list_pattern":
    case "list_splat_pattern":
    case "list_splat":
    case "expression_list":
    case "tuple":
    case "list":
    case "parenthesized_expression":
    case "as_pattern_target":
      return namedChildren(target).flatMap((child) => targetNames(child, text));
    default:
      return [];
  }
}

/** Names that one case pattern captures itself (its parts are asked on their own). */
export function capturedNames(pattern: Syntax, text: string): string[] {
  return namedChildren(pattern).flatMap((child) => {
    if (child.type === "dotted_name") return captureOf(child, text);
    if (child.type === "splat_pattern") return namedChildren(child).map((name) => slice(name, text));
    if (child.type === "keyword_pattern")
      return namedChildren(child)
        .slice(1)
        .flatMap((value) => captureOf(value, text));
    if (child.type === "dict_pattern" || child.type === "list_pattern" || child.type === "tuple_pattern") {
      return namedChildren(child).flatMap((part) =>
        part.type === "splat_pattern" ? namedChildren(part).map((name) => slice(name, text)) : [],
      );
    }
    return [];
  });
}

function captureOf(dotted: Syntax, text: string): string[] {
  const parts = namedChildren(dotted);
  const [only] = parts;
  return dotted.type === "dotted_name" && parts.length === 1 && only !== undefined ? [slice(only, text)] : [];
}

/** The target after `as`. */
export function aliasOf(asPattern: Syntax): Syntax | undefined {
  return fieldOf(asPattern, "alias") ?? namedChildren(asPattern).at(-1);
}

/** The name that a `type X[T] = ...` statement binds. */
export function aliasName(alias: Syntax): Syntax | undefined {
  let left: Syntax | undefined = fieldOf(alias, "left");
  while (left !== undefined && left.type !== "identifier") left = namedChildren(left)[0];
  return left;
}

/** What an import statement binds and from where. */
export function importedNames(statement: Syntax, text: string): ImportedName[] {
  const from = fieldOf(statement, "module_name");
  const prefix = from?.type === "relative_import" ? slice(from, text).replace(/\s/g, "") : "";
  const level = /^\.*/.exec(prefix)?.[0].length ?? 0;
  const isFrom = statement.type !== "import_statement";
  const future = statement.type === "future_import_statement";
  const module = future ? "__future__" : level > 0 ? prefix.slice(level) : from === undefined ? "" : slice(from, text);
  const names = statement.children.filter((child) => child.field === "name");
  const wildcard = statement.children.some((child) => child.type === "wildcard_import");
  if (wildcard) return [{ local: "*", level, module, name: "*", text: "*" }];
  return names.map((name) => {
    const path = fieldOf(name, "name") ?? name;
    const alias = fieldOf(name, "alias");
    const dotted = slice(path, text);
    const local = alias === undefined ? (isFrom ? dotted : (dotted.split(".")[0] ?? dotted)) : slice(alias, text);
    const own = alias === undefined ? dotted : `${dotted} as ${local}`;
    return isFrom
      ? { local, level, module, name: dotted, text: own }
      : { local, level: 0, module: dotted, name: undefined, text: own };
  });
}

/** The source text of a node. */
export function slice(node: Syntax, text: string): string {
  return text.slice(node.start, node.end);
}
