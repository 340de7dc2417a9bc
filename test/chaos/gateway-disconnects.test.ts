import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { type LedgerRow, ledgerRows, openLeases } from "../support/gateway/gateway-ledger.ts";
import { openServe, upstreamsAt } from "../support/gateway/open-serve.ts";
import { readSaid, type SurfaceName, SURFACES } from "../support/gateway/surfaces.ts";
import { priceOf, sentBy } from "../support/gateway/what-was-served.ts";
import type { ScriptedAnswer, Served } from "../support/scripted-provider/script.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { randomFrom } from "../support/seeded-random.ts";

/** For each policy; a thousand in all. 1,000 each for the full trial: ALLOT_CHAOS_DISCONNECTS=1000. */
const DISCONNECTS = Number(process.env["ALLOT_CHAOS_DISCONNECTS"] ?? 334);
const AT_ONCE = 40;

const ASKED: readonly (readonly [SurfaceName, string])[] = [
  ["chat", "gpt-5"],
  ["responses", "gpt-5"],
  ["anthropic", "claude-sonnet-5-5"],
  ["gemini", "gemini-2.5-pro"],
];

/** Pieces of 12 characters, three tokens each: the provider's own count for what it has sent. */
const PIECES = 60;
const ANSWER: ScriptedAnswer = {
  text: "twelve chars".repeat(PIECES),
  usage: { inputTokens: 3_000, outputTokens: PIECES * 3 },
  chunkDelayMs: 8,
};

/** A client that left: who it was, when it went, and how many pieces it had read. */
interface Left {
  readonly session: string;
  readonly model: string;
  readonly at: number;
  readonly pieces: number;
}

interface Trial {
  readonly left: readonly Left[];
  readonly rows: ReadonlyMap<string, readonly LedgerRow[]>;
  readonly served: ReadonlyMap<string, readonly Served[]>;
  /** Tokens of the answer that the provider had sent when it was stopped. */
  readonly sentTokens: (served: Served) => number;
  readonly leases: readonly unknown[];
}

/** Clients that leave at random: before the first event, at any event, right after the last. Some never do. */
async function disconnects(policy: string, surfaces: readonly SurfaceName[] = []): Promise<Trial> {
  const server = await openScriptedProvider({ script: () => ANSWER });
  onTestFinished(() => server.close());
  const serve = await openServe({
    args: [...upstreamsAt(server, ["anthropic", "openai", "google"]), "--disconnect", policy],
  });
  const random = randomFrom(11);
  const asked = ASKED.filter(([surface]) => surfaces.length === 0 || surfaces.includes(surface));
  // One whole answer of each, from which the gateway learns how the models count.
  for (const [surface, model] of asked)
    await askGateway(serve.url, {
      surface,
      model,
      stream: true,
      prompt: "whole",
      headers: { "x-allot-session": "whole" },
    });
  const waiting = Array.from({ length: DISCONNECTS }, (_, index) => {
    const [surface, model] = asked[index % asked.length]!;
    return { surface, model, session: `leaver-${index}`, leaveAt: Math.floor(random() * (PIECES + 1)) };
  });
  const left: Left[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { surface, model, session, leaveAt } = next;
      let pieces = 0;
      const away = new AbortController();
      const early = leaveAt === 0 ? sleep(20).then(() => away.abort()) : undefined;
      const got = await askGateway(serve.url, {
        surface,
        model,
        stream: true,
        prompt: session,
        headers: { "x-allot-session": session },
        signal: away.signal,
        leaves: (raw) => {
          pieces = Math.floor(readSaid(SURFACES[surface], raw, true).text.length / 12);
          return leaveAt > 0 && pieces >= leaveAt;
        },
      });
      await early;
      if (got.left) left.push({ session, model, at: Date.now(), pieces });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // What is read on for the ledger's sake ends before the gateway does.
  expect(await serve.stop()).toBe(0);
  const rows = Map.groupBy(ledgerRows(serve.home), ({ session }) => session);
  const sentTokens = ({ number, chunks }: Served): number => {
    const seen = server.seen[number - 1]!;
    return (sentBy({ seen, answer: ANSWER }, chunks).text.length / 12) * 3;
  };
  const served = Map.groupBy(server.served, ({ lastUserText }) => lastUserText);
  return { left, rows, served, sentTokens, leases: openLeases(serve.home) };
}

function costError({ left, rows, served, sentTokens }: Trial): number {
  let truth = 0;
  let billed = 0;
  for (const { session, model } of left) {
    for (const request of served.get(session) ?? []) truth += priceOf(model, 3_000, sentTokens(request));
    for (const { cost } of rows.get(session) ?? []) billed += cost;
  }
  return billed / truth - 1;
}

/** Sessions served without a row, or with two. Whose request may have left, but never arrived, is counted all the same. */
function unevenRows({ left, rows, served }: Trial): string[] {
  return left
    .filter(({ session }) => {
      const booked = (rows.get(session) ?? []).length;
      return booked > 1 || booked < (served.get(session) ?? []).length;
    })
    .map(
      ({ session, pieces }) =>
        `${session} left at ${pieces}: ${served.get(session)?.length} served, ${rows.get(session)?.length} rows`,
    );
}

function report(name: string, trial: Trial): void {
  process.stdout.write(`${JSON.stringify({ name, left: trial.left.length, off: costError(trial) })}\n`);
}

test("clients that leave at random stop the call within a second, and what it had cost by then is in the ledger within 1%", async () => {
  const trial = await disconnects("abort");
  report("abort", trial);
  expect(trial.left.length).toBeGreaterThan(DISCONNECTS * 0.9);
  expect(unevenRows(trial).slice(0, 5)).toEqual([]);
  const late = trial.left.filter(({ session, at }) =>
    (trial.served.get(session) ?? []).some(({ endedAt }) => endedAt > at + 1_000),
  );
  expect(late).toEqual([]);
  expect(Math.abs(costError(trial))).toBeLessThan(0.01);
  expect(trial.leases).toEqual([]);
}, 120_000);

test("clients that leave where calls are read to their end cost what the provider says of the whole, to the cent", async () => {
  const trial = await disconnects("drain");
  report("drain", trial);
  expect(trial.left.length).toBeGreaterThan(DISCONNECTS * 0.9);
  expect(unevenRows(trial).slice(0, 5)).toEqual([]);
  const wrong = trial.left.flatMap(({ session, model }) =>
    (trial.rows.get(session) ?? []).filter(
      ({ cost, estimated }) => estimated === 1 || cost !== priceOf(model, 3_000, PIECES * 3),
    ),
  );
  expect(wrong.slice(0, 3)).toEqual([]);
  const stopped = trial.left.filter(({ session }) =>
    (trial.served.get(session) ?? []).some(({ completed }) => !completed),
  );
  expect(stopped).toEqual([]);
  expect(trial.leases).toEqual([]);
}, 120_000);

test("clients that leave where calls are read on for 60 tokens more are stopped about there, and cost what was sent", async () => {
  const trial = await disconnects("60");
  report("60 tokens", trial);
  expect(trial.left.length).toBeGreaterThan(DISCONNECTS * 0.9);
  expect(unevenRows(trial).slice(0, 5)).toEqual([]);
  expect(Math.abs(costError(trial))).toBeLessThan(0.01);
  // Sixty tokens are twenty pieces.
  const more = trial.left.flatMap(({ session, pieces }) =>
    (trial.served.get(session) ?? [])
      .filter(({ completed }) => !completed)
      .map((served) => trial.sentTokens(served) / 3 - pieces),
  );
  expect(more.length).toBeGreaterThan(DISCONNECTS / 3);
  const average = more.reduce((sum, pieces) => sum + pieces, 0) / more.length;
  expect(average).toBeGreaterThan(15);
  expect(average).toBeLessThan(30);
  expect(trial.leases).toEqual([]);
}, 120_000);
