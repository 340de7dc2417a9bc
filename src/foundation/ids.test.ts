import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, newRunId, randomLetters, sha256 } from "./ids.ts";

describe("a run's id", () => {
  const noon = Date.parse("2026-11-21T14:30:02.999Z");

  test("is its start in UTC to the second and four random letters", () => {
    expect(newRunId(noon)).toMatch(/^20261121-143002-[0-9a-hjkmnp-tv-z]{4}$/);
  });

  test("sorts by time", () => {
    const ids = [newRunId(noon + 1000), newRunId(noon - 86_400_000), newRunId(noon)];
    expect(ids.toSorted()).toEqual([ids[1], ids[2], ids[0]]);
  });

  test("differs between runs of one second", () => {
    expect(new Set(Array.from({ length: 50 }, () => newRunId(noon))).size).toBeGreaterThan(45);
  });
});

test("random letters leave out i, l, o and u, which are easily confused", () => {
  expect(randomLetters(2000)).toMatch(/^[0-9a-hjkmnp-tv-z]{2000}$/);
});

test("text and its bytes have the same SHA-256", () => {
  const known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(sha256("abc")).toBe(known);
  expect(sha256(new TextEncoder().encode("abc"))).toBe(known);
});

describe("canonical JSON", () => {
  test("sorts keys at every depth and keeps the order of lists", () => {
    expect(canonicalJson({ b: 1, a: { d: [3, { z: 1, y: 2 }], c: null } })).toBe(
      '{"a":{"c":null,"d":[3,{"y":2,"z":1}]},"b":1}',
    );
  });

  test("is the same whatever order the keys were set in", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
      }),
    );
  });
});
