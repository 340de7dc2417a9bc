import type { Place, Unresolved } from "../../../contract.ts";
import type { Modules } from "../reading/find-modules.ts";
import type { PythonParser, Syntax } from "../reading/syntax.ts";
import {
  alternatives,
  external,
  type Imported,
  isKind,
  type Late,
  type Module,
  unionOf,
  unknown,
  type Value,
} from "../values/values.ts";
import { attribute } from "./attributes.ts";
import { call } from "./calls.ts";
import { evaluate } from "./expressions.ts";
import type { Framework, Machine } from "./machine.ts";
import { newFrame, run } from "./statements.ts";

/** Statements and expressions that are followed at most, whatever a project's code does: some seconds. */
const MOST_STEPS = 2_000_000;

/** A module of more is not read for what has no router in hand: it holds a program, not a prefix. */
const LARGE_CHARACTERS = 30_000;

export interface OpenMachine extends Machine {
  readonly found: readonly Unresolved[];
  frameworks: readonly Framework[];
  /** Modules that were carried out, in order. */
  readonly loaded: readonly Module[];
}

/** Opens what follows Python code: it carries out modules as far as their values can be known, and runs nothing. */
export function openMachine(modules: Modules, parser: PythonParser): OpenMachine {
  const found: Unresolved[] = [];
  const loaded: Module[] = [];
  const told = new Set<string>();
  const machine: OpenMachine = {
    found,
    loaded,
    frameworks: [],
    conditions: 0,
    depth: 0,
    steps: MOST_STEPS,
    leash: Infinity,
    toldAt: undefined,
    called: new Set<Syntax>(),
    active: new Map<Syntax, number>(),
    answers: new WeakMap(),
    evaluate: (node, scope) => evaluate(machine, node, scope),
    run: (statements, scope, frame) => run(machine, statements, scope, frame),
    call: (callee, args, site) => call(machine, callee, args, site),
    attribute: (value, name, site) => attribute(machine, value, name, site),
    resolve: (value) => resolve(machine, value, 0),
    module: (name, from) => modules.find(name, from),
    modulesIn: (folder) => modules.inFolder(folder),
    body: (definition, module) => parser.body(definition, module.text),
    site: (node, scope) => ({
      ...(machine.toldAt ?? { file: scope.module.path, line: lineOf(scope.module, node.start) }),
      conditional: machine.conditions > 0,
      scope,
    }),
    unresolved: ({ file, line }: Place, reason) => {
      const key = `${file}:${line}:${reason}`;
      if (!told.has(key)) found.push({ file, line, reason });
      told.add(key);
    },
    load: (module) => {
      if (module.state !== "new") return;
      module.state = "running";
      loaded.push(module);
      const place = { file: module.path, line: 1 };
      const tree = module.text === "" ? undefined : parser.module(module.text);
      if (tree !== undefined) apart(machine, place, () => void run(machine, tree.children, module.scope, newFrame()));
      else if (module.text !== "") machine.unresolved(place, "the parser gave up on this file");
      module.state = "done";
    },
    apart: (place, use) => apart(machine, place, use),
  };
  return machine;
}

/** Carries something out as a program's start would: in no function and under no condition. */
function apart(machine: Machine, place: Place, use: () => void): void {
  const { conditions, depth, leash, toldAt } = machine;
  machine.conditions = 0;
  machine.depth = 0;
  machine.leash = Infinity;
  machine.toldAt = undefined;
  try {
    use();
  } catch (cause) {
    // Expressions that are nested thousands deep, or texts that grow without end.
    if (!(cause instanceof RangeError)) throw cause;
    machine.unresolved(place, "something in this file is nested too deep, or grows too large, to be followed");
  } finally {
    machine.conditions = conditions;
    machine.depth = depth;
    machine.leash = leash;
    machine.toldAt = toldAt;
  }
}

const lineStarts = new WeakMap<Module, readonly number[]>();

/** The line of an offset in a module, from 1. */
function lineOf(module: Module, offset: number): number {
  const known = lineStarts.get(module);
  const starts = known ?? [0, ...[...module.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  if (known === undefined) lineStarts.set(module, starts);
  let [low, high] = [0, starts.length];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** Follows a name to the module that binds it. */
function resolve(machine: Machine, value: Value, depth: number): Value {
  if (isKind(value, "union") && value.values.some((each) => isKind(each, "imported") || isKind(each, "late")))
    return unionOf(alternatives(value).map((each) => resolve(machine, each, depth + 1)));
  if (isKind(value, "late")) return resolve(machine, valueOfLate(machine, value), depth + 1);
  if (!isKind(value, "imported")) return value;
  if (depth > 12) return unknown("names that import each other in a ring");
  const module = value.module === "" ? value.from : machine.module(value.module, value.from);
  if (module === undefined) return outside(value);
  if (value.name === undefined) return { kind: "module", module };
  if (module.state === "new" && machine.leash !== Infinity && module.text.length > LARGE_CHARACTERS)
    return unknown(`what ${value.name} of ${module.path} is`);
  machine.load(module);
  const bound = module.scope.names.get(value.name);
  const isItself =
    isKind(bound, "imported") &&
    bound.from === module &&
    bound.name === value.name &&
    sameModule(machine, bound, module);
  if (bound !== undefined && !isItself) return resolve(machine, bound, depth + 1);
  const inner = machine.module(`.${value.name}`, module);
  if (inner !== undefined && inner !== module && isPackage(module)) return { kind: "module", module: inner };
  return unknown(`${module.path} has no ${value.name}`);
}

function valueOfLate(machine: Machine, late: Late): Value {
  if (late.value !== undefined) return late.value;
  late.value = unknown("a value that is made of itself");
  late.value = machine.evaluate(late.node, late.scope);
  return late.value;
}

function sameModule(machine: Machine, bound: Imported, module: Module): boolean {
  return machine.module(bound.module, module) === module;
}

function isPackage(module: Module): boolean {
  return module.path.endsWith("__init__.py") || !module.path.endsWith(".py");
}

function outside(value: Imported): Value {
  if (value.module.startsWith(".")) return unknown(`there is no module ${value.module}`);
  return external(value.name === undefined ? value.module : `${value.module}.${value.name}`);
}
