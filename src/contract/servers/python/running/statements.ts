import { fieldOf, joinsRoutes, mattersToRoutes, type Syntax } from "../reading/syntax.ts";
import { extendList } from "../values/value-methods.ts";
import {
  type ClassValue,
  type FunctionValue,
  type Imported,
  isKind,
  type Module,
  type Scope,
  unionOf,
  unknown,
  type Value,
} from "../values/values.ts";
import { decorate } from "./decorators.ts";
import { combine, itemsOf, sourceOf } from "./expressions.ts";
import type { Ending, Frame, Machine } from "./machine.ts";
import { assign, scopeWithin } from "./names.ts";
import { decides, truthOf } from "./truth.ts";

type Step = (machine: Machine, node: Syntax, scope: Scope, frame: Frame) => Ending | undefined;

/** Carries out statements in order. Of a condition that is not known both ways are taken. */
export function run(machine: Machine, statements: readonly Syntax[], scope: Scope, frame: Frame): Ending {
  for (const statement of statements) {
    if (machine.steps <= 0 || machine.leash <= 0) return "end";
    machine.steps -= 1;
    machine.leash -= 1;
    if (STEPS[statement.type]?.(machine, statement, scope, frame) === "end") return "end";
  }
  return "next";
}

const STEPS: Readonly<Record<string, Step>> = {
  expression_statement: (machine, node, scope, frame) => {
    for (const child of node.children) expression(machine, child, scope, frame);
    return "next";
  },
  import_statement: (_machine, node, scope) => {
    for (const child of node.children) importModule(child, scope);
    return "next";
  },
  import_from_statement: importFrom,
  function_definition: (machine, node, scope) => {
    define(machine, node, scope);
    return "next";
  },
  class_definition: (machine, node, scope) => {
    define(machine, node, scope);
    return "next";
  },
  decorated_definition: (machine, node, scope) => {
    const definition = fieldOf(node, "definition");
    const decorators = node.children.filter(({ type }) => type === "decorator");
    if (definition !== undefined) define(machine, definition, scope, decorators);
    return "next";
  },
  if_statement: branches,
  for_statement: loop,
  while_statement: (machine, node, scope, frame) => {
    maybe(machine, () => run(machine, blockOf(fieldOf(node, "body")), scope, frame));
    return "next";
  },
  with_statement: (machine, node, scope, frame) => {
    for (const item of node.children.find(({ type }) => type === "with_clause")?.children ?? [])
      withItem(machine, item, scope);
    return run(machine, blockOf(fieldOf(node, "body")), scope, frame);
  },
  try_statement: attempt,
  return_statement: (machine, node, scope, frame) => {
    const value = node.children[0];
    frame.returned.push(value === undefined ? null : machine.evaluate(value, scope));
    return "end";
  },
  raise_statement: () => "end",
  break_statement: () => "end",
  continue_statement: () => "end",
  match_statement: (machine, node, scope, frame) => {
    for (const clause of blockOf(fieldOf(node, "body")))
      if (clause.type === "case_clause")
        maybe(machine, () => run(machine, blockOf(fieldOf(clause, "consequence")), scope, frame));
    return "next";
  },
};

/** Where a function, or a module, gathers what it answers. */
export function newFrame(): Frame {
  return { returned: [], unlikely: [], yielded: [] };
}

function expression(machine: Machine, node: Syntax, scope: Scope, frame: Frame): void {
  if (node.type === "assignment") {
    assignment(machine, node, scope);
  } else if (node.type === "augmented_assignment") {
    const left = fieldOf(node, "left");
    const right = fieldOf(node, "right");
    if (left === undefined || right === undefined) return;
    const before = machine.evaluate(left, scope);
    const added = machine.evaluate(right, scope);
    const operator = node.children.find(({ field }) => field === "operator")?.type ?? "";
    if (operator === "+=" && isKind(before, "list")) extendList(before, added);
    else assign(machine, left, combine(operator.replace("=", ""), before, added), scope);
  } else if (node.type === "yield") {
    const value = node.children[0];
    frame.yielded.push(value === undefined ? null : machine.evaluate(value, scope));
  } else machine.evaluate(node, scope);
}

/** "a = b = value" is an assignment whose right side is one. */
function assignment(machine: Machine, node: Syntax, scope: Scope): Value {
  const left = fieldOf(node, "left");
  const right = fieldOf(node, "right");
  if (left === undefined || right === undefined) return null;
  if (left.type === "identifier" && canWait(right, sourceOf(left, scope), scope)) {
    scope.names.set(sourceOf(left, scope), { kind: "late", node: right, scope, value: undefined });
    return null;
  }
  const value = right.type === "assignment" ? assignment(machine, right, scope) : machine.evaluate(right, scope);
  assign(machine, left, value, scope);
  return value;
}

const LITERALS = /^(?:string|integer|float|true|false|none|assignment|identifier)$/;

/** Whether a value of a module or class can be worked out later: its expression has no word of routers, nor its own name. */
function canWait(node: Syntax, name: string, scope: Scope): boolean {
  if (scope.kind === "function" || LITERALS.test(node.type)) return false;
  const text = sourceOf(node, scope);
  if (mattersToRoutes(text)) return false;
  return !text.includes(name) || !new RegExp(`\\b${name}\\b`).test(text);
}

function importModule(node: Syntax, scope: Scope): void {
  const name = fieldOf(node, "name") ?? node;
  const alias = fieldOf(node, "alias");
  const path = sourceOf(name, scope).replaceAll(/\s/g, "");
  const bound = alias === undefined ? (path.split(".")[0] ?? path) : path;
  const imported: Imported = { kind: "imported", module: bound, name: undefined, from: scope.module };
  scope.names.set(alias === undefined ? bound : sourceOf(alias, scope), imported);
}

function importFrom(machine: Machine, node: Syntax, scope: Scope): Ending {
  const from = fieldOf(node, "module_name");
  if (from === undefined) return "next";
  const module = sourceOf(from, scope).replaceAll(/\s/g, "");
  if (node.children.some(({ type }) => type === "wildcard_import")) importAll(machine, module, scope);
  for (const child of node.children) {
    if (child.field !== "name") continue;
    const name = sourceOf(fieldOf(child, "name") ?? child, scope);
    const alias = fieldOf(child, "alias");
    const bound = alias === undefined ? name : sourceOf(alias, scope);
    const imported: Imported = { kind: "imported", module, name, from: scope.module };
    // A package's module "users" that is imported into the package's own name "users" means itself.
    scope.names.set(bound, imported);
  }
  return "next";
}

function importAll(machine: Machine, name: string, scope: Scope): void {
  const module: Module | undefined = machine.module(name, scope.module);
  if (module === undefined) return;
  machine.load(module);
  const named = machine.resolve(module.scope.names.get("__all__") ?? null);
  const only = isKind(named, "list") && !named.open ? new Set(named.items) : undefined;
  for (const [each, value] of module.scope.names)
    if (only === undefined ? !each.startsWith("_") : only.has(each)) scope.names.set(each, value);
}

function define(machine: Machine, node: Syntax, scope: Scope, decorators: readonly Syntax[] = []): void {
  const name = fieldOf(node, "name");
  if (name === undefined) return;
  const isClass = node.type === "class_definition";
  const value = isClass ? classOf(machine, node, scope) : functionOf(machine, node, scope);
  scope.names.set(sourceOf(name, scope), decorate(machine, value, decorators, scope));
}

/** The value of a function's definition, not decorated yet. */
function functionOf(machine: Machine, node: Syntax, scope: Scope): FunctionValue {
  const name = fieldOf(node, "name");
  const body = fieldOf(node, "body");
  const text = body === undefined ? "" : sourceOf(body, scope);
  const owner = scope.kind === "class" ? scope.names.get("__class__") : undefined;
  return {
    kind: "function",
    name: name === undefined ? "" : sourceOf(name, scope),
    node,
    scope,
    owner: isKind(owner, "class") ? owner : undefined,
    decorations: [],
    place: machine.site(node, scope),
    matters: mattersToRoutes(text),
    joins: joinsRoutes(text),
    lines: text.split("\n", 200).length,
    attributes: new Map(),
  };
}

function classOf(machine: Machine, node: Syntax, scope: Scope): ClassValue {
  const name = fieldOf(node, "name");
  const bases = (fieldOf(node, "superclasses")?.children ?? []).filter(({ type }) => type !== "keyword_argument");
  let known: readonly Value[] | undefined;
  const inner = scopeWithin(scope, "class");
  const value: ClassValue = {
    kind: "class",
    name: name === undefined ? "" : sourceOf(name, scope),
    get bases() {
      if (known !== undefined) return known;
      known = [];
      known = bases.map((base) => machine.evaluate(base, scope));
      return known;
    },
    members: inner.names,
    decorations: [],
    scope,
    place: machine.site(node, scope),
  };
  inner.names.set("__class__", value);
  run(machine, blockOf(fieldOf(node, "body")), inner, newFrame());
  return value;
}

/** Both ways of a condition that is not known, each from the same names; what they bind differently is one of both. */
function branches(machine: Machine, node: Syntax, scope: Scope, frame: Frame): Ending {
  const clauses = node.children.filter(({ type }) => type === "elif_clause" || type === "else_clause");
  return branch(machine, node, clauses, scope, frame);
}

function branch(machine: Machine, node: Syntax, rest: readonly Syntax[], scope: Scope, frame: Frame): Ending {
  const condition = fieldOf(node, "condition");
  const otherwise = (): Ending => {
    const [next, ...after] = rest;
    if (next === undefined) return "next";
    if (next.type === "elif_clause") return branch(machine, next, after, scope, frame);
    return run(machine, blockOf(fieldOf(next, "body")), scope, frame);
  };
  const body = blockOf(fieldOf(node, "consequence"));
  if (condition === undefined) return otherwise();
  if (/^__name__\s*==/.test(sourceOf(condition, scope))) return run(machine, body, scope, frame);
  const known = decides(machine, condition, scope);
  if (known === true) return run(machine, body, scope, frame);
  if (known === false) return otherwise();
  const likely = truthOf(machine.evaluate(condition, scope));
  const returnsBefore = frame.returned.length;
  const before = new Map(scope.names);
  const first = maybe(machine, () => run(machine, body, scope, frame));
  const isUnlikely = likely === false || (likely === undefined && rest.length === 0);
  if (isUnlikely) frame.unlikely.push(...frame.returned.splice(returnsBefore));
  const afterFirst = new Map(scope.names);
  restore(scope, before);
  const second = maybe(machine, otherwise);
  if (first === "end" && second === "end") return "end";
  if (first === "end") return "next";
  if (second === "end") restore(scope, afterFirst);
  else join(scope, before, afterFirst, !isUnlikely);
  return "next";
}

function restore(scope: Scope, names: ReadonlyMap<string, Value>): void {
  scope.names.clear();
  for (const [name, value] of names) scope.names.set(name, value);
}

function join(
  scope: Scope,
  before: ReadonlyMap<string, Value>,
  other: ReadonlyMap<string, Value>,
  isLikely: boolean,
): void {
  for (const [name, value] of other) {
    const here = scope.names.get(name);
    if (here === value) continue;
    if (here === undefined) scope.names.set(name, value);
    else if (value === before.get(name)) continue;
    else scope.names.set(name, unionOf(isLikely ? [value, here] : [here, value]));
  }
}

function maybe<T>(machine: Machine, use: () => T): T {
  machine.conditions += 1;
  try {
    return use();
  } finally {
    machine.conditions -= 1;
  }
}

function loop(machine: Machine, node: Syntax, scope: Scope, frame: Frame): Ending {
  const left = fieldOf(node, "left");
  const right = fieldOf(node, "right");
  if (left === undefined || right === undefined) return "next";
  const { items, open } = itemsOf(machine.evaluate(right, scope));
  const body = blockOf(fieldOf(node, "body"));
  for (const item of items) {
    assign(machine, left, item, scope);
    run(machine, body, scope, frame);
  }
  if (open && items.length === 0) {
    assign(machine, left, unknown("a loop goes over what is not known before the program runs"), scope);
    maybe(machine, () => run(machine, body, scope, frame));
  }
  return "next";
}

function withItem(machine: Machine, item: Syntax, scope: Scope): void {
  const value = fieldOf(item, "value");
  if (value?.type !== "as_pattern") {
    if (value !== undefined) machine.evaluate(value, scope);
    return;
  }
  const [source, target] = [value.children[0], fieldOf(value, "alias")];
  const held = source === undefined ? null : machine.evaluate(source, scope);
  const name = target?.children[0];
  if (name !== undefined) assign(machine, name, held, scope);
}

function attempt(machine: Machine, node: Syntax, scope: Scope, frame: Frame): Ending {
  const body = fieldOf(node, "body");
  const ending = run(machine, blockOf(body), scope, frame);
  for (const clause of node.children) {
    if (clause === body) continue;
    const block = clause.children.find(({ type }) => type === "block");
    if (clause.type.startsWith("except")) {
      const before = new Map(scope.names);
      const handled = maybe(machine, () => run(machine, blockOf(block), scope, frame));
      const after = new Map(scope.names);
      restore(scope, before);
      if (handled !== "end") for (const [name, value] of after) mixed(scope, name, value);
    } else if (run(machine, blockOf(block), scope, frame) === "end") return "end";
  }
  return ending;
}

/** What a handler binds counts where the body bound nothing known. */
function mixed(scope: Scope, name: string, value: Value): void {
  const here = scope.names.get(name);
  if (here !== value) scope.names.set(name, here === undefined ? value : unionOf([here, value]));
}

function blockOf(node: Syntax | undefined): readonly Syntax[] {
  return node?.children ?? [];
}
