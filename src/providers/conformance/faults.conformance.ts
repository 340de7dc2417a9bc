import { expect, test } from "vitest";
import type { ScriptedError } from "../../../test/support/scripted-provider/script.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { TokenUsage } from "../provider.ts";
import { ask, faultOf, KEY, quiet, streaming, WEATHER } from "./trial.conformance.ts";
import type { Trial } from "./trial.conformance.ts";

/** Refusals, broken connections, stops: each its code, and what it had cost. */
export function faultCases({ unless, serve }: Trial): void {
  const expected: [ScriptedError & string, string][] = [
    ["auth", "provider-auth"],
    ["forbidden", "provider-auth"],
    ["rate-limited", "provider-rate-limited"],
    ["server-error", "provider-overloaded"],
    ["overloaded", "provider-overloaded"],
    ["too-long", "window-overflow"],
    ["content-refused", "content-refused"],
    ["bad-request", "provider-rejected"],
  ];
  test.each(expected)("the provider's %s is %s, streamed or not", async (error, code) => {
    const { provider } = await serve({ error });
    expect((await faultOf(provider.call(ask(), quiet()))).code).toBe(code);
    expect((await faultOf(provider.call(ask(), streaming()))).code).toBe(code);
  });

  test("a rate limit says when to come back", async () => {
    const { provider } = await serve({ error: "rate-limited", retryAfterS: 12 });
    expect((await faultOf(provider.call(ask(), quiet()))).details["retryAfterMs"]).toBe(12_000);
  });

  test("an answer that cannot be read is malformed, streamed or not", async () => {
    const { provider } = await serve({ garbage: true });
    expect((await faultOf(provider.call(ask(), quiet()))).code).toBe("provider-malformed");
    expect((await faultOf(provider.call(ask(), streaming()))).code).toBe("provider-malformed");
  });

  test("a provider that is not there is unreachable, and cost nothing", async () => {
    const { provider, server } = await serve({ text: "no" });
    await server.close();
    const fault = await faultOf(provider.call(ask(), quiet()));
    expect(fault.code).toBe("provider-unreachable");
    expect(fault.details["usage"]).toBeUndefined();
  });

  test("a stream that is cut tells what it had cost by then", async () => {
    const text = "A long answer that is cut somewhere in its middle, after some of it has already arrived here.";
    const { provider } = await serve({ text, cutAfter: 6, usage: { inputTokens: 1_234, outputTokens: 50 } });
    const fault = await faultOf(provider.call(ask(), streaming()));
    expect(fault.code).toBe("provider-cut");
    const usage = fault.details["usage"] as TokenUsage;
    expect(usage.estimated).toBe(true);
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(usage.outputTokens).toBeGreaterThan(0);
  });

  unless("usage-before-cut", "a cut stream keeps the input tokens that were already reported", async () => {
    const { provider } = await serve({
      text: "One two three four five six seven eight nine ten.",
      cutAfter: 5,
      usage: { inputTokens: 1_234, outputTokens: 50 },
    });
    const fault = await faultOf(provider.call(ask(), streaming()));
    expect((fault.details["usage"] as TokenUsage).inputTokens).toBe(1_234);
  });

  test("a stream that ends in good order but without its end is cut too, wherever it stops", async () => {
    for (let chunks = 0; chunks < 4; chunks += 1) {
      const { provider } = await serve({
        text: "An answer of some length, so that it has several chunks at least.",
        endAfter: chunks,
      });
      const fault = await faultOf(provider.call(ask(), streaming()));
      expect([chunks, fault.code]).toEqual([chunks, "provider-cut"]);
    }
  });

  test("a stream of thinking, text and a tool call is cut wherever it is cut, and its output is never free", async () => {
    const { provider, server } = await serve((seen) => ({
      reasoning: "Think first, then call.",
      text: "A text of two chunks here.",
      toolCalls: [{ name: "weather", input: { town: "A town with a long name" } }],
      cutAfter: seen.number - 1,
    }));
    let faults = 0;
    for (;;) {
      const ended = await provider
        .call(ask({ tools: [WEATHER] }), streaming())
        .catch((error: unknown) => error as AllotError);
      if (!(ended instanceof AllotError)) break;
      faults += 1;
      const usage = ended.details["usage"] as TokenUsage | undefined;
      expect([faults, ended.code]).toEqual([faults, "provider-cut"]);
      expect(usage === undefined || usage.inputTokens > 0).toBe(true);
    }
    expect(faults).toBeGreaterThan(3);
    expect(server.served.at(-1)).toMatchObject({ completed: true });
  });

  test("an overload reported inside a stream is an overload", async () => {
    const { provider } = await serve({
      text: "An answer of some length, so that it has several chunks at least.",
      failAfter: 3,
    });
    const fault = await faultOf(provider.call(ask(), streaming()));
    expect(fault.code).toBe("provider-overloaded");
  });

  test("an unstreamed answer that is cut is cut, and nothing is made up about its cost", async () => {
    const { provider } = await serve({
      text: "An answer of some length that is cut in its middle.".repeat(20),
      cutAfter: 0,
    });
    const fault = await faultOf(provider.call(ask(), quiet()));
    expect(fault.code).toBe("provider-cut");
    expect(fault.details["usage"]).toBeUndefined();
  });

  test.each(["all", "after-headers"] as const)(
    "an abort ends a silent call within a second (silence: %s)",
    async (silence) => {
      for (const streaming of [false, true]) {
        const { server, provider } = await serve({ silence });
        const controller = new AbortController();
        const call = provider.call(ask(), { signal: controller.signal, ...(streaming ? { onDelta: () => {} } : {}) });
        const fault = faultOf(call);
        await expect.poll(() => server.served.length).toBe(1);
        const before = performance.now();
        controller.abort();
        expect((await fault).code).toBe("interrupted");
        expect(performance.now() - before).toBeLessThan(1_000);
        await expect.poll(() => server.served[0]?.aborted).toBe(true);
      }
    },
  );

  test("a time limit that passes in silence is a timeout", async () => {
    const { provider } = await serve({ silence: "all" });
    const fault = await faultOf(provider.call(ask(), { signal: AbortSignal.timeout(150) }));
    expect(fault.code).toBe("provider-timeout");
    expect(fault.details["usage"]).toBeUndefined();
  });

  test("a time limit that passes in the middle of a stream tells what the call had cost by then", async () => {
    const { provider } = await serve({ text: "A slow answer, word by word by word by word.", chunkDelayMs: 100 });
    const fault = await faultOf(provider.call(ask(), { ...streaming(), signal: AbortSignal.timeout(450) }));
    expect(fault.code).toBe("provider-timeout");
    expect(fault.details["usage"]).toMatchObject({ estimated: true });
    expect((fault.details["usage"] as TokenUsage).inputTokens).toBeGreaterThan(0);
  });

  test("a call that is aborted before it starts sends nothing", async () => {
    const { server, provider } = await serve({ text: "no" });
    const fault = await faultOf(provider.call(ask(), { signal: AbortSignal.abort() }));
    expect(fault.code).toBe("interrupted");
    expect(server.served).toEqual([]);
  });

  test("the key goes to the provider and into no error", async () => {
    const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}`, type: "invalid" } });
    for (const status of [400, 401, 403, 404, 429, 500]) {
      const { server, provider } = await serve({ error: { status, body } });
      const fault = await faultOf(provider.call(ask(), quiet()));
      expect(JSON.stringify(server.seen[0]?.headers)).toContain(KEY);
      expect(`${fault.message} ${fault.stack} ${JSON.stringify(fault.details)} ${String(fault.cause)}`).not.toContain(
        KEY,
      );
    }
  });

  test("a request is sent once, whatever it meets", async () => {
    for (const error of ["rate-limited", "overloaded", "server-error"] as const) {
      const { server, provider } = await serve({ error });
      await faultOf(provider.call(ask(), quiet()));
      expect(server.served).toHaveLength(1);
    }
  });
}
