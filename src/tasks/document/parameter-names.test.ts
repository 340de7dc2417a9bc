import { expect, test } from "vitest";
import { parametersOf } from "./parameter-names.ts";

test.each<[signature: string, names: readonly (string | null)[], required: number]>([
  ["def gross(net, rate=1)", ["net", "rate"], 1],
  ["async def load(self, path: str, *, limit: int = 10, **options) -> dict[str, int]", ["path", "limit", "options"], 1],
  ["def each(cls, *items: tuple[int, int])", ["items"], 0],
  ["function total(lines)", ["lines"], 1],
  [
    "export async function ask<T extends Map<string, (x: number) => T>>(request: T, signal?: AbortSignal): Promise<T>",
    ["request", "signal"],
    1,
  ],
  ["const twice = (x: number, by: (n: number) => number = (n) => n): number", ["x", "by"], 1],
  ['move({ from, to }: Step, note = "a, b")', [null, "note"], 1],
  ["constructor(private readonly store: Store, ...rest: string[])", ["store", "rest"], 1],
  ["open()", [], 0],
  ["`gross(net[, rate])`", ["net"], 1],
])("%s has parameters %j, %i of them required", (signature, names, required) => {
  expect(parametersOf(signature)).toEqual({ names, required });
});

test.each(["class Till", "const LIMIT = 3", "function cut(first, second: Map<string, ", "f(...)", "f(a, …)"])(
  "%s names no complete list",
  (signature) => {
    expect(parametersOf(signature)).toBeUndefined();
  },
);
