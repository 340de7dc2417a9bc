import type { SourceTree } from "../../../source-tree.ts";
import { isWithin } from "../../folders.ts";
import type { Modules } from "../reading/find-modules.ts";
import { fieldOf, type Syntax } from "../reading/syntax.ts";
import { type ClassValue, type FunctionValue, isKind, type Module, NO_ARGS } from "../values/values.ts";
import { externalBases } from "./classes.ts";
import { sourceOf } from "./expressions.ts";
import type { OpenMachine } from "./open-machine.ts";

/** Where a file may make, fill or join routers. */
const STARTS =
  /\b(?:fastapi|starlette|flask\w*|apiflask|quart|django\.urls|django\.conf\.urls|rest_framework|ninja|urlpatterns|APIRouter|Blueprint|include_router|add_api_route|register_blueprint|add_url_rule|add_resource|current_app)\b|\.route\(|\b(?:create|make|build|get|init)_\w*app\w*\(|^(?:app|application)\b[^=\n]*=|@\w+\.(?:get|post|put|delete|patch)\(/m;
const TEST =
  /(?:^|\/)(?:tests?|testing|fixtures|migrations|examples?|node_modules|site-packages)\/|(?:^|\/)(?:test_[^/]*|conftest|[^/]*_test)\.py$/;
const APP = /(?:^|\.)(?:FastAPI(?:Offline|App)?|Starlette|Flask|Quart|APIFlask|OpenAPI|FlaskAPI)$/;
const APP_NAMES = ["FastAPI", "Flask", "Quart", "APIFlask", "Starlette", "OpenAPI"];
/** Callers of callers of what makes an application. */
const CALLER_LEVELS = 3;

/** Carries out every module below the folders that may matter, then the functions that make applications and that nobody called. */
export function carryOutModules(
  machine: OpenMachine,
  modules: Modules,
  tree: SourceTree,
  folders: readonly string[],
): void {
  const isAsked = (path: string): boolean => isWithin(path, folders) && !TEST.test(within(path, folders));
  for (const path of tree.files) {
    if (!path.endsWith(".py") || !isAsked(path)) continue;
    const text = tree.read(path);
    if (text === undefined || !STARTS.test(text)) continue;
    const module = modules.ofFile(path);
    if (module !== undefined) machine.load(module);
  }
  const asked = machine.loaded.filter(({ path }) => isAsked(path));
  callFactories(machine, asked);
}

/** A folder that was asked for counts, whatever it is called. */
function within(path: string, folders: readonly string[]): string {
  const folder = folders.find((each) => each !== "" && path.startsWith(`${each}/`));
  return folder === undefined ? path : path.slice(folder.length + 1);
}

/**
 * Functions that make an application are called from outside of the program: by a server's command line, or by a test. Of
 * those that call each other the outermost comes first.
 */
function callFactories(machine: OpenMachine, modules: readonly Module[]): void {
  const classes = modules.flatMap(ownClasses);
  const made = classes.filter((each) => externalBases(each).some((path) => APP.test(path))).map(({ name }) => name);
  const functions = modules.flatMap(ownFunctions);
  const levels: (FunctionValue | ClassValue)[][] = [];
  let names = [...new Set([...APP_NAMES, ...made])];
  const seen = new Set<FunctionValue | ClassValue>();
  for (let level = 0; level < CALLER_LEVELS && names.length > 0; level += 1) {
    const makes = new RegExp(`(?<![\\w.])(?:\\w+\\.)*(?:${names.join("|")})\\(`);
    const callers = [...functions, ...classes].filter((each) => !seen.has(each) && makes.test(bodyText(each)));
    for (const each of callers) seen.add(each);
    levels.push(callers);
    names = callers.map(({ name }) => name).filter((name) => /^\w+$/.test(name));
  }
  const all = levels.toReversed().flat();
  const isCalled = new Set(all.filter((each) => all.some((other) => other !== each && calls(other, each.name))));
  for (const each of [...all.filter((one) => !isCalled.has(one)), ...all.filter((one) => isCalled.has(one))])
    if (isKind(each, "class")) machine.apart(each.place, () => callClass(machine, each));
    else callFunction(machine, each);
}

function calls(caller: FunctionValue | ClassValue, name: string): boolean {
  return /^\w+$/.test(name) && new RegExp(`\\b${name}\\(`).test(bodyText(caller));
}

function ownClasses(module: Module): readonly ClassValue[] {
  return [...module.scope.names.values()].filter((value) => isKind(value, "class")).filter(isOf(module));
}

function ownFunctions(module: Module): readonly FunctionValue[] {
  return [...module.scope.names.values()].filter((value) => isKind(value, "function")).filter(isOf(module));
}

function isOf(module: Module): (value: FunctionValue | ClassValue) => boolean {
  return (value) => value.scope.module === module;
}

function bodyText(value: FunctionValue | ClassValue): string {
  if (isKind(value, "function")) return sourceOf(fieldOf(value.node, "body") ?? value.node, value.scope);
  return methodsOf(value)
    .map((each) => bodyText(each))
    .join("\n");
}

function methodsOf(value: ClassValue): readonly FunctionValue[] {
  return [...value.members.values()].filter((each) => isKind(each, "function"));
}

function callFunction(machine: OpenMachine, value: FunctionValue): void {
  if (machine.called.has(value.node)) return;
  const site = { ...value.place, conditional: false, scope: value.scope };
  machine.apart(value.place, () => void machine.call(value, NO_ARGS, site));
}

function callClass(machine: OpenMachine, value: ClassValue): void {
  const methods = methodsOf(value);
  if (methods.some((each) => machine.called.has(each.node))) return;
  const site = { ...value.place, conditional: false, scope: value.scope };
  const made = machine.call(value, { ...NO_ARGS, open: true }, site);
  if (!isKind(made, "instance")) return;
  for (const each of methods)
    if (!machine.called.has(each.node) && each.matters && takesNothing(each))
      machine.call(each, { ...NO_ARGS, positional: [made] }, site);
}

function takesNothing(value: FunctionValue): boolean {
  const parameters: readonly Syntax[] = fieldOf(value.node, "parameters")?.children ?? [];
  return parameters.length === 1;
}
