import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Hooks, Machine } from "../javascript/machine.ts";
import type { Argument, At, Func, Value } from "../javascript/values.ts";
import { visitCallsOf } from "../javascript/visit-calls.ts";
import { frameworkValue, type Contexts } from "./frameworks.ts";
import type { Read, Request } from "./options.ts";
import { instanceKey, readRequest } from "./requests.ts";

/** A request that was met while a function was followed. */
export interface Captured {
  /** The call that makes it. */
  readonly node: Node;
  readonly request: Request;
}

export interface Capture {
  readonly hooks: Hooks;
  /** Base addresses that were set on instances after they were made. */
  readonly bases: ReadonlyMap<string, Value>;
  /**
   * The requests of a function as they are for one caller; of `wanted` calls only. Answers each way it may go, none where he
   * gets to one of the `others` instead.
   */
  follow(
    machine: Machine,
    func: Func,
    args: readonly Argument[],
    at: At,
    wanted: ReadonlySet<Node>,
    others: ReadonlySet<Node>,
  ): readonly Captured[];
}

/** Wrappers of wrappers of wrappers. */
const DEEPEST = 5;

/**
 * Follows functions for the requests that they make. A function is carried out as its caller would, so that conditions on
 * what he gives count; where that way no request is met (it is made later, in a callback), its calls are gone through as they
 * stand.
 */
export function openCapture(bases: Map<string, Value>, contexts: Contexts): Capture {
  let met: Captured[] | undefined;
  const hooks: Hooks = {
    callForeign(foreign, call, machine) {
      const given = frameworkValue(foreign, call, machine, contexts);
      if (given !== undefined || met === undefined) return given;
      const request = readRequest(foreign, call.args, readerAt(machine, call.at));
      if (request !== undefined) met.push({ node: call.at.node, request });
      return undefined;
    },
    setForeign(of, name, value) {
      if (name !== "baseURL" && name !== "baseUrl") return;
      const last = of.steps.at(-1);
      const isDefaults = last?.kind === "member" && last.name === "defaults";
      if (isDefaults) bases.set(instanceKey({ ...of, steps: of.steps.slice(0, -1) }), value);
    },
  };

  /** Of each call of a function: what it asks for, whoever wants to know. */
  const known = new WeakMap<Node, Map<Node, readonly Captured[]>>();

  const carryOut = (machine: Machine, func: Func, args: readonly Argument[], at: At): readonly Captured[] => {
    const here = known.get(at.node) ?? new Map<Node, readonly Captured[]>();
    known.set(at.node, here);
    const before = met;
    const found: Captured[] = [];
    met = found;
    try {
      if (!here.has(func.node)) machine.call(func, { args, isNew: false, at });
    } finally {
      met = before;
    }
    const captured = here.get(func.node) ?? found;
    here.set(func.node, captured);
    return captured;
  };

  return {
    hooks,
    bases,
    follow(machine, func, args, at, wanted, others) {
      const captured = carryOut(machine, func, args, at);
      const own = captured.filter(({ node }) => wanted.has(node));
      if (own.length > 0 || captured.some(({ node }) => others.has(node))) return own;
      return goThrough(machine, func, args, wanted);
    },
  };
}

/** Members of values, read at a place; "()" is what a function gives. */
export function readerAt(machine: Machine, { node, scope }: At): Read {
  return (of, name) =>
    name === "()"
      ? machine.call(of, { args: [], isNew: false, at: { node, scope } })
      : machine.member(of, name, { node, scope });
}

/** The requests among the calls of a function as they stand, with what one caller gives; wrappers in between are gone through. */
function goThrough(
  machine: Machine,
  func: Func,
  args: readonly Argument[],
  wanted: ReadonlySet<Node>,
  depth = 0,
): readonly Captured[] {
  const found: Captured[] = [];
  if (depth > DEEPEST) return found;
  visitCallsOf(machine, func, args, (call) => {
    if (!wanted.has(call.node)) return;
    const callee = call.callee();
    for (const one of callee.kind === "choice" ? callee.options : [callee]) {
      if (one.kind === "foreign") {
        const request = readRequest(one, call.args(), readerAt(machine, call));
        if (request !== undefined) found.push({ node: call.node, request });
      } else if (one.kind === "function" && one.node !== func.node)
        found.push(...goThrough(machine, one, call.args(), wanted, depth + 1));
    }
  });
  return found;
}
