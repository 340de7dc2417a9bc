import { isNode, type Node } from "../../codebase/javascript/reading/syntax.ts";
import { returned } from "./execute.ts";
import { callBuiltin } from "./builtins/globals.ts";
import type { Machine } from "./machine.ts";
import { bindPattern, declare, functionValue, hoist, lookUp, nameOfKey, openScope } from "./scopes.ts";
import {
  type Argument,
  type Call,
  choice,
  type ClassValue,
  type Fields,
  type Foreign,
  type Func,
  lazySlot,
  list,
  type Scope,
  UNDEFINED,
  unknown,
  type Value,
} from "./values.ts";

const DEEPEST = 60;
/** A function may be inside of itself so often. */
const MOST_RECURSIONS = 2;
/** A function that is passed to an unknown one is carried out so often at most. */
const MOST_BLIND_RUNS = 12;

/** An object with more fields than these is no set of arguments. */
const MOST_HANDED = 24;
/** What a function that does not matter may use; and one that nobody is seen to call. */
const ALLOWANCE = 20_000;
const BLIND_ALLOWANCE = 1_500;

const blindRuns = new WeakMap<Node, number>();

/** What a call gives; what it does on the way is done. */
export function call(machine: Machine, callee: Value, made: Call, self?: Value): Value {
  switch (callee.kind) {
    case "function":
      return callFunction(machine, callee, made.args, self, made);
    case "class": {
      if (!made.isNew) return unknown("a class is called");
      if (self?.kind === "fields") return construct(machine, callee, self, made.args);
      return instantiate(machine, callee, made.args);
    }
    case "foreign":
      return callForeign(machine, callee, made);
    case "native": {
      const answer = callee.call?.(made);
      if (answer === undefined) runCallbacks(machine, made);
      return answer ?? unknown("what a framework's object gives is not followed");
    }
    case "choice": {
      const able = callee.options.filter(({ kind }) => /^(?:function|class|foreign|native)$/.test(kind));
      if (able.length === 0) return unknown("a function that is not known");
      const [only] = able;
      if (able.length === 1 && only !== undefined) return machine.call(only, made, self);
      return choice(able.map((one) => machine.perhaps(() => machine.call(one, made, self))));
    }
    default:
      runCallbacks(machine, made);
      return unknown("a function that is not known gives it", callee.kind === "unknown" ? callee.name : "");
  }
}

function callForeign(machine: Machine, callee: Foreign, made: Call): Value {
  const builtin = callBuiltin(machine, callee, made);
  if (builtin !== undefined) return builtin;
  const hooked = machine.hooks.callForeign?.(callee, made, machine);
  if (hooked !== undefined) return hooked;
  runCallbacks(machine, made);
  const [first] = made.args;
  const last = callee.steps.at(-1);
  // A container that is asked for a class gives an instance of it.
  if (last?.kind === "member" && /^(?:get|resolve|getInstance)$/.test(last.name) && made.args.length === 1) {
    const asked = first?.value();
    if (asked?.kind === "class") return instantiate(machine, asked, undefined);
  }
  return {
    kind: "foreign",
    package: callee.package,
    steps: [...callee.steps, { kind: "call", args: made.args, isNew: made.isNew, at: made.at }],
  };
}

/** Functions that are handed to an unknown one may be called by it: they are carried out with unknown arguments. */
function runCallbacks(machine: Machine, made: Call): void {
  for (const argument of made.args) {
    const node = argument.node;
    if (node === undefined) continue;
    const isLiteral = node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression";
    if (!isLiteral && node.type !== "Identifier") continue;
    if (!isLiteral && lookUp(made.at.scope, node["name"] as string)?.node?.type !== "FunctionDeclaration") continue;
    const value = argument.value();
    if (value.kind === "function") callBlindly(machine, value);
  }
}

/** Carries a function out whose caller is not known. */
export function callBlindly(machine: Machine, func: Func): Value {
  const runs = blindRuns.get(func.node) ?? 0;
  if (runs >= MOST_BLIND_RUNS) return unknown("it is called by an unknown one");
  blindRuns.set(func.node, runs + 1);
  const { state } = machine;
  const before = state.allowance;
  state.allowance = Math.min(before, BLIND_ALLOWANCE);
  state.aside++;
  const value = callFunction(machine, func, undefined);
  state.allowance = before;
  state.aside--;
  return value;
}

/** Carries a function out; without `args` its parameters are unknown. */
export function callFunction(
  machine: Machine,
  func: Func,
  args: readonly Argument[] | undefined,
  self?: Value,
  made?: Call,
): Value {
  const { state } = machine;
  const recursions = state.running.filter((node) => node === func.node).length;
  if (state.depth >= DEEPEST || recursions >= MOST_RECURSIONS || state.steps <= 0)
    return unknown("a function calls itself, or calls go too deep");
  const body = func.node["body"] as Node | null;
  if (!isNode(body)) return unknown("a function without a body");
  state.entered.add(func.node);
  state.running.push(func.node);
  state.sites.push(made?.at);
  state.depth++;
  const before = state.allowance;
  const given = matters(machine, func, args) ? Infinity : Math.min(before, ALLOWANCE);
  const { aside } = state;
  state.allowance = given;
  state.aside = given === Infinity ? 0 : aside + (made?.isDropped === true ? 3 : 1);
  try {
    const scope = openFunctionScope(machine, func, args, self);
    if (body.type !== "BlockStatement" && body.type !== "FunctionBody") return machine.evaluate(body, scope);
    const statements = body["body"] as readonly Node[];
    hoist(machine, statements, scope);
    const frame = { returns: [] as Value[] };
    machine.execute(statements, scope, frame);
    return func.node["generator"] === true ? list(frame.returns, true) : returned(frame.returns);
  } finally {
    state.depth--;
    state.running.pop();
    state.sites.pop();
    state.aside = aside;
    state.allowance = given === Infinity ? before : before - (given - state.allowance);
  }
}

/** A function that does what is looked for, or that gets something of it. */
function matters(machine: Machine, func: Func, args: readonly Argument[] | undefined): boolean {
  if (machine.hooks.matters?.(func) === true) return true;
  return args?.some((argument) => handsNative(argument)) === true;
}

function handsNative(argument: Argument): boolean {
  const { node } = argument;
  if (node !== undefined && !/^(?:Identifier|MemberExpression|ThisExpression|ObjectExpression)$/.test(node.type))
    return false;
  // What is imported and not yet asked for is handed on to functions that say themselves what they do with it.
  if (node?.type === "Identifier" && argument.at !== undefined) {
    const declared = lookUp(argument.at, node["name"] as string)?.node;
    if (declared?.type.startsWith("Import") === true) return false;
  }
  const value = argument.value();
  if (value.kind === "native") return true;
  if (value.kind !== "fields" || value.fields.size > MOST_HANDED) return false;
  return [...value.fields.values()].some((field) => field.value().kind === "native");
}

/**
 * The scope of a function's body, with its parameters: those that `args` give, or unknown ones where there are no `args`. The
 * body is not declared in it yet.
 */
export function openFunctionScope(
  machine: Machine,
  func: Func,
  args: readonly Argument[] | undefined,
  self?: Value,
): Scope {
  const isArrow = func.node.type === "ArrowFunctionExpression";
  const own = isArrow ? undefined : (func.self ?? self);
  const scope = openScope(func.scope, { self: own, of: func.node });
  const params = paramsOf(func.node);
  for (const [index, param] of params.entries()) {
    if (param.type === "RestElement") {
      const rest = (): Value =>
        args === undefined
          ? list([], true)
          : list(
              args.slice(index).map((one) => one.value()),
              args.some(({ isSpread }) => isSpread),
            );
      bindPattern(machine, param["argument"] as Node, scope, rest, param);
      continue;
    }
    const value = lazySlot(() => argumentAt(args, index) ?? parameter(func.node, param, index));
    bindPattern(machine, param, scope, () => value.value(), param);
  }
  if (args !== undefined && !isArrow)
    declare(scope, "arguments", undefined, () => list(args.map((one) => one.value())));
  return scope;
}

export function paramsOf(node: Node): readonly Node[] {
  const params = node["params"] as readonly Node[] | { readonly items: readonly Node[] } | undefined;
  const nodes = Array.isArray(params) ? (params as readonly Node[]) : [];
  return nodes.filter((param) => !(param.type === "Identifier" && param["name"] === "this"));
}

function argumentAt(args: readonly Argument[] | undefined, index: number): Value | undefined {
  if (args === undefined || args.slice(0, index + 1).some(({ isSpread }) => isSpread)) return undefined;
  return args[index]?.value() ?? UNDEFINED;
}

function parameter(of: Node, param: Node, index: number): Value {
  const plain = (param["parameter"] ?? param["left"] ?? param) as Node;
  const target = (plain["left"] ?? plain) as Node;
  const name = target.type === "Identifier" ? (target["name"] as string) : "";
  const type = target["typeAnnotation"]?.["typeAnnotation"] as Node | undefined;
  return { kind: "unknown", name, why: { kind: "parameter", of, index, path: [], type } };
}

/** A new instance; without `args` what its constructor gets is unknown. */
export function instantiate(machine: Machine, of: ClassValue, args: readonly Argument[] | undefined): Fields {
  const made: Fields = { kind: "fields", fields: new Map(), open: true, of };
  construct(machine, of, made, args);
  return made;
}

/** The scope of a class's members for one instance. */
export function memberScope(of: ClassValue, self: Value): Scope {
  const scope = openScope(of.scope, { self });
  scope.names.set("%class", { node: of.node, value: () => of, set: () => undefined });
  return scope;
}

function construct(machine: Machine, of: ClassValue, self: Fields, args: readonly Argument[] | undefined): Value {
  const scope = memberScope(of, self);
  const made: (() => void)[] = [];
  let constructor: Node | undefined;
  for (const member of of.node["body"]["body"] as readonly Node[]) {
    if (member["static"] === true || !isNode(member["key"])) continue;
    if (member.type === "MethodDefinition" && member["kind"] === "constructor") constructor = member["value"] as Node;
    if (member.type !== "PropertyDefinition" || member["computed"] === true) continue;
    const key = fieldName(member["key"]);
    const value = member["value"] as Node | null;
    if (!isNode(value) || self.fields.has(key)) continue;
    const field = lazySlot(() => machine.evaluate(value, scope));
    self.fields.set(key, field);
    made.push(() => void field.value());
  }
  const parent = of.parent();
  if (constructor === undefined || !isNode(constructor["body"])) {
    if (parent?.kind === "class") construct(machine, parent, self, args);
  } else {
    const func = functionValue(constructor, scope, "constructor", self);
    setParameterProperties(machine, func, args, self);
    callFunction(machine, func, args, self);
  }
  for (const force of made) force();
  return self;
}

function setParameterProperties(
  machine: Machine,
  func: Func,
  args: readonly Argument[] | undefined,
  self: Fields,
): void {
  const properties = paramsOf(func.node).filter((param) => param.type === "TSParameterProperty");
  if (properties.length === 0) return;
  const scope = openFunctionScope(machine, func, args, self);
  for (const property of properties) {
    const inner = property["parameter"] as Node;
    const name = ((inner["left"] ?? inner) as Node)["name"] as string;
    const binding = scope.names.get(name);
    if (binding !== undefined)
      self.fields.set(
        name,
        lazySlot(() => binding.value()),
      );
  }
}

function fieldName(key: Node): string {
  return key.type === "PrivateIdentifier" ? `#${String(key["name"])}` : nameOfKey(key);
}

/** A method or an accessor that a class, or one that it extends, has for its instances; undefined where none has. */
export function methodOf(machine: Machine, of: ClassValue, name: string, self: Value): Value | undefined {
  let at: Value | undefined = of;
  for (let depth = 0; at?.kind === "class" && depth < 12; depth++) {
    const owner: ClassValue = at;
    for (const member of owner.node["body"]["body"] as readonly Node[]) {
      if (member.type !== "MethodDefinition" || member["static"] === true || member["computed"] === true) continue;
      if (member["kind"] === "constructor" || member["kind"] === "set" || fieldName(member["key"] as Node) !== name)
        continue;
      const value = member["value"] as Node;
      if (!isNode(value["body"])) continue;
      const func = functionValue(value, memberScope(owner, self), name, self);
      if (member["kind"] !== "get") return func;
      return callFunction(machine, func, [], self);
    }
    at = owner.parent();
  }
  return undefined;
}
