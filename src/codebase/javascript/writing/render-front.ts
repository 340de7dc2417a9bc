import type { ExactStep } from "../../exact-step.ts";
import { commonEdits, headEdit } from "./container-edits.ts";
import { importLines, loadLine, reexportLines } from "./file-text.ts";
import { renderImport } from "../reading/imports.ts";
import type { Layout, PartPlan } from "./layout.ts";
import type { Unit } from "../reading/module-units.ts";
import { exportsItself, importsFor, isTypeName, namesFromParts, needsOf, type Needs } from "./needs.ts";
import { publicationOf, type Publication } from "../reading/exports-object.ts";
import { entryOf, segmentsOfShells } from "./render-part.ts";
import { usesOf } from "../reading/references.ts";
import { FrontWriter, type TextEdit } from "./text-edits.ts";
import type { Node } from "../reading/syntax.ts";

/** What the front asks of the parts: names it uses itself, names it passes on, parts it loads for what they do. */
export interface FrontNeeds {
  readonly own: Needs;
  readonly passed: ReadonlyMap<number, readonly string[]>;
  readonly loaded: ReadonlySet<number>;
}

export function frontNeeds(layout: Layout): FrontNeeds {
  const fixed = layout.graph.parts.fixed.map((one) => usesOf(one.node));
  const own = needsOf(layout, layout.front, fixed);
  const published = layout.parts.flatMap((part) =>
    part.statements.flatMap((unit) => publicationOf(unit.node)?.name ?? []),
  );
  const wired = layout.linkNames.filter((name) => layout.partOf.has(layout.graph.binder.get(name) as number));
  const names = new Set([...own.names, ...wired, ...published]);
  const passed = new Map<number, string[]>();
  const loaded = new Set<number>();
  for (const part of layout.parts) {
    if (layout.text.esm) {
      const inline = part.statements.filter(exportsItself).flatMap((unit) => unit.names);
      if (inline.length > 0) passed.set(part.index, [...new Set(inline)]);
    }
    if (part.statements.some((unit) => unit.names.length === 0 || unit.node.type === "ExportDefaultDeclaration"))
      loaded.add(part.index);
  }
  return { own: { names, values: new Set([...own.values, ...wired]), late: layout.late.size > 0 }, passed, loaded };
}

/** The edits that turn the old file into the front. */
export function renderFront(layout: Layout, needs: FrontNeeds): ExactStep[] {
  const writer = new FrontWriter(layout.text);
  for (const unit of layout.parts.flatMap((part) => part.units)) {
    const publication = unit.role === "member" ? undefined : publicationOf(unit.node);
    if (publication !== undefined) writer.replace(unit.lines, `${publishing(layout, publication)}\n`);
    else if (unit.role !== "member") writer.removeWithGap(unit.lines);
  }
  const edits = [...commonEdits(layout), ...exportListEdits(layout)];
  for (const unit of layout.front) renderUnit(layout, unit, writer, edits);
  for (const one of layout.graph.parts.fixed) writer.edit(one.lines, edits);
  reduceImports(layout, needs, writer);
  insertPartImports(layout, needs, writer);
  writer.closeGaps();
  return writer.steps();
}

/** `exports = module.exports = app;` */
function publishing(layout: Layout, publication: Publication): string {
  return `${layout.text.text.slice(publication.start, publication.end).trimEnd()} ${publication.name};`;
}

function renderUnit(layout: Layout, unit: Unit, writer: FrontWriter, edits: readonly TextEdit[]): void {
  if (unit.role === "member") return;
  const away = layout.segments.filter((segment) => unit.role === "shell" && segment.container === unit.owner);
  const head = unit.owner === undefined ? [] : headEdit(layout, unit.owner);
  const gone = away.flatMap((segment) => segment.members.map((member) => member.lines));
  const outside = (edit: TextEdit): boolean =>
    !gone.some(
      (lines) => layout.text.lineAt(edit.start) >= lines.first && layout.text.lineAt(edit.start) <= lines.last,
    );
  writer.edit(unit.lines, [...edits, ...head].filter(outside));
  for (const segment of away) {
    for (const member of segment.members) {
      if (segment.container.kind === "object") writer.replace(member.lines, `${entryOf(layout, segment, member)}\n`);
      else writer.removeWithGap(member.lines);
    }
  }
}

/** `export { T }` of a type that is now imported must say so. */
function exportListEdits(layout: Layout): TextEdit[] {
  if (!layout.text.typescript) return [];
  return layout.graph.parts.fixed.flatMap(({ node }) => {
    if (node.type !== "ExportNamedDeclaration" || node["source"] || node["exportKind"] === "type") return [];
    return (node["specifiers"] as Node[])
      .filter(
        (one) =>
          one["exportKind"] !== "type" &&
          isTypeName(layout, one["local"].name) &&
          layout.partOf.has(layout.graph.binder.get(one["local"].name) as number),
      )
      .map((one) => ({ start: one.start, end: one.start, by: "type " }));
  });
}

/** Leaves in the front the imports that it uses itself, and those that nothing uses. */
function reduceImports(layout: Layout, needs: FrontNeeds, writer: FrontWriter): void {
  const used = new Set<string>();
  for (const unit of layout.graph.units) for (const site of unit.uses.references) used.add(site.name);
  for (const one of layout.graph.taken) for (const site of one.heritage?.references ?? []) used.add(site.name);
  const jsx = layout.graph.units.some((unit) => unit.uses.jsx);
  const wanted = new Set(needs.own.names);
  for (const statement of layout.graph.parts.imports) {
    for (const { local } of statement.names) if (!used.has(local) && !(jsx && local === "React")) wanted.add(local);
  }
  const kept = new Map(importsFor(layout, wanted).map((one) => [one.statement, one.wanted]));
  for (const statement of layout.graph.parts.imports) {
    const names = kept.get(statement);
    if (names === undefined) writer.remove(statement.lines);
    else if (names.size < statement.names.length) {
      writer.replace(statement.lines, `${renderImport(statement, names, layout.text).join("\n")}\n`);
    }
  }
}

/** Puts the imports of the parts after the module's own, in the parts' order. */
function insertPartImports(layout: Layout, needs: FrontNeeds, writer: FrontWriter): void {
  const own = namesFromParts(layout, needs.own.names, undefined);
  const values = new Set(needs.own.values);
  for (const segment of segmentsOfShells(layout, { statements: layout.front })) {
    own.set(segment.part, [...(own.get(segment.part) ?? []), segment.name].sort());
    values.add(segment.name);
  }
  const lines: string[] = [];
  if (layout.graph.manner.shared)
    lines.push(
      `exports = module.exports = require(${layout.quote}${layout.specifier(layout.exportsPath)}${layout.quote});`,
    );
  if (layout.late.size > 0)
    lines.push(...importLines(layout, layout.linksPath, [layout.linksName], new Set([layout.linksName])));
  const passes: string[] = [];
  for (const part of layout.parts) {
    const used = own.get(part.index) ?? [];
    const passed = needs.passed.get(part.index) ?? [];
    if (used.length > 0) lines.push(...importLines(layout, part.path, used, values));
    else if (needs.loaded.has(part.index) && passed.length === 0) lines.push(loadLine(layout, part.path));
    const defaults = defaultName(part);
    if (passed.length > 0) passes.push(...reexportLines(layout, part.path, passed));
    if (defaults !== undefined) passes.push(...reexportLines(layout, part.path, [`${defaults} as default`]));
  }
  const wiring = wireLinks(layout, writer);
  const at = importPlace(layout, writer);
  const block = [
    ...lines,
    ...(passes.length > 0 && lines.length > 0 ? ["", ...passes] : passes),
    ...(wiring.length > 0 ? ["", ...wiring] : []),
  ];
  if (block.length === 0) return;
  const apart = !at.touching && keptBefore(layout, writer, at.line);
  writer.insertAfter(at.line, [
    ...(apart ? [""] : []),
    ...block,
    ...(at.line === 0 || followsText(layout, writer, at.line) ? [""] : []),
  ]);
}

/** Tells the links object what lower parts use: names of parts here, names of the front where they are defined. */
function wireLinks(layout: Layout, writer: FrontWriter): string[] {
  if (layout.late.size === 0) return [];
  const early: string[] = [];
  for (const name of layout.linkNames) {
    const unit = layout.graph.binder.get(name) as number;
    if (layout.partOf.has(unit)) early.push(name);
    else writer.insertAfter((layout.graph.units[unit] as Unit).lines.last, [`${layout.linksName}.${name} = ${name};`]);
  }
  const why = "// Parts that use these when called stand below them and do not import them.";
  return early.length > 0 ? [why, ...early.sort().map((name) => `${layout.linksName}.${name} = ${name};`)] : [];
}

function defaultName(part: PartPlan): string | undefined {
  return part.statements.find((unit) => unit.node.type === "ExportDefaultDeclaration")?.names[0];
}

/** After the leading imports, or before the first statement that stays. */
function importPlace(layout: Layout, writer: FrontWriter): { line: number; touching: boolean } {
  const { imports, fixed, directives, units } = layout.graph.parts;
  const firstUnit = units[0]?.lines.first ?? Number.POSITIVE_INFINITY;
  const frontFirst = Math.min(
    ...layout.front.filter((unit) => unit.role !== "member").map((unit) => unit.lines.first),
    Number.POSITIVE_INFINITY,
  );
  const limit = layout.text.esm ? Number.POSITIVE_INFINITY : frontFirst;
  const leading = [
    ...imports,
    ...fixed.filter((one) => one.node.type === "ImportDeclaration" || one.node.type === "ExpressionStatement"),
  ]
    .map((one) => one.lines)
    .filter((lines) => lines.last < limit);
  const last = Math.max(0, ...leading.map((lines) => lines.last));
  if (last > 0) return { line: last, touching: writer.isKept(last) };
  const head = Math.max(0, ...directives.map((lines) => lines.last));
  if (head > 0) return { line: head, touching: false };
  const before = Math.min(firstUnit, ...fixed.map((one) => one.lines.first)) - 1;
  let line = Number.isFinite(before) ? before : 0;
  while (line > 0 && (layout.text.lines[line - 1] ?? "").trim() === "") line--;
  return { line, touching: false };
}

/** True where text stays above a line, the last of it not blank. */
function keptBefore(layout: Layout, writer: FrontWriter, line: number): boolean {
  for (let above = line; above >= 1; above--) {
    if (writer.isKept(above)) return (layout.text.lines[above - 1] ?? "").trim() !== "";
  }
  return false;
}

function followsText(layout: Layout, writer: FrontWriter, line: number): boolean {
  for (let next = line + 1; next <= layout.text.lines.length; next++) {
    if (writer.isKept(next)) return (layout.text.lines[next - 1] ?? "").trim() !== "";
  }
  return false;
}
