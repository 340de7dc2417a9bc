import type { Statement } from "./statements.ts";

/** Who binds, imports and rebinds each name of a module. */
export interface NameTable {
  /** Statements that define the name, in order; plain imports are not definitions. */
  readonly bindersOf: (name: string) => readonly Statement[];
  /** Plain top-level imports of the name. */
  readonly importsOf: (name: string) => readonly Statement[];
  readonly defined: ReadonlyMap<string, readonly Statement[]>;
  readonly imported: ReadonlyMap<string, readonly Statement[]>;
  /** Names that a function rebinds through `global`: their value must be looked up where it is kept. */
  readonly rebound: ReadonlySet<string>;
  /** Loop variables and the like, bound anew by every statement that reads them. */
  readonly scratch: ReadonlySet<string>;
  /** Names that no longer exist once the module is loaded. */
  readonly gone: ReadonlySet<string>;
}

export function readNameTable(statements: readonly Statement[]): NameTable {
  const defined = new Map<string, Statement[]>();
  const imported = new Map<string, Statement[]>();
  const rebound = new Set<string>();
  const gone = new Set<string>();
  for (const statement of statements) {
    const imports = statement.kind === "import" || statement.kind === "typing" || statement.kind === "future";
    for (const name of statement.names.bindings.bound.keys()) {
      if (statement.binds.has(name)) gone.delete(name);
      push(imports ? imported : defined, name, statement);
    }
    for (const name of statement.deletes) gone.add(name);
    for (const name of statement.names.globalWrites) rebound.add(name);
  }
  // Deleting an import defines nothing.
  for (const [name, binders] of defined)
    if (
      binders.every((binder) => !binder.names.bindings.bound.has(name) || binder.deletes.has(name)) &&
      imported.has(name)
    )
      defined.delete(name);
  const scratch = new Set(
    [...defined].filter(([name, binders]) => isScratch(name, binders, statements)).map(([name]) => name),
  );
  return {
    bindersOf: (name) => defined.get(name) ?? [],
    importsOf: (name) => imported.get(name) ?? [],
    defined,
    imported,
    rebound,
    scratch,
    gone,
  };
}

function isScratch(name: string, binders: readonly Statement[], statements: readonly Statement[]): boolean {
  if (binders.length < 2 || !binders.every((binder) => binder.compound)) return false;
  return statements.every((statement) =>
    statement.names.occurrences.every(
      (found) => found.name !== name || (binders.includes(statement) && found.phase === "import"),
    ),
  );
}

function push(map: Map<string, Statement[]>, name: string, statement: Statement): void {
  const known = map.get(name);
  if (known === undefined) map.set(name, [statement]);
  else known.push(statement);
}
