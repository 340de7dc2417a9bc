import type { FileFacts, LeftOut } from "../../codebase/facts/facts.ts";
import type { SecretFinding } from "../../codebase/secrets/secrets.ts";
import type { WorkFinding } from "../work.ts";

/** Who finds them, in findings and reports. */
export const SECRETS_SCANNER = "allot-secrets";

/** Secrets that the facts know, as findings; the value itself is in none of them. Tests hold fewer real ones: one step milder. Pure. */
export function secretFindings(files: readonly FileFacts[]): readonly WorkFinding[] {
  return files.flatMap((file) => file.secrets.map((secret) => findingOf(file, secret)));
}

function findingOf({ path, role }: FileFacts, { rule, line }: SecretFinding): WorkFinding {
  const isGuess = rule === "assigned-secret" || rule === "url-password" || rule === "json-web-token";
  const milder = role === "test" || role === "docs";
  return {
    title: `Hard-coded secret (${rule.replaceAll("-", " ")})`,
    detail:
      "A secret stands in the code. Take it out, read it from the environment or a secret store, and replace it by a new one: whoever has the repository's history has this one.",
    severity: isGuess ? (milder ? "low" : "high") : milder ? "medium" : "critical",
    aspect: "security",
    place: { path, firstLine: line, lastLine: line },
    by: SECRETS_SCANNER,
    rule,
  };
}

/** Files that are secrets as a whole and are part of the repository: no rule ignores them. They are never read. Pure. */
export function secretFiles(leftOut: readonly LeftOut[]): readonly WorkFinding[] {
  return leftOut.flatMap(({ path, reason, detail }): readonly WorkFinding[] =>
    reason !== "secret-file"
      ? []
      : [
          {
            title: "A file of secrets is part of the repository",
            detail: `${detail}. Take it out of the repository, ignore it, and replace what stands in it.`,
            severity: "high",
            aspect: "security",
            place: { path, firstLine: 1, lastLine: 1 },
            by: SECRETS_SCANNER,
            rule: "secret-file",
          },
        ],
  );
}
