import { expect, test } from "vitest";
import { fingerprintOf } from "./fingerprint.ts";
import type { GateResult } from "./gate.ts";

function failed(output: string, tookMs: number, code: string = "validation-failed"): GateResult {
  return {
    gate: "validation",
    status: "failed",
    code,
    message: "`pytest` ended with exit code 1",
    evidence: [{ kind: "command", run: { command: "pytest", exitCode: 1, timedOut: false, output, tookMs } }],
  };
}

test("times, temporary paths and line numbers make no other failure", () => {
  const first = failed("/tmp/allot-gates-a1/head/tests/test_x.py:12: AssertionError: 3 != 4\n1 failed in 0.31s", 900);
  const second = failed("/tmp/allot-gates-z9/head/tests/test_x.py:14: AssertionError: 3 != 4\n1 failed in 2.07s", 4100);
  expect(fingerprintOf([first])).toBe(fingerprintOf([second]));
});

test("another wrong value is another failure", () => {
  expect(fingerprintOf([failed("AssertionError: 3 != 4", 1)])).not.toBe(
    fingerprintOf([failed("AssertionError: 3 != 5", 1)]),
  );
});

test("another code is another failure", () => {
  expect(fingerprintOf([failed("x", 1)])).not.toBe(fingerprintOf([failed("x", 1, "validation-timeout")]));
});

test("nothing failed, no fingerprint", () => {
  expect(fingerprintOf([{ ...failed("x", 1), status: "passed" }])).toBe("");
});
