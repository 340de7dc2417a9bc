import { fieldOf, type Syntax } from "../reading/syntax.ts";
import { callValueMethod } from "../values/value-methods.ts";
import {
  type Args,
  type Bound,
  type ClassValue,
  type External,
  external,
  type FunctionValue,
  type Instance,
  isKind,
  listOf,
  type Scope,
  type Site,
  unionOf,
  unknown,
  type Value,
} from "../values/values.ts";
import { externalBases, isDecoratedBy, member } from "./classes.ts";
import { sourceOf } from "./expressions.ts";
import type { Frame, Machine } from "./machine.ts";
import { assign, scopeWithin } from "./names.ts";

const DEEPEST = 24;
/** A function that calls itself is followed so often inside itself. */
const MOST_ROUNDS = 4;
/** Longer functions are followed where they may touch routers only. */
const SHORT_LINES = 40;

/** Steps that are followed of a function that has no router in hand. */
const LEASH = { mayMatter: 4000, other: 800 } as const;

/** A project's own methods of routers that register one thing: their callers say where it stands. */
const REGISTERS = /^(?:add_|register$|(?:api_)?route$|(?:get|post|put|patch|delete)$)/;

/** What a call answers. Functions of the project are followed where they may touch routers, or are short. */
export function call(machine: Machine, callee: Value, args: Args, site: Site): Value {
  if (callee === null || typeof callee !== "object") return unknown("what is called is not known");
  switch (callee.kind) {
    case "native":
      return callee.call(args, site);
    case "external":
      return callExternal(machine, callee, args, site);
    case "class":
      return instantiate(machine, callee, args, site);
    case "function":
      return follow(machine, callee, args, site);
    case "bound":
      return callBound(machine, callee, args, site);
    case "union":
      return unionOf(callee.values.map((each) => call(machine, each, args, site)));
    case "instance": {
      const method = machine.attribute(callee, "__call__", site);
      return isKind(method, "bound") && method.method !== undefined
        ? call(machine, method, args, site)
        : (args.named.get("default") ?? newInstance(external(`${nameOf(callee)}()`), args, site));
    }
    case "unknown":
      return callee;
    default:
      return unknown("what is called is not known");
  }
}

function callExternal(machine: Machine, callee: External, args: Args, site: Site): Value {
  for (const framework of machine.frameworks) {
    const answer = framework.call?.(callee.path, args, site);
    if (answer !== undefined) return answer;
  }
  const made = newInstance(callee, args, site);
  for (const framework of machine.frameworks)
    if (framework.create?.(made, callee.path, args, site) === true) return made;
  return made;
}

function newInstance(of: ClassValue | External, args: Args, site: Site): Instance {
  return { kind: "instance", of, args, attributes: new Map(), place: { file: site.file, line: site.line } };
}

function instantiate(machine: Machine, of: ClassValue, args: Args, site: Site): Value {
  const made = newInstance(of, args, site);
  const first = args.positional[0];
  const paths = externalBases(of);
  if (paths.some((path) => /(?:^|\.)(?:Str|Int)?Enum$/.test(path)) && first !== undefined) return first;
  const start = member(of, "__init__");
  if (isKind(start, "function")) {
    follow(machine, start, { ...args, positional: [made, ...args.positional] }, site);
  } else {
    for (const [name, value] of args.named) made.attributes.set(name, value);
    if (paths.length === 0) fieldsByPlace(of, args, made);
  }
  create(machine, made, args, site);
  return made;
}

/** Lets the frameworks know of an instance whose class inherits from one of theirs; a second time changes nothing. */
function create(machine: Machine, made: Instance, args: Args, site: Site): void {
  for (const path of externalBases(made.of))
    for (const framework of machine.frameworks) if (framework.create?.(made, path, args, site) === true) return;
}

function fieldsByPlace(of: ClassValue, args: Args, made: Instance): void {
  const names = [...of.members.keys()].filter((name) => !name.startsWith("__"));
  for (const [index, value] of args.positional.entries()) {
    const name = names[index];
    if (name !== undefined && !isKind(of.members.get(name), "function")) made.attributes.set(name, value);
  }
}

function callBound(machine: Machine, bound: Bound, args: Args, site: Site): Value {
  if (bound.method !== undefined) {
    const outer = machine.toldAt;
    if (REGISTERS.test(bound.name) && machine.frameworks.some((framework) => framework.owns?.(bound.self) === true))
      machine.toldAt ??= { file: site.file, line: site.line };
    const answer = follow(machine, bound.method, { ...args, positional: [bound.self, ...args.positional] }, site);
    machine.toldAt = outer;
    return answer;
  }
  if (bound.name === "__init__" && isKind(bound.self, "instance")) {
    create(machine, bound.self, args, site);
    for (const [name, value] of args.named)
      if (!bound.self.attributes.has(name)) bound.self.attributes.set(name, value);
    return null;
  }
  for (const framework of machine.frameworks) {
    const answer = framework.method?.(bound, args, site);
    if (answer !== undefined) return answer;
  }
  const answer = callValueMethod(bound.self, bound.name, args);
  if (answer !== undefined) return answer;
  // A reader of settings answers the default that it is given.
  return args.named.get("default") ?? newInstance(external(`${nameOf(bound.self)}.${bound.name}`), args, site);
}

function nameOf(value: Value): string {
  if (isKind(value, "external")) return value.path;
  if (isKind(value, "instance"))
    return isKind(value.of, "external") ? value.of.path : (externalBases(value.of)[0] ?? value.of.name);
  return isKind(value, "class") ? value.name : "it";
}

function follow(machine: Machine, callee: FunctionValue, args: Args, site: Site): Value {
  const concerned = [...args.positional, ...args.named.values()].some((value) =>
    machine.frameworks.some((framework) => framework.concerns?.(value) === true),
  );
  if (!callee.matters && !concerned && callee.lines > SHORT_LINES) return unknown(`what ${callee.name}() answers`);
  const rounds = machine.active.get(callee.node) ?? 0;
  if (machine.depth >= DEEPEST || rounds >= MOST_ROUNDS || machine.steps <= 0)
    return unknown(`${callee.name}() is called too deep to be followed`);
  const isPlain = !concerned && !callee.joins;
  const isAlone = isPlain && args.positional.length === 0 && args.named.size === 0 && !args.open;
  const known = isAlone ? machine.answers.get(callee) : undefined;
  if (known !== undefined) return known;
  const outer = machine.leash;
  const leash = isPlain ? Math.min(outer, callee.matters ? LEASH.mayMatter : LEASH.other) : Infinity;
  machine.leash = leash;
  machine.depth += 1;
  machine.active.set(callee.node, rounds + 1);
  machine.called.add(callee.node);
  try {
    let answer = carryOut(machine, callee, args, site);
    for (const framework of machine.frameworks) answer = framework.returned?.(answer, site) ?? answer;
    if (isAlone) machine.answers.set(callee, answer);
    return answer;
  } finally {
    machine.depth -= 1;
    machine.active.set(callee.node, rounds);
    machine.leash = outer === Infinity ? Infinity : outer - (leash === Infinity ? 0 : leash - machine.leash);
  }
}

function carryOut(machine: Machine, callee: FunctionValue, args: Args, site: Site): Value {
  const scope = scopeWithin(callee.scope);
  bindParameters(machine, callee, args, scope);
  if (callee.owner !== undefined) {
    scope.names.set("__class__", callee.owner);
    scope.names.set("__self__", args.positional[0] ?? null);
  }
  if (callee.node.type === "lambda") {
    const body = fieldOf(callee.node, "body");
    return body === undefined ? null : machine.evaluate(body, scope);
  }
  const frame: Frame = { returned: [], unlikely: [], yielded: [] };
  const outer = machine.conditions;
  if (site.conditional) machine.conditions = Math.max(1, outer);
  machine.run(machine.body(callee.node, callee.scope.module), scope, frame);
  machine.conditions = outer;
  if (frame.yielded.length > 0)
    return isDecoratedBy(callee, /contextmanager$/) ? unionOf(frame.yielded) : listOf(frame.yielded);
  const answers = [...frame.returned, ...frame.unlikely];
  return answers.length === 0 ? null : unionOf(answers);
}

function bindParameters(machine: Machine, callee: FunctionValue, args: Args, scope: Scope): void {
  const parameters = fieldOf(callee.node, "parameters")?.children ?? [];
  const named = new Map(args.named);
  let index = 0;
  let onlyNamed = false;
  const bound = (target: Syntax, fallback: Syntax | undefined): void => {
    const name = sourceOf(target, scope);
    const given = named.get(name) ?? (onlyNamed ? undefined : args.positional[index]);
    if (!named.delete(name)) index += 1;
    const value = given ?? (fallback === undefined ? undefined : machine.evaluate(fallback, callee.scope));
    scope.names.set(name, value ?? unknown(`the argument ${name} of ${callee.name}() is not known`));
  };
  for (const parameter of parameters) {
    const target = fieldOf(parameter, "name") ?? parameter.children[0] ?? parameter;
    const inner = target.children[0] ?? target;
    if (parameter.type === "keyword_separator") onlyNamed = true;
    else if (target.type === "list_splat_pattern" || parameter.type === "list_splat_pattern") {
      const name = parameter.type === "list_splat_pattern" ? target : inner;
      assign(machine, name, listOf(args.positional.slice(index), args.open, true), scope);
      onlyNamed = true;
    } else if (target.type === "dictionary_splat_pattern" || parameter.type === "dictionary_splat_pattern") {
      const name = parameter.type === "dictionary_splat_pattern" ? target : inner;
      assign(machine, name, { kind: "dict", entries: named, open: args.open }, scope);
    } else if (parameter.type === "identifier") bound(parameter, undefined);
    else if (parameter.type !== "positional_separator") bound(target, fieldOf(parameter, "value"));
  }
}
