import { bareName, type GoFunction } from "./source/go-files.ts";
import type { GoMachine } from "./go-machine-port.ts";
import { fieldsOf, interfaceMethods, methodOf, resolveType, structFields, underlying } from "./go-types.ts";
import {
  type GoClosure,
  type GoInstance,
  type GoRouter,
  type GoValue,
  textValue,
  UNKNOWN,
  unmade,
  UNSET,
} from "./go-values.ts";

const DEEPEST = 5;

/** What `value.name` is: a method bound to the value, a field, or the same of an embedded struct. */
export function memberOf(machine: GoMachine, value: GoValue, name: string): GoValue {
  switch (value.kind) {
    case "router":
      // The group that gin's engine and others have inside.
      return name === "RouterGroup" ? value : { kind: "router-method", on: value, name };
    case "route":
      return { kind: "router-method", on: value, name };
    case "instance":
      return (
        memberOfInstance(machine, value, name, 0) ?? {
          kind: "unknown",
          name: `${value.declared?.name ?? "a struct"}.${name}`,
        }
      );
    case "unknown": {
      const made = machine.valueOfType(value.type);
      return made.kind === "instance" || made.kind === "router"
        ? memberOf(machine, made, name)
        : { kind: "unknown", name: `${value.name ?? "a value"}.${name}` };
    }
    case "tuple":
      return memberOf(machine, value.items[0] ?? UNKNOWN, name);
    case "list":
    case "map": {
      const resolved = resolveType(machine.project, value.type);
      const method = resolved.kind === "declared" ? methodOf(machine.project, resolved.declared, name) : undefined;
      return method === undefined ? { kind: "unknown", name } : bound(method, value);
    }
    default:
      return { kind: "unknown", name };
  }
}

function memberOfInstance(machine: GoMachine, value: GoInstance, name: string, depth: number): GoValue | undefined {
  const method = value.declared === undefined ? undefined : methodOf(machine.project, value.declared, name);
  if (method !== undefined) return bound(method, value);
  const own = fieldValue(machine, value, name);
  if (own !== undefined) return own;
  if (depth >= DEEPEST) return undefined;
  for (const field of embedded(machine, value)) {
    const inner = fieldValue(machine, value, field);
    if (inner?.kind === "router") return { kind: "router-method", on: inner, name };
    const found = inner?.kind === "instance" ? memberOfInstance(machine, inner, name, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A field's value: what was put in, what was put in anywhere, or what its type says. Undefined without such a field. */
function fieldValue(machine: GoMachine, value: GoInstance, name: string): GoValue | undefined {
  const known = value.fields.get(name);
  if (known !== undefined) return known;
  const fields =
    value.declared === undefined
      ? value.type === undefined
        ? []
        : structFields(value.type)
      : fieldsOf(machine.project, value.declared);
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return undefined;
  const noted = value.declared === undefined ? undefined : machine.fieldOf(value.declared, name);
  if (noted !== undefined) return noted;
  const resolved = resolveType(machine.project, field.type);
  if (resolved.kind === "router" && value.declared !== undefined && !value.isMade)
    return machine.placeholder(value.declared, name, resolved.framework);
  if (value.isMade && resolved.kind === "basic" && resolved.name === "string")
    return textValue(UNSET, `${value.declared?.name ?? "a struct"}.${name}`);
  const made = machine.valueOfType(field.type, `${value.declared?.name ?? "a struct"}.${name}`);
  // A struct inside a struct is there from the start: what is put into it later must be found again.
  if (made.kind === "instance") value.fields.set(name, made);
  return made;
}

function embedded(machine: GoMachine, value: GoInstance): string[] {
  const fields =
    value.declared === undefined
      ? value.type === undefined
        ? []
        : structFields(value.type)
      : fieldsOf(machine.project, value.declared);
  return fields.flatMap(({ name, isEmbedded }) => (isEmbedded ? [name] : []));
}

export function bound(method: GoFunction, receiver: GoValue | undefined): GoClosure {
  return {
    kind: "function",
    name: method.name,
    file: method.file,
    parameters: method.parameters,
    results: method.results,
    declared: method,
    receiver,
    scope: undefined,
    body: () => method.body(),
  };
}

/** The router that a value is or holds: a struct that embeds or keeps one and hands requests on to it. */
export function routerIn(machine: GoMachine, value: GoValue, depth = 0): GoRouter | undefined {
  if (value.kind === "router") return value;
  if (value.kind === "tuple")
    return value.items.map((item) => routerIn(machine, item, depth)).find((found) => found !== undefined);
  if (value.kind !== "instance" || depth > 2) return undefined;
  for (const field of value.fields.values()) if (field.kind === "router") return field;
  if (!value.isMade && value.declared !== undefined)
    for (const { name } of fieldsOf(machine.project, value.declared)) {
      const noted = machine.fieldOf(value.declared, name);
      if (noted?.kind === "router") return noted;
    }
  for (const name of embedded(machine, value)) {
    const inner =
      value.fields.get(name) ?? (value.declared === undefined ? undefined : machine.fieldOf(value.declared, name));
    const found = inner === undefined ? undefined : routerIn(machine, inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The methods that a call of `name` on a value of unknown make may reach: those of the types that have all that its interface
 * asks for, or, where nothing is known of it, of the only type whose method takes that many arguments.
 */
export function candidates(machine: GoMachine, value: GoValue, name: string, count: number): GoClosure[] {
  const resolved =
    value.kind === "unknown" && value.type !== undefined ? resolveType(machine.project, value.type) : undefined;
  const inner = resolved?.kind === "declared" ? underlying(machine.project, resolved.declared) : resolved;
  if (inner !== undefined && inner.kind !== "interface") return [];
  const needed = inner === undefined ? new Map<string, string>() : interfaceMethods(machine.project, inner.type);
  const found = machine.project.methodsNamed(name).flatMap((method) => {
    const home = machine.project.packageAt(method.file.folder);
    const type = method.receiver?.type ?? "";
    const declared = home.declaredNamed(type);
    if (declared === undefined || method.parameters.length !== count) return [];
    for (const [each, takes] of needed) if (signatureOf(home.methodOf(type, each)) !== takes) return [];
    return [bound(method, unmade(declared))];
  });
  // Of a value without a type there may be no choice, or it is a guess.
  return inner === undefined && found.length > 1 ? [] : found;
}

/** Types of the parameters without their packages, which have other names in other files. */
function signatureOf(method: GoFunction | undefined): string | undefined {
  return method?.parameters.map(({ type }) => bareName(type?.text ?? "")).join(",");
}
