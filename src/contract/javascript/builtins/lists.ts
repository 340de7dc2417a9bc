import { given } from "./globals.ts";
import type { Machine } from "../machine.ts";
import { partsOf } from "../operators.ts";
import {
  type At,
  type Call,
  choice,
  constant,
  isSame,
  list,
  type List,
  text,
  truthOf,
  UNDEFINED,
  unknown,
  type Value,
} from "../values.ts";

/** A list that grows beyond this is none of routes. */
const MOST_ADDED = 5_000;

type Method = (of: List, call: Call, machine: Machine) => Value;

const METHODS: Readonly<Record<string, Method>> = {
  map: (of, call, machine) => list(each(of, call, machine), of.open),
  forEach: (of, call, machine) => {
    each(of, call, machine);
    return UNDEFINED;
  },
  flatMap: (of, call, machine) => flattened(list(each(of, call, machine), of.open)),
  flat: (of) => flattened(of),
  filter: (of, call, machine) => filtered(of, call, machine),
  find: (of, call, machine) => {
    const found = filtered(of, call, machine);
    return found.items.length === 0 ? UNDEFINED : choice(found.items);
  },
  reduce: reduced,
  concat: (of, { args }) =>
    concatenated(
      of,
      args.map((one) => one.value()),
    ),
  push: added((of, values) => of.items.push(...values)),
  unshift: added((of, values) => of.items.unshift(...values)),
  add: added((of, values) => of.items.push(...values)),
  pop: (of) => of.items.at(-1) ?? UNDEFINED,
  shift: (of) => of.items[0] ?? UNDEFINED,
  at: (of, { args }) => {
    const index = args[0]?.value();
    const known = index?.kind === "constant" && typeof index.value === "number" ? index.value : undefined;
    return known === undefined ? choice(of.items) : (of.items.at(known) ?? UNDEFINED);
  },
  slice: (of, { args }) => {
    const [from, to] = args.map((one) => one.value());
    const numberOf = (value: Value | undefined): number | undefined =>
      value?.kind === "constant" && typeof value.value === "number" ? value.value : undefined;
    return list(of.items.slice(numberOf(from), numberOf(to)), of.open);
  },
  join: (of, { args }) => {
    const by = args[0] === undefined ? text(",") : args[0].value();
    const parts = of.items.flatMap((item, index) => (index === 0 ? partsOf(item) : [...partsOf(by), ...partsOf(item)]));
    return text(...parts, ...(of.open ? [unknown("a list has more elements than are known")] : []));
  },
  includes: (of, { args }) => {
    const asked = args[0]?.value();
    if (asked !== undefined && of.items.some((item) => isSame(item, asked))) return constant(true);
    return unknown("a condition is not known");
  },
  reverse: (of) => list(of.items.toReversed(), of.open),
  sort: (of) => of,
  toSorted: (of) => of,
  values: (of) => of,
  keys: (of) => list(of.items.map((_, index) => constant(index))),
  entries: (of) => list(of.items.map((item, index) => list([constant(index), item]))),
};

/** A method of a list; undefined where it is none that matters. */
export function listMethod(machine: Machine, of: List, name: string, _at: At): Value | undefined {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method === undefined) return undefined;
  return { kind: "native", type: `list.${name}`, member: () => undefined, call: (call) => method(of, call, machine) };
}

function each(of: List, call: Call, machine: Machine): readonly Value[] {
  const work = call.args[0]?.value();
  if (work === undefined) return [];
  const turn = (item: Value, index: number): Value =>
    machine.call(work, { args: given(item, constant(index), of), isNew: false, at: call.at });
  if (of.items.length === 0 && of.open)
    return [machine.perhaps(() => turn(unknown("a list's element is not known"), 0))];
  return of.items.map(turn);
}

function filtered(of: List, call: Call, machine: Machine): List {
  const answers = each(of, call, machine);
  return list(
    of.items.filter((_, index) => truthOf(answers[index] ?? UNDEFINED) !== false),
    of.open,
  );
}

function reduced(of: List, call: Call, machine: Machine): Value {
  const [work, start] = call.args.map((one) => one.value());
  if (work === undefined) return UNDEFINED;
  const items = start === undefined ? of.items.slice(1) : of.items;
  let so: Value = start ?? of.items[0] ?? UNDEFINED;
  for (const [index, item] of items.entries())
    so = machine.call(work, { args: given(so, item, constant(index), of), isNew: false, at: call.at });
  return so;
}

function flattened(of: List): Value {
  return list(
    of.items.flatMap((item) => (item.kind === "list" ? item.items : [item])),
    of.open || of.items.some((item) => item.kind === "list" && item.open),
  );
}

function concatenated(of: List, others: readonly Value[]): Value {
  const all = others.flatMap((other) => (other.kind === "list" ? other.items : [other]));
  return list([...of.items, ...all], of.open || others.some((other) => other.kind === "list" && other.open));
}

function added(add: (of: List, values: readonly Value[]) => void): Method {
  return (of, { args }) => {
    if (of.items.length > MOST_ADDED) return constant(of.items.length);
    if (args.some(({ isSpread }) => isSpread)) of.open = true;
    add(
      of,
      args.filter(({ isSpread }) => !isSpread).map((one) => one.value()),
    );
    return constant(of.items.length);
  };
}
