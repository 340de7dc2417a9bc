import { childrenOf, isNode, type Node } from "../../../../../codebase/javascript/reading/syntax.ts";
import { nameOfKey } from "../../../../javascript/scopes.ts";
import type { ScriptModule, Value } from "../../../../javascript/values.ts";

const VERBS = /^(?:GET|HEAD|POST|PUT|DELETE|PATCH)$/;

export interface PageMethod {
  readonly method: string;
  readonly line: number;
}

/**
 * The methods that a handler below pages/api answers: those that it compares the request's method with, or that are names of a
 * table of handlers. A handler that asks for none answers all. None where the file has no handler.
 */
export function pageMethods(module: ScriptModule): readonly PageMethod[] {
  const isModule = module.exportNames().length > 0;
  if (isModule && !module.exportNames().includes("default")) return [];
  const own = methodsIn(module, module.body);
  if (own.length > 0) return own;
  const handler = module.exported("default");
  if (handler === undefined || (handler.kind === "constant" && handler.value === undefined)) return [];
  const imported = handlerModule(handler);
  if (imported !== undefined && imported !== module) {
    const there = methodsIn(imported, imported.body);
    if (there.length > 0) return there.map(({ method }) => ({ method, line: 1 }));
  }
  const chained = chainedMethods(handler);
  if (chained.length > 0) return chained.map((method) => ({ method, line: 1 }));
  const start = module.body.find((statement) => statement.type === "ExportDefaultDeclaration")?.start ?? 0;
  return [{ method: "ALL", line: module.lineAt(start) }];
}

function handlerModule(handler: Value): ScriptModule | undefined {
  if (handler.kind === "function") return handler.scope.module;
  const last = handler.kind === "foreign" ? handler.steps.at(-1) : undefined;
  if (last?.kind !== "call") return undefined;
  for (const argument of last.args) {
    const value = argument.value();
    if (value.kind === "function") return value.scope.module;
  }
  return undefined;
}

/** `createRouter().get(…).post(…).handler()`. */
function chainedMethods(handler: Value): readonly string[] {
  if (handler.kind !== "foreign") return [];
  return handler.steps.flatMap((step) =>
    step.kind === "member" && VERBS.test(step.name.toUpperCase()) ? [step.name.toUpperCase()] : [],
  );
}

function methodsIn(module: ScriptModule, body: readonly Node[]): readonly PageMethod[] {
  const found = new Map<string, number>();
  const note = (node: unknown): void => {
    if (!isNode(node) || node.type !== "Literal" || typeof node["value"] !== "string") return;
    if (VERBS.test(node["value"]) && !found.has(node["value"])) found.set(node["value"], module.lineAt(node.start));
  };
  const look = (node: Node): void => {
    if (node.type.startsWith("TS") && !/Expression$/.test(node.type)) return;
    if (node.type === "BinaryExpression" && /^[!=]==?$/.test(node["operator"] as string)) {
      if (isMethod(node["left"])) note(node["right"]);
      else if (isMethod(node["right"])) note(node["left"]);
    }
    if (node.type === "SwitchStatement" && isMethod(node["discriminant"]))
      for (const one of node["cases"] as readonly Node[]) note(one["test"]);
    if (node.type === "CallExpression" && (node["arguments"] as readonly Node[]).some(isMethod)) {
      const over = node["callee"]?.["object"] as Node | undefined;
      if (over?.type === "ArrayExpression") for (const one of over["elements"] as readonly unknown[]) note(one);
    }
    if (node.type === "ObjectExpression") handlerTable(module, node, found);
    const route = chainedOnRouter(node);
    if (route !== undefined && !found.has(route))
      found.set(route, module.lineAt(node["callee"]["property"].start as number));
    for (const child of childrenOf(node)) look(child);
  };
  for (const statement of body) look(statement);
  return [...found].map(([method, line]) => ({ method, line }));
}

function isMethod(node: unknown): boolean {
  if (!isNode(node)) return false;
  if (node.type === "ChainExpression" || node.type === "TSNonNullExpression" || node.type === "TSAsExpression")
    return isMethod(node["expression"]);
  if (node.type === "CallExpression") return isMethod(node["callee"]?.["object"]);
  if (node.type === "LogicalExpression") return isMethod(node["left"]);
  if (node.type === "MemberExpression") return node["property"]?.["name"] === "method";
  return node.type === "Identifier" && /^(?:method|httpMethod|requestMethod|verb)$/.test(node["name"] as string);
}

/** `{ GET: handler, POST: other }`. */
function handlerTable(module: ScriptModule, node: Node, found: Map<string, number>): void {
  const properties = (node["properties"] as readonly Node[]).filter((one) => one.type === "Property");
  const names = properties.map((one) => (one["computed"] === true ? "" : nameOfKey(one["key"] as Node)));
  if (names.length === 0 || !names.every((name) => VERBS.test(name) || name === "OPTIONS")) return;
  for (const [index, name] of names.entries()) {
    const value = properties[index]?.["value"] as Node | undefined;
    const isHandler = value !== undefined && !/^(?:Literal|ArrayExpression|TemplateLiteral)$/.test(value.type);
    if (isHandler && VERBS.test(name) && !found.has(name))
      found.set(name, module.lineAt(properties[index]?.start ?? 0));
  }
}

/** `handler.get(fn)` of next-connect: its own methods take a function only. */
function chainedOnRouter(node: Node): string | undefined {
  if (node.type !== "CallExpression" || node["callee"].type !== "MemberExpression") return undefined;
  const name = String(node["callee"]["property"]["name"] ?? "");
  if (!/^(?:get|post|put|patch|delete|head)$/.test(name)) return undefined;
  const args = node["arguments"] as readonly Node[];
  if (args.length === 0 || !args.every((one) => /Function|Identifier|CallExpression/.test(one.type))) return undefined;
  let root = node["callee"]["object"] as Node;
  while (root.type === "CallExpression" || root.type === "MemberExpression")
    root = (root["callee"] ?? root["object"]) as Node;
  const isRouter =
    root.type === "Identifier" &&
    /^(?:handler|router|apiRoute|route|nc|nextConnect|createRouter|createHandler|api)$/i.test(root["name"] as string);
  const isFunction =
    args.some((one) => /Function/.test(one.type)) ||
    /^(?:handler|apiRoute|nc|nextConnect|createRouter)$/i.test(String(root["name"]));
  return isRouter && isFunction ? name.toUpperCase() : undefined;
}
