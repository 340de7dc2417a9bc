import type { MixAnswer } from "../../app/delegation/estimate-mix.ts";
import { formatUsd, toUsd } from "../../foundation/units.ts";
import { GUIDE_EXAMPLE } from "../../routing/guide-example.ts";
import type { SentWrong } from "../../routing/measured.ts";
import type { DaySize, MistakeCost, MixEstimate } from "../../routing/mix.ts";
import type { Paint } from "./colour.ts";
import { fitTable, wrapText } from "./fit.ts";

/** Today's reckoning, which stands last. */
function todays({ estimates }: MixAnswer): MixEstimate | undefined {
  return estimates.at(-1);
}

export function mixScreen(answer: MixAnswer, form: { readonly paint: Paint; readonly columns: number }): string {
  const { paint: p, columns } = form;
  const today = todays(answer);
  if (today === undefined) return "";
  const { estimates } = answer;
  const head = ["type", "share", "to", `all ${answer.premium}`, ...estimates.map(({ name }) => name)];
  const rows = today.parts.map((part) => [
    part.type,
    `${part.permille / 10}%`,
    part.model,
    formatUsd(part.premium),
    ...estimates.map(({ parts }) => {
      const own = parts.find(({ type }) => type === part.type);
      return own === undefined ? "" : formatUsd(own.delegated);
    }),
  ]);
  const total = [
    "a day",
    "100%",
    "",
    formatUsd(today.premium),
    ...estimates.map(({ delegated }) => formatUsd(delegated)),
  ];
  const saved = ["saved", "", "", "", ...estimates.map((estimate) => percent(savingShown(estimate)))];
  const align = ["left", "right", "left", ...Array.from({ length: head.length - 3 }, () => "right" as const)] as const;
  return [
    p.bold(dayTitle(answer.size)),
    "",
    ...fitTable([head, ...rows, total, saved], { columns, indent: "  ", align: [...align] }),
    "",
    p.bold("Sent to the wrong model (measured)"),
    ...answer.mistakes.flatMap(({ rates, cost }) => wrapText(mistakeText(rates, cost), columns, "  - ", "    ")),
    "",
    ...(answer.notes.length === 0 ? [] : [p.bold("What differs"), ...notes(answer.notes, columns), ""]),
  ].join("\n");
}

function notes(lines: readonly string[], columns: number): string[] {
  return lines.flatMap((note) => wrapText(note, columns, "  - ", "    "));
}

function dayTitle(size: DaySize): string {
  return size.kind === "cost"
    ? `A day that costs ${formatUsd(size.cost)} on the premium model alone`
    : `A day of ${size.tasks.toLocaleString("en-US")} tasks, at the tokens expected of each type`;
}

function mistakeText(rates: SentWrong, cost: MistakeCost): string {
  return (
    `${percent(rates.tooCheap)} of premium work is sent too cheap (${percent(cost.tooCheap)} of this day), ` +
    `${percent(rates.tooDear)} of cheap work too dear: ${rates.source}. Done again where needed, the day costs ${formatUsd(cost.delegated)}: ` +
    `${percent(cost.saving)} saved.`
  );
}

/** The guide's own percentage for its own example, else what the figures give. */
function savingShown({ name, saving }: MixEstimate): number {
  return name === "the guide" ? GUIDE_EXAMPLE.saving : saving;
}

export function mixJson(answer: MixAnswer): object {
  return {
    premiumModel: answer.premium,
    day: answer.size.kind === "cost" ? { premiumUsd: toUsd(answer.size.cost) } : { tasks: answer.size.tasks },
    estimates: answer.estimates.map((estimate) => ({
      name: estimate.name,
      premiumUsd: toUsd(estimate.premium),
      totalUsd: toUsd(estimate.delegated),
      saving: round(savingShown(estimate)),
      parts: estimate.parts.map(({ type, permille, model, premium, delegated }) => ({
        type,
        share: permille / 1000,
        model,
        premiumUsd: toUsd(premium),
        usd: toUsd(delegated),
      })),
    })),
    sentWrong: answer.mistakes.map(({ rates, cost }) => ({
      ofPremiumWorkTooCheap: round(rates.tooCheap),
      ofCheapWorkTooDear: round(rates.tooDear),
      ofTheDayTooCheap: round(cost.tooCheap),
      ofTheDayTooDear: round(cost.tooDear),
      source: rates.source,
      totalUsd: toUsd(cost.delegated),
      saving: round(cost.saving),
    })),
    notes: answer.notes,
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function round(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
