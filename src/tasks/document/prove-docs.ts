import type { FileFacts } from "../../codebase/facts/facts.ts";
import type { ReadingParts } from "../carry/reading.ts";
import type { WorkFinding } from "../work.ts";
import { checkDocs, type DocsCheck } from "./check-docs.ts";
import { docsTable } from "./docs-table.ts";
import { mendDocs } from "./mend-docs.ts";

export interface ProvenDocs {
  /** The document, mended where that made it better, with the table of what is documented below. */
  readonly text: string;
  /** Differences that are left. */
  readonly findings: readonly WorkFinding[];
}

/** Kinds of documents that are to name every export; of others (a guide, a readme) only what they say is checked. */
const REFERENCES: ReadonlySet<string | null> = new Set([null, "api", "reference", "module", "code", "full"]);

/**
 * Compares documentation with the files that were read, asks once for corrections where they differ, takes them where they
 * leave fewer differences, and says what is left. Throws only `interrupted`.
 */
export async function proveDocs(reading: ReadingParts, text: string, files: readonly FileFacts[]): Promise<ProvenDocs> {
  const isReference = REFERENCES.has(reading.draft.spec.variant);
  const check = (document: string): DocsCheck => {
    const compared = checkDocs(document, files);
    return isReference ? compared : statedOnly(compared);
  };
  const first = check(text);
  if (text.trim() === "" || first.findings.length === 0) return told(text, first, "");
  const mended = await mendDocs(reading, text, files, first);
  if (mended.kind === "unchanged") return told(text, first, `Not corrected: ${mended.reason}.`);
  const second = check(mended.text);
  if (weightOf(second) < weightOf(first)) return told(mended.text, second, "");
  return told(text, first, "Corrections were asked for once and did not fit the code better.");
}

/** Without what is not documented, which such a document does not promise. */
function statedOnly({ findings }: DocsCheck): DocsCheck {
  return { exported: 0, documented: 0, files: [], findings: findings.filter(({ rule }) => rule !== "not-documented") };
}

/** A wrong statement misleads; a missing one sends its reader to the code. */
function weightOf({ findings }: DocsCheck): number {
  return findings.reduce((sum, { rule }) => sum + (rule === "not-documented" ? 1 : 3), 0);
}

function told(text: string, check: DocsCheck, remark: string): ProvenDocs {
  const table = [docsTable(check), remark].filter((part) => part !== "").join("\n\n");
  return { text: table === "" ? text : `${text.trimEnd()}\n\n${table}`, findings: check.findings };
}
