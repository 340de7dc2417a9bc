import { collectBindings, newBindings, type Bindings, type ImportedName } from "./bindings.ts";
import { NameReader } from "./name-reader.ts";
import type { CodeUnit, Occurrence } from "./occurrences.ts";
import type { Syntax } from "./syntax.ts";

/** What one top-level statement does with the names of its module. */
export interface StatementNames {
  readonly bindings: Bindings;
  readonly occurrences: readonly Occurrence[];
  readonly importUnit: CodeUnit;
  readonly units: readonly CodeUnit[];
  /** Names written by functions through a `global` statement. */
  readonly globalWrites: ReadonlySet<string>;
  /** Import statements inside functions and classes. */
  readonly innerImports: readonly ImportedName[];
  /** Builtins called without arguments that answer the namespace of the module they stand in. */
  readonly namespaceCalls: ReadonlySet<string>;
}

/** Reads one top-level statement, or several on one line. `deferred`: annotations are not evaluated (`from __future__ import annotations`). */
export function readNames(statements: readonly Syntax[], text: string, deferred: boolean): StatementNames {
  const bindings = newBindings();
  for (const statement of statements) collectBindings(statement, text, bindings);
  const reader = new NameReader(text, deferred);
  for (const statement of statements) reader.read(statement);
  const { occurrences, importUnit, units, globalWrites, innerImports, namespaceCalls } = reader;
  return { bindings, occurrences, importUnit, units: [...units.values()], globalWrites, innerImports, namespaceCalls };
}
