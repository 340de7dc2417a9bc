import type { Measured, MeasuredChange } from "../../../app/figures/measure.ts";
import type { Imported } from "../../../dispatch/imports/import-usage.ts";
import { formatCount, formatUsd, nanoUsd } from "../../../foundation/units.ts";
import type { UsageChange, UsageSum } from "../../../transcripts/sums.ts";
import type { Lack } from "../../../transcripts/transcripts.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";

interface Form {
  readonly paint: Paint;
  readonly columns: number;
  readonly home: string;
  /** So many rows at most, those of the latest answers; all without. */
  readonly mostRows?: number;
}

/** What agents' logs tell, as an aligned table; below it what the figures do not say by themselves. Pure. */
export function measureScreen(measured: Measured, form: Form, imported?: Imported): string[] {
  const { paint: p, columns, home } = form;
  if (measured.total.answers === 0 && measured.change === null) return nothing(measured, form);
  const { firstAt, lastAt, sessions } = measured.total;
  const head = `logs in ${home}: ${sessions === 1 ? "1 session" : `${formatCount(sessions)} sessions`}, ${instant(firstAt)} to ${instant(lastAt)} UTC`;
  const change = measured.change === null ? [] : [...changeTable(measured.change, form), ""];
  const table = measured.total.answers === 0 || measured.change !== null ? [] : measureTable(measured, form);
  const said = [...notes(measured), ...(imported === undefined ? [] : [importText(imported)])];
  return [
    ...wrapText(head, columns).map((line) => p.bold(line)),
    "",
    ...change,
    ...table,
    ...said.flatMap((line) => wrapText(line, columns, "", "  ")).map((line) => p.dim(line)),
  ];
}

function nothing({ looked, unreadable }: Measured, { columns, paint: p }: Form): string[] {
  return [
    p.bold("no answers in agents' logs; looked at:"),
    ...looked.flatMap(({ agent, path, files }) =>
      wrapText(`${path} (${agent}: ${files === 0 ? "nothing there" : filesText(files)})`, columns, "  ", "    "),
    ),
    ...unreadableTexts(unreadable).flatMap((line) => wrapText(line, columns, "", "  ")),
  ];
}

function filesText(files: number): string {
  return files === 1 ? "1 file" : `${files} files`;
}

function measureTable({ by, rows, total }: Measured, { paint: p, columns, mostRows }: Form): string[] {
  const has = (cell: string, least: number): string => (columns >= least ? cell : "");
  const figures = (row: UsageSum): string[] => [
    formatCount(row.answers),
    formatCount(row.inputTokens),
    has(formatCount(row.cacheWrite5mTokens), 90),
    has(formatCount(row.cacheWrite1hTokens), 90),
    has(formatCount(row.cacheReadTokens), 70),
    formatCount(row.outputTokens),
    has(formatCount(row.tokens), 110),
    costText(row),
  ];
  const header = [
    by,
    has(by === "agent" ? "" : "agent", 80),
    "answers",
    "input",
    has("write 5m", 90),
    has("write 1h", 90),
    has("read", 70),
    "output",
    has("tokens", 110),
    "cost",
  ];
  const shown = mostRows === undefined ? rows : rows.toSorted((a, b) => b.lastAt - a.lastAt).slice(0, mostRows);
  const cells = shown.map((row) => [row.name, has(by === "agent" ? "" : row.agents.join(", "), 80), ...figures(row)]);
  return fitTable([header.map((cell) => p.bold(cell)), ...cells, [p.bold("all"), "", ...figures(total)]], {
    columns,
    align: ["left", "left", "right", "right", "right", "right", "right", "right", "right", "right"],
    giving: [
      { column: 0, least: 8 },
      { column: 1, least: 6 },
    ],
  });
}

/** "$1.20", "$1.20 + ?" where a part has no known price, "?" where nothing has. */
function costText({ cost, unpricedAnswers, coveredAnswers, answers }: UsageSum): string {
  if (cost === null) return "?";
  if (unpricedAnswers > 0) return cost === 0 ? "?" : `${formatUsd(cost)} + ?`;
  return coveredAnswers > 0 && coveredAnswers === answers ? "$0 (plan)" : formatUsd(cost);
}

const MEASURES: Readonly<Record<UsageChange["measure"], string>> = {
  input: "input",
  cache_creation: "cache creation",
  cache_read: "cache reads",
  output: "output",
  reasoning: "of it reasoning",
  tokens: "tokens in all",
  answers: "answers",
  cost: "cost",
};

function changeTable({ measures }: MeasuredChange, { paint: p, columns }: Form): string[] {
  const rows = measures.map(({ measure, before, after, percent }) => {
    const text = (value: number | null): string => {
      if (value === null) return "?";
      return measure === "cost" ? formatUsd(nanoUsd(value)) : formatCount(value);
    };
    return [MEASURES[measure], text(before), text(after), percentText(percent)];
  });
  return fitTable([["", "before", "after", "change"].map((cell) => p.bold(cell)), ...rows], {
    columns,
    align: ["left", "right", "right", "right"],
    giving: [],
  });
}

/** "-93%"; one decimal below ten percent. */
function percentText(percent: number | null): string {
  if (percent === null) return "";
  const digits = Math.abs(percent) < 10 ? 1 : 0;
  const text = percent.toFixed(digits).replace(/\.0$/, "");
  return percent > 0 ? `+${text}%` : `${text}%`;
}

function notes({ total, lacks, unreadable, records }: Measured): string[] {
  const unpriced = [
    ...new Set(records.flatMap(({ cost, model }) => (cost === null ? [model || "without a name"] : []))),
  ];
  return [
    ...(unpriced.length === 0
      ? []
      : [
          `${answersText(total.unpricedAnswers)} of models without a known price (${unpriced.join(", ")}), ${formatCount(total.unpricedTokens)} tokens: not in the cost; \`models\` in config.json can name a price`,
        ]),
    ...(total.coveredAnswers === 0
      ? []
      : [
          `${answersText(total.coveredAnswers)} paid by a subscription, ${formatCount(total.coveredTokens)} tokens: $0`,
        ]),
    ...lackTexts(lacks),
    ...unreadableTexts(unreadable),
  ];
}

function answersText(count: number): string {
  return count === 1 ? "1 answer" : `${formatCount(count)} answers`;
}

/** One line for what is lacking in the same way. */
function lackTexts(lacks: readonly Lack[]): string[] {
  const groups = [...Map.groupBy(lacks, ({ agent, what }) => `${agent} ${what}`).values()];
  return groups.flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    if (first.session === null) return [`not in the logs of ${first.agent}: ${first.what}`];
    const known = members.reduce((sum, { tokens }) => sum + (tokens ?? 0), 0);
    const whose = members.length === 1 ? `session ${first.session}` : `${members.length} sessions`;
    const tokens = known === 0 ? "" : `, ${formatCount(known)} tokens by its own totals`;
    return [`not in the logs of ${first.agent}: ${first.what} (${whose}${tokens})`];
  });
}

function unreadableTexts(unreadable: Measured["unreadable"]): string[] {
  return unreadable.map(({ file, lines, why }) =>
    lines === 0
      ? `${file} could not be read: ${why}`
      : `${file}: ${lines === 1 ? "1 line" : `${formatCount(lines)} lines`} could not be read (${why})`,
  );
}

function importText({ imported, tokens, cost, passed, claimed, corrected, known, waiting }: Imported): string {
  const parts = [
    `imported ${answersText(imported)}, ${formatCount(tokens)} tokens, ${formatUsd(cost)}`,
    ...(passed > 0 ? [`${formatCount(passed)} had passed the gateway`] : []),
    ...(claimed > 0 ? [`${formatCount(claimed)} belong to work that is booked as one`] : []),
    ...(corrected > 0 ? [`${formatCount(corrected)} corrected`] : []),
    ...(known > 0 ? [`${formatCount(known)} were known`] : []),
    ...(waiting > 0 ? [`${formatCount(waiting)} wait for the gateway's own books`] : []),
  ];
  return parts.join("; ");
}

function instant(at: number): string {
  return at === 0 ? "?" : new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
