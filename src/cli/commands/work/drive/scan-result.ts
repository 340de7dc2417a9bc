import { nanoUsd } from "../../../../foundation/units.ts";
import type { SecurityScan } from "../../../../tasks/security/scan-security.ts";
import type { WorkResult } from "../../../../tasks/work.ts";

/** A result of the scanners alone: no model was asked, which the text says. Pure. */
export function scanResult(scan: SecurityScan): WorkResult {
  const found = scan.findings.length;
  return {
    id: "scan",
    kind: "security",
    complete: true,
    problems: [],
    text: `# Security scan\n\nOnly the scanners looked at the code; no model was asked. ${found === 0 ? "They found nothing." : `They found ${found}.`}`,
    findings: scan.findings,
    read: [],
    notRead: [],
    leftOut: [],
    cost: nanoUsd(0),
    calls: 0,
    cachedCalls: 0,
    tokens: { input: 0, output: 0 },
    durationMs: 0,
    servedBy: {},
  };
}

/** What became of each scanner, a line each: what did not look must not be taken for clean. Pure. */
export function scannerLines(scan: SecurityScan): readonly string[] {
  return scan.scanners.map(({ name, state, detail }) => `${name}: ${state}${detail === "" ? "" : `, ${detail}`}`);
}
