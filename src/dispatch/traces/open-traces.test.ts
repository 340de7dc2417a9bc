import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SAMPLE_AT, sampleFallback, sampleTrace } from "../../../test/support/sample-trace.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { openTraces } from "./open-traces.ts";

let folder: string;
let clock: SteppedClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "allot-traces-"));
  clock = new SteppedClock(SAMPLE_AT);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const names = (): string[] => readdirSync(join(folder, "traces")).sort();
const textOf = (name: string): string => readFileSync(join(folder, "traces", name), "utf8");

async function keep(...ids: readonly string[]): Promise<void> {
  await using traces = openTraces({ folder, clock });
  for (const id of ids) traces.note(sampleTrace({ id }));
}

test("a trace stands in the day's file a quarter of a second after it was noted, for its owner's eyes only", async () => {
  await using traces = openTraces({ folder, clock });
  traces.note(sampleTrace({ id: "req-a" }));
  expect(existsSync(join(folder, "traces"))).toBe(false);
  await clock.move(250);
  await vi.waitFor(() => expect(textOf("2026-03-10-0001.jsonl")).toContain('"id":"req-a"'));
  expect(statSync(join(folder, "traces")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "traces", "2026-03-10-0001.jsonl")).mode & 0o777).toBe(0o600);
});

test("many traces of a quarter of a second are one write", async () => {
  await using traces = openTraces({ folder, clock });
  for (let number = 0; number < 1_000; number += 1) traces.note(sampleTrace({ id: `req-${number}` }));
  await clock.move(250);
  await vi.waitFor(() => expect(textOf("2026-03-10-0001.jsonl")).toContain('"req-999"'));
  // Each write begins with an end of line.
  expect(textOf("2026-03-10-0001.jsonl").match(/^$/gm)).toHaveLength(2);
});

test("a trace is found by its id and by the ledger's key of each of its attempts, as it was noted", async () => {
  await using writer = openTraces({ folder, clock });
  writer.note(sampleTrace());
  writer.note(sampleFallback());
  await writer[Symbol.asyncDispose]();
  await using traces = openTraces({ folder, clock });
  expect(await traces.find("req-2")).toEqual(sampleFallback());
  expect((await traces.find("call-3"))?.id).toBe("req-2");
  expect(await traces.find("call-4")).toBe(undefined);
  expect(await traces.find("default")).toBe(undefined);
});

test("what is not written yet is found as well", async () => {
  await using traces = openTraces({ folder, clock });
  traces.note(sampleTrace({ id: "req-a" }));
  expect((await traces.find("req-a"))?.id).toBe("req-a");
  expect(await traces.newest(5)).toHaveLength(1);
});

test("the newest come first, over all files", async () => {
  await using traces = openTraces({ folder, clock });
  traces.note(sampleTrace({ id: "req-old", at: SAMPLE_AT - 86_400_000 }));
  await clock.move(86_400_000);
  for (const n of [1, 2, 3]) traces.note(sampleTrace({ id: `req-${n}`, at: SAMPLE_AT + n }));
  await traces[Symbol.asyncDispose]();
  expect(names()).toEqual(["2026-03-10-0001.jsonl", "2026-03-11-0001.jsonl"]);
  await using reader = openTraces({ folder, clock });
  expect((await reader.newest(2)).map(({ id }) => id)).toEqual(["req-3", "req-2"]);
  expect((await reader.newest(20)).map(({ id }) => id)).toEqual(["req-3", "req-2", "req-1", "req-old"]);
});

test("no folder yet means no traces, and looking makes none", async () => {
  await using traces = openTraces({ folder, clock });
  expect(await traces.find("req-1")).toBe(undefined);
  expect(await traces.newest(20)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a torn last line is passed over, and spoils no line that comes after it", async () => {
  await keep("req-a", "req-b");
  const file = join(folder, "traces", "2026-03-10-0001.jsonl");
  truncateSync(file, statSync(file).size - 40);
  await keep("req-c");
  await using traces = openTraces({ folder, clock });
  expect((await traces.newest(9)).map(({ id }) => id).sort()).toEqual(["req-a", "req-c"]);
  expect(await traces.find("req-b")).toBe(undefined);
  expect((await traces.find("req-c"))?.id).toBe("req-c");
});

test("processes that write beside each other, one of them killed, leave every line whole but its last", async () => {
  const program = join(import.meta.dirname, "../../../test/support/trace-writer/main.ts");
  const start = (...args: string[]) => spawn(process.execPath, [program, folder, ...args], { stdio: "ignore" });
  const killed = start("killed");
  const other = start("other", "5000");
  const ended = [once(killed, "exit"), once(other, "exit")];
  await vi.waitFor(() => expect(textOf(names()[0] ?? "")).toContain("req-killed-500"), { timeout: 20_000 });
  killed.kill("SIGKILL");
  await Promise.all(ended);
  const lines = names().flatMap((name) =>
    textOf(name)
      .split("\n")
      .filter((line) => line !== ""),
  );
  const whole = lines.filter((line) => line.startsWith("{") && line.endsWith("}"));
  expect(lines.length - whole.length).toBeLessThanOrEqual(1);
  const ids = new Set(whole.map((line) => (JSON.parse(line) as { id: string }).id));
  expect(Array.from({ length: 5000 }, (_, n) => `req-other-${n}`).filter((id) => !ids.has(id))).toEqual([]);
});

test("a disk that refuses loses nothing until it takes again", async () => {
  writeFileSync(join(folder, "traces"), "in the way");
  await using traces = openTraces({ folder, clock });
  traces.note(sampleTrace({ id: "req-a" }));
  await clock.move(300);
  await vi.waitFor(async () => expect(await traces.find("req-a").catch(() => undefined)).toBeDefined());
  rmSync(join(folder, "traces"));
  traces.note(sampleTrace({ id: "req-b" }));
  await vi.waitFor(async () => {
    await clock.move(5_000);
    expect(textOf("2026-03-10-0001.jsonl")).toContain("req-b");
  });
  expect(textOf("2026-03-10-0001.jsonl")).toContain("req-a");
});

test("what the bound in memory does not take is dropped, and counted in a line of its own", async () => {
  writeFileSync(join(folder, "traces"), "in the way");
  const traces = openTraces({ folder, clock });
  for (let number = 0; number < 100_000; number += 1) traces.note(sampleTrace({ id: `req-${number}` }));
  rmSync(join(folder, "traces"));
  await traces[Symbol.asyncDispose]();
  const lines = names().flatMap((name) =>
    textOf(name)
      .split("\n")
      .filter((line) => line !== ""),
  );
  const { dropped } = JSON.parse(lines.at(-1) ?? "") as { dropped: number };
  expect(dropped).toBeGreaterThan(50_000);
  expect(lines.length - 1 + dropped).toBe(100_000);
});

test("files older than seven days go, and others in the folder stay", async () => {
  mkdirSync(join(folder, "traces"));
  for (const name of [
    "2026-03-02-0001.jsonl",
    "2026-03-03-0001.jsonl",
    "2026-03-09-0002.jsonl",
    "2026-01-01-notes.txt",
  ]) {
    writeFileSync(join(folder, "traces", name), "");
  }
  await keep("req-a");
  expect(names()).toEqual([
    "2026-01-01-notes.txt",
    "2026-03-03-0001.jsonl",
    "2026-03-09-0002.jsonl",
    "2026-03-10-0001.jsonl",
  ]);
});

test("all files together stay under 256 MB; the oldest go, and a full part is left for the next", async () => {
  mkdirSync(join(folder, "traces"));
  for (let part = 1; part <= 20; part += 1) {
    const file = join(folder, "traces", `2026-03-10-${String(part).padStart(4, "0")}.jsonl`);
    writeFileSync(file, "");
    truncateSync(file, 16 * 1024 * 1024);
  }
  await keep("req-a");
  expect(textOf("2026-03-10-0021.jsonl")).toContain("req-a");
  expect(names().slice(0, 2)).toEqual(["2026-03-10-0007.jsonl", "2026-03-10-0008.jsonl"]);
  const bytes = names().reduce((sum, name) => sum + statSync(join(folder, "traces", name)).size, 0);
  expect(bytes).toBeLessThanOrEqual(256 * 1024 * 1024);
});

test("a long message is cut, so that one trace stays small", async () => {
  await using traces = openTraces({ folder, clock });
  traces.note(
    sampleTrace({ id: "req-a", outcome: "failed", message: "x".repeat(1_000_000), agent: "y".repeat(10_000) }),
  );
  const trace = await traces.find("req-a");
  expect(trace?.message).toBe(`${"x".repeat(499)}…`);
  expect(trace?.agent).toHaveLength(500);
});

test("lines that are no traces are passed over", async () => {
  await keep("req-a");
  appendFileSync(join(folder, "traces", "2026-03-10-0001.jsonl"), '{"dropped":3,"at":1}\n[]\nnull\n{"id":"req-a"}\n');
  await using traces = openTraces({ folder, clock });
  expect((await traces.newest(9)).map(({ id }) => id)).toEqual(["req-a"]);
  expect((await traces.find("req-a"))?.session).toBe("default");
});

test("after the end nothing is taken any more", async () => {
  const traces = openTraces({ folder, clock });
  traces.note(sampleTrace({ id: "req-a" }));
  await traces[Symbol.asyncDispose]();
  traces.note(sampleTrace({ id: "req-b" }));
  await clock.move(1_000);
  expect(textOf("2026-03-10-0001.jsonl")).not.toContain("req-b");
});
