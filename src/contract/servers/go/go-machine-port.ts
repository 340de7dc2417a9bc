import type { Syntax } from "../syntax-tree.ts";
import type { GoDeclared, GoFile, GoFunction } from "./source/go-files.ts";
import type { GoProject } from "./source/go-project.ts";
import type { GoClosure, GoRouter, GoScope, GoType, GoValue, RouterNode } from "./go-values.ts";
import type { GoFramework } from "./go-frameworks.ts";

/** A call that is being followed. */
export interface GoFrame {
  readonly closure: GoClosure;
  readonly file: GoFile;
  /** Names of the innermost block. */
  readonly scope: GoScope;
  readonly caller: { readonly frame: GoFrame; readonly line: number } | undefined;
  /** What each return statement gave. */
  readonly returned: GoValue[][];
  /** Set by a return that no condition stands before. */
  readonly state: { isOver: boolean };
  /** Conditions and loops around its call. */
  readonly conditions: number;
  readonly loops: number;
}

/** What the parts of the machine need of each other. */
export interface GoMachine {
  readonly project: GoProject;
  /** How many conditions stand around what is being followed. */
  conditions: number;
  loops: number;
  evaluate(syntax: Syntax, frame: GoFrame): GoValue;
  execute(syntax: Syntax, frame: GoFrame): void;
  /** Follows a function, or tells what its results' types say where that is not worth it. */
  call(closure: GoClosure, args: readonly GoValue[], frame: GoFrame, line: number): GoValue;
  /** Does something when all functions that are known to be called were followed. */
  later(run: () => void): void;
  wasFollowed(one: GoFunction): boolean;
  /** Whether something that a text mentions has to do with routers. */
  isOfInterest(text: string): boolean;
  /** Whether values of a type of that name have to do with routers. */
  isTypeOfInterest(name: string): boolean;
  /** A value of a package, worked out once. */
  valueOf(declared: GoDeclared): GoValue;
  setValue(declared: GoDeclared, value: GoValue): void;
  /** What was put into a field of a type anywhere, for instances of which nothing else is known. */
  fieldOf(type: GoDeclared, name: string): GoValue | undefined;
  /** Stands for the router in a field of which nothing is known yet; what is put in later takes over what it was given. */
  placeholder(type: GoDeclared, name: string, framework: GoFramework): GoRouter;
  noteField(type: GoDeclared, name: string, value: GoValue): void;
  /** What is known of a value by its type alone. */
  valueOfType(type: GoType | undefined, name?: string): GoValue;
  newRouter(framework: GoFramework, frame: GoFrame | undefined): GoRouter;
  /** Routers that were asked for by functions which were only handed on. */
  readonly injected: GoRouter[];
  /** The router that a function of another package hands out: the same each time. */
  sharedRouter(name: string, framework: GoFramework): GoRouter;
  /** The routers that were made, in order. */
  readonly nodes: readonly RouterNode[];
  /** The one that the standard library has from the start. */
  defaultRouter(): GoRouter | undefined;
  /** The call that is a statement of its own, while it is followed. */
  statement: Syntax | undefined;
  unresolved(file: string, line: number, reason: string): void;
}
