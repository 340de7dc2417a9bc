import { formatCount, formatUsd } from "../../../foundation/units.ts";
import type { WorkResult } from "../../../tasks/work.ts";
import { placeOf } from "./chunks-screen.ts";
import { durationText } from "./duration.ts";
import { findingPlace, sortFindings } from "./work-result-screen.ts";

/**
 * A result as a Markdown document: its text, findings with places, and what was read. Documentation keeps to its text,
 * unless something is missing in it, which stands first. Pure.
 */
export function workDocument(result: WorkResult): string {
  const { kind, text, complete, problems } = result;
  const warning = complete
    ? []
    : [
        "> **Incomplete.** Parts of the code were not read or not answered:",
        ...problems.map((problem) => `> - ${oneLine(problem)}`),
        ...result.notRead.slice(0, 50).map((piece) => `> - ${placeOf(piece)}: ${oneLine(piece.reason)}`),
        "",
      ];
  const rest = kind === "document" ? [] : [...findingLines(result), ...coverageLines(result)];
  return `${[...warning, text.trim(), ...rest].join("\n").trimEnd()}\n`;
}

function findingLines({ findings }: WorkResult): string[] {
  if (findings.length === 0) return [];
  return [
    "",
    "## Findings",
    "",
    "| severity | place | what | by |",
    "|---|---|---|---|",
    ...sortFindings(findings).map(
      (finding) =>
        `| ${finding.severity} | \`${cell(findingPlace(finding))}\` | **${cell(finding.title)}** ${cell(finding.detail)} | ${cell(finding.by)}${finding.rule === null ? "" : ` (${cell(finding.rule)})`} |`,
    ),
  ];
}

function coverageLines({ read, cost, calls, durationMs, servedBy }: WorkResult): string[] {
  const places = [...new Set(read.map(placeOf))];
  return [
    "",
    "## What was read",
    "",
    ...places.map((place) => `- \`${place}\``),
    "",
    `${formatUsd(cost)} in ${formatCount(calls)} calls, ${durationText(durationMs)}; answered by ${Object.keys(servedBy).join(", ") || "kept answers"}.`,
  ];
}

function cell(text: string): string {
  return oneLine(text).replaceAll("|", "\\|");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
