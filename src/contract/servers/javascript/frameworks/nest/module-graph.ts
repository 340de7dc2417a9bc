import { isNode, type Node } from "../../../../../codebase/javascript/reading/syntax.ts";
import type { Machine } from "../../../../javascript/machine.ts";
import { nameOfKey } from "../../../../javascript/scopes.ts";
import { type ClassValue, optionsOf, plainText, type Value } from "../../../../javascript/values.ts";
import { joinPaths } from "../../route-path.ts";
import { type Configuration, loadTables } from "./configuration.ts";
import { callOf, decoratorsOf } from "./decorators.ts";

/** What an application is made of: its controllers, each with the modules that have it, and paths of modules. */
export interface ModuleGraph {
  /** By the class's node. */
  readonly controllers: Map<Node, { readonly controller: ClassValue; readonly modules: Set<Node> }>;
  /** What RouterModule puts before the controllers of a module. */
  readonly paths: Map<Node, string>;
  readonly seen: Set<Node>;
  /** Settings that modules of the framework load. */
  readonly configuration: Configuration;
}

export function openGraph(configuration: Configuration): ModuleGraph {
  return { controllers: new Map(), paths: new Map(), seen: new Set(), configuration };
}

/** Adds a module, given as a class, as `{ module, imports, controllers }`, or as anything that holds such. */
export function addModule(machine: Machine, graph: ModuleGraph, given: Value, depth = 0): void {
  if (depth > 60) return;
  for (const value of optionsOf(given)) {
    if (value.kind === "class") addClass(machine, graph, value, depth);
    else if (value.kind === "list") for (const item of value.items) addModule(machine, graph, item, depth + 1);
    else if (value.kind === "fields") {
      const module = value.fields.get("module")?.value();
      if (module === undefined) continue;
      addModule(machine, graph, module, depth + 1);
      for (const owner of optionsOf(module)) if (owner.kind === "class") addParts(machine, graph, value, owner, depth);
    } else if (value.kind === "foreign") addForeign(machine, graph, value, depth);
  }
}

/** `forwardRef(() => X)` and `RouterModule.register([...])`. */
function addForeign(
  machine: Machine,
  graph: ModuleGraph,
  value: Extract<Value, { kind: "foreign" }>,
  depth: number,
): void {
  const call = callOf(value);
  const first = call?.args[0];
  if (call === undefined || first === undefined) return;
  if (call.name === "forwardRef") {
    const work = first.value();
    if (work.kind === "function" && first.node !== undefined)
      addModule(
        machine,
        graph,
        machine.call(work, { args: [], isNew: false, at: { node: first.node, scope: work.scope } }),
        depth + 1,
      );
    return;
  }
  if (value.steps.some((step) => step.kind === "member" && step.name === "ConfigModule")) {
    loadTables(graph.configuration, first.value());
    return;
  }
  // `ConditionalModule.registerWhen(X, …)`: a module that is handed to one of the framework's may be imported by it.
  for (const argument of call.args.slice(0, 2)) {
    const handed = argument.node?.type === "Identifier" ? argument.value() : undefined;
    if (handed?.kind === "class") addClass(machine, graph, handed, depth + 1);
  }
  const isRouter = value.steps.some((step) => step.kind === "member" && step.name === "RouterModule");
  if (isRouter && /^(?:register|forRoutes)$/.test(call.name)) addPaths(graph, first.value(), "");
}

function addPaths(graph: ModuleGraph, routes: Value, before: string): void {
  for (const list of optionsOf(routes)) {
    for (const route of list.kind === "list" ? list.items : [list]) {
      if (route.kind === "class") graph.paths.set(route.node, before);
      if (route.kind !== "fields") continue;
      const path = joinPaths(before, plainText(route.fields.get("path")?.value()) ?? "");
      const module = route.fields.get("module")?.value();
      if (module?.kind === "class") graph.paths.set(module.node, path);
      const children = route.fields.get("children")?.value();
      if (children !== undefined) addPaths(graph, children, path);
    }
  }
}

function addClass(machine: Machine, graph: ModuleGraph, of: ClassValue, depth: number): void {
  if (graph.seen.has(of.node)) return;
  graph.seen.add(of.node);
  for (const decorator of decoratorsOf(machine, of.node, of.scope)) {
    if (decorator.name !== "Module") continue;
    const [described] = decorator.args;
    if (described === undefined) continue;
    for (const parts of optionsOf(described.value())) addParts(machine, graph, parts, of, depth);
    if (described.node !== undefined) addConfigured(machine, graph, described.node, of, depth);
  }
  const parent = of.parent();
  if (parent?.kind === "class") addClass(machine, graph, parent, depth + 1);
}

function addParts(machine: Machine, graph: ModuleGraph, parts: Value, owner: ClassValue, depth: number): void {
  if (parts.kind !== "fields") return;
  const imports = parts.fields.get("imports")?.value();
  if (imports !== undefined) addModule(machine, graph, imports, depth + 1);
  const controllers = parts.fields.get("controllers")?.value();
  for (const controller of controllers === undefined ? [] : classesIn(controllers)) {
    const known = graph.controllers.get(controller.node) ?? { controller, modules: new Set<Node>() };
    known.modules.add(owner.node);
    graph.controllers.set(controller.node, known);
  }
}

function classesIn(value: Value): readonly ClassValue[] {
  return optionsOf(value).flatMap((option): readonly ClassValue[] => {
    if (option.kind === "class") return [option];
    return option.kind === "list" ? option.items.flatMap(classesIn) : [];
  });
}

/** `X.register(options)` where the method comes from a package: the module is X all the same. */
function addConfigured(machine: Machine, graph: ModuleGraph, described: Node, of: ClassValue, depth: number): void {
  if (described.type !== "ObjectExpression") return;
  const imports = (described["properties"] as readonly Node[]).find(
    (property) => property.type === "Property" && isNode(property["key"]) && nameOfKey(property["key"]) === "imports",
  )?.["value"] as Node | undefined;
  if (imports?.type !== "ArrayExpression") return;
  for (const element of imports["elements"] as readonly (Node | null)[]) {
    const call = element?.type === "AwaitExpression" ? (element["argument"] as Node) : element;
    if (call?.type !== "CallExpression" || call["callee"].type !== "MemberExpression") continue;
    const owner = machine.evaluate(call["callee"]["object"] as Node, of.scope);
    if (owner.kind === "class") addClass(machine, graph, owner, depth + 1);
  }
}
