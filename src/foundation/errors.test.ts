import { describe, expect, test } from "vitest";
import { AllotError, ERRORS, isAllotError } from "./errors.ts";

describe("a fault", () => {
  test("carries its code, message, cause and facts, and what the table says of it", () => {
    const cause = new Error("SQLITE_BUSY");
    const fault = new AllotError("ledger-busy", "another process held the ledger for 200 ms", {
      cause,
      details: { waitedMs: 200 },
    });
    expect(fault).toMatchObject({
      name: "AllotError",
      code: "ledger-busy",
      message: "another process held the ledger for 200 ms",
      cause,
      details: { waitedMs: 200 },
      retryable: true,
      exitCode: 75,
    });
    expect(fault).toBeInstanceOf(Error);
  });

  test("has no facts where none are given", () => {
    expect(new AllotError("usage", "no such option").details).toEqual({});
  });

  test("is told from other errors, by its code where one is asked for", () => {
    const fault = new AllotError("usage", "no such option");
    expect(isAllotError(fault)).toBe(true);
    expect(isAllotError(fault, "usage")).toBe(true);
    expect(isAllotError(fault, "internal")).toBe(false);
    expect(isAllotError(new Error("usage"))).toBe(false);
    expect(isAllotError(undefined)).toBe(false);
  });
});

describe("the error table", () => {
  test("has kebab-case codes with exit codes that a shell can tell from success and from each other's kind", () => {
    for (const [code, { exitCode, httpStatus }] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect([3, 4, 64, 65, 66, 69, 70, 73, 74, 75, 77, 78, 127, 130]).toContain(exitCode);
      expect(httpStatus).toBeGreaterThanOrEqual(400);
      expect(httpStatus).toBeLessThan(600);
    }
  });

  test("never calls a user's mistake worth trying again", () => {
    const retryable = Object.entries(ERRORS).filter(([, entry]) => entry.retryable);
    expect(retryable.filter(([, { exitCode }]) => [64, 65, 66, 77, 78].includes(exitCode))).toEqual([]);
  });
});
