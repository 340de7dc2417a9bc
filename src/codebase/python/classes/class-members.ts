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
const NEUTRAL =
  /^(property|staticmethod|classmethod|(contextlib\.)?(async)?contextmanager|(functools\.)?(cache|cached_property|lru_cache(\(.*\))?)|(typing\.)?(overload|override|final)|\w+\.(setter|getter|deleter))$/s;

/** Special methods that work alike from an ancestor, and that no tool expects in the class itself. */
const INHERITABLE =
  /^__(add|radd|iadd|sub|rsub|isub|mul|rmul|imul|truediv|rtruediv|floordiv|mod|pow|and|rand|iand|or|ror|ior|xor|rxor|neg|pos|invert|abs|contains|getitem|setitem|delitem|len|iter|next|reversed|enter|exit|aenter|aexit|aiter|anext|call|missing|index|int|float|bool|copy|deepcopy)__$/;

/**
 * Reads the members of a class and which of them mean the same when an ancestor defines them: plain methods that
 * neither rely on the class's private (mangled) names nor on `super()` skipping the class's own methods. Methods
 * that Python's syntax calls (`__len__`) are let go only where `specialToo` asks for it.
 */
export function readMembers(definition: Syntax, text: string, specialToo: boolean): ClassMember[] {
  const body = fieldOf(definition, "body");
  if (body === undefined) return [];
  const nodes = namedChildren(body);
  const bound = nodes.map((node) => {
    const bindings = newBindings();
    collectBindings(node, text, bindings);
    return [...bindings.bound.keys()];
  });
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
  const skipped = askedOfParents(nodes, text);
  const stays = new Set(
    nodes.flatMap((node, index) => {
      const moves =
        canMove(node, text, className, specialToo) &&
        skipped !== "anything" &&
        bound[index]?.some((name) => skipped.has(name)) !== true;
      return moves ? [] : [units.find(index)];
    }),
  );
  let previous = (body.children[0]?.line ?? definition.line) - 1;
  return nodes.map((node, index) => {
    const member = {
      first: previous + 1,
      last: node.endLine,
      names: bound[index] ?? [],
      unit: units.find(index),
      movable: !stays.has(units.find(index)),
    };
    previous = node.endLine;
    return member;
  });
}

function canMove(node: Syntax, text: string, className: string, specialToo: boolean): boolean {
  const definition = node.type === "decorated_definition" ? fieldOf(node, "definition") : node;
  if (definition?.type !== "function_definition") return false;
  const name = slice(fieldOf(definition, "name") ?? definition, text);
  if (/^__/.test(name) && !(specialToo && INHERITABLE.test(name))) return false;
  for (const decorator of node.children.filter((child) => child.type === "decorator")) {
    if (
      !NEUTRAL.test(
        slice(decorator, text)
          .replace(/^@\s*/, "")
          .replace(/\s*#.*$/, ""),
      )
    )
      return false;
  }
  for (const inner of walk(definition)) {
    if (inner.type !== "identifier") continue;
    const word = slice(inner, text);
    if (word === "__class__" || (/^__/.test(word) && !word.endsWith("__"))) return false;
  }
  const source = slice(definition, text);
  if (
    new RegExp(
      `\\b(super\\(\\s*[^)\\s]|(cls|${className}|__class__|type\\(self\\))\\.__dict__|vars\\((cls|${className}|type))`,
    ).test(source)
  )
    return false;
  return true;
}

/**
 * Names that methods of another name ask their parents for: `super()` must pass over the class's own, so those stay
 * in it. "anything" where `super()` is used without a plain name.
 */
function askedOfParents(nodes: readonly Syntax[], text: string): ReadonlySet<string> | "anything" {
  const asked = new Set<string>();
  for (const node of nodes) {
    const definition = node.type === "decorated_definition" ? fieldOf(node, "definition") : node;
    const name = definition === undefined ? undefined : fieldOf(definition, "name");
    for (const match of slice(node, text).matchAll(/\bsuper\s*\([^()]*\)(\s*\.\s*(\w+))?/g)) {
      if (match[2] === undefined) return "anything";
      if (name === undefined || match[2] !== slice(name, text)) asked.add(match[2]);
    }
  }
  return asked;
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
