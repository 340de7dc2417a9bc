import type { Node } from "web-tree-sitter";
import type { Findings } from "../text/found-facts.ts";
import type { Level, Rules } from "./walk.ts";

const TRANSPARENT: ReadonlySet<string> = new Set([
  "if_statement",
  "elif_clause",
  "else_clause",
  "try_statement",
  "except_clause",
  "finally_clause",
  "with_statement",
  "block",
]);
const MAIN = /^if\s+__name__\s*==\s*["']__main__["']/m;

/** Python: functions, classes with their methods, top-level assignments; imports wherever they stand, those for types only marked. */
export const PYTHON: Rules = {
  grammar: "python",
  lineComment: "#",
  visit(node, at) {
    if (node.type === "decorated_definition") {
      const inner = node.childForFieldName("definition");
      if (inner !== null) definition(inner, at, node);
    } else if (TRANSPARENT.has(node.type)) {
      if (at.holder === undefined || node.type === "block") at.through(node);
    } else if (node.type === "type_alias_statement") {
      const name = node.childForFieldName("left");
      at.declare(node, { kind: "type", name, exported: isPublic(name?.text ?? "", at) });
    } else if (node.type === "expression_statement") assignment(node, at);
    else definition(node, at, node);
  },
  finish(root, text, into) {
    if (MAIN.test(text)) into.entry(`if __name__ == "__main__"`);
    imports(root, text, into);
  },
};

function definition(node: Node, at: Level, whole: Node): void {
  if (node.type !== "function_definition" && node.type !== "class_definition") return;
  const isClass = node.type === "class_definition";
  const name = node.childForFieldName("name");
  const body = node.childForFieldName("body");
  const exported = at.open && isPublic(name?.text ?? "", at);
  const index = at.declare(node, {
    kind: isClass ? "class" : at.holder === "class" ? "method" : "function",
    name,
    exported,
    body,
    range: [at.from, whole.endIndex],
  });
  if (isClass) at.inside(body, index, "class", exported);
}

function assignment(node: Node, at: Level): void {
  const inner = node.firstNamedChild;
  const name = inner?.type === "assignment" ? inner.childForFieldName("left") : null;
  if (at.holder !== undefined || inner === null || name?.type !== "identifier" || name.text === "__all__") return;
  const value = inner.childForFieldName("right");
  const isLong = node.endIndex - node.startIndex > 100;
  at.declare(node, { kind: "constant", name, exported: isPublic(name.text, at), body: isLong ? value : null });
}

function isPublic(name: string, at: Level): boolean {
  if (at.holder === undefined) {
    const listed = (at.state["all"] ??= namesInAll(at.text)) as ReadonlySet<string> | "none";
    if (listed !== "none") return listed.has(name);
  }
  return !name.startsWith("_") || /^__\w+__$/.test(name);
}

function namesInAll(text: string): ReadonlySet<string> | "none" {
  const names = new Set<string>();
  let isThere = false;
  if (text.includes("__all__"))
    for (const list of text.matchAll(/^__all__\s*(?::[^=\n]+)?\+?=\s*[[(]([^\])]*)[\])]/gm)) {
      isThere = true;
      for (const name of (list[1] ?? "").matchAll(/["'](\w+)["']/g)) names.add(name[1] ?? "");
    }
  return isThere ? names : "none";
}

function imports(root: Node, text: string, into: Findings): void {
  for (const found of text.matchAll(/^[ \t]*(?=(?:from|import)[ \t\\.])/gm)) {
    const at = found.index + found[0].length;
    const statement = root.descendantForIndex(at)?.parent;
    if (statement === null || statement === undefined || statement.startIndex !== at) continue;
    const typeOnly = found[0] !== "" && isForTypes(statement);
    const place = { start: at, end: statement.endIndex, typeOnly };
    if (statement.type === "import_statement")
      for (const name of statement.childrenForFieldName("name"))
        into.import({ specifier: dotted(name), names: ["*"], ...place });
    else if (statement.type === "import_from_statement") {
      const module = statement.childForFieldName("module_name");
      const names = statement.childrenForFieldName("name").map(dotted);
      into.import({
        specifier: module?.text.replace(/\s/g, "") ?? "",
        names: names.length > 0 ? names : ["*"],
        ...place,
      });
    }
  }
  for (const found of text.matchAll(/\b(?:import_module|__import__)\(\s*["']([\w.]+)["']/g))
    if (root.descendantForIndex(found.index)?.type === "identifier")
      into.import({
        specifier: found[1] ?? "",
        names: ["*"],
        start: found.index,
        end: found.index + found[0].length + 1,
      });
}

function dotted(node: Node): string {
  return (node.type === "aliased_import" ? node.childForFieldName("name") : node)?.text.replace(/\s/g, "") ?? "";
}

function isForTypes(statement: Node): boolean {
  let node = statement.parent;
  for (let depth = 0; node !== null && depth < 6; depth += 1, node = node.parent)
    if (
      node.type === "if_statement" &&
      /^(?:\w+\.)?TYPE_CHECKING$/.test(node.childForFieldName("condition")?.text ?? "")
    )
      return true;
  return false;
}
