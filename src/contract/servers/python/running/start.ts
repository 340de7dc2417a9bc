import type { SourceTree } from "../../../source-tree.ts";
import { isWithin } from "../../folders.ts";
import type { Modules } from "../reading/find-modules.ts";
import { fieldOf, type Syntax } from "../reading/syntax.ts";
import {
  isKind,
  type Module,
  NO_ARGS,
  type Args,
  type FunctionValue,
  type ClassValue,
  type Value,
} from "../values/values.ts";
import { sourceOf } from "./expressions.ts";
import type { OpenMachine } from "./open-machine.ts";

/** Where a file may make, fill or join routers. */
const STARTS =
  /\b(?:fastapi|starlette|flask\w*|apiflask|quart|django\.urls|django\.conf\.urls|rest_framework|urlpatterns|APIRouter|Blueprint|include_router|add_api_route|register_blueprint|add_url_rule|add_resource|current_app)\b|\.route\(|@\w+\.(?:get|post|put|delete|patch)\(/;
const TEST =
  /(?:^|\/)(?:tests?|testing|fixtures|migrations|examples?|node_modules|site-packages)\/|(?:^|\/)(?:test_[^/]*|conftest|[^/]*_test)\.py$/;
const MAKES_APP = /\b(?:FastAPI|Flask|Quart|APIFlask|Starlette|OpenAPI)\(/;

/** Carries out every module below the folders that may matter, then the functions that make applications and that nobody called. */
export function carryOutModules(
  machine: OpenMachine,
  modules: Modules,
  tree: SourceTree,
  folders: readonly string[],
): void {
  const files = tree.files.filter(
    (path) => path.endsWith(".py") && isWithin(path, folders) && !TEST.test(within(path, folders)),
  );
  for (const path of files) {
    const text = tree.read(path);
    if (text === undefined || !STARTS.test(text)) continue;
    const module = modules.ofFile(path);
    if (module !== undefined) machine.load(module);
  }
  for (const module of machine.loaded.slice()) {
    if (!TEST.test(within(module.path, folders)) && isWithin(module.path, folders)) callFactories(machine, module);
  }
}

/** A folder that was asked for counts, whatever it is called. */
function within(path: string, folders: readonly string[]): string {
  const folder = folders.find((each) => each !== "" && path.startsWith(`${each}/`));
  return folder === undefined ? path : path.slice(folder.length + 1);
}

/** Functions that make an application are called from outside of the program: by a server's command line, or by a test. */
function callFactories(machine: OpenMachine, module: Module): void {
  if (!MAKES_APP.test(module.text)) return;
  for (const value of module.scope.names.values()) {
    if (isKind(value, "function") && value.scope.module === module) callFactory(machine, value);
    if (isKind(value, "class") && value.scope.module === module) callClass(machine, value);
  }
}

function makesApp(value: FunctionValue): boolean {
  const text = sourceOf(value.node, value.scope);
  return MAKES_APP.test(text);
}

function callFactory(machine: OpenMachine, value: FunctionValue): void {
  if (machine.called.has(value.node) || !makesApp(value)) return;
  machine.call(value, NO_ARGS, { ...value.place, conditional: false, scope: value.scope });
}

function callClass(machine: OpenMachine, value: ClassValue): void {
  const methods = [...value.members.values()].filter((each) => isKind(each, "function"));
  const makers = methods.filter((each) => !machine.called.has(each.node) && makesApp(each));
  if (makers.length === 0) return;
  const site = { ...value.place, conditional: false, scope: value.scope };
  const made = machine.call(value, unknownArgs(), site);
  for (const maker of makers)
    if (!machine.called.has(maker.node)) machine.call(maker, { ...NO_ARGS, positional: [made] }, site);
  if (!isKind(made, "instance")) return;
  for (const each of methods)
    if (!machine.called.has(each.node) && each.matters && takesNothing(each))
      machine.call(each, { ...NO_ARGS, positional: [made] }, site);
}

function takesNothing(value: FunctionValue): boolean {
  const parameters: readonly Syntax[] = fieldOf(value.node, "parameters")?.children ?? [];
  return parameters.length === 1;
}

function unknownArgs(): Args {
  return { positional: [], named: new Map<string, Value>(), open: true };
}
