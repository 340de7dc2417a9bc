/**
 * When a module-level name is looked up: while the module loads, when a function runs later, or perhaps never (a
 * deferred annotation), where a missing name breaks nothing by itself.
 */
export type Phase = "import" | "call" | "weak";

/** One place where a top-level statement uses a module-level name. */
export interface Occurrence {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly use: "load" | "store" | "delete" | "declare";
  readonly phase: Phase;
  /** True where `name` could be written as an attribute of another module instead. */
  readonly rewritable: boolean;
}

/** Code that runs as one: the import-time code of a statement, its functions, one method of its class. */
export interface CodeUnit {
  /**
   * "" for what runs when the statement's own name is called; a method's name; undefined for import-time code;
   * `HANDED_OUT` for functions that a function only makes and returns.
   */
  readonly method: string | undefined;
  /** Module-level names read; true where the value may be called there. */
  readonly loads: Map<string, boolean>;
  readonly attributes: Set<string>;
  /** Module-level names whose objects are changed in place. */
  readonly mutates: Set<string>;
}

/** Names the unit of functions that a function only makes and returns. */
export const HANDED_OUT = "*handed out*";

export function newUnit(method: string | undefined): CodeUnit {
  return { method, loads: new Map(), attributes: new Set(), mutates: new Set() };
}
