/**
 * What is wrong with code and can be seen without a model: secrets, dangerous calls, and what the scanners on this machine
 * say.
 *
 * Owns the scanners, the joining of their findings with the model's (`joinFindings`), and SARIF. Invariants: nothing a file
 * says (comments that switch a scanner off, a scanner's settings in the repository) hides a finding; a scanner that is
 * missing or failed is told, never passed over; scanners run on a copy, confined and without network.
 *
 * Rejected: installing scanners ourselves (hundreds of megabytes that somebody else keeps), and rules from a scanner's
 * registry at run time (they need the network, and the same code would give other findings tomorrow).
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Codebase } from "../../codebase/facts/facts.ts";
import { selectTargets } from "../targets/select-targets.ts";
import type { WorkFinding, WorkSpec } from "../work.ts";
import { joinFindings } from "./join-findings.ts";
import { secretFindings } from "./secret-findings.ts";

export interface SecurityScan {
  readonly findings: readonly WorkFinding[];
  readonly scanners: readonly ScannerReport[];
}

export interface ScannerReport {
  readonly name: string;
  /** missing: not on this machine. idle: there is nothing for it in these files. */
  readonly state: "ran" | "missing" | "failed" | "idle";
  /** One sentence for people. */
  readonly detail: string;
}

/**
 * Scans the files of a target. Worst findings first, duplicates merged. Throws as `selectTargets`, and `interrupted` when
 * `signal` is aborted; a scanner that fails is told in `scanners`.
 */
export async function scanSecurity(
  codebase: Codebase,
  target: WorkSpec["target"],
  signal: AbortSignal,
): Promise<SecurityScan> {
  signal.throwIfAborted();
  const { files } = await selectTargets({ kind: "security", target, context: "full" }, codebase, (path) =>
    readFile(join(codebase.root, path)),
  );
  const secrets = secretFindings(files);
  const report: ScannerReport = {
    name: "allot-secrets",
    state: "ran",
    detail: `${files.length} ${files.length === 1 ? "file" : "files"} of ${codebase.files.length}`,
  };
  return { findings: joinFindings(secrets, []), scanners: [report] };
}
