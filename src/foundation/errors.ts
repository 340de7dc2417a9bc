/**
 * Every fault allot can raise, in one table: what a caller may do about it, how a command ends, what a gateway answers.
 * `docs/errors.md` is held equal to it by a test, both ways. Expected outcomes are values with a `kind`, not errors.
 *
 * Exit codes follow sysexits where one fits: 64 usage, 65 data, 66 no input, 69 unavailable, 70 internal, 73 cannot
 * create, 74 input/output, 75 temporary, 77 no permission, 78 configuration. 3 is "escalated to the user", 4 "done in
 * part"; as in shells, 127 is "no such program" and 130 Ctrl-C.
 */
export const ERRORS = {
  usage: { retryable: false, exitCode: 64, httpStatus: 400 },
  "config-invalid": { retryable: false, exitCode: 78, httpStatus: 500 },
  "unknown-model": { retryable: false, exitCode: 64, httpStatus: 404 },
  "model-not-allowed": { retryable: false, exitCode: 77, httpStatus: 403 },
  "provider-not-configured": { retryable: false, exitCode: 78, httpStatus: 503 },
  "provider-rejected": { retryable: false, exitCode: 69, httpStatus: 502 },
  "provider-auth": { retryable: false, exitCode: 77, httpStatus: 502 },
  "provider-rate-limited": { retryable: true, exitCode: 75, httpStatus: 429 },
  "provider-overloaded": { retryable: true, exitCode: 75, httpStatus: 503 },
  "provider-unreachable": { retryable: true, exitCode: 69, httpStatus: 502 },
  "provider-timeout": { retryable: true, exitCode: 75, httpStatus: 504 },
  "provider-malformed": { retryable: true, exitCode: 69, httpStatus: 502 },
  "provider-cut": { retryable: true, exitCode: 69, httpStatus: 502 },
  "window-overflow": { retryable: false, exitCode: 65, httpStatus: 400 },
  "content-refused": { retryable: false, exitCode: 69, httpStatus: 400 },
  "offline-cannot": { retryable: false, exitCode: 69, httpStatus: 503 },
  "limit-reached": { retryable: true, exitCode: 75, httpStatus: 429 },
  "ledger-busy": { retryable: true, exitCode: 75, httpStatus: 503 },
  "storage-unusable": { retryable: false, exitCode: 74, httpStatus: 503 },
  "call-key-reused": { retryable: false, exitCode: 70, httpStatus: 500 },
  "call-unknown": { retryable: false, exitCode: 75, httpStatus: 502 },
  "not-a-repository": { retryable: false, exitCode: 66, httpStatus: 400 },
  "revision-not-found": { retryable: false, exitCode: 66, httpStatus: 400 },
  "run-not-found": { retryable: false, exitCode: 66, httpStatus: 404 },
  "trace-not-found": { retryable: false, exitCode: 66, httpStatus: 404 },
  "run-busy": { retryable: true, exitCode: 75, httpStatus: 409 },
  "batch-not-found": { retryable: false, exitCode: 66, httpStatus: 404 },
  "batch-busy": { retryable: true, exitCode: 75, httpStatus: 409 },
  "run-state": { retryable: false, exitCode: 65, httpStatus: 409 },
  "plan-invalid": { retryable: false, exitCode: 65, httpStatus: 422 },
  "task-file-invalid": { retryable: false, exitCode: 65, httpStatus: 422 },
  "plan-stale": { retryable: false, exitCode: 65, httpStatus: 409 },
  "step-stale": { retryable: false, exitCode: 65, httpStatus: 409 },
  "input-invalid": { retryable: false, exitCode: 65, httpStatus: 400 },
  "path-escapes": { retryable: false, exitCode: 65, httpStatus: 400 },
  "workspace-too-large": { retryable: false, exitCode: 65, httpStatus: 422 },
  "file-not-found": { retryable: false, exitCode: 66, httpStatus: 404 },
  "file-unusable": { retryable: false, exitCode: 73, httpStatus: 500 },
  "command-not-found": { retryable: false, exitCode: 127, httpStatus: 400 },
  "git-failed": { retryable: false, exitCode: 74, httpStatus: 500 },
  "contract-broken": { retryable: false, exitCode: 65, httpStatus: 422 },
  "merge-conflict": { retryable: false, exitCode: 65, httpStatus: 409 },
  "port-taken": { retryable: false, exitCode: 73, httpStatus: 500 },
  "work-incomplete": { retryable: true, exitCode: 4, httpStatus: 500 },
  "approval-needed": { retryable: false, exitCode: 3, httpStatus: 409 },
  interrupted: { retryable: true, exitCode: 130, httpStatus: 499 },
  internal: { retryable: false, exitCode: 70, httpStatus: 500 },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** A fault with a code from the table. The message names the thing, the value met, and what would be accepted. */
export class AllotError extends Error {
  readonly code: ErrorCode;
  /** Facts for programs, JSON-safe; never a secret, a prompt or file content. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { details?: Record<string, unknown> } = {}) {
    super(message, options);
    this.name = "AllotError";
    this.code = code;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }
}

/** True for faults of ours with that code. */
export function isAllotError(error: unknown, code?: ErrorCode): error is AllotError {
  return error instanceof AllotError && (code === undefined || error.code === code);
}
