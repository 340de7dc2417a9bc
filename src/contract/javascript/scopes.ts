import { isNode, type Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Machine } from "./machine.ts";
import {
  type At,
  type Binding,
  type ClassValue,
  choice,
  constant,
  fields,
  type Func,
  isNothing,
  lazySlot,
  list,
  type Scope,
  slot,
  text,
  UNDEFINED,
  unknown,
  type Value,
} from "./values.ts";

/** A scope inside of another one. */
export function openScope(parent: Scope, own: { readonly self?: Value | undefined; readonly of?: Node } = {}): Scope {
  return { parent, module: parent.module, names: new Map(), ...own };
}

/** The binding that a name has at a place. */
export function lookUp(scope: Scope, name: string): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What `this` is at a place. */
export function selfOf(scope: Scope): Value | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) if (at.self !== undefined) return at.self;
  return undefined;
}

/** A name whose value is made when it is first asked for, and may be set anew. */
export function declare(scope: Scope, name: string, node: Node | undefined, make: () => Value): Binding {
  let current = lazySlot(make);
  const binding: Binding = {
    node,
    value: () => current.value(),
    set: (value) => {
      current = slot(value);
    },
  };
  scope.names.set(name, binding);
  return binding;
}

/** Declares what stands in a list of statements, so that each is known from its first line on. */
export function hoist(machine: Machine, body: readonly Node[], scope: Scope): void {
  for (const statement of body) hoistOne(machine, statement, scope);
}

function hoistOne(machine: Machine, statement: Node, scope: Scope): void {
  switch (statement.type) {
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
      if (isNode(statement["declaration"])) hoistOne(machine, statement["declaration"], scope);
      return;
    case "FunctionDeclaration":
      if (isNode(statement["id"])) declareFunction(statement, scope);
      return;
    case "ClassDeclaration":
      if (isNode(statement["id"])) {
        const name = statement["id"]["name"] as string;
        declare(scope, name, statement, () => classOf(machine, statement, scope));
      }
      return;
    case "VariableDeclaration":
      if (statement["declare"] !== true) hoistVariables(machine, statement, scope);
      return;
    case "TSEnumDeclaration":
      declare(scope, statement["id"]["name"] as string, statement, () => enumOf(machine, statement, scope));
      return;
    case "TSModuleDeclaration":
      if (statement["declare"] !== true && statement["id"]?.type === "Identifier")
        declare(scope, statement["id"]["name"] as string, statement, () => namespaceOf(machine, statement, scope));
      return;
    case "ImportDeclaration":
      hoistImport(machine, statement, scope);
      return;
    case "TSImportEqualsDeclaration": {
      const reference = statement["moduleReference"] as Node;
      if (reference.type !== "TSExternalModuleReference") return;
      const specifier = reference["expression"]["value"] as string;
      declare(scope, statement["id"]["name"] as string, statement, () => machine.imported(scope.module, specifier));
      return;
    }
    default:
  }
}

function declareFunction(node: Node, scope: Scope): void {
  const name = node["id"]["name"] as string;
  declare(scope, name, node, () => functionValue(node, scope, name));
}

function hoistVariables(machine: Machine, statement: Node, scope: Scope): void {
  const home = statement["kind"] === "var" ? functionScope(scope) : scope;
  for (const declarator of statement["declarations"] as readonly Node[]) {
    const init = declarator["init"] as Node | null;
    const source = lazySlot(() => (isNode(init) ? machine.evaluate(init, scope) : UNDEFINED));
    bindPattern(machine, declarator["id"] as Node, home, () => source.value(), declarator);
  }
}

function functionScope(scope: Scope): Scope {
  for (let at = scope; ; at = at.parent) if (at.of !== undefined || at.parent === undefined) return at;
}

function hoistImport(machine: Machine, statement: Node, scope: Scope): void {
  if (statement["importKind"] === "type") return;
  const specifier = statement["source"]["value"] as string;
  for (const one of statement["specifiers"] as readonly Node[]) {
    if (one["importKind"] === "type") continue;
    const local = one["local"]["name"] as string;
    declare(scope, local, one, () => {
      const whole = machine.imported(scope.module, specifier);
      if (one.type === "ImportNamespaceSpecifier") return whole;
      const name = one.type === "ImportDefaultSpecifier" ? "default" : nameOfKey(one["imported"] as Node);
      return machine.member(whole, name, { node: one, scope });
    });
  }
}

/** An identifier or a string as the name that it stands for. */
export function nameOfKey(node: Node): string {
  return node.type === "Literal" ? String(node["value"]) : String(node["name"]);
}

/** Declares the names of a pattern (`{ a, b: [c] = [], ...rest }`); each is taken out of `source` when it is asked for. */
export function bindPattern(
  machine: Machine,
  pattern: Node,
  scope: Scope,
  source: () => Value,
  node: Node | undefined,
): void {
  const at: At = { node: pattern, scope };
  switch (pattern.type) {
    case "Identifier":
      declare(scope, pattern["name"] as string, node, () => named(source(), pattern["name"] as string));
      return;
    case "AssignmentPattern": {
      const fallback = pattern["right"] as Node;
      const value = lazySlot(() => withDefault(source(), () => machine.evaluate(fallback, scope)));
      bindPattern(machine, pattern["left"] as Node, scope, () => value.value(), node);
      return;
    }
    case "TSParameterProperty":
      bindPattern(machine, pattern["parameter"] as Node, scope, source, node);
      return;
    case "ObjectPattern": {
      const properties = pattern["properties"] as readonly Node[];
      for (const property of properties) {
        if (property.type === "RestElement") {
          bindPattern(machine, property["argument"] as Node, scope, source, node);
          continue;
        }
        const key = property["key"] as Node;
        const isKnown = property["computed"] !== true;
        const take = (): Value =>
          isKnown ? machine.member(source(), nameOfKey(key), at) : unknown("a computed name takes it out of an object");
        bindPattern(machine, property["value"] as Node, scope, take, node);
      }
      return;
    }
    case "ArrayPattern":
      for (const [index, element] of (pattern["elements"] as readonly (Node | null)[]).entries()) {
        if (!isNode(element)) continue;
        const rest = element.type === "RestElement";
        const take = (): Value =>
          rest ? restOf(source(), index) : machine.member(source(), String(index), { node: element, scope });
        bindPattern(machine, rest ? (element["argument"] as Node) : element, scope, take, node);
      }
      return;
    default:
  }
}

/** A value that has no name of its own gets that of its variable. */
function named(value: Value, name: string): Value {
  return value.kind === "unknown" && value.name === "" ? { ...value, name } : value;
}

function restOf(value: Value, from: number): Value {
  return value.kind === "list" ? list(value.items.slice(from), value.open) : value;
}

/** A default stands for what is not given; where that is not known, either may be meant. */
export function withDefault(value: Value, fallback: () => Value): Value {
  if (value.kind === "constant" && value.value === undefined) return fallback();
  if (value.kind === "unknown") return choice([fallback(), value]);
  if (value.kind === "choice" && value.options.some(isNothing))
    return choice([...value.options.filter((option) => !isNothing(option)), fallback()]);
  return value;
}

export function functionValue(node: Node, scope: Scope, name: string, self?: Value): Func {
  return { kind: "function", node, scope, name, self, fields: new Map() };
}

/** A class, with its static parts. */
export function classOf(machine: Machine, node: Node, scope: Scope): ClassValue {
  const name = isNode(node["id"]) ? (node["id"]["name"] as string) : "";
  const parent = isNode(node["superClass"])
    ? lazySlot(() => machine.evaluate(node["superClass"] as Node, scope))
    : undefined;
  const statics = new Map<string, { value(): Value }>();
  const made: ClassValue = { kind: "class", node, scope, name, parent: () => parent?.value(), fields: statics };
  const inside = openScope(scope, { self: made });
  for (const member of node["body"]["body"] as readonly Node[]) {
    if (member["static"] !== true || member["computed"] === true || !isNode(member["key"])) continue;
    const isPrivate = member["key"].type === "PrivateIdentifier";
    const key = `${isPrivate ? "#" : ""}${nameOfKey(member["key"])}`;
    const value = member["value"] as Node | null;
    if (member.type === "PropertyDefinition")
      statics.set(
        key,
        lazySlot(() => (isNode(value) ? machine.evaluate(value, inside) : UNDEFINED)),
      );
    else if (member.type === "MethodDefinition" && isNode(value)) {
      const method = functionValue(value, inside, key, made);
      if (member["kind"] === "get")
        statics.set(
          key,
          lazySlot(() => machine.call(method, { args: [], isNew: false, at: { node: value, scope } })),
        );
      else if (member["kind"] !== "set") statics.set(key, slot(method));
    }
  }
  return made;
}

function enumOf(machine: Machine, node: Node, scope: Scope): Value {
  const members = (node["body"]?.["members"] ?? node["members"]) as readonly Node[];
  const made = fields();
  const inside = openScope(scope);
  let next = 0;
  for (const member of members) {
    const name = nameOfKey(member["id"] as Node);
    const init = member["initializer"] as Node | null;
    const value = isNode(init) ? machine.evaluate(init, inside) : constant(next);
    if (value.kind === "constant" && typeof value.value === "number") {
      next = value.value + 1;
      made.fields.set(String(value.value), slot(text(name)));
    }
    made.fields.set(name, slot(value));
    declare(inside, name, member, () => value);
  }
  return made;
}

function namespaceOf(machine: Machine, node: Node, scope: Scope): Value {
  const body = (node["body"]?.["body"] ?? []) as readonly Node[];
  const inside = openScope(scope);
  hoist(machine, body, inside);
  machine.execute(body, inside, { returns: [] });
  return {
    kind: "fields",
    open: false,
    fields: new Map([...inside.names].map(([name, binding]) => [name, { value: () => binding.value() }])),
  };
}
