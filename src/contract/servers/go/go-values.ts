import type { Syntax } from "../syntax-tree.ts";
import type { GoDeclared, GoFile, GoFunction, GoParameter } from "./source/go-files.ts";
import type { GoFramework } from "./go-frameworks.ts";

/** What is known of a value of a program that is followed but not run. */
export type GoValue =
  | { readonly kind: "unknown"; readonly type?: GoType | undefined; readonly name?: string | undefined }
  | { readonly kind: "nil" }
  /** A string or number; `HOLE` stands for each part that is not known. */
  | { readonly kind: "text"; readonly text: string; readonly hole?: string | undefined }
  /** A condition that is known. */
  | { readonly kind: "truth"; readonly is: boolean }
  | { readonly kind: "list"; readonly items: GoValue[]; readonly type?: GoType | undefined }
  | {
      readonly kind: "map";
      readonly entries: { readonly key: GoValue; readonly value: GoValue }[];
      readonly type?: GoType | undefined;
    }
  | GoInstance
  | GoClosure
  | GoRouter
  /** A route whose methods and path are still being said, as gorilla's are. */
  | { readonly kind: "route"; readonly router: GoRouter; readonly entry: Registered }
  /** A function of a router as a value. */
  | { readonly kind: "router-method"; readonly on: GoValue & { kind: "router" | "route" }; readonly name: string }
  | { readonly kind: "tuple"; readonly items: readonly GoValue[] }
  /** Something of a package that is not of this project. */
  | { readonly kind: "external"; readonly path: string; readonly name: string }
  | { readonly kind: "package"; readonly path: string }
  | { readonly kind: "type"; readonly type: GoType; readonly declared: GoDeclared | undefined };

/** A type as it is written, and where. */
export interface GoType {
  readonly file: GoFile;
  readonly syntax: Syntax;
}

export interface GoInstance {
  readonly kind: "instance";
  /** Undefined for a struct without a name. */
  readonly declared: GoDeclared | undefined;
  readonly type: GoType | undefined;
  readonly fields: Map<string, GoValue>;
  /** It was made by code that was followed; else only its type is known. */
  readonly isMade: boolean;
}

export interface GoClosure {
  readonly kind: "function";
  readonly name: string;
  readonly file: GoFile;
  readonly parameters: readonly GoParameter[];
  readonly results: readonly Syntax[];
  readonly declared: GoFunction | undefined;
  readonly receiver: GoValue | undefined;
  readonly scope: GoScope | undefined;
  body(): Syntax | undefined;
}

export interface GoRouter {
  readonly kind: "router";
  readonly node: RouterNode;
  /** In front of what is registered on it, below its node. */
  readonly prefix: string;
  /** What a hole in the prefix stands for. */
  readonly hole?: string | undefined;
  /** A wrapper takes this off the path before the router sees it. */
  readonly stripped?: string | undefined;
}

/** All that is registered on one router that was made, groups of it included. */
export interface RouterNode {
  readonly framework: GoFramework;
  readonly registered: Registered[];
  readonly mounts: RouterMount[];
  /** False for a router that came from a caller who is not known. */
  readonly isMade: boolean;
  isMounted: boolean;
  /** How many conditions stood around its making: they are none of its routes'. */
  readonly conditions: number;
  /** The function that made it, and the one that all began with. */
  readonly maker: GoClosure | undefined;
  readonly root: GoFunction | undefined;
}

export interface RouterMount {
  readonly prefix: string;
  readonly router: GoRouter;
  readonly conditional: boolean;
  readonly hole: string | undefined;
}

export interface Registered {
  methods: string[];
  path: string;
  /** Of the group it is registered on. */
  readonly prefix: string;
  /** What a hole in the path stands for. */
  hole: string | undefined;
  readonly file: string;
  readonly line: number;
  readonly conditional: boolean;
  isServed: boolean;
}

export interface GoScope {
  readonly names: Map<string, GoValue>;
  readonly parent: GoScope | undefined;
}

/** Stands in a text for a part that is not known. */
export const HOLE = "\u0000";
/** Stands for a text that a made struct leaves out: empty, unless something sets it that is not followed. */
export const UNSET = "\u0001";
export const UNKNOWN: GoValue = { kind: "unknown" };
export const NIL: GoValue = { kind: "nil" };

export function textValue(text: string, hole?: string): GoValue {
  return { kind: "text", text, hole };
}

/** A value of a type of which nothing else is known. */
export function unmade(declared: GoDeclared): GoInstance {
  return { kind: "instance", declared, type: undefined, fields: new Map(), isMade: false };
}

/** A text with a hole where it is not known. */
export function textOf(value: GoValue): { readonly text: string; readonly hole: string | undefined } {
  if (value.kind === "text") return { text: value.text, hole: value.hole };
  return { text: HOLE, hole: nameOf(value) };
}

export function nameOf(value: GoValue): string | undefined {
  if (value.kind === "unknown" || value.kind === "external") return value.name;
  return undefined;
}

export function isKnown(value: GoValue): boolean {
  return (
    value.kind !== "unknown" &&
    value.kind !== "nil" &&
    !(value.kind === "text" && (value.text.includes(HOLE) || value.text.includes(UNSET))) &&
    !(value.kind === "instance" && !value.isMade)
  );
}

export function lookUp(scope: GoScope | undefined, name: string): GoValue | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    const value = at.names.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The scope that has the name, for an assignment. */
export function scopeOf(scope: GoScope | undefined, name: string): GoScope | undefined {
  for (let at = scope; at !== undefined; at = at.parent) if (at.names.has(name)) return at;
  return undefined;
}
