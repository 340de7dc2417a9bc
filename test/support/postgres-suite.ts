import { describe, expect, test } from "vitest";
import { GIVEN_VARIABLE } from "./postgres.ts";
import { findBinaries } from "./postgres-binaries.ts";

/**
 * A suite that needs Postgres. Where there is none for this platform it is skipped with the reason in its name; with
 * CI=true or ALLOT_REQUIRE_POSTGRES=1 that is a failure.
 */
export function describeOnPostgres(name: string, suite: () => void): void {
  const missing = whyMissing();
  const required = process.env["CI"] === "true" || process.env["ALLOT_REQUIRE_POSTGRES"] === "1";
  const isSkipped = missing !== undefined && !required;
  if (isSkipped) process.stderr.write(`skipped: ${name} on Postgres, as ${missing}\n`);
  const title = `${name} (on Postgres${isSkipped ? `; skipped, as ${missing}` : ""})`;
  describe.skipIf(isSkipped)(title, () => (missing !== undefined && required ? demandPostgres(missing) : suite()));
}

function demandPostgres(missing: string): void {
  test("there is a Postgres to test on", () => {
    expect(missing, `a Postgres is required here; set ${GIVEN_VARIABLE} to one`).toBeUndefined();
  });
}

function whyMissing(): string | undefined {
  if (process.env[GIVEN_VARIABLE] !== undefined) return undefined;
  const found = findBinaries();
  return "missing" in found ? found.missing : undefined;
}
