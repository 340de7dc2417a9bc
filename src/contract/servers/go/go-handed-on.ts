import { bareName } from "./source/go-files.ts";
import type { GoFrame, GoMachine } from "./go-machine-port.ts";
import type { GoClosure, GoValue } from "./go-values.ts";

/**
 * Follows functions that are handed to what is not known: a command's action, what an injector calls, what runs later. Of
 * their arguments the types are known; a router among them is one that somebody injects.
 */
export function followFunctions(machine: GoMachine, values: readonly GoValue[], frame: GoFrame, line: number): void {
  for (const value of values) {
    if (value.kind === "list") followFunctions(machine, value.items, frame, line);
    if (value.kind !== "function") continue;
    const makesOne = value.results.some(({ text }) => machine.isTypeOfInterest(bareName(text)));
    if (!makesOne && !machine.isOfInterest(value.declared?.bodyText ?? value.body()?.text ?? "")) continue;
    const args = argumentsFor(machine, value);
    const injected = args.filter((one) => one.kind === "router");
    // What was only started as if from outside was given no router that anybody serves.
    if (value.declared !== undefined && injected.length === 0 && machine.wasFollowed(value.declared)) continue;
    machine.injected.push(...injected);
    machine.call(value, args, frame, line);
  }
}

/** The same for functions in the fields of a struct of another package, nested ones included. */
export function followFields(machine: GoMachine, value: GoValue, frame: GoFrame, line: number, depth = 0): void {
  if (depth > 6) return;
  if (value.kind === "function") followFunctions(machine, [value], frame, line);
  const inner =
    value.kind === "instance"
      ? [...value.fields.values()]
      : value.kind === "list"
        ? value.items
        : value.kind === "map"
          ? value.entries.map((entry) => entry.value)
          : [];
  for (const one of inner) followFields(machine, one, frame, line, depth + 1);
}

function argumentsFor(machine: GoMachine, { parameters, file }: GoClosure): GoValue[] {
  return parameters.map(({ type, name }) =>
    machine.valueOfType(type === undefined ? undefined : { file, syntax: type }, name),
  );
}
