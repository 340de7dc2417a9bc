import type { Node } from "web-tree-sitter";
import type { FileSymbol } from "../languages.ts";
import type { FoundImport } from "../text/found-facts.ts";
import type { Level, Rules } from "./walk.ts";

const KINDS: Readonly<Record<string, FileSymbol["kind"]>> = {
  function_item: "function",
  function_signature_item: "function",
  struct_item: "class",
  union_item: "class",
  enum_item: "enum",
  trait_item: "interface",
  impl_item: "class",
  type_item: "type",
  associated_type: "type",
  const_item: "constant",
  static_item: "constant",
  mod_item: "module",
  macro_definition: "function",
};

/**
 * Rust: items with the members of traits, impls and inner modules. `pub` of any reach is exported, and the members of traits. A
 * `use` tree gives one import a path, `mod name;` an import of "self::name".
 */
export const RUST: Rules = {
  grammar: "rust",
  lineComment: "//",
  attached: new Set(["attribute_item"]),
  visit(node, at) {
    const place = { start: node.startIndex, end: node.endIndex };
    if (node.type === "use_declaration") {
      const tree = node.childForFieldName("argument")?.text.replace(/\s+/g, " ") ?? "";
      for (const { specifier, names } of useTree(tree, "", 0))
        at.into.import({
          specifier: at.holder === "module" ? specifier.replace(/^super\b/, "self") : specifier,
          names: names ?? [],
          ...place,
        });
    } else if (node.type === "mod_item" && node.childForFieldName("body") === null) {
      const path = /#\[\s*path\s*=\s*"([^"]+)"/.exec(at.text.slice(at.from, node.startIndex))?.[1];
      const name = node.childForFieldName("name")?.text ?? "";
      at.into.import({ specifier: path === undefined ? `self::${name}` : `./${path}`, names: ["*"], ...place });
    } else if (node.type === "foreign_mod_item") at.through(node.childForFieldName("body"));
    else item(node, at);
  },
};

function item(node: Node, at: Level): void {
  const kind = KINDS[node.type];
  if (kind === undefined) return;
  const isImpl = node.type === "impl_item";
  const body = node.childForFieldName("body");
  const name = isImpl ? node.childForFieldName("type") : node.childForFieldName("name");
  const isOpen = node.namedChildren.some(
    (child) => child.type === "visibility_modifier" && !/\bself\b/.test(child.text),
  );
  const attributes = at.text.slice(at.from, node.startIndex);
  const ofTrait = at.state["trait"] === true || at.holder === "interface";
  const exported =
    isImpl ||
    (isOpen && at.open) ||
    (ofTrait && at.open) ||
    (node.type === "macro_definition" && attributes.includes("macro_export"));
  if (node.type === "function_item" && name?.text === "main" && at.holder === undefined) at.into.entry("fn main");
  const index = at.declare(node, {
    kind: kind === "function" && (at.holder === "class" || at.holder === "interface") ? "method" : kind,
    name,
    ...(isImpl ? { called: implName(node) } : {}),
    exported,
    body:
      body ??
      node.childForFieldName("value") ??
      (node.type === "macro_definition" ? (name?.nextSibling ?? null) : null),
  });
  if (kind === "class" || kind === "interface" || kind === "module") {
    const open = isImpl && node.childForFieldName("trait") !== null ? "interface" : kind;
    if (node.type !== "struct_item" && node.type !== "union_item") at.inside(body, index, open, exported);
  }
}

function implName(node: Node): string {
  const trait = node.childForFieldName("trait")?.text;
  const type = node.childForFieldName("type")?.text ?? "";
  return (trait === undefined ? `impl ${type}` : `impl ${trait} for ${type}`).replace(/\s+/g, " ");
}

/** One import a path of a `use` tree, with the names taken from it. */
function useTree(tree: string, prefix: string, depth: number): Pick<FoundImport, "specifier" | "names">[] {
  if (depth > 20) return [];
  const brace = tree.indexOf("{");
  const head = (brace < 0 ? tree : tree.slice(0, brace)).replace(/\s*as\s+\w+\s*$/, "").replace(/\s/g, "");
  const path = [prefix, head.replace(/::$/, "")]
    .filter((part) => part !== "")
    .join("::")
    .replace(/^::/, "");
  if (brace < 0) {
    const cut = path.lastIndexOf("::");
    return [cut < 0 ? { specifier: path, names: [] } : { specifier: path.slice(0, cut), names: [path.slice(cut + 2)] }];
  }
  const parts = splitList(tree.slice(brace + 1, tree.lastIndexOf("}")));
  const found = parts.flatMap((part) => useTree(part, path, depth + 1));
  const joined = new Map<string, string[]>();
  for (const { specifier, names } of found) joined.set(specifier, [...(joined.get(specifier) ?? []), ...(names ?? [])]);
  return [...joined].map(([specifier, names]) => ({ specifier, names }));
}

function splitList(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < list.length; at += 1) {
    const sign = list[at];
    if (sign === "{") depth += 1;
    else if (sign === "}") depth -= 1;
    else if (sign === "," && depth === 0) {
      parts.push(list.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, list.slice(start)].map((part) => part.trim()).filter((part) => part !== "");
}
