import { given } from "./builtins/globals.ts";
import { methodOf } from "./invoke.ts";
import { listMethod } from "./builtins/lists.ts";
import type { Machine } from "./machine.ts";
import { textMember } from "./builtins/texts.ts";
import {
  type At,
  choice,
  type Call,
  constant,
  type Fields,
  type Foreign,
  isNothing,
  slot,
  text,
  UNDEFINED,
  unknown,
  type Value,
} from "./values.ts";

/** The member of a value that has that name. */
export function memberOf(machine: Machine, of: Value, name: string, at: At): Value {
  switch (of.kind) {
    case "foreign":
      return foreignMember(of, name, at);
    case "unknown":
      if (of.why.kind === "parameter")
        return { kind: "unknown", name, why: { ...of.why, path: [...of.why.path, name], type: undefined } };
      return { ...of, name };
    case "choice": {
      const able = of.options.filter((option) => !isNothing(option));
      return able.length === 0 ? UNDEFINED : choice(able.map((option) => memberOf(machine, option, name, at)));
    }
    case "fields":
      return fieldOf(machine, of, name) ?? settled(machine, of, name) ?? missing(of, name);
    case "native":
      return of.member(name, at) ?? settled(machine, of, name) ?? missingOfNative(of, name);
    case "list":
      return listMember(machine, of, name, at);
    case "text":
      return textMember(of, name) ?? unknown("a member of a text", name);
    case "function":
      return (
        of.fields.get(name)?.value() ?? functionMember(machine, of, name) ?? settled(machine, of, name) ?? UNDEFINED
      );
    case "class":
      return staticMember(machine, of, name, at) ?? UNDEFINED;
    default:
      return settled(machine, of, name) ?? unknown("a member of what is not known", name);
  }
}

/** Sets a field; what cannot have one is left as it is. */
export function setMember(machine: Machine, of: Value, name: string, value: Value, at: At): void {
  switch (of.kind) {
    case "fields":
    case "function":
    case "class": {
      const before = of.fields.get(name)?.value();
      const isSure = machine.state.conditional === 0 || before === undefined;
      of.fields.set(name, slot(isSure ? value : choice([value, before])));
      return;
    }
    case "list":
      if (/^\d+$/.test(name)) of.items[Number(name)] = value;
      return;
    case "native":
      of.set?.(name, value, at);
      return;
    case "foreign":
      machine.hooks.setForeign?.(of, name, value);
      return;
    case "choice":
      for (const option of of.options) if (option.kind !== "choice") setMember(machine, option, name, value, at);
      return;
    default:
  }
}

function foreignMember(of: Foreign, name: string, at: At): Value {
  if (of.package === "" && of.steps.every(({ kind }) => kind === "member")) {
    const path = of.steps.map((step) => (step.kind === "member" ? step.name : "")).join(".");
    if (path === "process.env" || path === "import.meta.env" || path === "Deno.env" || path === "Bun.env")
      return { kind: "unknown", name, why: { kind: "environment", name } };
    const file = at.scope.module.path;
    const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
    if (path === "import.meta" && name === "dirname") return text(`/${folder}`);
    if (path === "import.meta" && (name === "url" || name === "filename"))
      return text(`${name === "url" ? "file://" : ""}/${file}`);
    if (/^(?:window|globalThis|self|document|location)(?:\.|$)/.test(`${path}.`) && isHostName(name))
      return { kind: "unknown", name, why: { kind: "global", name: `${path}.${name}` } };
  }
  // The default export and the module itself are the same for us.
  if (name === "default" && of.steps.length === 0) return of;
  return { kind: "foreign", package: of.package, steps: [...of.steps, { kind: "member", name }] };
}

function isHostName(name: string): boolean {
  return /^(?:origin|host|hostname|protocol|href|pathname|port|search|hash)$/.test(name);
}

function fieldOf(machine: Machine, of: Fields, name: string): Value | undefined {
  const own = of.fields.get(name);
  if (own !== undefined) return own.value();
  return of.of === undefined ? undefined : methodOf(machine, of.of, name, of);
}

function missing(of: Fields, name: string): Value {
  if (name === "default") return of;
  if (name === "toString") return native("toString", () => text(of));
  if (name === "hasOwnProperty") return native(name, () => unknown("a condition is not known"));
  return of.open ? unknown("an object's field is set elsewhere", name) : UNDEFINED;
}

function missingOfNative(of: Value, name: string): Value {
  return name === "default" ? of : unknown("a member of a framework's object", name);
}

function native(type: string, give: (call: Call) => Value): Value {
  return { kind: "native", type, member: () => undefined, call: give };
}

/** `.then` of what is here already; `await` and promises make no difference to what a value is. */
function settled(machine: Machine, of: Value, name: string): Value | undefined {
  if (name !== "then" && name !== "catch" && name !== "finally") return undefined;
  return native(name, (call) => {
    const [work] = call.args;
    if (name === "catch" || work === undefined) return of;
    const value = work.value();
    if (value.kind !== "function" && value.kind !== "native" && value.kind !== "foreign") return of;
    const answer = machine.call(value, { args: name === "then" ? given(of) : [], isNew: false, at: call.at });
    return name === "then" ? answer : of;
  });
}

function listMember(machine: Machine, of: Extract<Value, { kind: "list" }>, name: string, at: At): Value {
  if (/^\d+$/.test(name)) {
    const item = of.items[Number(name)];
    return item ?? (of.open ? unknown("a list's element is not known") : UNDEFINED);
  }
  if (name === "length") return of.open ? unknown("a list's length is not known") : constant(of.items.length);
  return listMethod(machine, of, name, at) ?? settled(machine, of, name) ?? unknown("a member of a list", name);
}

function functionMember(machine: Machine, of: Extract<Value, { kind: "function" }>, name: string): Value | undefined {
  switch (name) {
    case "bind":
      return native(name, ({ args }) => {
        const self = args[0]?.value();
        return { ...of, self: of.self ?? self };
      });
    case "call":
      return native(name, ({ args, at }) =>
        machine.call(of, { args: args.slice(1), isNew: false, at }, args[0]?.value()),
      );
    case "apply":
      return native(name, ({ args, at }) => {
        const passed = args[1]?.value();
        return machine.call(
          of,
          { args: passed?.kind === "list" ? given(...passed.items) : [], isNew: false, at },
          args[0]?.value(),
        );
      });
    case "name":
      return text(of.name);
    case "default":
      return of;
    default:
      return undefined;
  }
}

function staticMember(
  machine: Machine,
  of: Extract<Value, { kind: "class" }>,
  name: string,
  at: At,
): Value | undefined {
  const own = of.fields.get(name);
  if (own !== undefined) return own.value();
  if (name === "default") return of;
  if (name === "name") return text(of.name);
  if (name === "prototype") return { kind: "fields", fields: new Map(), open: true, of };
  const parent = of.parent();
  return parent === undefined ? undefined : memberOf(machine, parent, name, at);
}
