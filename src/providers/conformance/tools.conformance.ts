import { expect, test } from "vitest";
import type { ScriptedAnswer, SeenRequest } from "../../../test/support/scripted-provider/script.ts";
import type { CallOptions, ModelAnswer, ModelMessage } from "../provider.ts";
import { ask, quiet, REPORT, streaming, WEATHER } from "./trial.conformance.ts";
import type { Trial } from "./trial.conformance.ts";

/** Tool calls and the way of their results back. */
export function toolCases({ unless, serve, both }: Trial): void {
  test("hands over every tool call of a turn, streamed or not", async () => {
    const answer: ScriptedAnswer = {
      text: "Let me look.",
      toolCalls: [
        { id: "call_a", name: "weather", input: { town: "Genève", days: 2 } },
        { id: "call_b", name: "weather", input: { town: "東京 🗼", days: 1 } },
      ],
    };
    const { plain, streamed } = await both(answer, ask({ tools: [WEATHER] }));
    expect(plain.finish).toBe("tool-calls");
    expect(plain.text).toBe("Let me look.");
    expect(plain.toolCalls).toEqual([
      { id: "call_a", name: "weather", input: { town: "Genève", days: 2 } },
      { id: "call_b", name: "weather", input: { town: "東京 🗼", days: 1 } },
    ]);
    expect(streamed.toolCalls).toEqual(plain.toolCalls);
    expect(streamed.finish).toBe("tool-calls");
  });

  test("a tool call without input has an empty object as its input", async () => {
    const { plain, streamed } = await both(
      { toolCalls: [{ id: "call_a", name: "weather", input: {} }] },
      ask({ tools: [WEATHER] }),
    );
    expect(plain.toolCalls).toEqual([{ id: "call_a", name: "weather", input: {} }]);
    expect(streamed.toolCalls).toEqual(plain.toolCalls);
  });

  test("tool results go back to the call they belong to, streamed or not", async () => {
    for (const options of [quiet(), streaming()]) {
      const seen = await afterRoundTrip(serve, options);
      expect(seen?.messages.map((message) => message.role)).toEqual(["user", "assistant", "tool"]);
      expect(seen?.messages[1]?.toolCalls.map(({ name, input }) => ({ name, input }))).toEqual([
        { name: "weather", input: { town: "Genève" } },
        { name: "report", input: { town: "x" } },
      ]);
      expect(seen?.toolResults.map((result) => result.callId)).toEqual(["call_a", "call_b"]);
      expect(seen?.toolResults[0]?.output).toContain("21 °C, sunny");
      expect(seen?.toolResults[1]?.output).toMatch(/no such report/);
    }
  });

  test("a result that failed says so, by a mark or in its text", async () => {
    const seen = await afterRoundTrip(serve, quiet());
    const says = seen?.toolResults.map((result) => result.failed || /error/i.test(result.output));
    expect(says).toEqual([false, true]);
  });

  unless("thinking-returns", "thinking goes back with its signature, streamed or not", async () => {
    for (const options of [quiet(), streaming()]) {
      const returned = (await afterRoundTrip(serve, options))?.messages[1];
      const signatures = [...(returned?.reasoning ?? []), ...(returned?.toolCalls ?? [])].map((part) => part.signature);
      expect(signatures).toContain(Buffer.from("signature of answer 1").toString("base64"));
    }
  });

  test("an assistant turn of another provider goes back as its text and calls", async () => {
    const { server, provider } = await serve({ text: "ok" });
    const messages: ModelMessage[] = [
      { role: "user", content: "Hello" },
      {
        role: "assistant",
        content: "Looking.",
        toolCalls: [{ id: "call_x", name: "weather", input: { town: "Bern" } }],
        raw: { provider: "another", parts: [{ type: "text", text: "not this" }] },
      },
      { role: "tool", results: [{ callId: "call_x", name: "weather", output: "rain", failed: false }] },
    ];
    await provider.call(ask({ tools: [WEATHER], messages }), quiet());
    const seen = server.seen[0];
    expect(seen?.messages[1]).toMatchObject({
      role: "assistant",
      text: "Looking.",
      toolCalls: [{ name: "weather", input: { town: "Bern" } }],
    });
    expect(seen?.toolResults[0]?.output).toContain("rain");
  });

  test("turns without anything in them are left out, and an unreadable input goes back as an object", async () => {
    const { server, provider } = await serve({ text: "ok" });
    const messages: ModelMessage[] = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: " ", toolCalls: [] },
      { role: "user", content: "Go on." },
      { role: "assistant", content: "", toolCalls: [{ id: "call_x", name: "weather", input: '{"town": "Be' }] },
      { role: "tool", results: [{ callId: "call_x", name: "weather", output: "no JSON", failed: true }] },
    ];
    await provider.call(ask({ tools: [WEATHER], messages }), quiet());
    const assistants = server.seen[0]?.messages.filter((message) => message.role === "assistant");
    expect(assistants).toHaveLength(1);
    expect(typeof assistants?.[0]?.toolCalls[0]?.input).toBe("object");
  });

  test("one tool can be forced", async () => {
    const { server, provider } = await serve({
      toolCalls: [{ id: "call_a", name: "report", input: { town: "Bern" } }],
    });
    const answer = await provider.call(ask({ tools: [REPORT], toolChoice: { tool: "report" } }), quiet());
    expect(answer.toolCalls).toEqual([{ id: "call_a", name: "report", input: { town: "Bern" } }]);
    expect(server.seen[0]?.toolChoice).toEqual({ tool: "report" });
  });
}

/** Two turns: thinking and two calls, then their results; the answer is stored as JSON in between. What the second sent. */
async function afterRoundTrip(serve: Trial["serve"], options: CallOptions): Promise<SeenRequest | undefined> {
  const { server, provider } = await serve((seen) =>
    seen.toolResults.length > 0
      ? { text: "Sunny." }
      : {
          reasoning: "The user wants the weather.",
          toolCalls: [
            { id: "call_a", name: "weather", input: { town: "Genève" } },
            { id: "call_b", name: "report", input: { town: "x" } },
          ],
        },
  );
  const request = ask({ tools: [WEATHER, REPORT] });
  const first = await provider.call(request, options);
  const stored = JSON.parse(JSON.stringify(first)) as ModelAnswer;
  expect(stored).toEqual(first);
  const messages: ModelMessage[] = [
    ...request.messages,
    {
      role: "assistant",
      content: stored.text,
      toolCalls: stored.toolCalls,
      ...(stored.raw === undefined ? {} : { raw: stored.raw }),
    },
    {
      role: "tool",
      results: [
        { callId: "call_a", name: "weather", output: "21 °C, sunny", failed: false },
        { callId: "call_b", name: "report", output: "no such report", failed: true },
      ],
    },
  ];
  expect((await provider.call({ ...request, messages }, options)).text).toBe("Sunny.");
  return server.seen[1];
}
