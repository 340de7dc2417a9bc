import type { Argument, Foreign, Value } from "../javascript/values.ts";
import { isNothing, optionsOf, UNDEFINED } from "../javascript/values.ts";

/** What is asked of a server by one call of a library. */
export interface Request {
  /** "fetch", "axios", … */
  readonly by: string;
  readonly url: Value;
  readonly base: Value | undefined;
  /** Plain, or a value that says it; undefined: GET. */
  readonly method: string | Value | undefined;
  /** The options that would name the method are not known in full. */
  readonly isMethodOpen?: boolean;
  /** The instance that it is made by, for a base address that is set later. */
  readonly instance?: Foreign;
  /** The callee is one of several: `(isNew ? axios.post : axios.put)(…)`. Addresses of the same number go with them in turn. */
  readonly choice?: { readonly index: number; readonly of: number };
  /** What else fetches the address: of SWR. */
  readonly fetcher?: Value;
}

/** How a member of a value is read; the machine's own, so that instances and options may be any value. */
export type Read = (of: Value, name: string) => Value;

/** Members of a library's instance that make a request by a method of their name. */
export const METHODS = /^(get|post|put|patch|delete|del|head|options)(?:Form)?$/;

/** Names of the members from the package on, where no call is in between. */
export function plainNames(callee: Foreign): readonly string[] | undefined {
  const names = callee.steps.map((step) => (step.kind === "member" ? step.name : ""));
  return names.includes("") ? undefined : names;
}

/** What a function gives that stands where an address does; the value itself where it is none. */
export function answerOf(value: Value, read: Read): Value {
  return value.kind === "function" ? read(value, "()") : value;
}

/** Where the options come from a caller, they may well say nothing of a method. */
export function methodIn(options: Value, read: Read): Value | undefined {
  const method = fieldOf(options, "method", read);
  const isGiven = optionsOf(options).some((option) => option.kind === "fields" && option.fields.has("method"));
  if (method === undefined || isGiven) return method;
  return { kind: "choice", options: [UNDEFINED, ...optionsOf(method)] };
}

/** A field of options; of several options those that have it. Undefined where none has. */
export function fieldOf(options: Value, name: string, read: Read): Value | undefined {
  if (name === "") return undefined;
  const found: Value[] = [];
  for (const option of options.kind === "choice" ? options.options : [options]) {
    if (option.kind === "unknown" && option.why.kind === "parameter") found.push(read(option, name));
    if (option.kind !== "fields") continue;
    const value = option.fields.get(name)?.value();
    if (value !== undefined && !isNothing(value)) found.push(value);
  }
  const [first] = found;
  if (first === undefined) return undefined;
  return found.length === 1 ? first : { kind: "choice", options: found };
}

export function at(args: readonly Argument[], index: number): Value {
  const argument = args[index];
  if (argument === undefined || args.slice(0, index + 1).some(({ isSpread }) => isSpread)) return UNDEFINED;
  return argument.value();
}

/** Whether options may name a method that is not seen. Pure. */
export function isMethodOpen(options: Value): boolean {
  return (options.kind === "choice" ? options.options : [options]).some((option) => {
    if (option.kind === "fields") return option.open && !option.fields.has("method");
    return option.kind !== "constant";
  });
}
