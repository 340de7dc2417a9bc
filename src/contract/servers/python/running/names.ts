import { fieldOf, type Syntax } from "../reading/syntax.ts";
import { keyOf } from "../values/value-methods.ts";
import { external, isKind, listOf, type Scope, unknown, type Value } from "../values/values.ts";
import type { Machine } from "./machine.ts";

const BUILTINS = new Set(
  (
    "str int float bool list dict tuple set frozenset len range enumerate zip sorted reversed getattr setattr hasattr " +
    "isinstance issubclass super print property staticmethod classmethod any all map filter type vars object next iter " +
    "min max sum abs repr callable __import__ open id hash Exception ValueError TypeError KeyError RuntimeError ImportError"
  ).split(" "),
);

/** The value of a name where it is used. A class's own names are not seen in its methods. */
export function lookUp(machine: Machine, name: string, scope: Scope): Value {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.kind === "class" && at !== scope) continue;
    const value = at.names.get(name);
    if (value !== undefined) return machine.resolve(value);
  }
  if (name === "__name__") return scope.module.name;
  if (name === "__file__") return scope.module.path;
  if (name === "__package__")
    return scope.module.path.endsWith("__init__.py") ? scope.module.name : scope.module.name.replace(/\.?[^.]*$/, "");
  if (name === "__path__") return listOf([scope.module.folder]);
  if (name === "TYPE_CHECKING") return false;
  return BUILTINS.has(name) ? external(`builtins.${name}`) : unknown(`nothing known is called ${name}`);
}

/** A scope inside of another, as a function's or a comprehension's. */
export function scopeWithin(parent: Scope, kind: Scope["kind"] = "function"): Scope {
  return { kind, names: new Map(), parent, module: parent.module };
}

/** Binds what stands left of an equals sign. */
export function assign(machine: Machine, target: Syntax, value: Value, scope: Scope): void {
  const name = scope.module.text.slice(target.start, target.end);
  if (target.type === "identifier") {
    scope.names.set(name, value);
    return;
  }
  if (/^(?:pattern_list|tuple_pattern|list_pattern|tuple|list|expression_list)$/.test(target.type)) {
    const list = isKind(value, "list") ? value : undefined;
    const star = target.children.findIndex(({ type }) => type === "list_splat_pattern");
    for (const [index, child] of target.children.entries()) {
      if (index === star) assign(machine, child, unknown("the rest of a list"), scope);
      else assign(machine, child, list?.items[index] ?? part(value), scope);
    }
    return;
  }
  const held = fieldOf(target, "object") ?? fieldOf(target, "value");
  if (held === undefined) return;
  const object = machine.evaluate(held, scope);
  if (target.type === "attribute") setAttribute(object, name.slice(name.lastIndexOf(".") + 1).trim(), value);
  if (target.type === "subscript" && isKind(object, "dict")) {
    const key = keyOf(machine.evaluate(fieldOf(target, "subscript") ?? target, scope));
    if (key === undefined) object.open = true;
    else object.entries.set(key, value);
  }
}

function part(value: Value): Value {
  return isKind(value, "unknown") ? value : unknown("a part of something that is not known");
}

/** Sets an attribute, where the object can be known. */
export function setAttribute(object: Value, name: string, value: Value): void {
  if (isKind(object, "instance") || isKind(object, "function")) object.attributes.set(name, value);
  else if (isKind(object, "class")) object.members.set(name, value);
  else if (isKind(object, "module")) object.module.scope.names.set(name, value);
  else if (isKind(object, "union")) for (const each of object.values) setAttribute(each, name, value);
}
