import { nanoUsd } from "../../../../foundation/units.ts";
import type { SecurityScan } from "../../../../tasks/security/scan-security.ts";
import { placeText } from "../../../../tasks/carry/result-text.ts";
import type { WorkPlan, WorkResult } from "../../../../tasks/work.ts";

/** Work that is a model's too, and that none could be asked for. */
export interface Unasked {
  /** A sentence: why nobody could be asked. */
  readonly why: string;
  readonly plans: readonly WorkPlan[];
}

/**
 * A result of the scanners alone: no model was asked, which the text says. With `unasked` one should have been: then all that it
 * would have read is not read, and the result is incomplete. Pure.
 */
export function scanResult(scan: SecurityScan, unasked: Unasked | null): WorkResult {
  const why = unasked?.why ?? "";
  const covered = (unasked?.plans ?? []).flatMap(({ parts }) => parts.flatMap(({ covers }) => covers));
  const note =
    unasked === null
      ? "Only scanners looked at the code; no model was asked."
      : `> **Incomplete.** No model read the code: ${why}`;
  return {
    id: "scan",
    kind: "security",
    complete: unasked === null,
    problems: unasked === null ? [] : [why],
    text: `# Security scan\n\n${note}\n\n${scanText(scan)}`,
    findings: scan.findings,
    read: [],
    notRead: covered.map((piece) => ({ ...piece, reason: "no model could be asked" })),
    leftOut: unasked?.plans[0]?.leftOut ?? [],
    cost: nanoUsd(0),
    calls: 0,
    cachedCalls: 0,
    tokens: { input: 0, output: 0 },
    durationMs: 0,
    servedBy: {},
  };
}

/** A section of a report: what the scanners found, and which of them looked. Pure. */
export function scanText(scan: SecurityScan): string {
  const found = scan.findings.map(({ severity, title, detail, place, by, rule }) => {
    const where = place === null ? "" : `\`${placeText(place)}\` `;
    const more = detail === "" || detail === title ? "" : `\n  ${detail.trim().replaceAll("\n", "\n  ")}`;
    return `- ${severity}: ${where}**${title}** (${by}${rule === null ? "" : `: ${rule}`})${more}`;
  });
  return `${[
    "## Found by scanners",
    "",
    ...(found.length === 0 ? ["They found nothing."] : found),
    "",
    "Scanners:",
    "",
    ...scannerLines(scan).map((line) => `- ${line}`),
  ].join("\n")}\n`;
}

/** What became of each scanner, a line each: what did not look must not be taken for clean. Pure. */
export function scannerLines(scan: SecurityScan): readonly string[] {
  return scan.scanners.map(({ name, state, detail }) => `${name}: ${state}${detail === "" ? "" : `, ${detail}`}`);
}
