import { expect, test } from "vitest";
import { type ClientTrial, openClientTrial } from "../../test/support/client-trial.ts";
import type { Script } from "../../test/support/scripted-provider/script.ts";
import { openWorkTrial, saying, type WorkTrial } from "../../test/support/work-trial.ts";
import { systemClock } from "../foundation/clock.ts";
import { askThrough } from "./ask-client.ts";
import type { Ask } from "./work.ts";

/* Work from the repository to the ledger and back: real files, the real client, a provider on loopback. */

function module(name: string): string {
  const lines = Array.from({ length: 36 }, (_, index) => `  total += values[${index}] * ${index + 2};`);
  return [`export function ${name}(values) {`, "  let total = 0;", ...lines, "  return total;", "}", ""].join("\n");
}

const FILES = { "src/a.js": module("a"), "src/b.js": module("b"), "src/c.js": module("c") };
const MODEL = { provider: "anthropic", name: "claude-haiku-5-5" };
const SMALL = { model: MODEL, strategy: { maxTokens: 1_200, maxOutputTokens: 400 } };

async function open(script: Script): Promise<{ trial: WorkTrial; client: ClientTrial; ask: Ask }> {
  const trial = await openWorkTrial({ files: FILES });
  const client = await openClientTrial(script, { tokens: 1_000_000 });
  return { trial, client, ask: askThrough(client.client, { clock: systemClock, session_id: "work-session" }) };
}

test("three files are read and put together, and the result costs what the ledger says", async () => {
  const { trial, client, ask } = await open(({ lastUserText, system }) =>
    system.includes("notes about parts")
      ? { text: "Everything adds." }
      : {
          text: saying("Adds.", [
            {
              title: "Loops by hand",
              detail: "Use reduce.",
              severity: "medium",
              path: /src\/\w\.js/.exec(lastUserText)?.[0],
              quote: "let total = 0;",
            },
          ]),
        },
  );
  const result = await trial.run(SMALL, { ask });
  const settled = client.books.settlements.map(({ entry }) => entry);
  expect([result.complete, result.calls, settled.length]).toEqual([true, 4, 4]);
  expect(result.cost).toBe(settled.reduce((sum, entry) => sum + entry.nano_usd, 0));
  expect(settled.map(({ task_type, session_id }) => [task_type, session_id])[0]).toEqual(["analyze", "work-session"]);
  expect(result.findings.map(({ place }) => `${place?.path}:${place?.firstLine}`)).toEqual([
    "src/a.js:2",
    "src/b.js:2",
    "src/c.js:2",
  ]);
  expect(result.servedBy).toEqual({ "anthropic/claude-haiku-5-5": 3 });
});

test("what a plan expects at worst is never passed by what was paid", async () => {
  const { trial, ask } = await open(() => ({ text: saying("Adds. ".repeat(200)) }));
  const plan = await trial.plan(SMALL);
  const result = await trial.run(SMALL, { ask });
  expect(result.cost).toBeGreaterThan(0);
  expect(result.cost).toBeLessThanOrEqual(plan.estimate.worst);
  expect([plan.estimate.calls, plan.estimate.cachedCalls, plan.estimate.model]).toEqual([
    4,
    0,
    "anthropic/claude-haiku-5-5",
  ]);
});

test("a provider whose window is too small is asked in smaller parts, and every line is read", async () => {
  const { trial, client, ask } = await open(({ lastUserText }) =>
    lastUserText.length > 2_500 ? { error: "too-long" } : { text: saying("Adds.") },
  );
  const result = await trial.run({ ...SMALL, strategy: { maxTokens: 6_000, maxOutputTokens: 400 } }, { ask });
  expect([result.complete, result.notRead, result.problems]).toEqual([true, [], []]);
  expect(client.server.seen.length).toBe(result.calls);
});

test("a provider that fails leaves a clear result, and the same work goes on where it stopped", async () => {
  let isDown = true;
  const { trial, client, ask } = await open(({ lastUserText }) =>
    isDown && lastUserText.includes("src/b.js") ? { error: "overloaded" } : { text: saying("Adds.") },
  );
  const first = await trial.run(SMALL, { ask });
  expect([first.complete, first.notRead.map(({ path }) => path)]).toEqual([false, ["src/b.js"]]);
  expect(first.problems[0]).toMatch(/^src\/b\.js was not read \(provider-overloaded\): /);
  isDown = false;
  const before = client.server.seen.length;
  const second = await trial.run(SMALL, { ask });
  expect([second.complete, client.server.seen.length - before]).toEqual([true, 2]);
});

test("a provider that answers garbage leaves a clear result", async () => {
  const { trial, ask } = await open(() => ({ garbage: true }));
  const result = await trial.run(SMALL, { ask });
  expect([result.complete, result.read]).toEqual([false, []]);
  expect(result.problems[0]).toContain("provider-malformed");
});

test("work that is stopped while a model answers is charged, kept, and gone on with", async () => {
  const stop = new AbortController();
  const { trial, client, ask } = await open(({ number }) => {
    if (number !== 2) return { text: saying("Adds.") };
    stop.abort();
    return { text: "late", delayMs: 200 };
  });
  const fault: unknown = await trial.run(SMALL, { ask, signal: stop.signal }).catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: "interrupted", details: { done: 1, parts: 3 } });
  const result = await trial.run(SMALL, { ask });
  // The one that was answered is not asked again.
  expect([result.complete, result.cachedCalls, client.server.seen.length]).toEqual([true, 1, 5]);
});
