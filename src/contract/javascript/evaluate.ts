import { isNode, type Node } from "../../codebase/javascript/reading/syntax.ts";
import { methodOf } from "./invoke.ts";
import type { Machine } from "./machine.ts";
import { binary } from "./operators.ts";
import { bindTarget } from "./assignments.ts";
import { classOf, functionValue, lookUp, nameOfKey, openScope, selfOf } from "./scopes.ts";
import {
  type Argument,
  choice,
  constant,
  type Foreign,
  isNothing,
  lazySlot,
  type List,
  plainText,
  postponed,
  type Scope,
  type Slot,
  slot,
  text,
  truthOf,
  UNDEFINED,
  unknown,
  UNKNOWN_MEMBER,
  type Value,
} from "./values.ts";

type Reader = (machine: Machine, node: Node, scope: Scope) => Value;

const inner =
  (field: string): Reader =>
  (machine, node, scope) =>
    machine.evaluate(node[field] as Node, scope);

/** How each kind of expression is read; a kind that is not here is unknown. */
const READERS: Readonly<Record<string, Reader>> = {
  Literal: (_machine, node) => literal(node),
  TemplateLiteral: template,
  TaggedTemplateExpression: tagged,
  Identifier: (_machine, node, scope) => identifier(node["name"] as string, scope),
  ThisExpression: (_machine, _node, scope) => selfOf(scope) ?? unknown("it is a member of an unknown object", "this"),
  BinaryExpression: (machine, node, scope) =>
    binary(
      node["operator"] as string,
      machine.evaluate(node["left"] as Node, scope),
      machine.evaluate(node["right"] as Node, scope),
    ),
  LogicalExpression: logical,
  ConditionalExpression: conditional,
  UnaryExpression: unary,
  UpdateExpression: (_machine, node) => unknown("it is counted up", String(node["argument"]["name"] ?? "")),
  AssignmentExpression: assignment,
  SequenceExpression: (machine, node, scope) => {
    let last: Value = UNDEFINED;
    for (const one of node["expressions"] as readonly Node[]) last = machine.evaluate(one, scope);
    return last;
  },
  ArrayExpression: array,
  ObjectExpression: object,
  ArrowFunctionExpression: (_machine, node, scope) => functionValue(node, scope, ""),
  FunctionExpression: functionExpression,
  ClassExpression: (machine, node, scope) => classOf(machine, node, scope),
  FunctionDeclaration: (_machine, node, scope) => functionValue(node, scope, String(node["id"]?.["name"] ?? "")),
  ClassDeclaration: (machine, node, scope) => classOf(machine, node, scope),
  MemberExpression: (machine, node, scope) => memberOf(machine, node, scope).value,
  CallExpression: callExpression,
  NewExpression: callExpression,
  ImportExpression: (machine, node, scope) => {
    const specifier = plainText(machine.evaluate(node["source"] as Node, scope));
    return specifier === undefined
      ? unknown("an import's name is not known")
      : machine.imported(scope.module, specifier);
  },
  MetaProperty: (_machine, node) => foreignGlobal(node["meta"]["name"] === "import" ? "import.meta" : "new.target"),
  AwaitExpression: inner("argument"),
  ChainExpression: inner("expression"),
  ParenthesizedExpression: inner("expression"),
  TSAsExpression: inner("expression"),
  TSSatisfiesExpression: inner("expression"),
  TSNonNullExpression: inner("expression"),
  TSTypeAssertion: inner("expression"),
  TSInstantiationExpression: inner("expression"),
  YieldExpression: (machine, node, scope) =>
    isNode(node["argument"]) ? machine.evaluate(node["argument"], scope) : UNDEFINED,
};

/** The value of an expression. Never throws; what is not known says so in the value. */
export function evaluate(machine: Machine, node: Node, scope: Scope): Value {
  const { state } = machine;
  if (state.steps <= 0) return unknown("the code does more than can be followed");
  if (state.allowance <= 0) return postponed("a function does more than is followed");
  state.steps--;
  state.allowance--;
  const read = READERS[node.type];
  return read === undefined ? unknown(`what a ${node.type} gives is not followed`) : read(machine, node, scope);
}

export function foreignGlobal(...names: readonly string[]): Foreign {
  return { kind: "foreign", package: "", steps: names.map((name) => ({ kind: "member", name })) };
}

function literal(node: Node): Value {
  const value: unknown = node["value"];
  if (typeof value === "string") return text(value);
  if (node["regex"]) return { kind: "pattern", source: node["regex"]["pattern"] as string };
  return constant(value as number | boolean | bigint | null);
}

function template(machine: Machine, node: Node, scope: Scope): Value {
  const quasis = node["quasis"] as readonly Node[];
  let made: Value = text(quasis[0]?.["value"]["cooked"] ?? "");
  for (const [index, expression] of (node["expressions"] as readonly Node[]).entries()) {
    made = binary("text", made, machine.evaluate(expression, scope));
    made = binary("text", made, text(quasis[index + 1]?.["value"]["cooked"] ?? ""));
  }
  return made;
}

function tagged(machine: Machine, node: Node, scope: Scope): Value {
  const quasi = node["quasi"] as Node;
  const tag = machine.evaluate(node["tag"] as Node, scope);
  const isRaw = tag.kind === "foreign" && tag.package === "" && tag.steps.length === 2;
  return isRaw ? machine.evaluate(quasi, scope) : unknown("a tagged template makes it");
}

function identifier(name: string, scope: Scope): Value {
  if (name === "undefined") return UNDEFINED;
  const found = lookUp(scope, name);
  return found === undefined ? foreignGlobal(name) : found.value();
}

function logical(machine: Machine, node: Node, scope: Scope): Value {
  const left = machine.evaluate(node["left"] as Node, scope);
  const right = (): Value => machine.evaluate(node["right"] as Node, scope);
  const truth = truthOf(left);
  if (node["operator"] === "&&") {
    if (truth === false) return left;
    return truth === true ? right() : machine.perhaps(right);
  }
  if (node["operator"] === "??") {
    if (isNothing(left)) return right();
    return left.kind === "unknown" || left.kind === "foreign" || left.kind === "choice"
      ? choice([left, machine.perhaps(right)])
      : left;
  }
  if (truth === true) return left;
  return truth === false ? right() : choice([left, machine.perhaps(right)]);
}

function conditional(machine: Machine, node: Node, scope: Scope): Value {
  const truth = truthOf(machine.evaluate(node["test"] as Node, scope));
  const take = (field: string) => (): Value => machine.evaluate(node[field] as Node, scope);
  if (truth !== undefined) return take(truth ? "consequent" : "alternate")();
  return choice([machine.perhaps(take("consequent")), machine.perhaps(take("alternate"))]);
}

function unary(machine: Machine, node: Node, scope: Scope): Value {
  const value = machine.evaluate(node["argument"] as Node, scope);
  switch (node["operator"]) {
    case "!": {
      const truth = truthOf(value);
      return truth === undefined ? unknown("a condition is not known") : constant(!truth);
    }
    case "-":
      return value.kind === "constant" && typeof value.value === "number"
        ? constant(-value.value)
        : unknown("a number");
    case "void":
      return UNDEFINED;
    case "typeof":
      return typeName(value);
    default:
      return unknown("a sign or a bit changes it");
  }
}

function typeName(value: Value): Value {
  if (value.kind === "text") return text("string");
  if (value.kind === "function" || value.kind === "class") return text("function");
  if (value.kind === "list" || value.kind === "fields") return text("object");
  return value.kind === "constant" && value.value !== null
    ? text(typeof value.value)
    : unknown("its type is not known");
}

function assignment(machine: Machine, node: Node, scope: Scope): Value {
  const target = node["left"] as Node;
  const operator = node["operator"] as string;
  let value = machine.evaluate(node["right"] as Node, scope);
  if (operator !== "=") {
    const before = machine.evaluate(target, scope);
    value = operator === "+=" ? binary("+", before, value) : choice([before, value]);
  }
  bindTarget(machine, target, value, scope);
  return value;
}

function array(machine: Machine, node: Node, scope: Scope): Value {
  const made: List = { kind: "list", items: [], open: false };
  for (const element of node["elements"] as readonly (Node | null)[]) {
    if (!isNode(element)) made.items.push(UNDEFINED);
    else if (element.type !== "SpreadElement") made.items.push(machine.evaluate(element, scope));
    else {
      const spread = machine.evaluate(element["argument"] as Node, scope);
      for (const option of spread.kind === "choice" ? spread.options : [spread]) {
        if (option.kind === "list") made.items.push(...option.items);
        if (option.kind === "list" ? option.open : !isNothing(option)) made.open = true;
      }
    }
  }
  return made;
}

function object(machine: Machine, node: Node, scope: Scope): Value {
  const made = new Map<string, Slot>();
  const value: Value & { open: boolean } = { kind: "fields", fields: made, open: false };
  for (const property of node["properties"] as readonly Node[]) {
    if (property.type === "SpreadElement") {
      const spread = machine.evaluate(property["argument"] as Node, scope);
      for (const option of spread.kind === "choice" ? spread.options : [spread]) {
        if (option.kind === "fields") for (const [name, field] of option.fields) made.set(name, field);
        else if (!isNothing(option)) value.open = true;
        if (option.kind === "fields" && option.open) value.open = true;
      }
      continue;
    }
    const key = property["computed"] === true ? plainText(machine.evaluate(property["key"] as Node, scope)) : undefined;
    const name = property["computed"] === true ? key : nameOfKey(property["key"] as Node);
    if (name === undefined) {
      value.open = true;
      continue;
    }
    made.set(name, propertySlot(machine, property, name, value, scope));
  }
  return value;
}

/** What does something (a call) is done at once, all else when it is asked for. */
function propertySlot(machine: Machine, property: Node, name: string, self: Value, scope: Scope): Slot {
  const node = property["value"] as Node;
  if (property["kind"] === "get") {
    const getter = functionValue(node, scope, name, self);
    return lazySlot(() => machine.call(getter, { args: [], isNew: false, at: { node, scope } }));
  }
  if (node.type === "FunctionExpression") return slot(functionValue(node, scope, name, self));
  if (/^(?:Call|New|Await|Assignment|Sequence|Chain|Tagged)/.test(node.type))
    return slot(machine.evaluate(node, scope));
  return lazySlot(() => machine.evaluate(node, scope));
}

function functionExpression(_machine: Machine, node: Node, scope: Scope): Value {
  if (!isNode(node["id"])) return functionValue(node, scope, "");
  const inside = openScope(scope);
  const name = node["id"]["name"] as string;
  const made = functionValue(node, inside, name);
  inside.names.set(name, { node, value: () => made, set: () => undefined });
  return made;
}

/** A member and the object that it is of. */
function memberOf(machine: Machine, node: Node, scope: Scope): { readonly value: Value; readonly of: Value } {
  const object = node["object"] as Node;
  const property = node["property"] as Node;
  if (object.type === "Super") {
    const self = selfOf(scope) ?? UNDEFINED;
    const parent = superClass(scope);
    const name = nameOfKey(property);
    const method = parent.kind === "class" ? methodOf(machine, parent, name, self) : undefined;
    return { of: self, value: method ?? machine.member(parent, name, { node, scope }) };
  }
  const of = machine.evaluate(object, scope);
  if (property.type === "PrivateIdentifier")
    return { of, value: machine.member(of, `#${String(property["name"])}`, { node, scope }) };
  if (node["computed"] !== true) return { of, value: machine.member(of, nameOfKey(property), { node, scope }) };
  const key = machine.evaluate(property, scope);
  const names = (key.kind === "choice" ? key.options : [key]).map(keyText);
  const known = names.filter((name) => name !== undefined);
  if (of.kind === "native" && known.length < names.length)
    return {
      of,
      value: of.member(UNKNOWN_MEMBER, { node, scope }) ?? unknown("a computed name takes it out of an object"),
    };
  if (known.length > 0 && known.length === names.length)
    return { of, value: choice(known.map((name) => machine.member(of, name, { node, scope }))) };
  if (of.kind === "fields" && of.fields.size > 0 && of.fields.size <= 40)
    return { of, value: choice([...of.fields.values()].map((field) => field.value())) };
  if (of.kind === "list" && of.items.length > 0 && of.items.length <= 40) return { of, value: choice(of.items) };
  return { of, value: unknown("a computed name takes it out of an object") };
}

function keyText(key: Value): string | undefined {
  if (key.kind === "constant") return String(key.value);
  return plainText(key);
}

function callExpression(machine: Machine, node: Node, scope: Scope): Value {
  const isNew = node.type === "NewExpression";
  const args = argumentsOf(machine, node["arguments"] as readonly Node[], scope);
  const isDropped = machine.state.dropped === node;
  if (isDropped) machine.state.dropped = undefined;
  const call = { args, isNew, at: { node, scope }, isDropped };
  const callee = node["callee"] as Node;
  const target = callee.type === "ChainExpression" ? (callee["expression"] as Node) : callee;
  if (target.type === "Super") return machine.call(superClass(scope), { ...call, isNew: true }, selfOf(scope));
  if (target.type !== "MemberExpression") return machine.call(machine.evaluate(target, scope), call);
  const { value, of } = memberOf(machine, target, scope);
  return machine.call(value, call, target["object"].type === "Super" ? selfOf(scope) : of);
}

/** The class whose constructor `super()` means: the parent of the one whose constructor is being carried out. */
function superClass(scope: Scope): Value {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const owner = at.names.get("%class");
    if (owner === undefined) continue;
    const value = owner.value();
    return value.kind === "class" ? (value.parent() ?? UNDEFINED) : UNDEFINED;
  }
  const self = selfOf(scope);
  return self?.kind === "class" ? (self.parent() ?? UNDEFINED) : UNDEFINED;
}

export function argumentsOf(machine: Machine, nodes: readonly Node[], scope: Scope): readonly Argument[] {
  return nodes.flatMap((node): readonly Argument[] => {
    if (node.type !== "SpreadElement") {
      const value = lazySlot(() => machine.evaluate(node, scope));
      return [{ node, isSpread: false, at: scope, value: () => value.value() }];
    }
    const spread = machine.evaluate(node["argument"] as Node, scope);
    if (spread.kind === "list" && !spread.open)
      return spread.items.map((item) => ({ node, isSpread: false, value: () => item }));
    return [{ node, isSpread: true, value: () => spread }];
  });
}
