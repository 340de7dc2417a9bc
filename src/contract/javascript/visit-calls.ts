import { childrenOf, isNode, type Node } from "../../codebase/javascript/reading/syntax.ts";
import { argumentsOf } from "./evaluate.ts";
import { itemsOf } from "./execute.ts";
import { instantiate, memberScope, openFunctionScope } from "./invoke.ts";
import type { Machine } from "./machine.ts";
import { bindPattern, classOf, functionValue, hoist, lookUp, openScope } from "./scopes.ts";
import {
  type Argument,
  choice,
  type ClassValue,
  constant,
  fields,
  type Func,
  lazySlot,
  type Scope,
  type ScriptModule,
  unknown,
  type Value,
} from "./values.ts";

/** A call as it stands in the code, whether or not anything is known to get there. */
export interface SeenCall {
  /** A CallExpression or a NewExpression; a JSXOpeningElement, which calls a component with its attributes. */
  readonly node: Node;
  readonly scope: Scope;
  /** Functions around it, the innermost last. */
  readonly inside: readonly Func[];
  /** What is called: `axios.get` as a foreign value, a function of the project, … */
  callee(): Value;
  args(): readonly Argument[];
}

/**
 * Goes through every call in a module, those in functions that nobody calls included: there, parameters are unknown values of
 * kind "parameter" that name their function and place.
 */
export function visitCalls(machine: Machine, module: ScriptModule, seen: (call: SeenCall) => void): void {
  module.namespace();
  visitAll(machine, module.body, module.scope, [], seen);
}

/**
 * Goes through every call in the body of a function as it is for one caller: its parameters have the values that `args` give.
 * This is how a wrapper is read: `inside` of the call in it names the function, whose callers give the arguments.
 */
export function visitCallsOf(
  machine: Machine,
  func: Func,
  args: readonly Argument[] | undefined,
  seen: (call: SeenCall) => void,
): void {
  visitFunction(machine, func, args, [], seen);
}

type Seen = (call: SeenCall) => void;

function visitAll(machine: Machine, nodes: readonly Node[], scope: Scope, inside: readonly Func[], seen: Seen): void {
  for (const node of nodes) visit(machine, node, scope, inside, seen);
}

function visit(machine: Machine, node: Node, scope: Scope, inside: readonly Func[], seen: Seen): void {
  switch (node.type) {
    case "CallExpression":
    case "NewExpression":
      seen(seenCall(machine, node, scope, inside));
      break;
    case "AssignmentExpression":
      // At the top of a module it was carried out when the module was opened.
      if (inside.length > 0 && (node["left"] as Node).type === "Identifier")
        machine.perhaps(() => machine.evaluate(node, scope));
      break;
    case "JSXOpeningElement":
      if (isComponent(node["name"] as Node)) seen(seenElement(machine, node, scope, inside));
      break;
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "FunctionDeclaration":
      visitFunction(machine, functionValue(node, scope, String(node["id"]?.["name"] ?? "")), undefined, inside, seen);
      return;
    case "ClassDeclaration":
    case "ClassExpression":
      visitClass(machine, classOf(machine, node, scope), inside, seen);
      return;
    case "ObjectExpression":
      visitObject(machine, node, scope, inside, seen);
      return;
    case "BlockStatement":
    case "StaticBlock": {
      const block = openScope(scope);
      hoist(machine, node["body"] as readonly Node[], block);
      visitAll(machine, node["body"] as readonly Node[], block, inside, seen);
      return;
    }
    case "ForOfStatement":
    case "ForInStatement":
    case "ForStatement":
      visitLoop(machine, node, scope, inside, seen);
      return;
    case "SwitchStatement": {
      const block = openScope(scope);
      visit(machine, node["discriminant"] as Node, scope, inside, seen);
      for (const one of node["cases"] as readonly Node[]) hoist(machine, one["consequent"] as readonly Node[], block);
      visitAll(machine, node["cases"] as readonly Node[], block, inside, seen);
      return;
    }
    case "CatchClause": {
      const block = openScope(scope);
      if (isNode(node["param"])) bindPattern(machine, node["param"], block, () => unknown("an error"), node);
      visit(machine, node["body"] as Node, block, inside, seen);
      return;
    }
    default:
      if (node.type.startsWith("TS") && !EXPRESSIONS.test(node.type)) return;
  }
  visitAll(machine, childrenOf(node), scope, inside, seen);
}

const EXPRESSIONS =
  /^TS(?:As|Satisfies|NonNull|Instantiation)Expression$|^TSTypeAssertion$|^TSExportAssignment$|^TSModule|^TSEnum/;

function seenCall(machine: Machine, node: Node, scope: Scope, inside: readonly Func[]): SeenCall {
  return {
    node,
    scope,
    inside,
    callee: () => machine.evaluate(node["callee"] as Node, scope),
    args: () => argumentsOf(machine, node["arguments"] as readonly Node[], scope),
  };
}

/** Names of the page's own elements begin small. */
function isComponent(name: Node): boolean {
  return name.type === "JSXMemberExpression" || /^[A-Z]/.test(String(name["name"]));
}

function seenElement(machine: Machine, node: Node, scope: Scope, inside: readonly Func[]): SeenCall {
  const props = lazySlot(() => propsOf(machine, node, scope));
  return {
    node,
    scope,
    inside,
    callee: () => componentOf(machine, node["name"] as Node, scope),
    args: () => [{ node: undefined, isSpread: false, value: () => props.value() }],
  };
}

function componentOf(machine: Machine, name: Node, scope: Scope): Value {
  if (name.type !== "JSXMemberExpression")
    return lookUp(scope, String(name["name"]))?.value() ?? unknown("a component that is not known");
  const of = componentOf(machine, name["object"] as Node, scope);
  return machine.member(of, String(name["property"]["name"]), { node: name, scope });
}

function propsOf(machine: Machine, node: Node, scope: Scope): Value {
  const made = fields();
  for (const attribute of node["attributes"] as readonly Node[]) {
    if (attribute.type === "JSXSpreadAttribute") {
      const spread = machine.evaluate(attribute["argument"] as Node, scope);
      if (spread.kind === "fields") for (const [name, field] of spread.fields) made.fields.set(name, field);
      else made.open = true;
      continue;
    }
    if (attribute["name"].type !== "JSXIdentifier") continue;
    const written = attribute["value"] as Node | null;
    const value = written?.type === "JSXExpressionContainer" ? (written["expression"] as Node) : written;
    const give = (): Value => (isNode(value) ? machine.evaluate(value, scope) : constant(true));
    made.fields.set(String(attribute["name"]["name"]), lazySlot(give));
  }
  return made;
}

function visitFunction(
  machine: Machine,
  func: Func,
  args: readonly Argument[] | undefined,
  inside: readonly Func[],
  seen: Seen,
): void {
  const body = func.node["body"] as Node | null;
  if (!isNode(body)) return;
  const scope = openFunctionScope(machine, func, args);
  const within = [...inside, func];
  if (body.type !== "BlockStatement" && body.type !== "FunctionBody") {
    visit(machine, body, scope, within, seen);
    return;
  }
  const statements = body["body"] as readonly Node[];
  hoist(machine, statements, scope);
  visitAll(machine, statements, scope, within, seen);
}

/** Members are read with an instance whose constructor got what nobody knows. */
function visitClass(machine: Machine, of: ClassValue, inside: readonly Func[], seen: Seen): void {
  const self = instantiate(machine, of, undefined);
  const scope = memberScope(of, self);
  for (const member of of.node["body"]["body"] as readonly Node[]) {
    const value = (member["value"] ?? member) as Node;
    if (member.type === "StaticBlock") visit(machine, member, openScope(of.scope, { self: of }), inside, seen);
    else if (isNode(member["value"]))
      visit(machine, value, member["static"] === true ? openScope(of.scope, { self: of }) : scope, inside, seen);
  }
}

function visitObject(machine: Machine, node: Node, scope: Scope, inside: readonly Func[], seen: Seen): void {
  const properties = node["properties"] as readonly Node[];
  const hasMethods = properties.some(
    (one) => one.type === "Property" && (one["value"] as Node).type === "FunctionExpression",
  );
  const own = hasMethods ? openScope(scope, { self: machine.evaluate(node, scope) }) : scope;
  for (const property of properties) {
    if (property.type !== "Property") visit(machine, property, scope, inside, seen);
    else visit(machine, property["value"] as Node, own, inside, seen);
  }
}

function visitLoop(machine: Machine, node: Node, scope: Scope, inside: readonly Func[], seen: Seen): void {
  const block = openScope(scope);
  if (node.type === "ForStatement") {
    const init = node["init"] as Node | null;
    if (isNode(init) && init.type === "VariableDeclaration") hoist(machine, [init], block);
    visitAll(machine, childrenOf(node), block, inside, seen);
    return;
  }
  const right = node["right"] as Node;
  visit(machine, right, scope, inside, seen);
  const left = node["left"] as Node;
  if (left.type === "VariableDeclaration") {
    const element = (): Value => {
      const items = node.type === "ForOfStatement" ? itemsOf(machine.evaluate(right, scope)) : undefined;
      return items === undefined || items.length === 0 ? unknown("a loop's element is not known") : choice(items);
    };
    const id = (left["declarations"] as readonly Node[])[0]?.["id"] as Node | undefined;
    if (id !== undefined) bindPattern(machine, id, block, element, left);
  }
  visit(machine, node["body"] as Node, block, inside, seen);
}
