import { expect, test } from "vitest";
import { lineLog, silentLog } from "./log.ts";

test("a log writes one JSON line per event with its time and level", () => {
  const lines: string[] = [];
  const log = lineLog(
    (line) => lines.push(line),
    () => Date.parse("2026-11-21T10:00:00Z"),
  );
  log.info("call-settled", { costNanoUsd: 12_000_000 });
  log.warn("price-unknown");
  expect(lines).toEqual([
    '{"at":"2026-11-21T10:00:00.000Z","level":"info","event":"call-settled","costNanoUsd":12000000}\n',
    '{"at":"2026-11-21T10:00:00.000Z","level":"warn","event":"price-unknown"}\n',
  ]);
});

test("the silent log drops everything", () => {
  expect(silentLog.info("anything")).toBeUndefined();
  expect(silentLog.warn("anything")).toBeUndefined();
});
