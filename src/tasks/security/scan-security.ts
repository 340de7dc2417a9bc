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
import { codeFindings, CODE_RULES_SCANNER } from "./code-findings.ts";
import { runScanners } from "./run-scanners.ts";
import type { ScannerReport } from "./scanners.ts";
import { SECRETS_SCANNER, secretFiles, secretFindings } from "./secret-findings.ts";

export type { ScannerReport } from "./scanners.ts";

export interface SecurityScan {
  readonly findings: readonly WorkFinding[];
  readonly scanners: readonly ScannerReport[];
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
  const readBytes = (path: string): Promise<Buffer> => readFile(join(codebase.root, path));
  const { files } = await selectTargets({ kind: "security", target, context: "full" }, codebase, readBytes);
  // Secrets leak from tests and notes as well; the other rules are about code.
  const searched = target.by === "codebase" ? codebase.files : files;
  const secrets = [...secretFindings(searched), ...(target.by === "codebase" ? secretFiles(codebase.leftOut) : [])];
  const code = await codeFindings(files, readBytes, signal);
  const scanned = await runScanners(codebase, files, signal);
  return {
    findings: joinFindings([...secrets, ...scanned.flatMap(({ findings }) => findings), ...code.findings], []),
    scanners: [
      { name: SECRETS_SCANNER, state: "ran", detail: searched.length === 1 ? "1 file" : `${searched.length} files` },
      {
        name: CODE_RULES_SCANNER,
        state: code.read === 0 ? "idle" : "ran",
        detail: `${code.read} files of Python, JavaScript and TypeScript`,
      },
      ...scanned.map(({ report }) => report),
    ],
  };
}
