import {
  type Bound,
  external,
  type FunctionValue,
  type Instance,
  isKind,
  NO_ARGS,
  type Site,
  unknown,
  type Value,
} from "../values/values.ts";
import { externalBases, isDecoratedBy, member } from "./classes.ts";
import type { Machine } from "./machine.ts";

const PROPERTY = /(?:^|\.)(?:property|cached_property|computed_field|hybrid_property|classproperty)$/;
const STATIC = /^builtins\.staticmethod$/;
const CLASS_METHOD = /^builtins\.classmethod$/;

/** The attribute of a value; undefined where it has none that is known. */
export function attribute(machine: Machine, value: Value, name: string, site: Site): Value | undefined {
  if (typeof value === "string") {
    if (name === "value") return value;
    return frameworkAttribute(machine, value, name, site) ?? { kind: "bound", self: value, name, method: undefined };
  }
  if (value === null || typeof value !== "object") return name === "value" ? value : undefined;
  switch (value.kind) {
    case "module":
      return moduleAttribute(machine, value, name);
    case "external":
      return frameworkAttribute(machine, value, name, site) ?? external(`${value.path}.${name}`);
    case "instance":
      return instanceAttribute(machine, value, name, site);
    case "class":
      return classAttribute(machine, value, name, site);
    case "function":
      return (
        value.attributes.get(name) ??
        (name === "__name__" ? value.name : { kind: "bound", self: value, name, method: undefined })
      );
    case "union":
      return value.values.map((each) => machine.attribute(each, name, site)).find((each) => each !== undefined);
    case "bound":
      return value.method === undefined ? { kind: "bound", self: value, name, method: undefined } : undefined;
    case "list":
    case "dict":
    case "template":
      return { kind: "bound", self: value, name, method: undefined };
    default:
      return undefined;
  }
}

function moduleAttribute(machine: Machine, value: Extract<Value, { kind: "module" }>, name: string): Value | undefined {
  const { module } = value;
  if (name === "__name__") return module.name;
  if (name === "__path__") return { kind: "list", items: [module.folder], open: false, isTuple: false };
  const resolved = machine.resolve({ kind: "imported", module: "", name, from: module });
  return isKind(resolved, "unknown") ? undefined : resolved;
}

function frameworkAttribute(machine: Machine, value: Value, name: string, site: Site): Value | undefined {
  for (const framework of machine.frameworks) {
    const found = framework.attribute?.(value, name, site);
    if (found !== undefined) return found;
  }
  return undefined;
}

function instanceAttribute(machine: Machine, self: Instance, name: string, site: Site): Value | undefined {
  if (isKind(self.of, "external") && self.of.path === "builtins.super")
    return superAttribute(machine, self, name, site);
  const own = self.attributes.get(name);
  if (own !== undefined) return own;
  if (name === "__class__") return self.of;
  const inherited = member(self.of, name);
  if (inherited !== undefined) return bind(machine, self, name, machine.resolve(inherited), site);
  const known = frameworkAttribute(machine, self, name, site);
  if (known !== undefined) return known;
  return externalBases(self.of).length > 0 ? { kind: "bound", self, name, method: undefined } : undefined;
}

/** Functions become methods, properties their value; a field's declaration its default. */
function bind(machine: Machine, self: Instance, name: string, value: Value, site: Site): Value {
  if (!isKind(value, "function")) return value;
  if (isDecoratedBy(value, PROPERTY)) return machine.call(value, { ...NO_ARGS, positional: [self] }, site);
  if (isDecoratedBy(value, STATIC)) return value;
  if (isDecoratedBy(value, CLASS_METHOD)) return { kind: "bound", self: self.of, name, method: value };
  return { kind: "bound", self, name, method: value };
}

function superAttribute(machine: Machine, self: Instance, name: string, site: Site): Value | undefined {
  const of = self.attributes.get("__self__");
  const owner = self.attributes.get("__owner__");
  if (of === undefined || !isKind(owner, "class")) return unknown("what super() is");
  const start = isKind(of, "instance") ? of.of : of;
  const found = isKind(start, "class") ? member(start, name, owner) : undefined;
  if (isKind(found, "function") && isKind(of, "instance")) return bind(machine, of, name, found, site);
  const method: FunctionValue | undefined = isKind(found, "function") ? found : undefined;
  const bound: Bound = { kind: "bound", self: of, name, method };
  return found === undefined || method !== undefined ? bound : found;
}

function classAttribute(
  machine: Machine,
  of: Extract<Value, { kind: "class" }>,
  name: string,
  site: Site,
): Value | undefined {
  if (name === "__name__") return of.name;
  const found = member(of, name);
  if (isKind(found, "function") && isDecoratedBy(found, CLASS_METHOD))
    return { kind: "bound", self: of, name, method: found };
  if (found !== undefined) return machine.resolve(found);
  const known = frameworkAttribute(machine, of, name, site);
  if (known !== undefined) return known;
  return externalBases(of).length > 0 ? { kind: "bound", self: of, name, method: undefined } : undefined;
}
