import { isNode, type Node } from "../../../../../codebase/javascript/reading/syntax.ts";
import type { Machine } from "../../../../javascript/machine.ts";
import { given } from "../../../../javascript/builtins/globals.ts";
import {
  type Argument,
  type At,
  type ClassValue,
  type Foreign,
  type Func,
  type Scope,
  unknown,
  type Value,
} from "../../../../javascript/values.ts";

/** A decorator of the framework: its name, what it was given, and where it stands. */
export interface Decorator {
  readonly name: string;
  readonly args: readonly Argument[];
  readonly at: At;
}

/** Decorators of a class or a member that are the framework's own, those inside of combined ones included. */
export function decoratorsOf(machine: Machine, node: Node, scope: Scope): readonly Decorator[] {
  const decorators = (node["decorators"] ?? []) as readonly Node[];
  return decorators.flatMap((decorator) => {
    const expression = decorator["expression"] as Node;
    return read(machine, machine.evaluate(expression, scope), { node: decorator, scope }, 0);
  });
}

/** Decorators that a function of the project applies by itself: `(target) => Controller("x")(target)`. */
const applied = new WeakMap<Machine, Foreign[]>();

/** Notes that a decorator of the framework was called with what it decorates. */
export function noteApplied(machine: Machine, decorator: Foreign): void {
  applied.get(machine)?.push(decorator);
}

function read(machine: Machine, value: Value, at: At, depth: number): readonly Decorator[] {
  if (depth > 6) return [];
  if (value.kind === "list") return value.items.flatMap((item) => read(machine, item, at, depth + 1));
  if (value.kind === "choice") return value.options.flatMap((option) => read(machine, option, at, depth + 1));
  if (value.kind === "function")
    return applications(machine, value, at).flatMap((one) => read(machine, one, at, depth + 1));
  if (value.kind !== "foreign") return [];
  const call = callOf(value);
  if (call === undefined || !isOfNest(value.package)) return [];
  if (call.name === "applyDecorators")
    return call.args.flatMap((argument) => read(machine, argument.value(), at, depth + 1));
  return [{ ...call, at }];
}

function applications(machine: Machine, decorator: Func, at: At): readonly Foreign[] {
  const before = applied.get(machine);
  const noted: Foreign[] = [];
  applied.set(machine, noted);
  const target = unknown("what is decorated");
  machine.call(decorator, { args: given(target, target, target), isNew: false, at });
  if (before === undefined) applied.delete(machine);
  else applied.set(machine, before);
  return noted;
}

export function isOfNest(name: string): boolean {
  return name.startsWith("@nestjs/") || name.startsWith("nestjs-") || name.startsWith("@nestjsx/");
}

/** The name and arguments of `package.name(args)`; undefined for everything else. */
export function callOf(value: Foreign): { readonly name: string; readonly args: readonly Argument[] } | undefined {
  const last = value.steps.at(-1);
  const before = value.steps.at(-2);
  if (last?.kind !== "call" || before?.kind !== "member") return undefined;
  return { name: before.name, args: last.args };
}

/** Members that instances of a class have, its parents' included; of two with one name the nearest. */
export function membersOf(of: ClassValue): readonly { readonly node: Node; readonly owner: ClassValue }[] {
  const found = new Map<string, { readonly node: Node; readonly owner: ClassValue }>();
  let at: Value | undefined = of;
  for (let depth = 0; at?.kind === "class" && depth < 12; depth++) {
    const owner: ClassValue = at;
    for (const member of owner.node["body"]["body"] as readonly Node[]) {
      if (!/^(?:MethodDefinition|PropertyDefinition)$/.test(member.type) || member["static"] === true) continue;
      const key = member["key"] as unknown;
      const name = isNode(key) ? String(key["name"] ?? key["value"] ?? "") : "";
      if (name !== "" && !found.has(name)) found.set(name, { node: member, owner });
    }
    at = owner.parent();
  }
  return [...found.values()];
}
