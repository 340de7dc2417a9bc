import { fieldOf, type Syntax } from "../reading/syntax.ts";
import { isKind, type Scope, type Value } from "../values/values.ts";
import type { Machine } from "./machine.ts";

/** Whether a value counts as true; undefined where that is not known. */
export function truthOf(value: Value): boolean | undefined {
  if (value === null) return false;
  if (typeof value === "string") return value !== "";
  if (typeof value === "number") return value !== 0;
  if (typeof value === "boolean") return value;
  if (isKind(value, "list")) return value.items.length > 0 ? true : value.open ? undefined : false;
  if (isKind(value, "dict")) return value.entries.size > 0 ? true : value.open ? undefined : false;
  if (isKind(value, "template"))
    return value.parts.some((part) => typeof part === "string" && part !== "") || undefined;
  if (isKind(value, "union")) {
    const truths = new Set(value.values.map(truthOf));
    return truths.size === 1 ? [...truths][0] : undefined;
  }
  if (isKind(value, "unknown") || isKind(value, "imported") || isKind(value, "external")) return undefined;
  if (isKind(value, "instance") && isKind(value.of, "external")) return undefined;
  return true;
}

/**
 * How a condition ends, where it is about a function's own arguments and names alone. What asks a setting or a module's
 * constant is never decided: another deployment sets it another way, and its routes are served there.
 */
export function decides(machine: Machine, node: Syntax, scope: Scope): boolean | undefined {
  switch (node.type) {
    case "true":
      return true;
    case "false":
    case "none":
      return false;
    case "parenthesized_expression":
      return node.children[0] === undefined ? undefined : decides(machine, node.children[0], scope);
    case "not_operator": {
      const inner = fieldOf(node, "argument");
      const known = inner === undefined ? undefined : decides(machine, inner, scope);
      return known === undefined ? undefined : !known;
    }
    case "boolean_operator":
      return decidesBoth(machine, node, scope);
    case "comparison_operator":
      return isLocal(node, scope) ? compared(machine, node, scope) : undefined;
    case "identifier":
      if (scope.module.text.slice(node.start, node.end) === "TYPE_CHECKING") return false;
      return isLocal(node, scope) ? truthOf(machine.evaluate(node, scope)) : undefined;
    case "attribute":
      return /\bTYPE_CHECKING$/.test(scope.module.text.slice(node.start, node.end)) ? false : undefined;
    case "call":
    case "named_expression":
      return isLocal(node, scope) ? truthOf(machine.evaluate(node, scope)) : undefined;
    default:
      return undefined;
  }
}

function decidesBoth(machine: Machine, node: Syntax, scope: Scope): boolean | undefined {
  const [left, right] = ["left", "right"].map((field) => {
    const side = fieldOf(node, field);
    return side === undefined ? undefined : decides(machine, side, scope);
  });
  const isOr = node.children.some(({ field, type }) => field === "operator" && type === "or");
  if (left === isOr || right === isOr) return isOr;
  return left === undefined || right === undefined ? undefined : !isOr;
}

/** Every name in it is bound in a function, and no attribute is asked but a text's methods. */
function isLocal(node: Syntax, scope: Scope): boolean {
  if (node.type === "identifier") return isLocalName(scope.module.text.slice(node.start, node.end), scope);
  if (node.type === "attribute") return false;
  if (node.type === "call") {
    const callee = fieldOf(node, "function");
    const given = fieldOf(node, "arguments");
    const object = callee === undefined ? undefined : fieldOf(callee, "object");
    const known = object === undefined ? callee?.type === "identifier" : isLocal(object, scope);
    return known && (given?.children.every((child) => isLocal(child, scope)) ?? true);
  }
  return node.children.every(
    (child) => child.field === "operators" || child.field === "operator" || isLocal(child, scope),
  );
}

function isLocalName(name: string, scope: Scope): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
    if (at.names.has(name)) return at.kind === "function";
  return /^(?:isinstance|len|str|bool|callable)$/.test(name);
}

function compared(machine: Machine, node: Syntax, scope: Scope): boolean | undefined {
  const sides = node.children.filter(({ field }) => field !== "operators");
  const operator = node.children.filter(({ field }) => field === "operators");
  const [one, other] = sides;
  if (one === undefined || other === undefined || sides.length !== 2) return undefined;
  const sign = operator.map(({ type }) => type).join(" ");
  const left = machine.evaluate(one, scope);
  const right = machine.evaluate(other, scope);
  if (sign === "in" || sign === "not in") {
    const held = holds(right, left);
    return held === undefined ? undefined : held === (sign === "in");
  }
  const isEqual = equal(left, right);
  if (sign === "==" || sign === "is") return isEqual;
  if (sign === "!=" || sign === "is not" || sign === "not is") return isEqual === undefined ? undefined : !isEqual;
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  if (sign === ">") return left > right;
  if (sign === "<") return left < right;
  return sign === ">=" ? left >= right : sign === "<=" ? left <= right : undefined;
}

function isPlain(value: Value): boolean {
  return value === null || typeof value !== "object";
}

function equal(left: Value, right: Value): boolean | undefined {
  if (isPlain(left) && isPlain(right)) return left === right;
  if (left === right) return true;
  const open = [left, right].some(
    (side) => isKind(side, "unknown") || isKind(side, "union") || isKind(side, "template") || isKind(side, "external"),
  );
  if (open) return undefined;
  return isPlain(left) || isPlain(right) ? false : undefined;
}

function holds(whole: Value, part: Value): boolean | undefined {
  if (typeof whole === "string" && typeof part === "string") return whole.includes(part);
  if (isKind(whole, "dict")) return typeof part === "string" && !whole.open ? whole.entries.has(part) : undefined;
  if (!isKind(whole, "list") || !isPlain(part)) return undefined;
  if (whole.items.includes(part)) return true;
  return whole.open || whole.items.some((item) => !isPlain(item)) ? undefined : false;
}
