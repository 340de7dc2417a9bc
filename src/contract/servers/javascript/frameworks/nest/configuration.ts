import type { Machine } from "../../../../javascript/machine.ts";
import {
  type At,
  type Call,
  choice,
  type Func,
  isNothing,
  type Native,
  optionsOf,
  plainText,
  type Value,
} from "../../../../javascript/values.ts";

/** Settings of an application: tables that functions give, by the name that they are registered under ("" for none). */
export interface Configuration {
  readonly tables: { readonly name: string; readonly make: Func }[];
}

/** `registerAs("app", () => ({ … }))`: the function itself, whose table is known by that name from now on. */
export function registeredAs(configuration: Configuration, call: Call): Value | undefined {
  const name = plainText(call.args[0]?.value());
  const make = call.args[1]?.value();
  if (name === undefined || make?.kind !== "function") return undefined;
  configuration.tables.push({ name, make });
  return make;
}

/** `ConfigModule.forRoot({ load: [table] })`: asking for the tables registers them; one without a name is known as it is. */
export function loadTables(configuration: Configuration, options: Value): void {
  const load = options.kind === "fields" ? options.fields.get("load")?.value() : undefined;
  for (const make of load?.kind === "list" ? load.items : [])
    if (make.kind === "function" && !configuration.tables.some((table) => table.make.node === make.node))
      configuration.tables.push({ name: "", make });
}

/** The service that gives settings by their path: `get("app.prefix", "api")`. `load` makes the tables known first. */
export function openSettings(machine: Machine, configuration: Configuration, load: () => void): Native {
  return {
    kind: "native",
    type: "nest configuration",
    member: (name) => {
      if (!/^(?:get|getOrThrow)$/.test(name)) return undefined;
      return {
        kind: "native",
        type: "nest setting",
        member: () => undefined,
        call: (call) => {
          load();
          return setting(machine, configuration, call);
        },
      };
    },
  };
}

function setting(machine: Machine, configuration: Configuration, call: Call): Value {
  const path = plainText(call.args[0]?.value()) ?? "";
  const standard = call.args[1]?.value();
  const found = configuration.tables.flatMap(({ name, make }) => {
    const inside = name === "" ? path : path.startsWith(`${name}.`) ? path.slice(name.length + 1) : undefined;
    if (inside === undefined) return [];
    const value = at(machine, machine.call(make, { args: [], isNew: false, at: call.at }), inside.split("."), call.at);
    return value === undefined ? [] : [value];
  });
  const unset: Value = { kind: "unknown", name: path, why: { kind: "environment", name: path } };
  const isDefault = standard !== undefined && /^(?:text|constant)$/.test(standard.kind) && !isNothing(standard);
  return choice([...(found.length > 0 ? found : [unset]), ...(isDefault ? [standard] : [])]);
}

function at(machine: Machine, table: Value, names: readonly string[], place: At): Value | undefined {
  for (const option of optionsOf(table)) {
    if (option.kind !== "fields") continue;
    const [name = "", ...rest] = names;
    if (!option.fields.has(name)) continue;
    const value = machine.member(option, name, place);
    return rest.length === 0 ? value : at(machine, value, rest, place);
  }
  return undefined;
}
