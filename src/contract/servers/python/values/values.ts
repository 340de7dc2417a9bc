import type { Place } from "../../../contract.ts";
import type { Syntax } from "../reading/syntax.ts";

/**
 * What an expression of Python may be worth, as far as it can be known without running it. A text, a number, a truth and None
 * are JavaScript's own.
 */
export type Value =
  | string
  | number
  | boolean
  | null
  | ListValue
  | DictValue
  | ModuleValue
  | FunctionValue
  | ClassValue
  | External
  | Instance
  | Bound
  | Native
  | Template
  | Union
  | Imported
  | Late
  | Unknown;

/** A list, tuple or set. `open`: there are more items than are known. */
export interface ListValue {
  readonly kind: "list";
  readonly items: Value[];
  open: boolean;
  readonly isTuple: boolean;
}

export interface DictValue {
  readonly kind: "dict";
  readonly entries: Map<string, Value>;
  open: boolean;
}

export interface ModuleValue {
  readonly kind: "module";
  readonly module: Module;
}

export interface FunctionValue {
  readonly kind: "function";
  readonly name: string;
  readonly node: Syntax;
  readonly scope: Scope;
  /** Class in whose body it stands. */
  readonly owner: ClassValue | undefined;
  /** Decorators that were not followed: what they are, with their arguments. Outermost last. */
  readonly decorations: Decoration[];
  readonly place: Place;
  /** The statements' text may make, join or fill routers. */
  readonly matters: boolean;
  /** They do, by their own words. */
  readonly joins: boolean;
  readonly lines: number;
  /** Attributes set on it. */
  readonly attributes: Map<string, Value>;
}

export interface Decoration {
  readonly value: Value;
  /** Undefined where it stands without a call. */
  readonly args: Args | undefined;
}

export interface ClassValue {
  readonly kind: "class";
  readonly name: string;
  readonly bases: readonly Value[];
  readonly members: Map<string, Value>;
  readonly decorations: Decoration[];
  readonly scope: Scope;
  readonly place: Place;
}

/** Something of a package that is not in the tree, by its full name: "fastapi.APIRouter". */
export interface External {
  readonly kind: "external";
  readonly path: string;
}

export interface Instance {
  readonly kind: "instance";
  readonly of: ClassValue | External;
  readonly args: Args;
  readonly attributes: Map<string, Value>;
  readonly place: Place;
}

/** A method, taken from what it belongs to. */
export interface Bound {
  readonly kind: "bound";
  readonly self: Value;
  readonly name: string;
  /** Undefined: the method of something that is not in the tree. */
  readonly method: FunctionValue | undefined;
}

/** Something that a framework gives, to be called. */
export interface Native {
  readonly kind: "native";
  readonly name: string;
  readonly call: (args: Args, site: Site) => Value;
}

/** A text of which parts are not known. */
export interface Template {
  readonly kind: "template";
  readonly parts: readonly (string | Unknown)[];
}

/** One of several, by a condition that is not known; the likeliest first. */
export interface Union {
  readonly kind: "union";
  readonly values: readonly Value[];
}

/** A name of another module, looked at when it is used: modules may import each other. */
export interface Imported {
  readonly kind: "imported";
  readonly module: string;
  /** Undefined: the module itself. */
  readonly name: string | undefined;
  readonly from: Module;
}

/** A name's value that is worked out when it is first asked for: most values of a module never matter to routes. */
export interface Late {
  readonly kind: "late";
  readonly node: Syntax;
  readonly scope: Scope;
  value: Value | undefined;
}

export interface Unknown {
  readonly kind: "unknown";
  readonly reason: string;
}

export interface Args {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** There are more, by a * or ** that is not known. */
  readonly open: boolean;
}

/** A file of the tree, or a folder that holds modules. */
export interface Module {
  /** Relative to the root; a folder's path where it has no __init__.py. */
  readonly path: string;
  /** The folder whose modules "from . import" means. */
  readonly folder: string;
  /** "app.api.users". */
  readonly name: string;
  readonly text: string;
  readonly scope: Scope;
  state: "new" | "running" | "done";
}

export interface Scope {
  readonly kind: "module" | "class" | "function";
  readonly names: Map<string, Value>;
  readonly parent: Scope | undefined;
  readonly module: Module;
}

/** Where something is called, and whether it may not be. */
export interface Site extends Place {
  readonly conditional: boolean;
  readonly scope: Scope;
}

export const NO_ARGS: Args = { positional: [], named: new Map(), open: false };

export function unknown(reason: string): Unknown {
  return { kind: "unknown", reason };
}

export function external(path: string): External {
  return { kind: "external", path };
}

export function listOf(items: readonly Value[], open = false, isTuple = false): ListValue {
  return { kind: "list", items: [...items], open, isTuple };
}

export function native(name: string, call: Native["call"]): Native {
  return { kind: "native", name, call };
}

/** Whether a value is a structure of that kind. */
export function isKind<K extends Exclude<Value, string | number | boolean | null>["kind"]>(
  value: Value | undefined,
  kind: K,
): value is Extract<Value, { kind: K }> {
  return typeof value === "object" && value !== null && value.kind === kind;
}

/** One of several values; those that say nothing are left out where another says something. */
export function unionOf(values: readonly Value[]): Value {
  const flat = values.flatMap((value) => (isKind(value, "union") ? value.values : [value]));
  const different = [...new Set(flat)];
  const telling = different.filter((value) => value !== null && !isKind(value, "unknown"));
  const chosen = telling.length > 0 ? telling : different.slice(0, 1);
  return chosen.length === 1 ? (chosen[0] ?? null) : { kind: "union", values: chosen.slice(0, 6) };
}

/** The alternatives of a value; itself where there is one. */
export function alternatives(value: Value): readonly Value[] {
  return isKind(value, "union") ? value.values : [value];
}

/** An argument by its name or, where it was not named, by its place. */
export function argument(args: Args | undefined, name: string, index = -1): Value | undefined {
  return args?.named.get(name) ?? (index >= 0 ? args?.positional[index] : undefined);
}
