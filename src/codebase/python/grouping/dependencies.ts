import { components, emptyGraph, Groups, type Graph } from "./graph.ts";
import { reachAtImport, type Reach } from "./import-time.ts";
import type { NameTable } from "../reading/name-table.ts";
import type { PythonModule, Statement } from "../reading/statements.ts";

/** Statements that must stay in one file, in their order. */
export interface StatementGroup {
  readonly id: number;
  readonly statements: readonly Statement[];
  readonly lines: number;
  readonly pinned: boolean;
}

/** What must come before what. Numbers are positions in `groups`. */
export interface Dependencies {
  readonly groups: readonly StatementGroup[];
  readonly groupOf: (statement: Statement) => number;
  /** Needed or to be run before, while the module loads: can never be bound late. */
  readonly hard: Graph;
  /** Looked up when functions run. */
  readonly soft: Graph;
  /** What each statement reaches while the module loads, by statement number. */
  readonly reaches: readonly Reach[];
}

/**
 * Reads the dependencies. `firm`: lookups [statement, name] that may not be bound late, because an earlier try showed
 * that code which runs while the parts load would meet them too soon.
 */
export function findDependencies(
  module: PythonModule,
  table: NameTable,
  pins: ReadonlySet<number>,
  firm: readonly (readonly [number, string])[] = [],
): Dependencies {
  const glue = new Groups(module.statements.length);
  glueBinders(module, table, glue);
  const edges = statementEdges(module, table);
  for (const [from, name] of firm) for (const binder of table.bindersOf(name)) edges.hard[from]?.add(binder.index);
  for (;;) {
    const built = buildGroups(module, glue, edges, pins);
    // Groups that need each other at import time are one group; so merged, the import-time graph has no cycle.
    const knots = components(built.hard).filter((component) => component.length > 1);
    if (knots.length === 0) return built;
    for (const knot of knots) {
      const [first, ...others] = knot.map((id) => built.groups[id]?.statements[0]?.index ?? 0);
      for (const other of others) glue.join(first ?? 0, other);
    }
  }
}

interface Edges {
  readonly hard: Graph;
  readonly soft: Graph;
  readonly reaches: readonly Reach[];
}

function glueBinders(module: PythonModule, table: NameTable, glue: Groups): void {
  for (const [name, binders] of table.defined) {
    if (table.scratch.has(name)) continue;
    const [head] = binders;
    if (head === undefined) continue;
    for (const binder of binders) glue.join(head.index, binder.index);
    // Who reads a name at import time between two of its bindings must see the earlier one.
    const from = Math.min(head.index, table.importsOf(name)[0]?.index ?? head.index);
    const to = binders.at(-1)?.index ?? from;
    for (const reader of module.statements.slice(from + 1, to)) {
      if (reader.kind === "plain" && reader.names.importUnit.loads.has(name)) glue.join(head.index, reader.index);
    }
  }
  for (const name of table.rebound) {
    const binders = table.bindersOf(name);
    const users = module.statements.filter((statement) =>
      statement.names.occurrences.some((found) => found.name === name),
    );
    const orphan = binders.every((binder) => !binder.binds.has(name));
    // Where a write cannot be spelled as an attribute of another module, it lives with the variable.
    const together = orphan
      ? users
      : users.filter((user) =>
          user.names.occurrences.some((found) => found.name === name && found.use === "store" && !found.rewritable),
        );
    const [head] = [...binders, ...together];
    for (const user of [...binders, ...together])
      if (head !== undefined && user.kind === "plain") glue.join(head.index, user.index);
  }
}

function statementEdges(module: PythonModule, table: NameTable): Edges {
  const { statements } = module;
  const hard = emptyGraph(statements.length);
  const soft = emptyGraph(statements.length);
  const reaches = statements.map((statement) => reachAtImport(statement, table.bindersOf));
  for (const statement of statements) {
    const reach = reaches[statement.index];
    for (const name of reach?.needs ?? []) {
      for (const binder of table.bindersOf(name))
        if (binder.index < statement.index) hard[statement.index]?.add(binder.index);
    }
    for (const found of statement.names.occurrences) {
      if (found.phase === "weak" || found.use === "declare") continue;
      for (const binder of table.bindersOf(found.name)) soft[statement.index]?.add(binder.index);
    }
  }
  addOrder(
    module,
    table,
    reaches.map((reach) => ({ reads: reach.needs, changes: reach.changes })),
    hard,
  );
  return { hard, soft, reaches };
}

/** Keeps the order between statements that change an object while the module loads and those that read it. */
function addOrder(
  module: PythonModule,
  table: NameTable,
  effects: readonly { reads: ReadonlySet<string>; changes: ReadonlySet<string> }[],
  hard: Graph,
): void {
  const changed = new Set(effects.flatMap((effect) => [...effect.changes]).filter((name) => table.defined.has(name)));
  for (const name of changed) {
    let lastChange: number | undefined;
    let readers: number[] = [];
    for (const { index, kind } of module.statements) {
      if (kind === "import" || kind === "main") continue;
      const changes = effects[index]?.changes.has(name) === true;
      if (changes) {
        for (const reader of readers) hard[index]?.add(reader);
        if (lastChange !== undefined) hard[index]?.add(lastChange);
        lastChange = index;
        readers = [];
      } else if (effects[index]?.reads.has(name) === true) {
        if (lastChange !== undefined) hard[index]?.add(lastChange);
        readers.push(index);
      }
    }
  }
}

function buildGroups(module: PythonModule, glue: Groups, edges: Edges, pins: ReadonlySet<number>): Dependencies {
  const byRoot = new Map<number, Statement[]>();
  for (const statement of module.statements) {
    const root = glue.find(statement.index);
    byRoot.set(root, [...(byRoot.get(root) ?? []), statement]);
  }
  const roots = [...byRoot.keys()].sort((a, b) => a - b);
  const idOf = new Map(roots.map((root, id) => [root, id]));
  const at = (index: number): number => idOf.get(glue.find(index)) ?? 0;
  const lift = (graph: Graph): Graph => {
    const lifted = emptyGraph(roots.length);
    for (const [index, targets] of graph.entries())
      for (const target of targets) if (at(index) !== at(target)) lifted[at(index)]?.add(at(target));
    return lifted;
  };
  const hard = lift(edges.hard);
  const pinned = spreadPins(new Set([...pins].map(at)), hard);
  const groups = roots.map((root, id) => {
    const statements = byRoot.get(root) ?? [];
    const lines = statements.reduce((sum, statement) => sum + statement.last - statement.first + 1, 0);
    return { id, statements, lines, pinned: pinned.has(id) };
  });
  return { groups, groupOf: (statement) => at(statement.index), hard, soft: lift(edges.soft), reaches: edges.reaches };
}

/** What needs a pinned statement at import time is pinned too. */
function spreadPins(pinned: Set<number>, hard: Graph): Set<number> {
  for (let grown = true; grown;) {
    grown = false;
    for (const [id, targets] of hard.entries()) {
      if (pinned.has(id) || ![...targets].some((target) => pinned.has(target))) continue;
      pinned.add(id);
      grown = true;
    }
  }
  return pinned;
}
