import { fieldOf, type Syntax } from "../reading/syntax.ts";
import {
  alternatives,
  type Args,
  type ClassValue,
  type Decoration,
  type FunctionValue,
  isKind,
  NO_ARGS,
  type Scope,
  type Value,
} from "../values/values.ts";
import { argumentsOf } from "./expressions.ts";
import type { Machine } from "./machine.ts";

/**
 * What a name is bound to after its decorators, the lowest first. Decorators of frameworks do what they do; those of the
 * project are followed where they may touch routers; what is decorated stays what it is otherwise, with a note of each.
 */
export function decorate(
  machine: Machine,
  target: FunctionValue | ClassValue,
  decorators: readonly Syntax[],
  scope: Scope,
): Value {
  const outer = machine.toldAt;
  try {
    return decorated(machine, target, decorators, scope);
  } finally {
    machine.toldAt = outer;
  }
}

function decorated(
  machine: Machine,
  target: FunctionValue | ClassValue,
  decorators: readonly Syntax[],
  scope: Scope,
): Value {
  const outer = machine.toldAt;
  let bound: Value = target;
  for (const decorator of decorators.toReversed()) {
    const node = decorator.children[0];
    if (node === undefined) continue;
    machine.toldAt = outer;
    const site = machine.site(decorator, scope);
    machine.toldAt = { file: site.file, line: site.line };
    const held = node.type === "call" ? calledDecorator(machine, node, scope) : undefined;
    const value = held?.value ?? machine.evaluate(node, scope);
    const decoration: Decoration = { value, args: held?.args };
    const known = machine.frameworks
      .map((framework) => framework.decorate?.(value, held?.args, target, site))
      .find((answer) => answer !== undefined);
    if (known !== undefined) {
      bound = known;
      continue;
    }
    target.decorations.push(decoration);
    const result = held === undefined ? value : machine.call(value, held.args, site);
    for (const each of alternatives(result)) {
      const given: Args = { ...NO_ARGS, positional: [bound] };
      if (isKind(each, "native")) bound = each.call(given, site);
      else if (isKind(each, "bound") && each.method === undefined)
        bound = answerOf(machine.call(each, given, site), bound);
      else if (isKind(each, "function") && each.matters) machine.call(each, given, site);
      else if (isKind(each, "bound") && each.method?.matters === true) machine.call(each, given, site);
    }
  }
  return bound;
}

/** A decorator that gives back what it got, or nothing that is known, changes nothing. */
function answerOf(answer: Value, before: Value): Value {
  return isKind(answer, "function") || isKind(answer, "class") ? answer : before;
}

function calledDecorator(
  machine: Machine,
  node: Syntax,
  scope: Scope,
): { readonly value: Value; readonly args: Args } | undefined {
  const callee = fieldOf(node, "function");
  if (callee === undefined) return undefined;
  const value = machine.evaluate(callee, scope);
  return { value, args: argumentsOf(machine, fieldOf(node, "arguments"), scope) };
}
