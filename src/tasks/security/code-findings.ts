import type { FileFacts } from "../../codebase/facts/facts.ts";
import { walk } from "../../codebase/test-code/syntax/code-tree.ts";
import { readCode } from "../../codebase/test-code/syntax/read-code.ts";
import type { WorkFinding } from "../work.ts";
import { CODE_RULES, type CodeRule } from "./code-rules.ts";

/** Who finds them, in findings and reports. */
export const CODE_RULES_SCANNER = "allot-rules";

/** Files above that are data in the clothes of code; reading them would take seconds each. */
const MOST_BYTES = 1_000_000;

/**
 * Dangerous calls that can be told from the syntax alone, in Python, JavaScript and TypeScript. Tests are left out: they do
 * such things on purpose. Throws `interrupted` when `signal` is aborted; a file that cannot be read is passed over.
 */
export async function codeFindings(
  files: readonly FileFacts[],
  readBytes: (path: string) => Promise<Buffer>,
  signal: AbortSignal,
): Promise<{ readonly findings: readonly WorkFinding[]; readonly read: number }> {
  const findings: WorkFinding[] = [];
  let read = 0;
  for (const file of files) {
    signal.throwIfAborted();
    if (file.role === "test" || !file.isUtf8 || file.bytes > MOST_BYTES) continue;
    const text = await readBytes(file.path).then(String, () => undefined);
    const rules = CODE_RULES.filter(
      ({ anchor, languages }) => languages.includes(file.language) && text !== undefined && anchor.test(text),
    );
    if (isRuled(file)) read += 1;
    if (rules.length === 0 || text === undefined) continue;
    findings.push(...(await findingsIn(file.path, text, rules)));
  }
  return { findings, read };
}

function isRuled({ language }: FileFacts): boolean {
  return CODE_RULES.some(({ languages }) => languages.includes(language));
}

async function findingsIn(path: string, text: string, rules: readonly CodeRule[]): Promise<readonly WorkFinding[]> {
  const code = await readCode(path, text);
  if (code === undefined) return [];
  const found: WorkFinding[] = [];
  for (const node of walk(code.body)) {
    for (const rule of rules) {
      const shown = rule.matches(node, text);
      if (shown === false) continue;
      const at = shown === true ? node : shown;
      const place = { path, firstLine: at.line, lastLine: at.endLine };
      const { id, title, detail, severity } = rule;
      found.push({ title, detail, severity, aspect: "security", place, by: CODE_RULES_SCANNER, rule: id });
    }
  }
  return found;
}
