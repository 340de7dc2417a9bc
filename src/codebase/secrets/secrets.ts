/**
 * Secrets in source text, found by the rules of a well-kept scanner before anything is sent to a model, and redacted.
 *
 * Invariant: what was found never leaves this machine, not even in a finding: findings carry place and rule, no value.
 *
 * `findSecrets` stands in find-secrets.ts, `redact` in redact.ts.
 */
export interface SecretFinding {
  /** The scanner's rule: "aws-access-key", "private-key", "slack-token". */
  readonly rule: string;
  /** Bytes of the secret itself, half open. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
}
