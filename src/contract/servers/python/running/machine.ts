import type { Place } from "../../../contract.ts";
import type { Syntax } from "../reading/syntax.ts";
import type { Args, Bound, ClassValue, FunctionValue, Instance, Module, Scope, Site, Value } from "../values/values.ts";

/** What its parts know of the machine that follows code: the one way from each of them to the others. */
export interface Machine {
  readonly frameworks: readonly Framework[];
  evaluate(node: Syntax, scope: Scope): Value;
  /** Carries out statements; answers how they ended. */
  run(statements: readonly Syntax[], scope: Scope, frame: Frame): Ending;
  call(callee: Value, args: Args, site: Site): Value;
  /** Undefined: it has no such attribute, as far as is known. */
  attribute(value: Value, name: string, site: Site): Value | undefined;
  /** A name from another module, once it is there. */
  resolve(value: Value): Value;
  /** The module of that dotted name as `from` sees it; undefined where the tree does not hold it. */
  module(name: string, from: Module): Module | undefined;
  /** The modules and packages of a folder. */
  modulesIn(folder: string): readonly { readonly name: string; readonly isPackage: boolean }[];
  /** The module of a file or folder, carried out. */
  load(module: Module): void;
  /** Carries something out as a program's start would; what is too deep or too large for it is told at that place. */
  apart(place: Place, use: () => void): void;
  body(definition: Syntax, module: Module): readonly Syntax[];
  site(node: Syntax, scope: Scope): Site;
  unresolved(place: Place, reason: string): void;
  /** How deep in conditions that are not known. */
  conditions: number;
  /** How many functions are being followed inside each other. */
  depth: number;
  /** Counts down; nothing is followed any further at 0. */
  steps: number;
  /** As `steps`, inside of what has no router in hand: it may answer a prefix, and shall not take long over it. */
  leash: number;
  /** Where a route is told to stand, while what changes how routers register is followed. */
  toldAt: Place | undefined;
  readonly called: Set<Syntax>;
  /** Functions that are being followed, and how often inside themselves. */
  readonly active: Map<Syntax, number>;
  /** What functions without arguments answered. */
  readonly answers: WeakMap<FunctionValue, Value>;
}

export interface Frame {
  readonly returned: Value[];
  /** Answers behind a condition that is not likely to hold; they come after the others. */
  readonly unlikely: Value[];
  readonly yielded: Value[];
}

/** "end": what stands behind is not reached. */
export type Ending = "next" | "end";

/** What is known of a framework's own classes and functions. Each method answers undefined for what it does not know. */
export interface Framework {
  /** Called with the full name of what is called. */
  call?(path: string, args: Args, site: Site): Value | undefined;
  /** A new instance of a class of the framework, or of a class that inherits from it. */
  create?(instance: Instance, path: string, args: Args, site: Site): boolean;
  /** A method of an instance whose class is, or inherits from, one of the framework's. */
  method?(bound: Bound, args: Args, site: Site): Value | undefined;
  attribute?(self: Value, name: string, site: Site): Value | undefined;
  /** A decorator of the framework's; answers what the name is bound to then. */
  decorate?(
    decorator: Value,
    args: Args | undefined,
    target: FunctionValue | ClassValue,
    site: Site,
  ): Value | undefined;
  /** What a function of the project answered, as its caller has it. */
  returned?(answer: Value, site: Site): Value;
  /** Whether a value is a router or an application itself. */
  owns?(value: Value): boolean;
  /** Whether a value is, or holds, something whose way has to be followed. */
  concerns?(value: Value): boolean;
}
