import { expect, test } from "vitest";
import { openClientTrial } from "../support/client-trial.ts";
import type { ScriptedAnswer } from "../support/scripted-provider/script.ts";

/*
 * One's own requests against a provider that fails three times in ten, with a healthy one that may stand in.
 */
const REQUESTS = Number(process.env["ALLOT_CHAOS_CLIENT"] ?? 300);
const SEED = Number(process.env["ALLOT_CHAOS_SEED"] ?? Date.now() % 1_000_000);
const ABREAST = 16;
const USAGE = { inputTokens: 1_000, cacheReadTokens: 0, cacheWrite5mTokens: 0, outputTokens: 100 };

/** Numbers from 0 to below 1 that a seed gives again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

test(`of ${REQUESTS} requests, a third of them met by faults, each is answered once and paid for as served (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const faults: readonly (() => ScriptedAnswer)[] = [
    () => ({ error: "rate-limited" }),
    () => ({ error: "rate-limited", retryAfterS: 1 }),
    () => ({ error: "server-error" }),
    () => ({ error: "overloaded" }),
    () => ({ error: { status: 200, body: "<html>not an answer</html>", headers: { "content-type": "text/html" } } }),
    () => ({ text: "never whole", usage: USAGE, cutAfter: 1 + Math.floor(random() * 3) }),
  ];
  const trial = await openClientTrial(
    ({ wire, lastUserText }) => {
      const fault = wire === "anthropic" && random() < 0.3 ? faults[Math.floor(random() * faults.length)] : undefined;
      return fault?.() ?? { text: `answer to ${lastUserText}`, usage: USAGE };
    },
    { tokens: 1_000_000_000, policy: { rateLimitBaseMs: 5 } },
  );
  let next = 0;
  const texts: string[] = [];
  const told: number[] = [];
  const ask = async (): Promise<void> => {
    while (next < REQUESTS) {
      const number = next++;
      const request = {
        model: "claude-sonnet-5-5",
        max_tokens: 200,
        messages: [{ role: "user" as const, content: `question ${number}` }],
        fallback_models: ["gpt"],
      };
      const message =
        number % 2 === 0
          ? await trial.client.messages.create(request)
          : await trial.client.messages.stream(request).finalMessage();
      texts[number] = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
      told[number] = message.allot.cost_nano_usd;
      expect(message.allot.attempts).toBeLessThanOrEqual(6);
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, ask));
  expect(texts).toEqual(Array.from({ length: REQUESTS }, (_, number) => `answer to question ${number}`));
  const rows = trial.books.settlements;
  expect(rows).toHaveLength(trial.server.seen.length);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(trial.books.holds.size).toBe(0);
  // What the answers say they cost is what the ledger has, attempts that failed included.
  const paid = rows.reduce((sum, { entry }) => sum + entry.nano_usd, 0);
  expect(told.reduce((sum, cost) => sum + cost, 0)).toBe(paid);
  // Each answer was paid for once: 1,000 x $2 + 100 x $10 a million, from either.
  const whole = rows.filter(({ entry }) => entry.note === "" || entry.note.startsWith("instead of "));
  expect(whole).toHaveLength(REQUESTS);
  expect(whole.every(({ entry }) => entry.nano_usd === 3_000_000)).toBe(true);
  expect(trial.traces.filter(({ outcome }) => outcome === "answered")).toHaveLength(REQUESTS);
}, 120_000);
