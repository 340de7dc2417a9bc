import { newBindings, slice, targetNames, type Bindings } from "./bindings.ts";
import { fieldOf, namedChildren, type Syntax } from "./syntax.ts";

/** Adds the names that one parameter binds in its function. */
export function bindParameter(parameter: Syntax, text: string, into: Bindings): void {
  const named =
    fieldOf(parameter, "name") ?? (parameter.type === "identifier" ? parameter : namedChildren(parameter)[0]);
  if (named === undefined || !/^(identifier|.*_pattern)$/.test(named.type)) return;
  const names = named.type === "identifier" ? [named] : namedChildren(named);
  for (const inner of names) if (inner.type === "identifier") into.bound.set(slice(inner, text), 0);
}

/** The type parameters of a generic definition. */
export function typeParameterBindings(parameters: Syntax, text: string): Bindings {
  const bindings = newBindings();
  for (const child of namedChildren(parameters)) {
    let first: Syntax | undefined = child;
    while (first !== undefined && first.type !== "identifier") first = namedChildren(first)[0];
    if (first !== undefined) bindings.bound.set(slice(first, text), 0);
  }
  return bindings;
}

/** The names that the `for` clauses of a comprehension bind. */
export function comprehensionBindings(clauses: readonly Syntax[], text: string): Bindings {
  const bindings = newBindings();
  for (const clause of clauses) {
    for (const target of clause.children.filter((child) => child.field === "left")) {
      for (const name of targetNames(target, text)) bindings.bound.set(name, 0);
    }
  }
  return bindings;
}
