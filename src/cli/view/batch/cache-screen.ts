import type { KeptAnswers } from "../../../app/work/kept-answers.ts";
import { formatCount, formatUsd, nanoUsd } from "../../../foundation/units.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { durationText } from "../work/duration.ts";

/** What is kept, a row a kind and model. Pure. */
export function cacheScreen(
  kept: readonly KeptAnswers[],
  now: number,
  { paint: p, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  if (kept.length === 0) return ["no answers are kept"];
  const header = ["kind", "model", "answers", "still good", "size", "oldest", "cost when bought"].map(p.dim);
  const rows = kept.map((each) => [
    each.kind,
    each.model,
    formatCount(each.answers),
    formatCount(each.fresh),
    sizeText(each.bytes),
    durationText(Math.max(0, now - each.oldestAt)),
    formatUsd(each.cost),
  ]);
  const sum = (pick: (each: KeptAnswers) => number): number => kept.reduce((total, each) => total + pick(each), 0);
  const total = [
    p.bold("all"),
    "",
    formatCount(sum(({ answers }) => answers)),
    formatCount(sum(({ fresh }) => fresh)),
    sizeText(sum(({ bytes }) => bytes)),
    "",
    formatUsd(nanoUsd(sum(({ cost }) => cost))),
  ];
  const note = "Each time that one which is still good is given again saves what it cost when it was bought.";
  return [
    ...fitTable([header, ...rows, total], {
      columns,
      align: ["left", "left", "right", "right", "right", "right", "right"],
      giving: [
        { column: 1, least: 8 },
        { column: 5, least: 0 },
        { column: 4, least: 0 },
      ],
    }),
    "",
    ...wrapText(note, columns).map((line) => p.dim(line)),
  ];
}

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
