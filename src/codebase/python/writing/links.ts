import type { Dependencies } from "../grouping/dependencies.ts";
import { BUILTINS } from "../reading/builtins.ts";
import type { NameTable } from "../reading/name-table.ts";
import type { Occurrence } from "../reading/occurrences.ts";
import type { PythonModule, Statement } from "../reading/statements.ts";

/** One new module on the way to being written. */
export interface PartPlan {
  readonly module: string;
  readonly title: string;
  /** In the order of the old file. */
  readonly statements: readonly Statement[];
}

/** Where the front is among the parts: after all of them. */
export const FRONT = Number.MAX_SAFE_INTEGER;

/** What a part (or the front) takes from elsewhere. */
export interface Links {
  /** Names that the old file's plain imports bind. */
  readonly externals: ReadonlySet<string>;
  /** Names by the earlier part that they are imported from. */
  readonly fromParts: ReadonlyMap<number, ReadonlySet<string>>;
  /** Earlier parts imported as modules, for names that functions rebind. */
  readonly partModules: ReadonlySet<number>;
  /** Names that the front sets later, by the part (or `FRONT`) that has them. */
  readonly late: ReadonlyMap<number, ReadonlySet<string>>;
  /** Later parts (or `FRONT`) whose module objects the front sets. */
  readonly lateModules: ReadonlySet<number>;
  /** Uses of rebound names, to be written as attributes of the module that keeps them. */
  readonly rewrites: readonly { readonly statement: Statement; readonly found: Occurrence; readonly keeper: number }[];
  /** Names that nothing here defines; the front hands them on if it has them. */
  readonly unknown: ReadonlySet<string>;
}

export interface Linker {
  readonly module: PythonModule;
  readonly table: NameTable;
  readonly parts: readonly PartPlan[];
  /** The part that keeps a defined name, or `FRONT`. */
  readonly keeperOf: (name: string) => number;
  /** Imported names that would lead back to the front: handed on by it instead. */
  readonly cyclic: ReadonlySet<string>;
  readonly hasStar: boolean;
  /** Per part: imported names that its own code looks up while it loads. */
  readonly loading: readonly ReadonlySet<string>[];
}

export function openLinker(
  module: PythonModule,
  table: NameTable,
  dependencies: Dependencies,
  parts: readonly PartPlan[],
  cyclic: ReadonlySet<string>,
): Linker {
  const partOf = new Map<number, number>();
  for (const [index, part] of parts.entries())
    for (const statement of part.statements) partOf.set(dependencies.groupOf(statement), index);
  const keeperOf = (name: string): number => {
    const binder = table.bindersOf(name).at(-1);
    return binder === undefined ? FRONT : (partOf.get(dependencies.groupOf(binder)) ?? FRONT);
  };
  const hasStar = module.statements.some((statement) => statement.imports.some((imported) => imported.name === "*"));
  const loading = parts.map((part) => {
    const own = new Set(part.statements.map((statement) => statement.index));
    const lookups = part.statements.flatMap((statement) => dependencies.reaches[statement.index]?.lookups ?? []);
    return new Set(lookups.filter(([from]) => own.has(from)).map(([, name]) => name));
  });
  return { module, table, parts, keeperOf, cyclic, hasStar, loading };
}

/** Links of the statements that stand in `place` (a part's number, or `FRONT`). */
export function linkStatements(linker: Linker, place: number, statements: readonly Statement[]): Links {
  const externals = new Set<string>();
  const fromParts = new Map<number, Set<string>>();
  const partModules = new Set<number>();
  const late = new Map<number, Set<string>>();
  const lateModules = new Set<number>();
  const rewrites: { statement: Statement; found: Occurrence; keeper: number }[] = [];
  const unknown = new Set<string>();
  const own = new Set(statements.flatMap((statement) => [...statement.names.bindings.bound.keys()]));
  for (const statement of statements) {
    for (const found of statement.names.occurrences) {
      const { name } = found;
      const defined = linker.table.defined.has(name);
      if (defined && linker.table.bindersOf(name).every((binder) => binder.typingOnly)) continue;
      const keeper = defined ? linker.keeperOf(name) : FRONT;
      if (linker.table.imported.has(name) && (!defined || keeper === place)) {
        // An import inside a knot of modules is the front's to make, unless the part cannot load without it.
        const wait = linker.cyclic.has(name) && linker.loading[place]?.has(name) !== true;
        if (wait && place !== FRONT) add(late, FRONT, name);
        else externals.add(name);
      } else if (!defined) {
        if (!BUILTINS.has(name)) unknown.add(name);
      } else if (keeper === place || (linker.table.scratch.has(name) && own.has(name))) continue;
      else if (linker.table.rebound.has(name)) {
        if (found.use === "declare") continue;
        if (found.rewritable) rewrites.push({ statement, found, keeper });
        (keeper < place ? partModules : lateModules).add(keeper);
      } else add(keeper < place ? fromParts : late, keeper, name);
    }
  }
  return { externals, fromParts, partModules, late, lateModules, rewrites, unknown };
}

/** True where every way through the old file leaves the name bound. */
export function isSure(table: NameTable, name: string): boolean {
  return table.imported.has(name) || table.bindersOf(name).some((binder) => binder.sure.has(name));
}

function add<K>(map: Map<K, Set<string>>, key: K, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}

/**
 * Lookups [statement, name] that run while a part loads, in an earlier part, for a name that is bound late from the
 * part that is still loading (or from the front): they would fail.
 */
export function prematureLookups(
  linker: Linker,
  dependencies: Dependencies,
  links: readonly Links[],
): (readonly [number, string])[] {
  const placeOf = new Map(
    linker.parts.flatMap((part, index) => part.statements.map((statement) => [statement.index, index] as const)),
  );
  const found = new Map<string, readonly [number, string]>();
  for (const [place, part] of linker.parts.entries()) {
    for (const statement of part.statements) {
      for (const [from, name] of dependencies.reaches[statement.index]?.lookups ?? []) {
        const at = placeOf.get(from);
        const binder = linker.table.bindersOf(name)[0];
        if (at === undefined || binder === undefined || binder.index >= statement.index) continue;
        const keeper = linker.keeperOf(name);
        const late =
          links[at]?.late.get(keeper)?.has(name) === true ||
          (links[at]?.lateModules.has(keeper) === true && linker.table.rebound.has(name));
        if (late && keeper >= place) found.set(`${from} ${name}`, [from, name]);
      }
    }
  }
  return [...found.values()];
}
