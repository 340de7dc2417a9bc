import type { Node } from "../../codebase/javascript/reading/syntax.ts";

/**
 * What an expression may be, as far as the code alone says. Values are what a run would make, with holes where a run would
 * know more: a text may hold unknown parts, an object may have more fields than are seen, a condition gives a choice.
 */
export type Value = Text | Constant | Pattern | List | Fields | Func | ClassValue | Foreign | Choice | Native | Unknown;

/** A string; what is not known of it stands between the known parts. An empty list of parts is "". */
export interface Text {
  readonly kind: "text";
  readonly parts: readonly (string | Value)[];
  readonly isPostponed?: boolean;
}

export interface Constant {
  readonly kind: "constant";
  readonly value: number | boolean | bigint | null | undefined;
}

/** A regular expression. */
export interface Pattern {
  readonly kind: "pattern";
  readonly source: string;
}

export interface List {
  readonly kind: "list";
  readonly items: Value[];
  /** It may hold more than is seen. */
  open: boolean;
}

/** An object: a literal, a module's exports, an instance of a class, an enum. */
export interface Fields {
  readonly kind: "fields";
  readonly fields: Map<string, Slot>;
  /** It may have other fields than are seen. */
  open: boolean;
  /** Of what class it is an instance. */
  readonly of?: ClassValue | undefined;
}

/** A field's value, made when it is first asked for. */
export interface Slot {
  value(): Value;
}

/** A function that stands in the code. Two values are the same function where `node` is the same. */
export interface Func {
  readonly kind: "function";
  readonly node: Node;
  readonly scope: Scope;
  readonly name: string;
  readonly self?: Value | undefined;
  /** Fields that were set on it. */
  readonly fields: Map<string, Slot>;
}

export interface ClassValue {
  readonly kind: "class";
  readonly node: Node;
  readonly scope: Scope;
  readonly name: string;
  /** What stands after `extends`. */
  parent(): Value | undefined;
  /** Static fields and methods, and what was set on it. */
  readonly fields: Map<string, Slot>;
}

/**
 * Something of a package that is not in the project, or of the language's own globals (package ""), and what was done with it:
 * `axios.create({ baseURL }).get` is package "axios" with the steps member create, call, member get. The default export and the
 * whole module are the same: no step.
 */
export interface Foreign {
  readonly kind: "foreign";
  readonly package: string;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "call"; readonly args: readonly Argument[]; readonly isNew: boolean; readonly at: At };

/** One of several. */
export interface Choice {
  readonly kind: "choice";
  readonly options: readonly Value[];
  readonly isPostponed?: boolean;
}

/** A value that a reader made for a framework's object: it answers itself what its members are and what a call of it gives. */
export interface Native {
  readonly kind: "native";
  /** "express router": for whoever made it. */
  readonly type: string;
  /** Undefined where it has no such member that matters. */
  member(name: string, at: At): Value | undefined;
  call?(call: Call): Value | undefined;
  /** A field that is set on it. */
  set?(name: string, value: Value, at: At): void;
}

/** Nothing is known of it but where it came from. */
export interface Unknown {
  readonly kind: "unknown";
  readonly why: Why;
  /** Its name as somebody reading would call it: the variable, the last member. "" where it has none. */
  readonly name: string;
}

export type Why =
  /** A parameter of a function whose caller is not known; `path` is what was taken out of it. */
  | {
      readonly kind: "parameter";
      readonly of: Node;
      readonly index: number;
      readonly path: readonly string[];
      readonly type: Node | undefined;
    }
  | { readonly kind: "environment"; readonly name: string }
  /** `window.location.origin`, `location.host`. */
  | { readonly kind: "global"; readonly name: string }
  /** What a function of a package gave; `foreign` ends in a call or in members of what a call gave. */
  | { readonly kind: "foreign"; readonly foreign: Foreign }
  /** It was not followed where it was asked for, and may be known when it is asked for from elsewhere. */
  | { readonly kind: "postponed"; readonly reason: string }
  | { readonly kind: "other"; readonly reason: string };

/** Where something stands. */
export interface At {
  readonly node: Node;
  readonly scope: Scope;
}

/** What is passed in a call, looked at when it is needed. */
export interface Argument {
  readonly node: Node | undefined;
  readonly isSpread: boolean;
  /** Where it is read; undefined where it does not stand in the code. */
  readonly at?: Scope | undefined;
  value(): Value;
}

export interface Call {
  readonly args: readonly Argument[];
  readonly isNew: boolean;
  readonly at: At;
  /** Nobody takes what it gives. */
  readonly isDropped?: boolean;
}

/** The names that hold at a place. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly module: ScriptModule;
  readonly names: Map<string, Binding>;
  /** What `this` is; undefined where the scope around says so. */
  readonly self?: Value | undefined;
  /** The function whose body it is. */
  readonly of?: Node | undefined;
}

/** A name with its value. */
export interface Binding {
  value(): Value;
  set(value: Value): void;
  /** The place where it is declared, for `const` and `let`. */
  readonly node: Node | undefined;
}

/** A file of the project, parsed once. */
export interface ScriptModule {
  readonly path: string;
  readonly text: string;
  readonly body: readonly Node[];
  readonly scope: Scope;
  /** Line, from 1, of a character offset. */
  lineAt(offset: number): number;
  /** The value of an export ("default", a name), by all re-exports; undefined where the module has none of that name. */
  exported(name: string): Value | undefined;
  /** Names of all exports, "default" included. */
  exportNames(): readonly string[];
  /** The module as an object: `import * as x`, `require("x")`. */
  namespace(): Value;
}

/** What a framework's object is asked for where the name of the member is not known (`app[method]`). */
export const UNKNOWN_MEMBER = "%unknown";

export const UNDEFINED: Constant = { kind: "constant", value: undefined };

/** No path and no name is longer, in characters and in parts; text that is doubled in a loop ends here. */
const LONGEST_TEXT = 8_000;
const MOST_PARTS = 100;
/** No list of routes is longer. */
const LONGEST_LIST = 5_000;

export function text(...parts: readonly (string | Value)[]): Text {
  const merged: (string | Value)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part === "") continue;
    if (typeof part === "string" && typeof last === "string")
      merged[merged.length - 1] = (last + part).slice(0, LONGEST_TEXT);
    else if (merged.length < MOST_PARTS) merged.push(part);
  }
  const isOpen = merged.some((part) => typeof part !== "string" && isPostponed(part));
  return isOpen ? { kind: "text", parts: merged, isPostponed: true } : { kind: "text", parts: merged };
}

export function constant(value: Constant["value"]): Constant {
  return { kind: "constant", value };
}

export function unknown(reason: string, name = ""): Unknown {
  return { kind: "unknown", why: { kind: "other", reason }, name };
}

export function list(items: readonly Value[], open = false): List {
  return { kind: "list", items: items.slice(0, LONGEST_LIST), open: open || items.length > LONGEST_LIST };
}

export function fields(entries: Iterable<readonly [string, Value]> = [], open = false): Fields {
  return { kind: "fields", fields: new Map([...entries].map(([name, value]) => [name, slot(value)])), open };
}

export function slot(value: Value): Slot {
  return { value: () => value };
}

/** A slot whose value is made once, when it is first asked for; while it is being made it is unknown. */
export function lazySlot(make: () => Value): Slot {
  let made: Value | undefined;
  let isBusy = false;
  return {
    value() {
      if (made !== undefined) return made;
      if (isBusy) return unknown("it is defined by itself");
      isBusy = true;
      try {
        const value = make();
        if (!isPostponed(value)) made = value;
        return value;
      } finally {
        isBusy = false;
      }
    },
  };
}

/** More ways than these are not told apart. */
const MOST_OPTIONS = 48;
const MOST_UNKNOWN_OPTIONS = 2;

export function postponed(reason: string): Unknown {
  return { kind: "unknown", why: { kind: "postponed", reason }, name: "" };
}

/** Whether a value, or a part of it, may be known when it is asked for from elsewhere. */
function isPostponed(value: Value): boolean {
  if (value.kind === "unknown") return value.why.kind === "postponed";
  return (value.kind === "text" || value.kind === "choice") && value.isPostponed === true;
}

/** One value of several, each once; of many unknown ones some. */
export function choice(options: readonly Value[]): Value {
  const distinct: Value[] = [];
  let unknowns = 0;
  const add = (option: Value): void => {
    if (option.kind === "choice") {
      for (const one of option.options) add(one);
      return;
    }
    if (distinct.length >= MOST_OPTIONS) return;
    const isUnknown = option.kind === "unknown" || option.kind === "foreign";
    if (isUnknown && unknowns >= MOST_UNKNOWN_OPTIONS) return;
    if (distinct.some((other) => isSame(option, other))) return;
    if (isUnknown) unknowns++;
    distinct.push(option);
  };
  for (const option of options) add(option);
  const [first] = distinct;
  if (distinct.length === 1 && first !== undefined) return first;
  return { kind: "choice", options: distinct, isPostponed: distinct.some(isPostponed) };
}

/** Whether two values are plainly the same. */
export function isSame(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (one.kind === "constant" && other.kind === "constant") return one.value === other.value;
  const left = plainText(one);
  return left !== undefined && left === plainText(other);
}

/** The characters of a text that is known in full; undefined for everything else. */
export function plainText(value: Value | undefined): string | undefined {
  if (value?.kind !== "text" || value.parts.length > 1) return undefined;
  const [part = ""] = value.parts;
  return typeof part === "string" ? part : undefined;
}

/** The values a value may be; of a choice those that are known, where one is. */
export function optionsOf(value: Value): readonly Value[] {
  if (value.kind !== "choice") return [value];
  const known = value.options.filter((option) => option.kind !== "unknown" && !isNothing(option));
  return known.length > 0 ? known : value.options;
}

export function isNothing(value: Value): boolean {
  return value.kind === "constant" && (value.value === undefined || value.value === null);
}

/** True, false, or undefined where a run would have to say. */
export function truthOf(value: Value): boolean | undefined {
  switch (value.kind) {
    case "constant":
      return Boolean(value.value);
    case "text": {
      if (value.parts.length === 0) return false;
      return value.parts.some((part) => typeof part === "string") ? true : undefined;
    }
    case "unknown":
    case "foreign":
      return undefined;
    case "choice": {
      const [first, ...rest] = value.options.map(truthOf);
      return rest.every((truth) => truth === first) ? first : undefined;
    }
    default:
      return true;
  }
}
