import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { At, Call, Foreign, Func, Scope, ScriptModule, Value } from "./values.ts";

/**
 * What follows code: it makes values of expressions and carries out statements as far as the code says what happens. The
 * parts of it (expressions, statements, calls, members) know each other by this interface only.
 *
 * Where a condition is not known both ways are taken, and `state.conditional` is above zero meanwhile.
 */
export interface Machine {
  readonly hooks: Hooks;
  readonly state: MachineState;
  evaluate(node: Node, scope: Scope): Value;
  /** Carries out statements; what they return is added to `frame`. */
  execute(body: readonly Node[], scope: Scope, frame: Frame): Completion;
  /** What a call gives. `self` is what stands before the dot. */
  call(callee: Value, call: Call, self?: Value): Value;
  member(of: Value, name: string, at: At): Value;
  setMember(of: Value, name: string, value: Value, at: At): void;
  /** What `import` or `require` of a name in that module gives: a module of the project, or something of a package. */
  imported(from: ScriptModule, specifier: string): Value;
  /** Runs `work` as something that may or may not happen. */
  perhaps<T>(work: () => T): T;
}

export interface MachineState {
  /** What is still allowed; at zero everything is unknown. */
  steps: number;
  /** What the function that is being carried out may still use of it: little, where it does not matter. */
  allowance: number;
  /** How many functions that do not matter are between here and one that does; from two on no further file is loaded. */
  aside: number;
  /** The call whose answer nobody takes. */
  dropped: Node | undefined;
  depth: number;
  conditional: number;
  /** Functions whose bodies are being carried out, the innermost last. */
  readonly running: Node[];
  /** Where each of them is called; undefined where nobody is seen to call it. */
  readonly sites: (At | undefined)[];
  /** Functions whose bodies were carried out at least once. */
  readonly entered: Set<Node>;
}

/** What somebody who reads code for a purpose says of packages. */
export interface Hooks {
  /**
   * What a call of a package's function gives; undefined where the reader has nothing to say: then it is a value that records
   * the call, and functions that are passed are carried out once with unknown arguments (they may be called at any time).
   */
  callForeign?(foreign: Foreign, call: Call, machine: Machine): Value | undefined;
  /** A field that is set on something of a package: `axios.defaults.baseURL = …`. */
  setForeign?(of: Foreign, name: string, value: Value): void;
  /**
   * Whether the constants of a module are made when it is loaded, in their order, or each when it is asked for. The first is
   * for modules whose constants do something (`const server = app.listen()`), and costs more. Without it: when asked for.
   */
  isEager?(module: ScriptModule): boolean;
  /**
   * Whether a function does what the reader is after. Others are carried out for a while only (what they give may matter), and
   * with little patience where nobody is seen to call them.
   */
  matters?(func: Func): boolean;
}

export interface Frame {
  readonly returns: Value[];
}

export type Completion = "normal" | "return" | "break" | "continue";
