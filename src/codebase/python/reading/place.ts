import { newBindings, type Bindings } from "./bindings.ts";
import type { CodeUnit, Phase } from "./occurrences.ts";
import type { Scope } from "./scopes.ts";
import type { Syntax } from "./syntax.ts";

/** Where the walk of a statement stands: whose names count, when the code runs, and whether its value may be called. */
export interface Place {
  readonly scope: Scope;
  readonly phase: Phase;
  readonly unit: CodeUnit;
  readonly invoked: boolean;
}

/** The place of a top-level statement whose import-time code is `unit`. */
export function modulePlace(unit: CodeUnit): Place {
  const scope: Scope = { kind: "module", bindings: newBindings(), parent: undefined, className: "" };
  return { scope, phase: "import", unit, invoked: false };
}

/** The place inside a block with names of its own; an empty class name keeps the one around it. */
export function placeInside(place: Place, kind: Scope["kind"], bindings: Bindings, className: string): Place {
  const name = className === "" ? place.scope.className : className;
  return { ...place, scope: { kind, bindings, parent: place.scope, className: name } };
}

/** True for a function inside a function that the outer one returns but does not call or hand to something that may. */
export function isOnlyHandedOut(name: string, node: Syntax, scope: Scope, text: string): boolean {
  if (scope.kind !== "function" || scope.body === undefined) return false;
  const around = text.slice(scope.body.start, node.start) + text.slice(node.end, scope.body.end);
  const others = around.replace(
    new RegExp(
      `(?<=\\breturn |\\b__wrapped__ = |\\bupdate_wrapper\\(|\\.)${name}\\b(?!\\s*[(.])|\\b${name}(?=\\.\\w+ = )`,
      "g",
    ),
    "",
  );
  const decorators = around
    .slice(0, node.start - scope.body.start)
    .split("\n")
    .reverse();
  const plain = decorators.every(
    (line, index) =>
      index === 0 ||
      !/^\s*@/.test(line) ||
      /wraps\(/.test(line) ||
      decorators.slice(1, index).some((between) => !/^\s*@/.test(between)),
  );
  return plain && !new RegExp(`\\b${name}\\b`).test(others);
}
