/**
 * The project's JavaScript and TypeScript as one program that can be asked: what does this name mean here, what may this
 * expression be, what does that call do. Each file is parsed at most once, when it is first needed.
 *
 * How it works: the code is carried out without being run. Modules, functions, classes and loops over known lists are followed
 * with values that may have holes (values.ts); a condition that is not known is taken both ways; what belongs to a package is
 * a value that records what was done with it, which readers of frameworks give a meaning to (machine.ts, Hooks).
 *
 * Invariants: nothing of the project runs; never throws for what stands in files; ends, since all work is counted; the same
 * files give the same answers.
 *
 * Rejected: looking for calls by their names in each file alone, which knows neither where a router is mounted nor what a
 * prefix from another file is; TypeScript's checker, which needs the dependencies to be there.
 */
import { openImportResolver } from "../../codebase/languages/resolve-imports.ts";
import type { SourceTree } from "../source-tree.ts";
import { evaluate } from "./evaluate.ts";
import { execute } from "./execute.ts";
import { call } from "./invoke.ts";
import type { Hooks, Machine } from "./machine.ts";
import { memberOf, setMember } from "./members.ts";
import { jsonValue, openModule } from "./open-module.ts";
import { isScript } from "./parse.ts";
import { postponed, type ScriptModule, unknown, type Value } from "./values.ts";

/** So much is followed in one project; then the rest is unknown. About two seconds. */
const MOST_STEPS = 4_000_000;

/** Functions that do not matter ask for no more files when they call each other so deep. */
const FARTHEST = 4;

export interface Scripts {
  readonly machine: Machine;
  /** The file as a module; undefined where there is no such script. */
  module(path: string): ScriptModule | undefined;
  /** The project's file that a name in an import means; undefined for packages and for what is not there. */
  resolve(from: string, specifier: string): string | undefined;
}

/** Opens the scripts of a project. `hooks` say what calls of packages give. */
export function openScripts(tree: SourceTree, hooks: Hooks = {}): Scripts {
  const resolver = openImportResolver(tree.files, (path) => tree.read(path));
  const modules = new Map<string, ScriptModule | undefined>();
  const data = new Map<string, Value>();

  const module = (path: string): ScriptModule | undefined => {
    if (modules.has(path)) return modules.get(path);
    const text = isScript(path) ? tree.read(path) : undefined;
    const opened = text === undefined ? undefined : openModule(machine, path, text);
    modules.set(path, opened);
    return opened;
  };
  const resolve = (from: string, specifier: string): string | undefined => {
    const language = /\.[cm]?tsx?$/.test(from) ? "typescript" : "javascript";
    return resolver.resolve(from, language, specifier) ?? undefined;
  };
  const imported = (from: ScriptModule, specifier: string): Value => {
    const path = specifier.startsWith("node:") ? undefined : resolve(from.path, specifier);
    if (path === undefined)
      return /^\.{1,2}(?:\/|$)/.test(specifier)
        ? unknown(`${specifier} is not among the project's files`)
        : { kind: "foreign", package: specifier, steps: [] };
    if (machine.state.aside >= FARTHEST && !modules.has(path)) return postponed(`${path} is not looked into from here`);
    if (path.endsWith(".json")) return jsonAt(tree, path, data);
    return module(path)?.namespace() ?? { kind: "foreign", package: specifier, steps: [] };
  };
  const machine: Machine = {
    hooks,
    state: {
      steps: MOST_STEPS,
      allowance: Infinity,
      aside: 0,
      dropped: undefined,
      depth: 0,
      conditional: 0,
      running: [],
      sites: [],
      entered: new Set(),
    },
    evaluate: (node, scope) => evaluate(machine, node, scope),
    execute: (body, scope, frame) => execute(machine, body, scope, frame),
    call: (callee, made, self) => call(machine, callee, made, self),
    member: (of, name, at) => memberOf(machine, of, name, at),
    setMember: (of, name, value, at) => setMember(machine, of, name, value, at),
    imported,
    perhaps: (work) => {
      machine.state.conditional++;
      try {
        return work();
      } finally {
        machine.state.conditional--;
      }
    },
  };
  return { machine, module, resolve };
}

function jsonAt(tree: SourceTree, path: string, kept: Map<string, Value>): Value {
  let value = kept.get(path);
  if (value !== undefined) return value;
  try {
    value = jsonValue(JSON.parse(tree.read(path) ?? ""));
  } catch {
    value = unknown(`${path} cannot be read`);
  }
  kept.set(path, value);
  return value;
}
