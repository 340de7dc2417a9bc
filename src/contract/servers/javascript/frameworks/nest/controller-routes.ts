import type { Place, Route, Unresolved } from "../../../../contract.ts";
import type { Machine } from "../../../../javascript/machine.ts";
import { type ClassValue, optionsOf, plainText, UNDEFINED, type Value } from "../../../../javascript/values.ts";
import { isCatchAll, joinPaths, type PathSyntax } from "../../route-path.ts";
import { placeOf, readPaths } from "../../route-tree.ts";
import { type Decorator, decoratorsOf, membersOf } from "./decorators.ts";

const SYNTAX: PathSyntax = { bracesAreOptional: true };
const VERBS: ReadonlyMap<string, string> = new Map([
  ...["Get", "Post", "Put", "Patch", "Delete", "Options", "Head", "All", "Search"].map(
    (name) => [name, name.toUpperCase()] as const,
  ),
  ["Sse", "GET"],
]);
/** RequestMethod of the framework: by number where its name is not seen. */
const REQUEST_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "ALL", "OPTIONS", "HEAD", "SEARCH"];

/** What holds for all routes of an application. */
export interface AppSettings {
  readonly prefixes: readonly string[];
  /** Paths, and their methods ("ALL" for all), that the prefix is not put before. */
  readonly excluded: readonly { readonly path: string; readonly method: string }[];
  /** What stands before a version in a path; undefined where versions are no part of it. */
  readonly versionPrefix: string | undefined;
  readonly defaultVersions: readonly string[];
}

export interface ControllerReading {
  readonly routes: Route[];
  readonly unresolved: Unresolved[];
}

/** The routes of a controller, `modulePath` being what its module puts before them. */
export function readController(
  machine: Machine,
  controller: ClassValue,
  modulePaths: readonly string[],
  settings: AppSettings,
  into: ControllerReading,
): void {
  const decorator = controllerDecorator(machine, controller);
  if (decorator === undefined) return;
  const described = controllerPaths(decorator);
  const place = placeOf(decorator.at);
  const own = readPaths(described.path, SYNTAX);
  for (const reason of own.reasons) into.unresolved.push({ ...place, reason });
  for (const { node, owner } of membersOf(controller)) {
    const decorators = decoratorsOf(machine, node, owner.scope);
    const version = decorators.find(({ name }) => name === "Version")?.args[0]?.value() ?? described.version;
    for (const one of decorators) {
      const mapped = mappingOf(one);
      if (mapped === undefined) continue;
      const read = readPaths(mapped.path, SYNTAX);
      const at = placeOf(one.at);
      for (const reason of read.reasons) into.unresolved.push({ ...at, reason });
      for (const before of own.texts)
        for (const path of read.texts)
          for (const modulePath of modulePaths)
            addPaths(into, at, mapped.method, [modulePath, before, path], versionsOf(version, settings), settings);
    }
  }
}

function controllerDecorator(machine: Machine, controller: ClassValue): Decorator | undefined {
  let at: Value | undefined = controller;
  for (let depth = 0; at?.kind === "class" && depth < 12; depth++) {
    const found = decoratorsOf(machine, at.node, at.scope).find(({ name }) => name === "Controller");
    if (found !== undefined) return found;
    at = at.parent();
  }
  return undefined;
}

function controllerPaths(decorator: Decorator): { readonly path: Value; readonly version: Value | undefined } {
  const given = decorator.args[0]?.value() ?? UNDEFINED;
  if (given.kind !== "fields") return { path: given, version: undefined };
  return {
    path: given.fields.get("path")?.value() ?? UNDEFINED,
    version: given.fields.get("version")?.value(),
  };
}

function mappingOf(decorator: Decorator): { readonly method: string; readonly path: Value } | undefined {
  const path = decorator.args[0]?.value() ?? UNDEFINED;
  const verb = VERBS.get(decorator.name);
  if (verb !== undefined) return { method: verb, path: path.kind === "fields" ? UNDEFINED : path };
  if (decorator.name !== "RequestMapping" || path.kind !== "fields") return undefined;
  return {
    method: requestMethod(path.fields.get("method")?.value()),
    path: path.fields.get("path")?.value() ?? UNDEFINED,
  };
}

/** `RequestMethod.POST` as "POST"; what is not said is GET, as in the framework. */
export function requestMethod(value: Value | undefined): string {
  if (value === undefined) return "GET";
  if (value.kind === "constant" && typeof value.value === "number") return REQUEST_METHODS[value.value] ?? "GET";
  const last = value.kind === "foreign" ? value.steps.at(-1) : undefined;
  return last?.kind === "member" ? last.name : "ALL";
}

/** Versions as parts of a path; "" for none. */
function versionsOf(version: Value | undefined, settings: AppSettings): readonly string[] {
  const prefix = settings.versionPrefix;
  if (prefix === undefined) return [""];
  if (version === undefined) return settings.defaultVersions.map((one) => (one === "" ? "" : `/${prefix}${one}`));
  return versionTexts(version).map((one) => (one === "" ? "" : `/${prefix}${one}`));
}

/** "" stands for a neutral version, which is no part of a path. */
export function versionTexts(version: Value): readonly string[] {
  return optionsOf(version).flatMap((one): readonly string[] => {
    if (one.kind === "list") return one.items.flatMap(versionTexts);
    if (one.kind === "constant" && typeof one.value === "number") return [String(one.value)];
    return [plainText(one) ?? ""];
  });
}

function addPaths(
  into: ControllerReading,
  place: Place,
  method: string,
  parts: readonly string[],
  versions: readonly string[],
  settings: AppSettings,
): void {
  for (const version of versions) {
    const below = joinPaths(version, ...parts);
    const isExcluded = settings.excluded.some(
      (one) =>
        (one.method === "ALL" || one.method === method) &&
        (excludes(one.path, below) || excludes(one.path, joinPaths(...parts))),
    );
    for (const prefix of isExcluded ? [""] : settings.prefixes) {
      const path = joinPaths(prefix, below);
      if (!isCatchAll(path)) into.routes.push({ method, path, framework: "nestjs", ...place });
    }
  }
}

/** Whether a pattern of an exclusion means a path. */
function excludes(pattern: string, path: string): boolean {
  const wanted = pattern.split("/").filter((part) => part !== "");
  const found = path.split("/").filter((part) => part !== "");
  for (const [index, part] of wanted.entries()) {
    if (/^(?:\(\.\*\)|\{?\/?\*\w*\}?|\{\*\w*\})$/.test(part)) return true;
    const there = found[index];
    if (there === undefined) return false;
    const isParameter = part.startsWith(":") || /^\{\w+\}$/.test(part);
    if (isParameter || part === there) continue;
    return false;
  }
  return wanted.length === found.length;
}
