import { isNode, type Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Machine } from "./machine.ts";
import { lineAt, lineStarts, parseStatements } from "./parse.ts";
import { declare, functionValue, classOf, hoist, lookUp, nameOfKey } from "./scopes.ts";
import {
  type Fields,
  fields,
  type Scope,
  type ScriptModule,
  slot,
  text as textValue,
  UNDEFINED,
  type Value,
} from "./values.ts";

interface Exports {
  readonly named: Map<string, () => Value>;
  /** Modules all of whose names are exported again. */
  readonly stars: string[];
  isModule: boolean;
}

/**
 * A file as a module. Its statements are carried out once, when the first of its names is asked for; a name that is asked for
 * meanwhile (modules in a ring) is made from its declaration.
 */
export function openModule(machine: Machine, path: string, text: string): ScriptModule {
  let body: readonly Node[];
  try {
    body = parseStatements(path, text);
  } catch {
    body = [];
  }
  let starts: readonly number[] | undefined;
  let isLoaded = false;
  const names: Scope["names"] = new Map();
  const exportsOf: Exports = { named: new Map(), stars: [], isModule: false };
  const load = (): void => {
    if (isLoaded) return;
    isLoaded = true;
    const { conditional, allowance, aside } = machine.state;
    machine.state.conditional = 0;
    machine.state.allowance = Infinity;
    machine.state.aside = 0;
    machine.execute(body, module.scope, { returns: [] });
    machine.state.conditional = conditional;
    machine.state.allowance = allowance;
    machine.state.aside = aside;
  };
  const module: ScriptModule = {
    path,
    text,
    body,
    scope: {
      parent: undefined,
      names,
      get module() {
        return module;
      },
    },
    lineAt: (offset) => lineAt((starts ??= lineStarts(text)), offset),
    exported: (name) => {
      load();
      return exported(machine, module, exportsOf, name);
    },
    exportNames: () => [
      ...new Set([...exportsOf.named.keys(), ...exportsOf.stars.flatMap((star) => namesFrom(machine, module, star))]),
    ],
    namespace: () => {
      load();
      return namespace(machine, module, exportsOf);
    },
  };
  declareCommonNames(module.scope, path);
  hoist(machine, body, module.scope);
  for (const statement of body) readExport(machine, statement, module.scope, exportsOf);
  return module;
}

function declareCommonNames(scope: Scope, path: string): void {
  const made = fields([["exports", fields([], true)]]);
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  declare(scope, "module", undefined, () => made);
  declare(scope, "exports", undefined, () => made.fields.get("exports")?.value() ?? UNDEFINED);
  declare(scope, "__dirname", undefined, () => textValue(`/${folder}`));
  declare(scope, "__filename", undefined, () => textValue(`/${path}`));
}

function readExport(machine: Machine, statement: Node, scope: Scope, into: Exports): void {
  switch (statement.type) {
    case "ImportDeclaration":
      into.isModule = true;
      return;
    case "ExportAllDeclaration": {
      into.isModule = true;
      if (statement["exportKind"] === "type") return;
      const specifier = statement["source"]["value"] as string;
      if (isNode(statement["exported"]))
        into.named.set(nameOfKey(statement["exported"]), () => machine.imported(scope.module, specifier));
      else into.stars.push(specifier);
      return;
    }
    case "ExportDefaultDeclaration":
      into.isModule = true;
      into.named.set("default", defaultExport(machine, statement["declaration"] as Node, scope));
      return;
    case "ExportNamedDeclaration":
      into.isModule = true;
      if (statement["exportKind"] !== "type") readNamed(machine, statement, scope, into);
      return;
    default:
  }
}

function defaultExport(machine: Machine, node: Node, scope: Scope): () => Value {
  const name = isNode(node["id"]) && /Declaration$/.test(node.type) ? (node["id"]["name"] as string) : undefined;
  if (name !== undefined) return () => lookUp(scope, name)?.value() ?? UNDEFINED;
  const binding = declare(scope, "%default", node, () => {
    if (node.type === "FunctionDeclaration") return functionValue(node, scope, "default");
    if (node.type === "ClassDeclaration") return classOf(machine, node, scope);
    return machine.evaluate(node, scope);
  });
  return () => binding.value();
}

function readNamed(machine: Machine, statement: Node, scope: Scope, into: Exports): void {
  const source = statement["source"] as Node | null;
  for (const one of statement["specifiers"] as readonly Node[]) {
    if (one["exportKind"] === "type") continue;
    const local = nameOfKey(one["local"] as Node);
    const name = nameOfKey(one["exported"] as Node);
    if (isNode(source)) {
      const specifier = source["value"] as string;
      const at = { node: one, scope };
      into.named.set(name, () => machine.member(machine.imported(scope.module, specifier), local, at));
    } else into.named.set(name, () => lookUp(scope, local)?.value() ?? UNDEFINED);
  }
  const declaration = statement["declaration"] as Node | null;
  if (!isNode(declaration)) return;
  for (const name of declaredNames(declaration)) into.named.set(name, () => lookUp(scope, name)?.value() ?? UNDEFINED);
}

/** The names that a declaration gives. Pure. */
function declaredNames(declaration: Node): readonly string[] {
  if (declaration.type !== "VariableDeclaration")
    return /^TS(?:Interface|TypeAlias)/.test(declaration.type) || !isNode(declaration["id"])
      ? []
      : [declaration["id"]["name"] as string];
  return (declaration["declarations"] as readonly Node[]).flatMap((one) => patternNames(one["id"] as Node));
}

function patternNames(pattern: Node): readonly string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern["name"] as string];
    case "AssignmentPattern":
      return patternNames(pattern["left"] as Node);
    case "ObjectPattern":
      return (pattern["properties"] as readonly Node[]).flatMap((one) =>
        patternNames((one["value"] ?? one["argument"]) as Node),
      );
    case "ArrayPattern":
      return (pattern["elements"] as readonly (Node | null)[]).flatMap((one) =>
        isNode(one) ? patternNames((one["argument"] ?? one) as Node) : [],
      );
    default:
      return [];
  }
}

function exported(machine: Machine, module: ScriptModule, from: Exports, name: string): Value | undefined {
  const own = from.named.get(name);
  if (own !== undefined) return own();
  const at = { node: module.body[0] ?? EMPTY, scope: module.scope };
  for (const star of from.stars) {
    const whole = machine.imported(module, star);
    if (whole.kind === "fields" && (whole.fields.has(name) || whole.open)) return machine.member(whole, name, at);
    if (whole.kind === "foreign") return machine.member(whole, name, at);
  }
  if (from.isModule && from.named.size + from.stars.length > 0) return undefined;
  return machine.member(commonExports(module), name, at);
}

const EMPTY: Node = { type: "EmptyStatement", start: 0, end: 0 };

/** What stands in `module.exports`. */
function commonExports(module: ScriptModule): Value {
  const made = module.scope.names.get("module")?.value();
  return (made?.kind === "fields" ? made.fields.get("exports")?.value() : undefined) ?? UNDEFINED;
}

function namespace(machine: Machine, module: ScriptModule, from: Exports): Value {
  if (from.named.size + from.stars.length === 0) {
    const common = commonExports(module);
    return from.isModule && common.kind === "fields" && common.fields.size === 0 ? fields() : common;
  }
  const made: Fields = { kind: "fields", fields: new Map(), open: false };
  for (const star of from.stars) {
    const whole = machine.imported(module, star);
    if (whole.kind !== "fields") made.open = true;
    else for (const [name, field] of whole.fields) if (name !== "default") made.fields.set(name, field);
  }
  for (const [name, value] of from.named) made.fields.set(name, { value });
  return made;
}

function namesFrom(machine: Machine, module: ScriptModule, star: string): readonly string[] {
  const whole = machine.imported(module, star);
  return whole.kind === "fields" ? [...whole.fields.keys()].filter((name) => name !== "default") : [];
}

/** A value out of JSON. Pure. */
export function jsonValue(json: unknown, depth = 0): Value {
  if (typeof json === "string") return textValue(json);
  if (Array.isArray(json)) return { kind: "list", items: json.map((one) => jsonValue(one, depth + 1)), open: false };
  if (typeof json !== "object" || json === null) return { kind: "constant", value: json as number | boolean | null };
  const made = fields();
  for (const [name, value] of Object.entries(json)) made.fields.set(name, slot(jsonValue(value, depth + 1)));
  return made;
}
