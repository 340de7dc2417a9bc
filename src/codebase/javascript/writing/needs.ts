import { usesOf } from "../reading/references.ts";
import type { Uses } from "../reading/uses.ts";
import type { Layout, PartPlan, Segment } from "./layout.ts";
import type { ImportStatement, ImportedName } from "../reading/imports.ts";
import type { Unit } from "../reading/module-units.ts";
import { declarationOf, isNode } from "../reading/syntax.ts";

/** What a file needs from outside: names it uses, and of those the ones it needs at run time. */
export interface Needs {
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
  readonly late: boolean;
}

/** Names that a set of units (with the heads of the classes it holds) uses from the module's top level. */
export function needsOf(layout: Layout, units: readonly Unit[], extra: readonly Uses[]): Needs {
  const names = new Set<string>();
  const values = new Set<string>();
  let late = false;
  let jsx = false;
  for (const uses of [...units.map((unit) => unit.uses), ...extra]) {
    jsx ||= uses.jsx;
    for (const site of uses.references) {
      if (layout.late.has(site)) {
        late = true;
        continue;
      }
      if (!layout.graph.parts.bound.has(site.name)) continue;
      names.add(site.name);
      if (!site.type) values.add(site.name);
    }
  }
  if (jsx) {
    const pragma = /@jsx(?:Frag)?\s+([A-Za-z_$][\w$]*)/g;
    for (const name of ["React", ...[...layout.text.text.matchAll(pragma)].map((match) => match[1] as string)]) {
      if (layout.graph.parts.bound.has(name)) {
        names.add(name);
        values.add(name);
      }
    }
  }
  for (const unit of units) for (const name of unit.names) names.delete(name);
  return { names, values, late };
}

/** What the opening line of a class of the chain uses. */
export function headUses(layout: Layout, segment: Segment): Uses[] {
  if (segment.container.kind !== "class") return [];
  const { node } = segment.container;
  const lowest = segment.below === undefined;
  const head = {
    type: "ClassExpression",
    start: node.start,
    end: node.end,
    typeParameters: node["typeParameters"],
    superClass: lowest ? node["superClass"] : null,
    superTypeArguments: lowest ? node["superTypeArguments"] : null,
    body: { body: [] },
  };
  return isNode(node["typeParameters"]) || lowest ? [usesOf(head)] : [];
}

/** Original imports that serve some of the names. */
export function importsFor(
  layout: Layout,
  names: ReadonlySet<string>,
): { statement: ImportStatement; wanted: Set<string> }[] {
  return layout.graph.parts.imports.flatMap((statement) => {
    const wanted = new Set(statement.names.map((name: ImportedName) => name.local).filter((name) => names.has(name)));
    return wanted.size > 0 ? [{ statement, wanted }] : [];
  });
}

/** Names of units that stand in each part, for imports of one new file from another. */
export function namesFromParts(
  layout: Layout,
  names: ReadonlySet<string>,
  own: PartPlan | undefined,
): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const name of names) {
    const unit = layout.graph.binder.get(name);
    const part = unit === undefined ? undefined : layout.partOf.get(unit);
    if (part === undefined || part === own?.index) continue;
    found.set(part, [...(found.get(part) ?? []), name]);
  }
  for (const list of found.values()) list.sort();
  return new Map([...found].sort((a, b) => a[0] - b[0]));
}

/** True for a name that stands for a type only. */
export function isTypeName(layout: Layout, name: string): boolean {
  const holders = layout.graph.units.filter((unit) => unit.names.includes(name));
  return (
    holders.length > 0 &&
    holders.every((unit) => /TSInterfaceDeclaration|TSTypeAliasDeclaration/.test(declarationOf(unit.node).type))
  );
}

/** True where the statement exports its own names with `export`. */
export function exportsItself(unit: Unit): boolean {
  return unit.node.type === "ExportNamedDeclaration";
}
