import { formatCount, formatUsd, sumUsd } from "../../../foundation/units.ts";
import type { WorkFinding, WorkResult } from "../../../tasks/work.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { placeOf } from "./chunks-screen.ts";
import { leftOutText } from "./codebase-tree.ts";
import { durationText } from "./duration.ts";
import { count } from "./count.ts";
import type { WorkForm } from "./work-plan-screen.ts";

const ORDER: readonly WorkFinding["severity"][] = ["critical", "high", "medium", "low", "info"];
/** Places that a screen names before it says how many more there are. */
const MOST_PLACES = 12;

/** What came of the work, below its text: findings with places, what was read and what was not, what it cost. Pure. */
export function workResultScreen(results: readonly WorkResult[], scanners: readonly string[], form: WorkForm): string {
  const { paint: p, columns } = form;
  const findings = results.flatMap((result) => result.findings);
  const rows = sortFindings(findings).map((finding) => [
    severityColour(finding.severity, p)(finding.severity),
    findingPlace(finding),
    finding.title,
    p.dim(finding.by === "model" ? "" : finding.by),
  ]);
  return [
    ...(rows.length === 0
      ? []
      : [
          p.bold("Findings"),
          ...fitTable(rows, {
            columns,
            indent: "  ",
            giving: [
              { column: 2, least: 20 },
              { column: 1, least: 16 },
            ],
          }),
          "",
        ]),
    ...(scanners.length === 0 ? [] : wrapText(`Scanners: ${scanners.join("; ")}.`, columns)),
    ...coverageLines(results).flatMap((line) => wrapText(line, columns)),
    ...notReadLines(results, form),
    "",
  ].join("\n");
}

/** Dearest first: critical to info, then by place. Pure. */
export function sortFindings(findings: readonly WorkFinding[]): readonly WorkFinding[] {
  return findings.toSorted(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      findingPlace(a).localeCompare(findingPlace(b), "en", { numeric: true }),
  );
}

function severityColour(severity: WorkFinding["severity"], p: Paint) {
  if (severity === "critical" || severity === "high") return p.red;
  return severity === "medium" ? p.yellow : p.dim;
}

/** "src/a.ts:12"; what a model placed where there is nothing has no place. */
export function findingPlace({ place }: WorkFinding): string {
  if (place === null) return "unplaced";
  const { path, firstLine, lastLine } = place;
  return firstLine === lastLine ? `${path}:${firstLine}` : `${path}:${firstLine}-${lastLine}`;
}

function coverageLines(results: readonly WorkResult[]): string[] {
  const read = results.flatMap((result) => result.read);
  const files = new Set(read.map(({ path }) => path));
  const left = leftOutText(results[0]?.leftOut ?? []);
  const sum = (of: (result: WorkResult) => number): number => results.reduce((all, result) => all + of(result), 0);
  const served = results.flatMap(({ servedBy }) => Object.entries(servedBy));
  const byModel = Map.groupBy(served, ([model]) => model);
  const models = [...byModel].map(([model, parts]) => `${model} (${parts.reduce((all, [, own]) => all + own, 0)})`);
  const kept = sum(({ cachedCalls }) => cachedCalls);
  return [
    `Read: ${count(files.size, "file")}, ${count(read.length, "piece")}${left === "" ? "" : `; left out: ${left}`}.`,
    `Cost: ${formatUsd(sumUsd(results.map(({ cost }) => cost)))} in ${count(
      sum(({ calls }) => calls),
      "call",
    )}${kept === 0 ? "" : `, ${formatCount(kept)} kept from before`}; ${formatCount(
      sum(({ tokens }) => tokens.input),
    )} in + ${formatCount(sum(({ tokens }) => tokens.output))} out tokens, ${durationText(
      sum(({ durationMs }) => durationMs),
    )}${models.length === 0 ? "" : `; answered by ${models.join(", ")}`}.`,
  ];
}

/** What is missing, with the reason: a result without it is incomplete. */
function notReadLines(results: readonly WorkResult[], { paint: p, columns }: WorkForm): string[] {
  const missing = results.flatMap((result) => result.notRead);
  if (missing.length === 0) return [];
  const shown = missing.slice(0, MOST_PLACES).map((piece) => `${placeOf(piece)}: ${piece.reason}`);
  const more = missing.length - shown.length;
  return [
    "",
    p.yellow(`Not read: ${count(missing.length, "piece")}`),
    ...shown.flatMap((line) => wrapText(line, columns, "  ", "    ")),
    ...(more > 0 ? [`  and ${formatCount(more)} more; --json names them all`] : []),
  ];
}
