import type { Codebase, ModuleFacts } from "../../../codebase/facts/facts.ts";
import { formatCount } from "../../../foundation/units.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { bar } from "../spend/bars.ts";
import { leftOutText } from "./codebase-tree.ts";
import { colourOf } from "./map-screen.ts";

const BAR = 6;

/** Modules in the order of what depends on them, the most critical first. Pure. */
export function modulesByWeight({ modules }: Pick<Codebase, "modules">, onlyCritical: boolean): readonly ModuleFacts[] {
  return modules
    .filter(({ criticality }) => !onlyCritical || criticality.isCritical)
    .toSorted((a, b) => b.criticality.score - a.criticality.score || (a.name < b.name ? -1 : 1));
}

/** The modules as a table for people: tokens, criticality, and what made it. Pure. */
export function listScreen(
  codebase: Codebase,
  shown: readonly ModuleFacts[],
  form: { readonly paint: Paint; readonly columns: number },
): string {
  const { paint: p, columns } = form;
  const most = Math.max(...codebase.modules.map(({ criticality }) => criticality.score), Number.EPSILON);
  const rows = shown.map(({ name, tokens, files, criticality }) => [
    criticality.isCritical ? p.bold(name) : name,
    formatCount(tokens),
    String(files.length),
    `${colourOf(criticality, p)(bar(criticality.score / most, BAR))} ${criticality.score.toFixed(2)}`,
    p.dim(whyText(criticality)),
  ]);
  const critical = codebase.modules.filter(({ criticality }) => criticality.isCritical).length;
  const left = leftOutText(codebase.leftOut);
  return [
    ...fitTable([["module", "tokens", "files", "criticality", "why"].map(p.dim), ...rows], {
      columns,
      align: ["left", "right", "right", "left", "left"],
      giving: [
        { column: 4, least: 12 },
        { column: 0, least: 20 },
        { column: 4, least: 0 },
      ],
    }),
    "",
    ...wrapText(
      `${formatCount(shown.length)} of ${formatCount(codebase.modules.length)} modules, ${formatCount(critical)} critical${left === "" ? "" : `. Left out: ${left}`}`,
      columns,
    ),
    "",
  ].join("\n");
}

/** What made the score, most of it first; parts that gave nothing are passed over. */
export function whyText({ parts }: ModuleFacts["criticality"]): string {
  return parts
    .filter(({ value, weight }) => value * weight > 0)
    .toSorted((a, b) => b.value * b.weight - a.value * a.weight)
    .map(({ why }) => why)
    .join("; ");
}

/** A module for programs. */
export function moduleJson({ criticality, ...module }: ModuleFacts): object {
  return { ...module, critical: criticality.isCritical, score: criticality.score, criticality };
}
