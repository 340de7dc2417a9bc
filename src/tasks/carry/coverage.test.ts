import { describe, expect, test } from "vitest";
import { randomFrom } from "../../../test/support/seeded-random.ts";
import type { Piece } from "../../codebase/chunks/chunks.ts";
import type { FileFacts } from "../../codebase/facts/facts.ts";
import { coverageOf, gapsIn, type MissedPiece } from "./coverage.ts";

function file(path: string, bytes: number): FileFacts {
  return {
    path,
    bytes,
    language: "text",
    role: "code",
    lines: 1,
    hash: "",
    tokens: 1,
    isUtf8: true,
    symbols: [],
    imports: [],
    entry: null,
    changes: 0,
    secrets: [],
  };
}

function piece(path: string, start: number, end: number): Piece {
  return { path, module: null, start, end, firstLine: 1, lastLine: 1, border: "line" };
}

function notRead(targets: readonly FileFacts[], read: readonly Piece[], missed: readonly MissedPiece[] = []) {
  return coverageOf(
    targets,
    read,
    missed,
    () => null,
    (_, start, end) => Promise.resolve([start, end]),
  );
}

test("a byte between two pieces is not read", async () => {
  const gaps = await notRead([file("a", 10)], [piece("a", 0, 4), piece("a", 5, 10)]);
  expect(gaps).toMatchObject([{ path: "a", start: 4, end: 5, reason: "no part that was asked about holds it" }]);
});

test("a piece that was missed is told with its reason, what no part held with another", async () => {
  const gaps = await notRead([file("a", 10)], [piece("a", 0, 2)], [{ piece: piece("a", 2, 6), reason: "busy" }]);
  expect(gaps.map(({ start, end, reason }) => [start, end, reason])).toEqual([
    [2, 6, "busy"],
    [6, 10, "no part that was asked about holds it"],
  ]);
});

test("an empty file is read; a file without any piece is not", async () => {
  const gaps = await notRead([file("empty", 0), file("b", 3)], []);
  expect(gaps.map(({ path, start, end }) => [path, start, end])).toEqual([["b", 0, 3]]);
});

describe("over random pieces", () => {
  test.each(Array.from({ length: 50 }, (_, index) => index))(
    "draw %i: read and not read are all, and nothing twice",
    async (seed) => {
      const random = randomFrom(seed);
      const size = 1 + Math.floor(random() * 60);
      const pick = (): Piece => {
        const start = Math.floor(random() * size);
        return piece("a", start, Math.min(size, start + 1 + Math.floor(random() * 12)));
      };
      const read = Array.from({ length: Math.floor(random() * 8) }, pick);
      const missed = Array.from({ length: Math.floor(random() * 4) }, () => ({ piece: pick(), reason: "r" }));
      const gaps = await notRead([file("a", size)], read, missed);
      const times = Array.from({ length: size }, (_, at) => {
        const isRead = read.some(({ start, end }) => start <= at && at < end);
        return Number(isRead) + gaps.filter(({ start, end }) => start <= at && at < end).length;
      });
      expect(times).toEqual(Array.from({ length: size }, () => 1));
    },
  );
});

test("gaps of nothing covered are the whole span", () => {
  expect(gapsIn([3, 9], [])).toEqual([[3, 9]]);
});
