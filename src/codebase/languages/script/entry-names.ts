/**
 * A name in the module record, as one of two trees has it: `{ kind, name }`, or in the lazy one a span with a `value`, a bare span
 * for the default, or a word for all names and for none.
 */
export type EntryName = object | string;

/** What is brought in: a name, "default", or "*" for all. Pure. */
export function broughtIn(given: EntryName): string {
  if (typeof given === "string") return "*";
  if ("kind" in given) return given.kind === "Default" ? "default" : (nameIn(given) ?? "*");
  return nameIn(given) ?? "default";
}

/** The name by which something stands in its own file; null where it has none. Pure. */
export function localName(given: EntryName): string | null {
  return typeof given === "string" ? null : nameIn(given);
}

function nameIn(given: object): string | null {
  const name = "value" in given ? given.value : "name" in given ? given.name : null;
  return typeof name === "string" ? name : null;
}
