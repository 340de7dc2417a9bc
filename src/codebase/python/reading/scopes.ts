import type { Bindings } from "./bindings.ts";
import type { Syntax } from "./syntax.ts";

/** A block of code with names of its own. */
export interface Scope {
  readonly kind: "module" | "class" | "function" | "comprehension";
  readonly bindings: Bindings;
  readonly parent: Scope | undefined;
  readonly className: string;
  /** The body of a function. */
  readonly body?: Syntax;
}

/** The module-level name that `written` means in `scope`; undefined where it is local to something. */
export function globalName(written: string, from: Scope, at: number): string | undefined {
  const name = mangled(written, from);
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    if (scope.kind === "module") return name;
    if (scope.bindings.globals.has(name)) return name;
    if (scope.kind === "class" && scope !== from) continue;
    const boundEnd = scope.bindings.bound.get(name);
    if (boundEnd === undefined || scope.bindings.nonlocals.has(name)) continue;
    // A class body reads the module's name until it has bound its own.
    if (scope.kind === "class" && at < boundEnd && !scope.bindings.deleted.has(name)) continue;
    return undefined;
  }
  return name;
}

function mangled(name: string, scope: Scope): string {
  const inClass = scope.className !== "" && name.startsWith("__") && !name.endsWith("__");
  return inClass ? `_${scope.className.replace(/^_+/, "")}${name}` : name;
}
