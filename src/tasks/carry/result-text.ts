import { formatCount, formatUsd } from "../../foundation/units.ts";
import type { WorkFinding, WorkResult } from "../work.ts";

const TITLES: Readonly<Record<WorkResult["kind"], string>> = {
  analyze: "Analysis",
  document: "Documentation",
  refactor: "Suggested refactorings",
  test: "Tests to write",
  review: "Review",
  optimize: "Where time goes",
  security: "Security report",
  architecture: "Architecture",
  migration: "Migration plan",
};

const SEVERITIES: readonly WorkFinding["severity"][] = ["critical", "high", "medium", "low", "info"];
const MOST_LISTED = 50;

/**
 * A result for people, in Markdown: what was found with its places, what was read and what was not and why, what it cost. An
 * incomplete one says so in its first lines. Pure.
 */
export function resultText(result: Omit<WorkResult, "text">, body: string): string {
  const sections = [
    `# ${TITLES[result.kind]}`,
    result.complete ? "" : incompleteNote(result),
    body.trim(),
    findingsText(result.findings),
    notReadText(result),
    leftOutText(result),
    footer(result),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function incompleteNote({ notRead, problems }: Omit<WorkResult, "text">): string {
  const files = new Set(notRead.map(({ path }) => path)).size;
  const what = files === 0 ? "" : ` ${formatCount(files)} ${files === 1 ? "file was" : "files were"} not read in full.`;
  const why = problems.map((problem) => `> - ${problem}`).join("\n");
  return `> **Incomplete.**${what} The same command asks for what is missing only.${why === "" ? "" : `\n>\n${why}`}`;
}

function findingsText(findings: readonly WorkFinding[]): string {
  if (findings.length === 0) return "";
  const lines = SEVERITIES.flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    return own.length === 0 ? [] : [`### ${severity} (${own.length})`, own.map(findingText).join("\n")];
  });
  return ["## Findings", ...lines].join("\n\n");
}

function findingText({ title, detail, place, aspect, by, rule }: WorkFinding): string {
  const where = place === null ? "" : `\`${placeText(place)}\` `;
  const source = by === "model" ? "" : ` (${by}${rule === null ? "" : `: ${rule}`})`;
  const about = aspect === null ? "" : ` [${aspect}]`;
  const more = detail === "" || detail === title ? "" : `\n  ${detail.trim().replaceAll("\n", "\n  ")}`;
  return `- ${where}**${title}**${about}${source}${more}`;
}

/** "src/a.ts:12-14" */
export function placeText({ path, firstLine, lastLine }: NonNullable<WorkFinding["place"]>): string {
  return `${path}:${firstLine}${lastLine > firstLine ? `-${lastLine}` : ""}`;
}

function notReadText({ notRead }: Omit<WorkResult, "text">): string {
  if (notRead.length === 0) return "";
  const groups = [...Map.groupBy(notRead, ({ reason }) => reason)].map(([reason, pieces]) => {
    const lines = pieces.slice(0, MOST_LISTED).map((piece) => `- \`${placeText(piece)}\``);
    const more = pieces.length > MOST_LISTED ? [`- and ${formatCount(pieces.length - MOST_LISTED)} more`] : [];
    return [`${reason}:`, [...lines, ...more].join("\n")];
  });
  return ["## Not read", ...groups.flat()].join("\n\n");
}

function leftOutText({ leftOut }: Omit<WorkResult, "text">): string {
  if (leftOut.length === 0) return "";
  const counts = [...Map.groupBy(leftOut, ({ reason }) => reason)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, files]) => `${formatCount(files.length)} ${reason}`);
  return `Left out by rule: ${counts.join(", ")}.`;
}

function footer({ read, cost, calls, cachedCalls, tokens, servedBy }: Omit<WorkResult, "text">): string {
  const files = new Set(read.map(({ path }) => path)).size;
  const models = Object.keys(servedBy);
  return [
    "---",
    [
      `Read: ${formatCount(files)} ${files === 1 ? "file" : "files"} in ${formatCount(read.length)} ${read.length === 1 ? "piece" : "pieces"}.`,
      `Asked: ${formatCount(calls)} ${calls === 1 ? "question" : "questions"}, ${formatCount(cachedCalls)} answered from what was kept.`,
      `Cost: ${formatUsd(cost)} (${formatCount(tokens.input)} tokens in, ${formatCount(tokens.output)} out).`,
      ...(models.length === 0 ? [] : [`Answered by: ${models.join(", ")}.`]),
    ].join(" "),
  ].join("\n");
}
