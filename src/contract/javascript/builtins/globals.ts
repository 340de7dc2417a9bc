import { posix } from "node:path";
import type { Machine } from "../machine.ts";
import { partsOf } from "../operators.ts";
import {
  type Call,
  choice,
  constant,
  fields,
  type Foreign,
  list,
  optionsOf,
  plainText,
  slot,
  text,
  type Text,
  UNDEFINED,
  unknown,
  type Value,
} from "../values.ts";

/** "Object.keys" for a global, "path.join" for a package of the runtime; undefined where calls are in between. */
function dotted(foreign: Foreign): string | undefined {
  const names: string[] = [];
  for (const step of foreign.steps) {
    if (step.kind !== "member") return undefined;
    names.push(step.name);
  }
  const at = foreign.package.replace(/^node:/, "");
  if (at === "path" || at === "path/posix") return ["path", ...names.filter((name) => name !== "posix")].join(".");
  if (at === "url") return names.join(".");
  return at === "" ? names.join(".") : undefined;
}

type Builtin = (values: readonly Value[], call: Call, machine: Machine) => Value | undefined;

const first = (values: readonly Value[]): Value => values[0] ?? UNDEFINED;

/** What the language's own functions give, where it matters for names and lists of names. */
const BUILTINS: Readonly<Record<string, Builtin>> = {
  String: (values) => text(...partsOf(first(values))),
  Number: (values) => (first(values).kind === "constant" ? first(values) : unknown("a number")),
  Boolean: () => unknown("a condition is not known"),
  encodeURIComponent: (values) => text(...partsOf(first(values))),
  encodeURI: (values) => text(...partsOf(first(values))),
  decodeURIComponent: (values) => text(...partsOf(first(values))),
  "Object.keys": (values) => overFields(first(values), (name) => text(name)),
  "Object.values": (values) => overFields(first(values), (_name, value) => value()),
  "Object.entries": (values) => overFields(first(values), (name, value) => list([text(name), value()])),
  "Object.assign": assigned,
  "Object.freeze": first,
  "Object.seal": first,
  "Object.fromEntries": (values) => fromEntries(first(values)),
  "Array.from": (values, call, machine) => arrayFrom(values, call, machine),
  "Array.of": (values) => list(values),
  "Array.isArray": (values) =>
    /^(?:unknown|foreign|choice)$/.test(first(values).kind) ? undefined : constant(first(values).kind === "list"),
  "Promise.all": first,
  "Promise.allSettled": first,
  "Promise.resolve": first,
  structuredClone: first,
  fileURLToPath: (values) => pathOfUrl(first(values)),
  pathToFileURL: (values) => text("file://", ...partsOf(first(values))),
  "path.join": (values) => joinedPath(values, (...parts) => posix.join(...parts)),
  "path.resolve": (values) => joinedPath(values, (...parts) => posix.resolve("/", ...parts)),
  "path.dirname": (values) => onPlain(first(values), (path) => posix.dirname(path)),
  "path.basename": (values) => onPlain(first(values), (path) => posix.basename(path, plainText(values[1]) ?? "")),
  "path.extname": (values) => onPlain(first(values), (path) => posix.extname(path)),
  "path.normalize": (values) => onPlain(first(values), (path) => posix.normalize(path)),
};

const CONSTRUCTORS: Readonly<Record<string, Builtin>> = {
  URL: (values) => resolvedUrl(values),
  Set: (values) => (first(values).kind === "list" ? first(values) : list([], values.length > 0)),
  Array: (values) => list(values.length > 1 ? values : [], values.length === 1),
  Promise: (_values, call, machine) => promised(call, machine),
  Proxy: first,
};

/** What a call of the language's or the runtime's own function gives; undefined where it is none of those that are known. */
export function callBuiltin(machine: Machine, callee: Foreign, call: Call): Value | undefined {
  const name = dotted(callee);
  if (name === undefined) return undefined;
  const table = call.isNew ? CONSTRUCTORS : BUILTINS;
  const builtin = Object.hasOwn(table, name) ? table[name] : undefined;
  if (builtin !== undefined)
    return builtin(
      call.args.map((argument) => argument.value()),
      call,
      machine,
    );
  if (name === "require" || name === "require.resolve") return required(machine, call);
  return undefined;
}

function required(machine: Machine, call: Call): Value {
  const asked = call.args[0]?.value() ?? UNDEFINED;
  const names = optionsOf(asked).map((option) => plainText(option));
  const known = names.filter((name) => name !== undefined);
  if (known.length === 0) return unknown("the name of what is required is not known");
  return choice(known.map((name) => machine.imported(call.at.scope.module, name)));
}

function overFields(of: Value, take: (name: string, value: () => Value) => Value): Value | undefined {
  const tables = optionsOf(of).flatMap((option) => (option.kind === "fields" ? [option] : []));
  if (tables.length === 0) return undefined;
  const taken = tables.flatMap((table) => [...table.fields].map(([name, field]) => take(name, () => field.value())));
  return list(
    taken,
    tables.some(({ open }) => open),
  );
}

function assigned(values: readonly Value[], call: Call): Value | undefined {
  const target = first(values);
  if (target.kind === "native") {
    for (const value of values.slice(1))
      if (value.kind === "fields") for (const [name, field] of value.fields) target.set?.(name, field.value(), call.at);
    return target;
  }
  if (target.kind !== "fields" && target.kind !== "function" && target.kind !== "class") return undefined;
  for (const value of values.slice(1)) {
    if (value.kind === "fields") for (const [name, field] of value.fields) target.fields.set(name, field);
    else if (target.kind === "fields") target.open = true;
  }
  return target;
}

function fromEntries(of: Value): Value | undefined {
  if (of.kind !== "list") return undefined;
  const made = fields([], of.open);
  for (const item of of.items) {
    const name = item.kind === "list" ? plainText(item.items[0]) : undefined;
    if (item.kind === "list" && name !== undefined) made.fields.set(name, slot(item.items[1] ?? UNDEFINED));
    else made.open = true;
  }
  return made;
}

function arrayFrom(values: readonly Value[], call: Call, machine: Machine): Value | undefined {
  const [of, map] = values;
  if (of?.kind !== "list") return undefined;
  if (map === undefined) return of;
  return list(
    of.items.map((item) => machine.call(map, { args: given(item), isNew: false, at: call.at })),
    of.open,
  );
}

/** Values as arguments of a call. */
export function given(...values: readonly Value[]): Call["args"] {
  return values.map((value) => ({ node: undefined, isSpread: false, value: () => value }));
}

/** `new Promise((resolve) => …)` is what `resolve` is called with. */
function promised(call: Call, machine: Machine): Value {
  const executor = call.args[0]?.value();
  let settled: Value | undefined;
  if (executor === undefined) return UNDEFINED;
  const settle: Value = {
    kind: "native",
    type: "resolve",
    member: () => undefined,
    call: (made) => {
      settled ??= made.args[0]?.value() ?? UNDEFINED;
      return UNDEFINED;
    },
  };
  machine.call(executor, { args: given(settle, unknown("how a promise fails")), isNew: false, at: call.at });
  return settled ?? unknown("what a promise gives is not known");
}

function onPlain(value: Value, change: (plain: string) => string): Value {
  const plain = plainText(value);
  return plain === undefined ? unknown("a path is not known") : text(change(plain));
}

function joinedPath(values: readonly Value[], join: (...parts: string[]) => string): Value {
  const plain = values.map((value) => plainText(value));
  const known = plain.filter((part) => part !== undefined);
  return known.length === plain.length ? text(join(...known)) : text(...between(values));
}

function between(values: readonly Value[]): Text["parts"] {
  return values.flatMap((value, index) => (index === 0 ? partsOf(value) : ["/", ...partsOf(value)]));
}

function pathOfUrl(value: Value): Value {
  const plain = plainText(value);
  return plain === undefined ? value : text(plain.replace(/^file:\/\//, ""));
}

/** A URL is its text: what it is made of, put after what it is relative to. */
function resolvedUrl(values: readonly Value[]): Value {
  const [relative = UNDEFINED, base] = values;
  const options = optionsOf(relative).map((one): Value => {
    const own = text(...partsOf(one));
    const [head] = own.parts;
    if (base === undefined || (typeof head === "string" && /^[a-z][\w+.-]*:/i.test(head))) return own;
    return choice(optionsOf(base).map((option) => text(...originOf(option, own), ...own.parts)));
  });
  return choice(options);
}

/** What of the base stands before a relative URL. */
function originOf(base: Value, relative: Text): Text["parts"] {
  const parts = partsOf(base);
  const [head, second] = parts;
  const isRooted = typeof relative.parts[0] === "string" && relative.parts[0].startsWith("/");
  if (typeof head !== "string") return isRooted || second === undefined ? [head ?? ""] : withoutLast(parts);
  if (!isRooted) return withoutLast(parts);
  const origin = /^[a-z][\w+.-]*:\/\/[^/]*/i.exec(head)?.[0];
  if (origin === undefined) return [""];
  return origin === head && second !== undefined ? [head, second] : [origin];
}

function withoutLast(parts: Text["parts"]): Text["parts"] {
  const last = parts.at(-1);
  if (typeof last !== "string") return [...parts, "/"];
  const plain = parts.length === 1 && /^[a-z][\w+.-]*:\/\/[^/]*$/i.test(last) ? `${last}/` : last;
  return [...parts.slice(0, -1), plain.slice(0, plain.lastIndexOf("/") + 1)];
}
