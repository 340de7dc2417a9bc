import {
  alternatives,
  type ClassValue,
  type External,
  type FunctionValue,
  type Instance,
  isKind,
  type Value,
} from "../values/values.ts";

/** A class and what it inherits from, in the order in which Python looks; what is not in the tree included. */
export function lineage(of: ClassValue | External): readonly (ClassValue | External)[] {
  if (isKind(of, "external")) return [of];
  const known = orders.get(of) ?? linear(of, 0);
  orders.set(of, known);
  return known;
}

const orders = new WeakMap<ClassValue, readonly (ClassValue | External)[]>();

/** The C3 order; depth first where the bases contradict each other. */
function linear(of: ClassValue | External, depth: number): readonly (ClassValue | External)[] {
  if (isKind(of, "external") || depth > 20) return [of];
  const known = orders.get(of);
  if (known !== undefined) return known;
  const bases = of.bases
    .flatMap((base) => alternatives(base))
    .filter((base) => isKind(base, "class") || isKind(base, "external"));
  const lists = [...bases.map((base) => [...linear(base, depth + 1)]), [...bases]];
  const order: (ClassValue | External)[] = [of];
  while (lists.some((list) => list.length > 0)) {
    const heads = lists.flatMap((list) => list.slice(0, 1));
    const next =
      heads.find((head) => !lists.some((list) => list.slice(1).some((each) => isSame(each, head)))) ?? heads[0];
    if (next === undefined) break;
    order.push(next);
    for (const list of lists) {
      const at = list.findIndex((each) => isSame(each, next));
      if (at >= 0) list.splice(at, 1);
    }
  }
  return order;
}

function isSame(one: ClassValue | External, other: ClassValue | External): boolean {
  return one === other || (isKind(one, "external") && isKind(other, "external") && one.path === other.path);
}

/** A member of a class or of what it inherits from; `after`: only behind that one, as super() looks. */
export function member(of: ClassValue | External, name: string, after?: ClassValue): Value | undefined {
  const order = lineage(of);
  const from = after === undefined ? 0 : order.indexOf(after) + 1;
  for (const each of order.slice(from)) {
    const value = isKind(each, "class") ? each.members.get(name) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Full names of what a class inherits from that is not in the tree. */
export function externalBases(of: ClassValue | External): readonly string[] {
  return lineage(of).flatMap((each) => (isKind(each, "external") ? [each.path] : []));
}

/** Whether a function was decorated by one of these: "builtins.property". */
export function isDecoratedBy(target: FunctionValue | ClassValue, names: RegExp): boolean {
  return target.decorations.some(({ value }) => isKind(value, "external") && names.test(value.path));
}

/** Whether an instance is of a class with one of these names, or inherits from it. */
export function isA(instance: Instance, names: RegExp): boolean {
  return externalBases(instance.of).some((path) => names.test(path));
}
