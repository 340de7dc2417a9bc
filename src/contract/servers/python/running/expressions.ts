import { fieldOf, type Syntax } from "../reading/syntax.ts";
import { contentOf, joinTexts, textOf } from "../values/texts.ts";
import { extendList, keyOf, percentFormatted } from "../values/value-methods.ts";
import {
  type Args,
  type DictValue,
  external,
  isKind,
  listOf,
  type ListValue,
  type Scope,
  unionOf,
  unknown,
  type Value,
} from "../values/values.ts";
import { assign, lookUp, scopeWithin } from "./names.ts";
import type { Machine } from "./machine.ts";
import { decides, truthOf } from "./truth.ts";

type Reader = (machine: Machine, node: Syntax, scope: Scope) => Value;

/** What an expression is worth, as far as it can be known. Calls in it are followed. */
export function evaluate(machine: Machine, node: Syntax, scope: Scope): Value {
  if (machine.steps <= 0 || machine.leash <= 0) return unknown("there is more code than is followed");
  machine.steps -= 1;
  machine.leash -= 1;
  return READERS[node.type]?.(machine, node, scope) ?? unknown(`it is ${node.type.replaceAll("_", " ")}`);
}

const first: Reader = (machine, node, scope) => {
  const child = node.children[0];
  return child === undefined ? null : machine.evaluate(child, scope);
};

const items: Reader = (machine, node, scope) => listFrom(machine, node, scope, false);
const tuple: Reader = (machine, node, scope) => listFrom(machine, node, scope, true);

const READERS: Readonly<Record<string, Reader>> = {
  identifier: (machine, node, scope) => lookUp(machine, sourceOf(node, scope), scope),
  string: (machine, node, scope) => joinTexts(stringParts(machine, node, scope)),
  concatenated_string: (machine, node, scope) => joinTexts(node.children.map((part) => machine.evaluate(part, scope))),
  integer: (_machine, node, scope) => Number(sourceOf(node, scope).replaceAll("_", "")),
  float: (_machine, node, scope) => Number(sourceOf(node, scope)),
  true: () => true,
  false: () => false,
  none: () => null,
  list: items,
  set: items,
  tuple,
  expression_list: tuple,
  pattern_list: tuple,
  parenthesized_expression: first,
  await: first,
  type: first,
  dictionary: dictFrom,
  attribute: (machine, node, scope) => {
    const object = fieldOf(node, "object");
    const name = fieldOf(node, "attribute");
    if (object === undefined || name === undefined) return unknown("it is not complete");
    return attributeOf(machine, machine.evaluate(object, scope), sourceOf(name, scope), node, scope);
  },
  subscript: subscriptOf,
  call: (machine, node, scope) => {
    const callee = fieldOf(node, "function");
    const given = fieldOf(node, "arguments");
    if (callee === undefined) return unknown("it is not complete");
    const called = machine.evaluate(callee, scope);
    return machine.call(called, argumentsOf(machine, given, scope), machine.site(node, scope));
  },
  binary_operator: binary,
  boolean_operator: (machine, node, scope) => {
    const [left, right] = sides(machine, node, scope);
    const isOr = node.children.some(({ field, type }) => field === "operator" && type === "or");
    const truth = truthOf(left);
    if (isOr) return truth === true ? left : truth === false ? right : unionOf([left, right]);
    return truth === false ? left : truth === true ? right : unionOf([right, left]);
  },
  not_operator: (machine, node, scope) => {
    const truth = truthOf(first(machine, node, scope));
    return truth === undefined ? unknown("a condition is not known") : !truth;
  },
  comparison_operator: (machine, node, scope) => {
    for (const child of node.children) if (child.field !== "operators") machine.evaluate(child, scope);
    return decides(machine, node, scope) ?? unknown("a comparison is not known");
  },
  unary_operator: (machine, node, scope) => {
    const value = machine.evaluate(fieldOf(node, "argument") ?? node, scope);
    return typeof value === "number" ? -value : unknown("an operation is not known");
  },
  conditional_expression: (machine, node, scope) => {
    const [then, condition, other] = node.children;
    if (then === undefined || condition === undefined || other === undefined) return unknown("it is not complete");
    const known = decides(machine, condition, scope);
    if (known !== undefined) return machine.evaluate(known ? then : other, scope);
    machine.conditions += 1;
    const both = [machine.evaluate(then, scope), machine.evaluate(other, scope)];
    machine.conditions -= 1;
    return unionOf(both);
  },
  named_expression: (machine, node, scope) => {
    const value = machine.evaluate(fieldOf(node, "value") ?? node, scope);
    const name = fieldOf(node, "name");
    if (name !== undefined) scope.names.set(sourceOf(name, scope), value);
    return value;
  },
  lambda: (machine, node, scope) => ({
    kind: "function",
    name: "<lambda>",
    node,
    scope,
    owner: undefined,
    decorations: [],
    place: machine.site(node, scope),
    matters: true,
    joins: false,
    lines: 1,
    attributes: new Map(),
  }),
  list_comprehension: comprehension,
  set_comprehension: comprehension,
  generator_expression: comprehension,
  dictionary_comprehension: (machine, node, scope) => {
    const dict: DictValue = { kind: "dict", entries: new Map(), open: false };
    const body = fieldOf(node, "body");
    const open = each(machine, node, scope, (inner) => {
      const key = keyOf(machine.evaluate(fieldOf(body ?? node, "key") ?? node, inner));
      if (key === undefined) dict.open = true;
      else dict.entries.set(key, machine.evaluate(fieldOf(body ?? node, "value") ?? node, inner));
    });
    dict.open ||= open;
    return dict;
  },
  generic_type: first,
  ellipsis: () => external("builtins.Ellipsis"),
};

/** The text of a node in its file. */
export function sourceOf(node: Syntax, scope: Scope): string {
  return scope.module.text.slice(node.start, node.end);
}

function stringParts(machine: Machine, node: Syntax, scope: Scope): readonly Value[] {
  const head = node.children[0];
  const start = head === undefined ? "" : sourceOf(head, scope);
  return node.children.flatMap((child): readonly Value[] => {
    if (child.type === "string_content") return [contentOf(sourceOf(child, scope), start)];
    if (child.type !== "interpolation") return [];
    const value = machine.evaluate(fieldOf(child, "expression") ?? child, scope);
    return [isKind(value, "instance") || isKind(value, "external") ? stringOf(value) : value];
  });
}

/** An object of the program in a text. */
function stringOf(value: Value): Value {
  const known = textOf(value);
  return known.missing === undefined ? known.text : unknown(known.missing);
}

function attributeOf(machine: Machine, object: Value, name: string, node: Syntax, scope: Scope): Value {
  const site = machine.site(node, scope);
  if (isKind(object, "union")) {
    const found = object.values.flatMap((value) => machine.attribute(value, name, site) ?? []);
    return found.length > 0 ? unionOf(found) : unknown(`${name} is not known`);
  }
  if (isKind(object, "unknown")) return object;
  return machine.attribute(object, name, site) ?? unknown(`what ${sourceOf(node, scope).slice(0, 60)} is`);
}

function listFrom(machine: Machine, node: Syntax, scope: Scope, isTuple: boolean): ListValue {
  const list = listOf([], false, isTuple);
  for (const child of node.children)
    if (child.type === "list_splat") extendList(list, first(machine, child, scope));
    else list.items.push(machine.evaluate(child, scope));
  return list;
}

function dictFrom(machine: Machine, node: Syntax, scope: Scope): DictValue {
  const dict: DictValue = { kind: "dict", entries: new Map(), open: false };
  for (const child of node.children) {
    if (child.type === "pair") {
      const [key, value] = child.children.map((part) => machine.evaluate(part, scope));
      const text = keyOf(key);
      if (text === undefined) dict.open = true;
      else dict.entries.set(text, value ?? null);
      continue;
    }
    const other = first(machine, child, scope);
    if (isKind(other, "dict")) for (const [key, value] of other.entries) dict.entries.set(key, value);
    else dict.open = true;
  }
  return dict;
}

/** Arguments that say nothing of where or how something is served; what they name need not be read. */
const BESIDE =
  /^(?:response_model\w*|responses|response_class|response_description|dependencies|tags|summary|description|status_code|openapi_\w+|operation_id|deprecated|callbacks|middleware|exception_handlers|permission_classes|serializer_class|queryset|authentication_classes|parameters|request|examples?|title|version|contact)$/;

/** The arguments of a call. */
export function argumentsOf(machine: Machine, node: Syntax | undefined, scope: Scope): Args {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  let open = false;
  if (node?.type === "generator_expression") return { positional: [machine.evaluate(node, scope)], named, open };
  for (const child of node?.children ?? []) {
    if (child.type === "keyword_argument") {
      const name = fieldOf(child, "name");
      const value = fieldOf(child, "value");
      const called = name === undefined ? "" : sourceOf(name, scope);
      if (name !== undefined && value !== undefined && !BESIDE.test(called))
        named.set(called, machine.evaluate(value, scope));
    } else if (child.type === "list_splat") {
      const list = first(machine, child, scope);
      if (isKind(list, "list")) positional.push(...list.items);
      open ||= !isKind(list, "list") || list.open;
    } else if (child.type === "dictionary_splat") {
      const dict = first(machine, child, scope);
      if (isKind(dict, "dict")) for (const [key, value] of dict.entries) named.set(key, value);
      open ||= !isKind(dict, "dict") || dict.open;
    } else positional.push(machine.evaluate(child, scope));
  }
  return { positional, named, open };
}

function sides(machine: Machine, node: Syntax, scope: Scope): readonly [Value, Value] {
  const left = fieldOf(node, "left");
  const right = fieldOf(node, "right");
  const read = (side: Syntax | undefined): Value => (side === undefined ? null : machine.evaluate(side, scope));
  return [read(left), read(right)];
}

function binary(machine: Machine, node: Syntax, scope: Scope): Value {
  const [left, right] = sides(machine, node, scope);
  return combine(node.children.find(({ field }) => field === "operator")?.type ?? "", left, right);
}

/** What an operator makes of two values. */
export function combine(operator: string, left: Value, right: Value): Value {
  const isList = isKind(left, "list") || isKind(right, "list");
  if (operator === "+" && isList) {
    const list = listOf([], false, isKind(left, "list") && left.isTuple);
    extendList(list, left);
    extendList(list, right);
    return list;
  }
  if (operator === "|" && isKind(left, "dict") && isKind(right, "dict"))
    return { kind: "dict", entries: new Map([...left.entries, ...right.entries]), open: left.open || right.open };
  if (operator === "%" && typeof left === "string") return percentFormatted(left, right);
  if (typeof left === "number" && typeof right === "number") return arithmetic(operator, left, right);
  const hasText = [left, right].some((side) => typeof side === "string" || isKind(side, "template"));
  if (operator === "+" && hasText) return joinTexts([left, right]);
  if (operator === "/" && hasText) return joinTexts([left, "/", right]);
  return unknown("an operation is not known");
}

function arithmetic(operator: string, left: number, right: number): Value {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  return unknown("an operation is not known");
}

function subscriptOf(machine: Machine, node: Syntax, scope: Scope): Value {
  const object = machine.evaluate(fieldOf(node, "value") ?? node, scope);
  const place = fieldOf(node, "subscript");
  if (isKind(object, "class") || isKind(object, "external")) return object;
  if (place === undefined) return unknown("it is not complete");
  if (place.type === "slice") return sliceOf(machine, object, place, scope);
  const key = machine.evaluate(place, scope);
  if (isKind(object, "list") && typeof key === "number") return object.items.at(key) ?? unknown("an item is not known");
  if (typeof object === "string" && typeof key === "number") return object.at(key) ?? unknown("a letter is not known");
  if (isKind(object, "dict")) {
    const known = object.entries.get(keyOf(key) ?? "");
    if (known !== undefined) return known;
    return object.entries.size > 0 && keyOf(key) === undefined
      ? unionOf([...object.entries.values()])
      : unknown("an entry is not known");
  }
  return unknown("an entry is not known");
}

function sliceOf(machine: Machine, object: Value, node: Syntax, scope: Scope): Value {
  const text = sourceOf(node, scope);
  const numbers = node.children.map((child) => machine.evaluate(child, scope));
  if (numbers.some((number) => typeof number !== "number") || text.split(":").length > 2) return object;
  const [one, other] = numbers as number[];
  const from = text.startsWith(":") ? 0 : (one ?? 0);
  const to = text.startsWith(":") ? one : other;
  if (typeof object === "string") return object.slice(from, to);
  return isKind(object, "list") ? listOf(object.items.slice(from, to), object.open, object.isTuple) : object;
}

function comprehension(machine: Machine, node: Syntax, scope: Scope): Value {
  const list = listOf([]);
  const body = fieldOf(node, "body");
  list.open = each(machine, node, scope, (inner) => {
    if (body !== undefined) list.items.push(machine.evaluate(body, inner));
  });
  return list;
}

/** Calls `use` for each known round of a comprehension's loops; answers whether there are more. */
function each(machine: Machine, node: Syntax, scope: Scope, use: (inner: Scope) => void): boolean {
  const clauses = node.children.filter(({ type }) => type === "for_in_clause" || type === "if_clause");
  let open = false;
  const round = (index: number, inner: Scope): void => {
    const clause = clauses[index];
    if (clause === undefined) return use(inner);
    if (clause.type === "if_clause") {
      const condition = clause.children[0];
      const known = condition === undefined ? true : (decides(machine, condition, inner) ?? true);
      if (known) round(index + 1, inner);
      return undefined;
    }
    const left = fieldOf(clause, "left");
    const right = fieldOf(clause, "right");
    const list = right === undefined ? undefined : machine.evaluate(right, inner);
    const known = itemsOf(list);
    open ||= known.open;
    for (const item of known.items) {
      const deeper = scopeWithin(inner);
      if (left !== undefined) assign(machine, left, item, deeper);
      round(index + 1, deeper);
    }
    return undefined;
  };
  round(0, scope);
  return open;
}

/** What a loop goes over. `open`: over more than is known. */
export function itemsOf(value: Value | undefined): { readonly items: readonly Value[]; readonly open: boolean } {
  if (isKind(value, "list")) return { items: value.items.slice(0, 2000), open: value.open };
  if (isKind(value, "dict")) return { items: [...value.entries.keys()], open: value.open };
  if (isKind(value, "union")) {
    const all = value.values.map(itemsOf);
    return { items: all.flatMap(({ items: known }) => known), open: all.some(({ open }) => open) };
  }
  return { items: [], open: true };
}
