import { collectBindings, newBindings, slice } from "../reading/bindings.ts";
import { Groups } from "../grouping/graph.ts";
import { fieldOf, namedChildren, walk, type Syntax } from "../reading/syntax.ts";

/** A statement of a class body with the comments and blank lines above it. Lines are 1-based and inclusive. */
export interface ClassMember {
  readonly first: number;
  readonly last: number;
  readonly names: readonly string[];
  /** Members with the same number must stay in one class, in their order. */
  readonly unit: number;
  /** False for what must stay in the class itself. */
  readonly movable: boolean;
}

/** Decorators that do not look at the class around them. */
const NEUTRAL = /^(property|staticmethod|classmethod|(contextlib\.)?(async)?contextmanager|(functools\.)?(cache|cached_property|lru_cache(\(.*\))?)|(typing\.)?(overload|override|final)|\w+\.(setter|getter|deleter))$/s;

/**
 * Reads the members of a class and which of them mean the same when an ancestor defines them: plain methods that
 * neither rely on the class's private (mangled) names nor on `super()` skipping the class's own methods.
 */
export function readMembers(definition: Syntax, text: string): ClassMember[] {
  const body = fieldOf(definition, "body");
  if (body === undefined) return [];
  const nodes = namedChildren(body);
  const bound = nodes.map((node) => {
    const bindings = newBindings();
    collectBindings(node, text, bindings);
    return [...bindings.bound.keys()];
  });
  const all = new Set(bound.flat());
  const className = slice(fieldOf(definition, "name") ?? definition, text);
  const units = new Groups(nodes.length);
  const owner = new Map<string, number>();
  for (const [index, names] of bound.entries()) {
    for (const name of names) {
      const earlier = owner.get(name);
      if (earlier === undefined) owner.set(name, index);
      else units.join(earlier, index);
    }
  }
  for (const [index, node] of nodes.entries()) {
    for (const name of classScopeReads(node, text)) {
      const target = owner.get(name);
      if (target !== undefined) units.join(target, index);
    }
  }
  const stays = new Set(nodes.flatMap((node, index) => (canMove(node, text, className, all) ? [] : [units.find(index)])));
  let previous = (body.children[0]?.line ?? definition.line) - 1;
  return nodes.map((node, index) => {
    const member = { first: previous + 1, last: node.endLine, names: bound[index] ?? [], unit: units.find(index), movable: !stays.has(units.find(index)) };
    previous = node.endLine;
    return member;
  });
}

function canMove(node: Syntax, text: string, className: string, all: ReadonlySet<string>): boolean {
  const definition = node.type === "decorated_definition" ? fieldOf(node, "definition") : node;
  if (definition?.type !== "function_definition") return false;
  const name = slice(fieldOf(definition, "name") ?? definition, text);
  if (/^__/.test(name)) return false;
  for (const decorator of node.children.filter((child) => child.type === "decorator")) {
    if (!NEUTRAL.test(slice(decorator, text).replace(/^@\s*/, "").replace(/\s*#.*$/, ""))) return false;
  }
  for (const inner of walk(definition)) {
    if (inner.type !== "identifier") continue;
    const word = slice(inner, text);
    if (word === "__class__" || (/^__/.test(word) && !word.endsWith("__"))) return false;
  }
  const source = slice(definition, text);
  if (new RegExp(`\\b(super\\(\\s*[^)\\s]|(cls|${className}|__class__|type\\(self\\))\\.__dict__|vars\\((cls|${className}|type))`).test(source)) return false;
  const inherited = [...source.matchAll(/\bsuper\(\s*\)(\s*\.\s*(\w+))?/g)].map((match) => match[2] ?? "");
  return inherited.every((asked) => asked !== "" && (asked === name || !all.has(asked)));
}

/** Names that the member looks up in the class body: not those inside its functions. */
function classScopeReads(node: Syntax, text: string): Set<string> {
  const names = new Set<string>();
  const visit = (inner: Syntax, inFunction: boolean): void => {
    if (inner.type === "identifier" && !inFunction) names.add(slice(inner, text));
    for (const child of inner.children) {
      if (inner.type === "attribute" && child.field === "attribute") continue;
      if (inner.type === "keyword_argument" && child.field === "name") continue;
      const body = (inner.type === "function_definition" || inner.type === "lambda") && child.field === "body";
      const name = child.field === "name" && /definition$|parameter$/.test(inner.type);
      const parameter = child.type === "identifier" && /^(typed_|lambda_)?parameters?$|_pattern$/.test(inner.type);
      if (!name && !parameter) visit(child, inFunction || body);
    }
  };
  visit(node, false);
  return names;
}
