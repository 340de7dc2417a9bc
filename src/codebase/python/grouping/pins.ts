import { BUILTINS } from "../reading/builtins.ts";
import type { NameTable } from "../reading/name-table.ts";
import type { PythonModule, Statement } from "../reading/statements.ts";

/**
 * Statements that must stay in the old file, because they mean that very file: what tools read there, what compares
 * or hands out its name, namespace or path, and what a program runs there.
 */
export function pinnedStatements(
  module: PythonModule,
  table: NameTable,
  importsItself: (statement: Statement) => boolean,
): Set<number> {
  const pinned = new Set<number>();
  const dynamic = module.statements.some((statement) => statement.names.namespaceCalls.has("globals"));
  for (const statement of module.statements) {
    // A name that only code which fills globals() can define is looked up where that fills it.
    if (dynamic && readsUndefined(statement, table)) pinned.add(statement.index);
    const deletesImport = [...statement.deletes].some((name) => !table.defined.has(name));
    if (
      statement.kind !== "plain" ||
      statement.typingOnly ||
      deletesImport ||
      meansThisFile(statement) ||
      importsItself(statement)
    )
      pinned.add(statement.index);
  }
  pinEarlyProgram(module, table, pinned);
  return pinned;
}

function meansThisFile(statement: Statement): boolean {
  const { names, text } = statement;
  if (
    names.namespaceCalls.has("globals") ||
    names.namespaceCalls.has("vars") ||
    names.namespaceCalls.has("locals") ||
    names.namespaceCalls.has("dir")
  )
    return true;
  if ((names.namespaceCalls.has("eval") || names.namespaceCalls.has("exec")) && !statement.isClass) return true;
  const bound = [...names.bindings.bound.keys()];
  if (bound.length > 0 && bound.every((name) => name === "TYPE_CHECKING" || READ_IN_PLACE.test(name))) return true;
  if (bound.length === 0 && statement.ownFirst > 0 && /^(['"]|[rRbBuU]['"])/.test(text)) return true;
  const loads = new Set(names.occurrences.filter((found) => found.use === "load").map((found) => found.name));
  if (loads.has("__all__") || loads.has("__path__") || loads.has("__doc__") || loads.has("__spec__")) return true;
  if (loads.has("__name__") && (/['"]__main__['"]/.test(text) || /modules\s*(\[\s*|\.get\(\s*)__name__/.test(text)))
    return true;
  return loads.has("__file__") && /\b__file__\b/.test(withoutFolderLookups(text));
}

/** What Python and packaging tools look for in the file itself. */
const READ_IN_PLACE =
  /^__(all|version|version_info|author|authors|email|license|licence|copyright|credits|maintainer|status|date|build|title|summary|uri|url|description|doc|docformat|revision|test|path|getattr|dir)__$/;

function readsUndefined(statement: Statement, table: NameTable): boolean {
  const large = statement.last - statement.ownFirst > 150;
  return (
    !large &&
    statement.names.occurrences.some(
      ({ name, phase, use }) =>
        phase !== "weak" &&
        use === "load" &&
        !table.defined.has(name) &&
        !table.imported.has(name) &&
        !BUILTINS.has(name),
    )
  );
}

/** The folder of the file is the same for its parts; only other uses of `__file__` tie code to the file itself. */
function withoutFolderLookups(text: string): string {
  return text
    .replace(/dirname\(\s*(?:[\w.]+\(\s*)*__file__/g, "")
    .replace(/Path\(\s*__file__\s*\)(?:\.\w+\(\))*\.parent/g, "");
}

/**
 * A program that starts before later imports (to patch them, say) must still run first: what it calls stays with it,
 * as far as it stood above.
 */
function pinEarlyProgram(module: PythonModule, table: NameTable, pinned: Set<number>): void {
  const lastImport =
    module.statements.findLast((statement) => statement.kind === "import" && topLevelExternal(statement))?.index ?? -1;
  for (const main of module.statements) {
    if (main.kind !== "main" || main.index > lastImport) continue;
    const queue = [main];
    for (let statement = queue.pop(); statement !== undefined; statement = queue.pop()) {
      for (const { name } of statement.names.occurrences) {
        for (const binder of table.bindersOf(name)) {
          if (binder.index >= main.index || pinned.has(binder.index)) continue;
          pinned.add(binder.index);
          queue.push(binder);
        }
      }
    }
  }
}

function topLevelExternal(statement: Statement): boolean {
  return statement.imports.some((imported) => imported.level === 0);
}
