import { dirname } from "node:path";
import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { Config, LimitSettings, Origin, RawConfig, RawFile, RawFlags, Settings } from "./config.ts";
import { programFile, type AllotConfig } from "./define-config.ts";
import { fileKeys } from "./describe-options.ts";
import { mergeLimits, NO_LIMIT_SETTINGS, parseLimits } from "./limit-settings.ts";
import { parseModels } from "./model-settings.ts";
import { OPTION_NAMES, fileKeyOf, fileKeysOf, flagOf, optionSpec } from "./options.ts";
import type { OptionName } from "./options.ts";
import { parseValue } from "./parse-value.ts";
import type { OptionValue, PathBase } from "./parse-value.ts";
import { resolveProviders } from "./provider-settings.ts";
import { readProjectFile, readUserFile } from "./read-files.ts";
import type { ReadFile } from "./read-files.ts";
import { parseRoutes, type RouteSection } from "./route-settings.ts";
import { shownStore, storePlace } from "./store-place.ts";

export interface ConfigSources {
  readonly flags: RawFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute working folder. */
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string;
  readonly readFile: ReadFile;
  /** What a program states with `defineConfig`: above the files, below environment and flags. */
  readonly program?: AllotConfig;
}

interface Resolved {
  readonly value: OptionValue;
  readonly origin: Origin;
}

/**
 * The configuration that holds for one command: flag, environment, program, project's file, user's file, default, in that order.
 * The result is frozen; each value knows its origin. Reads files through `readFile` only.
 *
 * Throws `usage` for a bad flag and `config-invalid` for anything else that is wrong, with place, value and what is right.
 */
export function loadConfig(sources: ConfigSources): Config {
  const bare: PathBase = { folder: sources.cwd, userHome: sources.home, allotHome: "" };
  const allotHome = resolveFolder("home", sources, bare);
  const base: PathBase = { ...bare, allotHome };
  const user = readUserFile(allotHome, sources.readFile);
  const project = readProjectFile(resolveFolder("repo", sources, base, user), allotHome, sources.readFile);
  const program = sources.program === undefined ? undefined : programFile(sources.program);
  const raw: RawConfig = { flags: sources.flags, env: sources.env, program, project, user };
  checkKeys(program, "user");
  checkKeys(project, "project");
  checkKeys(user, "user");

  const resolved = OPTION_NAMES.map((name) => [name, resolveOption(name, raw, base)] as const);
  const written = resolved.find(([name]) => name === "db")?.[1].value;
  const store = storePlace(typeof written === "string" ? written : "", sources.env);
  const values = resolved.map(
    ([name, { value }]) => [name, name === "db" && store.kind === "postgres" ? store.shown : freeze(value)] as const,
  );
  const origins = Object.freeze(
    Object.fromEntries(resolved.map(([name, { origin }]) => [name, Object.freeze(origin)])),
  ) as Config["origins"];
  // The table's kinds decide both the parser and the type, so the record built from it has that type.
  const settings = Object.freeze(Object.fromEntries(values)) as unknown as Settings;
  return Object.freeze({
    settings,
    store: Object.freeze(store),
    origins,
    providers: resolveProviders(settings, origins, sources.env, upstreamsOf(program) ?? upstreamsOf(user)),
    models: deepFreeze({ ...modelsOf(user), ...modelsOf(program) }),
    limits: deepFreeze({
      user: mergeLimits(limitsOf(user, "user"), limitsOf(program, "user")),
      project: limitsOf(project, "project"),
    }),
    routes: deepFreeze({
      user: routesOf(user, "user"),
      project: routesOf(project, "project"),
      program: routesOf(program, "user"),
    }),
    strategies: Object.freeze(
      [user, project, program].flatMap((file) =>
        file?.values["strategies"] === undefined ? [] : [{ path: file.path, value: file.values["strategies"] }],
      ),
    ),
    files: Object.freeze([project, user].flatMap((file) => (file === undefined ? [] : [file.path]))),
  });
}

/** ALLOT_HOME is where the user's file lies, so no file can move it. */
function resolveFolder(name: "home" | "repo", sources: ConfigSources, base: PathBase, user?: RawFile): string {
  const { value } = resolveOption(name, { ...sources, program: undefined, project: undefined, user }, base);
  if (typeof value === "string") return value;
  throw new AllotError("internal", `${name} resolved to no folder`);
}

function resolveOption(name: OptionName, raw: RawConfig, base: PathBase): Resolved {
  const stated =
    fromFlag(name, raw.flags, base) ??
    fromEnvironment(name, raw.env, base) ??
    fromFile(name, raw.program, "program", base) ??
    fromFiles(name, raw.project, raw.user, base);
  if (stated !== undefined) return stated;
  const spec = optionSpec(name);
  if (spec.default === null) return { value: null, origin: { kind: "default", name: "" } };
  const parsed = parseValue(spec, spec.default, base);
  if (!parsed.ok)
    throw new AllotError("internal", `the default of ${name} is "${spec.default}", expected ${parsed.expected}`);
  return { value: parsed.value, origin: { kind: "default", name: "" } };
}

function fromFlag(name: OptionName, flags: RawFlags, base: PathBase): Resolved | undefined {
  const written = flags[name];
  if (written === undefined) return undefined;
  const parsed = parseValue(optionSpec(name), written, base);
  if (parsed.ok) return { value: parsed.value, origin: { kind: "flag", name: flagOf(name) } };
  throw new AllotError("usage", `${flagOf(name)} is "${String(shown(name, written))}", expected ${parsed.expected}`);
}

/** An empty variable counts as not set, as shells and containers often leave them so. */
function fromEnvironment(name: OptionName, env: RawConfig["env"], base: PathBase): Resolved | undefined {
  const spec = optionSpec(name);
  for (const variable of spec.env ?? []) {
    const written = env[variable];
    if (written === undefined || written === "") continue;
    const parsed = parseValue(spec, written, base);
    if (!parsed.ok)
      throw new AllotError(
        "config-invalid",
        `${variable} is "${String(shown(name, written))}", expected ${parsed.expected}`,
      );
    return { value: parsed.value, origin: { kind: "environment", name: variable } };
  }
  for (const [variable, value] of Object.entries(spec.envMeans ?? {})) {
    if ((env[variable] ?? "") !== "") return { value, origin: { kind: "environment", name: variable } };
  }
  return undefined;
}

function fromFiles(
  name: OptionName,
  project: RawFile | undefined,
  user: RawFile | undefined,
  base: PathBase,
): Resolved | undefined {
  const ofProject = fromFile(name, project, "project file", base);
  const ofUser = fromFile(name, user, "user file", base);
  // What comes with a repository may ask for a lower limit than the user's, never for a higher one.
  if (name === "limitUsd" && ofProject !== undefined && ofUser !== undefined) {
    return Number(ofProject.value) < Number(ofUser.value) ? ofProject : ofUser;
  }
  return ofProject ?? ofUser;
}

function fromFile(
  name: OptionName,
  file: RawFile | undefined,
  kind: "program" | "project file" | "user file",
  base: PathBase,
): Resolved | undefined {
  const key = fileKeysOf(name).find((candidate) => file?.values[candidate] !== undefined) ?? fileKeyOf(name);
  const written = file?.values[key];
  if (file === undefined || written === undefined || optionSpec(name).from === "flag") return undefined;
  const parsed = parseValue(optionSpec(name), written, {
    ...base,
    folder: kind === "program" ? base.folder : dirname(file.path),
  });
  if (parsed.ok) return { value: parsed.value, origin: { kind, name: file.path } };
  throw new AllotError(
    "config-invalid",
    `${file.path}: ${key} is ${JSON.stringify(shown(name, written))}, expected ${parsed.expected}`,
  );
}

/** What was written, for a message; of an address that may hold a password, its beginning; of a key nothing. */
function shown(name: OptionName, written: unknown): unknown {
  if (optionSpec(name).kind === "secret") return "[redacted]";
  return optionSpec(name).kind === "store" && typeof written === "string" ? shownStore(written) : written;
}

/** What a file may hold beside options, and who may state it. A project's limits only lower the user's. */
const SECTIONS: Readonly<Record<string, "anyone" | "user">> = {
  models: "user",
  upstreams: "user",
  limits: "anyone",
  routes: "anyone",
  strategies: "anyone",
};

/** Refuses keys that no option has, and in a project's file those that are the user's to state. */
function checkKeys(file: RawFile | undefined, owner: "project" | "user"): void {
  for (const key of Object.keys(file?.values ?? {})) {
    const place = `${file?.path}: ${key}`;
    const name = OPTION_NAMES.find((option) => fileKeysOf(option).includes(key));
    // `models` is a section in files, and a flag of `allot key create`.
    const from = SECTIONS[key] ?? (name === undefined ? undefined : optionSpec(name).from);
    if (from === undefined && /key|token|secret|password/i.test(key)) {
      throw new AllotError(
        "config-invalid",
        `${place} looks like a key: keys are read from the environment only, never from files`,
      );
    }
    if (from === undefined)
      throw new AllotError("config-invalid", `${place} is not an option.${didYouMean(key, fileKeys())}`);
    if (from === "flag")
      throw new AllotError("config-invalid", `${place} can only be stated on the command line or in the environment`);
    if (from === "user" && owner === "project") {
      throw new AllotError(
        "config-invalid",
        `${place} is the user's to state, not the project's: move it to the config.json in ALLOT_HOME, the environment, or a flag`,
      );
    }
  }
}

function modelsOf(file: RawFile | undefined): Config["models"] {
  const written = file?.values["models"];
  return file === undefined || written === undefined ? {} : parseModels(file.path, written);
}

function limitsOf(file: RawFile | undefined, owner: "user" | "project"): LimitSettings {
  const written = file?.values["limits"];
  if (file === undefined || written === undefined) return NO_LIMIT_SETTINGS;
  return parseLimits(`${file.path}: limits`, written, owner);
}

function routesOf(file: RawFile | undefined, owner: "user" | "project"): RouteSection | null {
  const written = file?.values["routes"];
  return file === undefined || written === undefined ? null : parseRoutes(file.path, written, owner);
}

function upstreamsOf(user: RawFile | undefined): { path: string; urls: Readonly<Record<string, string>> } | undefined {
  const written = user?.values["upstreams"];
  if (user === undefined || written === undefined) return undefined;
  const parsed = parseValue(optionSpec("upstream"), written, { folder: "/", userHome: "/", allotHome: "/" });
  if (parsed.ok && typeof parsed.value === "object" && parsed.value !== null)
    return { path: user.path, urls: parsed.value as Readonly<Record<string, string>> };
  throw new AllotError(
    "config-invalid",
    `${user.path}: upstreams is ${JSON.stringify(written)}, expected an object of provider names and addresses`,
  );
}

function freeze(value: OptionValue): OptionValue {
  return typeof value === "object" && value !== null ? deepFreeze(value) : value;
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const inner of Object.values(value))
    if (typeof inner === "object" && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}
