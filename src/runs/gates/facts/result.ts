import type { GateCode } from "../gate-codes.ts";
import type { Evidence, GateResult } from "../gate.ts";

/** A finding before it is told which gate made it. */
export interface Finding {
  readonly code: GateCode;
  /** What was met and what would be right. */
  readonly message: string;
  readonly path?: string;
  readonly line?: number;
  readonly text?: string;
}

/** A gate's answer from what it found: the first finding leads, all are evidence. */
export function resultOf(
  gate: string,
  findings: readonly Finding[],
  passed: string = "nothing to object to",
): GateResult {
  const [first] = findings;
  if (first === undefined) return { gate, status: "passed", code: "ok", message: passed, evidence: [] };
  const rest = findings.length - 1;
  const evidence = findings.flatMap((finding): Evidence[] => {
    const note: Evidence[] = finding === first ? [] : [{ kind: "note", text: `${finding.code}: ${finding.message}` }];
    if (finding.path === undefined) return note;
    return [
      ...note,
      {
        kind: "place",
        path: finding.path,
        ...(finding.line === undefined ? {} : { line: finding.line }),
        ...(finding.text === undefined ? {} : { text: finding.text }),
      },
    ];
  });
  const more = rest === 0 ? "" : ` (and ${rest} more)`;
  return { gate, status: "failed", code: first.code, message: `${first.message}${more}`, evidence };
}

/** A gate that has nothing to judge here. */
export function notApplicable(gate: string, why: string): GateResult {
  return { gate, status: "skipped", code: "not-applicable", message: why, evidence: [] };
}
