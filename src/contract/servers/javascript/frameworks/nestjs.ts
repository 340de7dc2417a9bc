import type { Machine } from "../../../javascript/machine.ts";
import {
  type Call,
  type ClassValue,
  type Foreign,
  type Native,
  plainText,
  slot,
  type Slot,
  UNDEFINED,
  type Value,
} from "../../../javascript/values.ts";
import type { ServerReading } from "../../server-reader.ts";
import { memberNames, type ScriptFramework, type ScriptProject } from "../framework.ts";
import { placeOf, readPaths } from "../route-tree.ts";
import {
  type AppSettings,
  type ControllerReading,
  readController,
  requestMethod,
  versionTexts,
} from "./nest/controller-routes.ts";
import { callOf, decoratorsOf, isOfNest, noteApplied } from "./nest/decorators.ts";
import { type Configuration, openSettings, registeredAs } from "./nest/configuration.ts";
import { addModule, openGraph } from "./nest/module-graph.ts";

/** NestJS: controllers that a module of the application has, which begins at what NestFactory is given. */
export const nestjs: ScriptFramework = {
  name: "nestjs",
  speaks: (_path, content) => content.includes("@nestjs/") || /@(?:Controller|Module)\s*\(/.test(content),
  starts: /\bNestFactory\b/,
  open: (project) => {
    const apps: NestApp[] = [];
    const configuration: Configuration = { tables: [] };
    return {
      callForeign: (foreign, call, machine) => callOfNest(foreign, call, apps, configuration, machine),
      finish: () => readApps(project, apps, configuration),
    };
  },
};

interface NestApp {
  readonly root: Value;
  readonly prefixes: Set<string>;
  readonly excluded: { path: string; method: string }[];
  /** It is told to listen. Others may be made for their configuration only. */
  listens: boolean;
  versionPrefix: string | undefined;
  defaultVersions: readonly string[];
  readonly unresolved: ServerReading["unresolved"][number][];
}

function callOfNest(
  foreign: Foreign,
  call: Call,
  apps: NestApp[],
  configuration: Configuration,
  machine: Machine,
): Value | undefined {
  if (foreign.package === "@nestjs/config" && memberNames(foreign)?.at(-1) === "registerAs")
    return registeredAs(configuration, call);
  if (isOfNest(foreign.package) && callOf(foreign) !== undefined) noteApplied(machine, foreign);
  if (foreign.package !== "@nestjs/core") return undefined;
  const names = memberNames(foreign);
  if (names?.[0] !== "NestFactory" || names[1] !== "create") return undefined;
  const app: NestApp = {
    root: call.args[0]?.value() ?? UNDEFINED,
    prefixes: new Set(),
    excluded: [],
    listens: false,
    versionPrefix: undefined,
    defaultVersions: [""],
    unresolved: [],
  };
  apps.push(app);
  let isLoaded = false;
  // What the modules load has to be known before a setting is asked for.
  const load = (): void => {
    if (isLoaded) return;
    isLoaded = true;
    addModule(machine, openGraph(configuration), app.root);
  };
  return appNative(app, openSettings(machine, configuration, load));
}

function appNative(app: NestApp, config: Native): Native {
  const own = new Map<string, Slot>();
  const self: Native = {
    kind: "native",
    type: "nest app",
    set: (name, value) => void own.set(name, slot(value)),
    member: (name) => {
      const before = own.get(name)?.value();
      if (before !== undefined) return before;
      if (name === "listen" || name === "init") app.listens = true;
      if (name === "get" || name === "resolve")
        return { kind: "native", type: "nest get", member: () => undefined, call: (call) => provided(call, config) };
      if (!/^(?:set|enable|use)/.test(name)) return undefined;
      return {
        kind: "native",
        type: `nest ${name}`,
        member: () => undefined,
        call: (call) => {
          if (name === "setGlobalPrefix") setPrefix(app, call);
          if (name === "enableVersioning") setVersioning(app, call);
          return self;
        },
      };
    },
  };
  return self;
}

/** `app.get(ConfigService)`. */
function provided(call: Call, config: Native): Value | undefined {
  const asked = call.args[0]?.value();
  const last = asked?.kind === "foreign" ? asked.steps.at(-1) : undefined;
  const name = last?.kind === "member" ? last.name : asked?.kind === "class" ? asked.name : "";
  return /^(?:Typed|Nest|App)?ConfigService$/.test(name) ? config : undefined;
}

function setPrefix(app: NestApp, call: Call): void {
  const read = readPaths(call.args[0]?.value() ?? UNDEFINED, { bracesAreOptional: true });
  for (const prefix of read.texts) app.prefixes.add(prefix);
  for (const reason of read.reasons) app.unresolved.push({ ...placeOf(call.at), reason });
  const options = call.args[1]?.value();
  const excluded = options?.kind === "fields" ? options.fields.get("exclude")?.value() : undefined;
  for (const one of excluded?.kind === "list" ? excluded.items : []) {
    const path = plainText(one);
    if (path !== undefined) app.excluded.push({ path, method: "ALL" });
    if (one.kind !== "fields") continue;
    const inner = plainText(one.fields.get("path")?.value());
    const method = one.fields.get("method")?.value();
    if (inner !== undefined)
      app.excluded.push({ path: inner, method: method === undefined ? "ALL" : requestMethod(method) });
  }
}

function setVersioning(app: NestApp, call: Call): void {
  const options = call.args[0]?.value();
  if (options?.kind !== "fields") {
    app.versionPrefix = "v";
    return;
  }
  const type = options.fields.get("type")?.value();
  const last = type?.kind === "foreign" ? type.steps.at(-1) : undefined;
  const isUri =
    type === undefined ||
    (last?.kind === "member" ? last.name === "URI" : type.kind === "constant" && type.value === 0);
  if (!isUri) return;
  const prefix = options.fields.get("prefix")?.value();
  app.versionPrefix = prefix === undefined ? "v" : prefix.kind === "constant" ? "" : (plainText(prefix) ?? "v");
  const standard = options.fields.get("defaultVersion")?.value();
  if (standard !== undefined) app.defaultVersions = versionTexts(standard);
}

function readApps(project: ScriptProject, apps: readonly NestApp[], configuration: Configuration): ServerReading {
  const { machine } = project.scripts;
  const into: ControllerReading = { routes: [], unresolved: [] };
  const listening = apps.filter(({ listens }) => listens);
  const found = listening.length > 0 ? listening : apps.length > 0 ? apps : [appOfModules(project)];
  for (const app of found) {
    const graph = openGraph(configuration);
    addModule(machine, graph, app.root);
    const settings: AppSettings = {
      prefixes: app.prefixes.size === 0 ? [""] : [...app.prefixes],
      excluded: app.excluded,
      versionPrefix: app.versionPrefix,
      defaultVersions: app.defaultVersions,
    };
    for (const { controller, modules } of graph.controllers.values()) {
      const paths = [...new Set([...modules].map((module) => graph.paths.get(module) ?? ""))];
      readController(machine, controller, paths, settings, into);
    }
    into.unresolved.push(...app.unresolved);
  }
  const routes = new Map(into.routes.toReversed().map((route) => [`${route.method} ${route.path}`, route]));
  return { routes: [...routes.values()], unresolved: into.unresolved };
}

/** Without an application that is seen to start, every module of the files counts; without modules every controller. */
function appOfModules(project: ScriptProject): NestApp {
  const { machine } = project.scripts;
  const classes = project.files.flatMap((path) => {
    const module = project.scripts.module(path);
    if (module === undefined || !/@(?:Controller|Module)\b/.test(module.text)) return [];
    return [...module.scope.names.values()].flatMap((binding): readonly ClassValue[] => {
      const value = binding.node?.type === "ClassDeclaration" ? binding.value() : undefined;
      return value?.kind === "class" ? [value] : [];
    });
  });
  const has = (of: ClassValue, name: string): boolean =>
    decoratorsOf(machine, of.node, of.scope).some((decorator) => decorator.name === name);
  const modules = classes.filter((one) => has(one, "Module"));
  const root: Value =
    modules.length > 0
      ? { kind: "list", items: [...modules], open: false }
      : controllersAlone(classes.filter((one) => has(one, "Controller")));
  return {
    root,
    prefixes: new Set(),
    excluded: [],
    listens: false,
    versionPrefix: undefined,
    defaultVersions: [""],
    unresolved: [],
  };
}

function controllersAlone(controllers: readonly ClassValue[]): Value {
  const [first] = controllers;
  if (first === undefined) return UNDEFINED;
  return {
    kind: "fields",
    open: false,
    fields: new Map([
      ["module", slot(first)],
      ["controllers", slot({ kind: "list", items: [...controllers], open: false })],
    ]),
  };
}
