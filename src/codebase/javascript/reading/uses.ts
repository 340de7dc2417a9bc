import type { Scope } from "./scopes.ts";
import type { Node } from "./syntax.ts";

/** One use of a name that is not bound inside the code that was read. */
export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Whether the use runs while the module loads, or when something is called later. */
  readonly phase: "load" | "call";
  /** A type position: nothing of it is left at run time. */
  readonly type: boolean;
  readonly write: boolean;
  /** True where loading may call what the name stands for (callee, argument, tag, heritage). */
  readonly executed: boolean;
  /**
   * What rests on a function being called by what it is given to, other than an array's own methods: nothing, that the
   * name is called while loading, or that the code here runs while loading at all.
   */
  readonly uncertain: "nothing" | "called" | "running";
  /** Written as `{ name }`: replacing the name must spell the key out. */
  readonly shorthand: boolean;
}

/** What a piece of code uses from outside itself. */
export interface Uses {
  readonly references: Reference[];
  /** `this` that belongs to the surroundings, not to a function inside. */
  outerThis: boolean;
  topAwait: boolean;
  jsx: boolean;
  /** Spans of `import.meta`. */
  readonly importMetas: Node[];
}

export interface Place {
  readonly scope: Scope | undefined;
  readonly phase: "load" | "call";
  readonly type: boolean;
  /** Inside a call made while loading: functions here may run at once, names may be called. */
  readonly executed: boolean;
  /** Among the arguments of a call that may or may not call functions; inside such a function. */
  readonly uncertain: "nothing" | "called" | "running";
  /** Inside a function (or class) with a `this` of its own. */
  readonly ownThis: boolean;
  readonly inFunction: boolean;
}

export type Visit = (node: Node, place: Place, uses: Uses) => void;

/** The steps of the walk that reads uses, for tables of visits in files of their own. */
export interface Walk {
  readonly visit: Visit;
  readonly visitAll: (nodes: unknown, place: Place, uses: Uses) => void;
  readonly visitChildren: Visit;
  readonly visitPattern: Visit;
  readonly refer: (
    node: Node,
    place: Place,
    uses: Uses,
    how?: { write?: boolean; executed?: boolean; shorthand?: boolean; values?: boolean },
  ) => void;
}
