import { basename } from "node:path";
import type { SplitPart } from "../../module-split.ts";
import { namesOfUnit } from "../grouping/affinity.ts";
import { usesModuleObject } from "../grouping/front-meaning.ts";
import { commonEdits, headEdit, memberEntry, segmentHead } from "./container-edits.ts";
import { exportLines, importLines } from "./file-text.ts";
import { renderImport } from "../reading/imports.ts";
import type { Layout, PartPlan, Segment } from "./layout.ts";
import type { Unit } from "../reading/module-units.ts";
import type { Lines } from "../reading/syntax.ts";
import { exportsItself, headUses, importsFor, namesFromParts, needsOf } from "./needs.ts";
import { PartWriter, type TextEdit } from "./text-edits.ts";
import { syntaxChecks } from "./checks.ts";

/** Writes one part: header, imports, definitions, exports. */
export function renderPart(layout: Layout, plan: PartPlan, offered: ReadonlySet<string>): SplitPart {
  const { text } = layout;
  const writer = new PartWriter(text, plan.path);
  const edits = [...commonEdits(layout), ...defaultEdits(layout, plan.statements)];
  const names = definedNames(plan);
  const purpose = purposeOf(layout, plan, names);
  writer.write(...wrapComment(`${titleOf(plan)}: part of ${basename(text.path)}. ${purpose}`));
  for (const comment of fileComments(layout)) writer.write(comment);
  writer.write("");
  for (const directive of layout.graph.parts.directives) {
    writer.copy(directive, []);
    writer.write("");
  }
  writeImports(layout, plan, writer);
  let copied = 0;
  for (const [index, unit] of plan.statements.entries()) {
    for (const lines of statementRuns(layout, unit)) {
      if (typeof lines === "string") writer.write(lines);
      // Statements that share a line share the copy of it.
      else if (lines.last > copied) {
        writer.copy({ first: Math.max(lines.first, copied + 1), last: lines.last }, [
          ...edits,
          ...(unit.owner === undefined ? [] : headEdit(layout, unit.owner)),
        ]);
        copied = lines.last;
      }
    }
    if (plan.statements[index + 1]?.lines.first !== unit.lines.last + 1) writer.write("");
  }
  for (const segment of plan.segments) writeSegment(layout, segment, writer, edits);
  const list = exportLines(layout, exportedNames(layout, plan, offered));
  writer.write(...(list.length > 0 ? list : layout.text.esm && !offersAnything(plan) ? ["export {};"] : []));
  return {
    path: plan.path,
    title: titleOf(plan),
    purpose,
    names,
    steps: writer.steps(),
    checks: syntaxChecks(plan.path),
    lines: writer.lines,
  };
}

function offersAnything(plan: PartPlan): boolean {
  return plan.statements.some(exportsItself) || plan.segments.length > 0;
}

/** Names the part must offer at its end: those others need that no `export` in place offers already. */
function exportedNames(layout: Layout, plan: PartPlan, offered: ReadonlySet<string>): string[] {
  const own = plan.statements
    .flatMap((unit) => (layout.text.esm && exportsItself(unit) ? [] : unit.names))
    .filter((name) => offered.has(name));
  return [...new Set([...own, ...plan.segments.map((segment) => segment.name)])];
}

function writeImports(layout: Layout, plan: PartPlan, writer: PartWriter): void {
  const needs = needsOf(
    layout,
    plan.units,
    plan.segments.flatMap((segment) => headUses(layout, segment)),
  );
  const before = writer.lines;
  for (const { statement, wanted } of importsFor(layout, needs.names)) {
    if (wanted.size === statement.names.length) writer.copy(statement.lines, []);
    else writer.write(...renderImport(statement, wanted, layout.text));
  }
  if (needs.late)
    writer.write(...importLines(layout, layout.linksPath, [layout.linksName], new Set([layout.linksName])));
  const fromParts = namesFromParts(layout, needs.names, plan);
  const values = new Set(needs.values);
  const extra = (part: number, name: string): void => {
    fromParts.set(part, [...new Set([...(fromParts.get(part) ?? []), name])].sort());
    values.add(name);
  };
  for (const segment of plan.segments) if (segment.below !== undefined) extra(segment.below.part, segment.below.name);
  for (const segment of segmentsOfShells(layout, plan)) extra(segment.part, segment.name);
  for (const [part, names] of [...fromParts].sort((a, b) => a[0] - b[0])) {
    writer.write(...importLines(layout, layout.parts[part]?.path as string, names, values));
  }
  if (layout.graph.manner.shared && plan.units.some((unit) => usesModuleObject(unit, false))) {
    writer.write(`exports = require(${layout.quote}${layout.specifier(layout.exportsPath)}${layout.quote});`);
  }
  if (writer.lines > before) writer.write("");
}

/** Segments that a shell in this part is assembled from. */
export function segmentsOfShells(layout: Layout, plan: { readonly statements: readonly Unit[] }): Segment[] {
  return plan.statements.flatMap((unit) => {
    const mine = layout.segments.filter((segment) => unit.role === "shell" && segment.container === unit.owner);
    return unit.owner?.kind === "class" ? mine.slice(-1) : mine;
  });
}

/** The lines of a statement; those of members that live elsewhere are left out, or one line where an object needs an entry. */
export function statementRuns(layout: Layout, unit: Unit): (Lines | string)[] {
  const away = layout.segments.filter((segment) => unit.role === "shell" && segment.container === unit.owner);
  const members = away
    .flatMap((segment) => segment.members.map((member) => ({ segment, member })))
    .sort((a, b) => a.member.lines.first - b.member.lines.first);
  const runs: (Lines | string)[] = [];
  let next = unit.lines.first;
  for (const { segment, member } of members) {
    let end = member.lines.first - 1;
    while (end >= next && (layout.text.lines[end - 1] ?? "").trim() === "") end--;
    if (end >= next) runs.push({ first: next, last: end });
    if (segment.container.kind === "object") runs.push(entryOf(layout, segment, member));
    next = member.lines.last + 1;
  }
  if (next <= unit.lines.last) runs.push({ first: next, last: unit.lines.last });
  return runs;
}

export function entryOf(layout: Layout, segment: Segment, member: Unit): string {
  const indent = /^\s*/.exec(layout.text.lines[member.codeFirst - 1] ?? "")?.[0] ?? "";
  return memberEntry(segment, member, indent, layout.text.text);
}

function writeSegment(layout: Layout, segment: Segment, writer: PartWriter, edits: readonly TextEdit[]): void {
  const name = segment.container.name;
  const what = name === undefined ? "the class" : name;
  if (segment.container.kind === "class") {
    writer.write(`/** Members of ${what}; the whole class stands in ${basename(layout.text.path)}. */`);
    writer.write(segmentHead(layout, segment));
  } else {
    writer.write(`/** Members of ${name ?? `the object of ${basename(layout.text.path)}`}, which assembles them. */`);
    writer.write(layout.text.esm || !usesVar(layout) ? `const ${segment.name} = {` : `var ${segment.name} = {`);
  }
  for (const [index, member] of segment.members.entries()) {
    const before = segment.members[index - 1];
    const adjacent = before !== undefined && before.lines.last + 1 === member.lines.first;
    if (before !== undefined && !adjacent) writer.write("");
    writer.copy(member.lines, edits);
  }
  writer.write(segment.container.kind === "class" ? "}" : "};", "");
}

function usesVar(layout: Layout): boolean {
  return !/^\s*(?:const|let|class)\s|=>/m.test(layout.text.text);
}

/** A named default export is offered by its name; the front passes it on as the default. */
export function defaultEdits(layout: Layout, units: readonly Unit[]): TextEdit[] {
  return units.flatMap((unit) => {
    if (unit.node.type !== "ExportDefaultDeclaration") return [];
    const end = (unit.node["declaration"] as { start: number }).start;
    const prefix = layout.text.text.slice(unit.node.start, end);
    return [{ start: unit.node.start, end, by: prefix.replace(/export\s+default\s+/, "") }];
  });
}

function definedNames(plan: PartPlan): string[] {
  return [
    ...new Set([...plan.statements.flatMap((unit) => unit.names), ...plan.segments.map((segment) => segment.name)]),
  ];
}

export function titleOf(plan: PartPlan): string {
  const words = plan.topic.replaceAll("-", " and ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function purposeOf(layout: Layout, plan: PartPlan, names: readonly string[]): string {
  const members = plan.segments.flatMap((segment) =>
    segment.members.flatMap((member) => namesOfUnit(layout.graph, member.id)),
  );
  const acts = plan.statements
    .filter((unit) => unit.names.length === 0)
    .flatMap((unit) => namesOfUnit(layout.graph, unit.id));
  const pieces = members.length >= names.length + acts.length ? members : [...names, ...acts, ...members];
  const shown = pieces.slice(0, 6).join(", ");
  const more = pieces.length > 6 ? ` and ${pieces.length - 6} more` : "";
  const owner = plan.segments[0]?.container.name;
  const subject = members.length >= names.length && owner !== undefined ? `members of ${owner}: ` : "";
  return pieces.length === 0 ? "Holds statements that run while the module loads." : `Holds ${subject}${shown}${more}.`;
}

function wrapComment(words: string): string[] {
  const lines: string[] = [];
  let line = "//";
  for (const word of words.split(" ")) {
    if (line.length + word.length + 1 > 100) {
      lines.push(line);
      line = "//";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** Comments at the head of the old file that tools read for the whole file. */
function fileComments(layout: Layout): string[] {
  const first = layout.graph.parts.text.body[0]?.start ?? 0;
  const wanted =
    /@ts-(?:no)?check|eslint-disable(?!-)|eslint-env|^\W*eslint |^\W*globals? |@jsx|@flow|istanbul ignore file|c8 ignore file|v8 ignore file|@vitest-environment/;
  return layout.text.comments
    .filter((comment) => comment.start < first && wanted.test(comment.value) && !comment.value.includes("\n"))
    .map((comment) => layout.text.text.slice(comment.start, comment.end));
}
