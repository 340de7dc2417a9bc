import { expect, test } from "vitest";
import { z } from "zod";
import { askScripted } from "../../test/support/scripted-provider/ask-scripted.ts";
import type { ScriptedAnswer, SeenRequest } from "../../test/support/scripted-provider/script.ts";
import type { ModelMessage } from "../providers/provider.ts";
import type { AgentTool } from "./agent-tool.ts";
import { defineTool, done, failed } from "./agent-tool.ts";
import { runToolLoop } from "./tool-loop.ts";
import type { ToolLoopOptions } from "./tool-loop.ts";

function counter(): { tools: AgentTool[]; added: number[] } {
  const added: number[] = [];
  const add = defineTool({
    name: "add",
    description: "Adds a number",
    input: z.strictObject({ number: z.number().int() }),
    run: ({ number }) => {
      if (number < 0) return failed("only numbers of 0 or more");
      added.push(number);
      return done(`the sum is ${added.reduce((a, b) => a + b, 0)}`);
    },
  });
  const finish = defineTool({
    name: "finish",
    description: "",
    input: z.strictObject({ report: z.string() }),
    run: () => done("Noted."),
  });
  const giveUp = defineTool({
    name: "give_up",
    description: "",
    input: z.strictObject({ reason: z.string() }),
    run: () => done("Noted."),
  });
  return { tools: [add, finish, giveUp], added };
}

function loop(
  ask: ToolLoopOptions["ask"],
  tools: readonly AgentTool[],
  changes: Partial<ToolLoopOptions> = {},
): ReturnType<typeof runToolLoop> {
  const messages: ModelMessage[] = [{ role: "user", content: "Add 2 and 3." }];
  return runToolLoop({
    system: "Add.",
    messages,
    tools,
    ask,
    maxTurns: 8,
    maxOutputTokens: 300,
    finishTools: ["finish"],
    ...changes,
  });
}

/** Answers in order; the last one again and again. */
function inOrder(...answers: ScriptedAnswer[]): (seen: SeenRequest) => ScriptedAnswer {
  return (seen) => answers[Math.min(seen.number, answers.length) - 1] ?? {};
}

const add = (number: unknown): { name: string; input: unknown } => ({ name: "add", input: { number } });
const finish = { name: "finish", input: { report: "5 it is" } };

test.each(["anthropic", "openai", "google", "ollama"] as const)(
  "works with tools until it finishes, over the wire of %s",
  async (wire) => {
    const { tools, added } = counter();
    const { ask, server } = await askScripted(inOrder({ toolCalls: [add(2), add(3)] }, { toolCalls: [finish] }), wire);
    const result = await loop(ask, tools);
    expect(result).toMatchObject({
      kind: "finished",
      turns: 2,
      finishCall: { name: "finish", input: { report: "5 it is" } },
    });
    expect(added).toEqual([2, 3]);
    expect(server.seen[1]?.toolResults.map((answer) => answer.output)).toEqual(["the sum is 2", "the sum is 5"]);
    expect(result.messages.at(-1)).toMatchObject({
      role: "tool",
      results: [{ name: "finish", output: "Noted.", failed: false }],
    });
  },
);

test("text without a call after some work is the end", async () => {
  const { tools } = counter();
  const { ask } = await askScripted(inOrder({ toolCalls: [add(2)] }, { text: "Done: 2." }));
  expect(await loop(ask, tools)).toMatchObject({ kind: "finished", text: "Done: 2.", turns: 2 });
});

test("text without any work is asked once for work", async () => {
  const { tools } = counter();
  const { ask, server } = await askScripted(
    inOrder({ text: "I would add them." }, { toolCalls: [add(5)] }, { toolCalls: [finish] }),
  );
  expect(await loop(ask, tools)).toMatchObject({ kind: "finished", turns: 3 });
  expect(server.seen[1]?.lastUserText).toBe(
    "No tool was called. Do the work with the tools, then call `finish`, or `give_up` if it cannot be done.",
  );
});

test("giving up ends the loop with its reason", async () => {
  const { tools, added } = counter();
  const { ask } = await askScripted(
    inOrder({ toolCalls: [{ name: "give_up", input: { reason: "no numbers" } }, add(1)] }),
  );
  const result = await loop(ask, tools);
  expect(result).toMatchObject({ kind: "gave-up", reason: "no numbers", turns: 1 });
  expect(added).toEqual([]);
  expect(result.messages.at(-1)).toMatchObject({
    results: [{ failed: false }, { failed: true, output: "Not carried out: the work had already been ended." }],
  });
});

test("a turn in which a call failed does not finish the work", async () => {
  const { tools } = counter();
  const { ask, server } = await askScripted(inOrder({ toolCalls: [add(-1), finish] }, { toolCalls: [add(5), finish] }));
  expect(await loop(ask, tools)).toMatchObject({ kind: "finished", turns: 2 });
  expect(server.seen[1]?.toolResults[1]).toMatchObject({
    failed: true,
    output: expect.stringContaining("Not finished: a call of the same turn failed."),
  });
});

test("unknown tools and wrong input go back with what would be right, three turns long", async () => {
  const { tools, added } = counter();
  const { ask, server } = await askScripted(
    inOrder(
      { toolCalls: [{ name: "sum", input: {} }] },
      { toolCalls: [add("two")] },
      { toolCalls: [{ name: "add", input: { number: 1, more: 2 } }] },
    ),
  );
  const result = await loop(ask, tools);
  expect(result).toMatchObject({ kind: "failed", code: "tool-misuse", turns: 3 });
  expect(server.seen[1]?.toolResults[0]?.output).toBe('There is no tool "sum". The tools are: add, finish, give_up.');
  expect(server.seen[2]?.toolResults[0]?.output).toContain("The input of add is wrong:\n- number: ");
  expect(added).toEqual([]);
});

test("the same call with the same result ends the loop at its third turn", async () => {
  const { tools } = counter();
  const { ask } = await askScripted(() => ({ toolCalls: [add(-1)] }));
  expect(await loop(ask, tools)).toMatchObject({ kind: "failed", code: "repeats-itself", turns: 3 });
});

test("the same call with another result each time is no repetition", async () => {
  const { tools } = counter();
  const { ask } = await askScripted(() => ({ toolCalls: [add(1)] }));
  expect(await loop(ask, tools)).toMatchObject({ kind: "turns-exhausted", turns: 8 });
});

test("two calls in turns that bring nothing new end the loop too", async () => {
  const { tools } = counter();
  const { ask } = await askScripted((seen) => ({ toolCalls: [add(seen.number % 2 === 0 ? -1 : -2)] }));
  expect(await loop(ask, tools, { maxTurns: 40 })).toMatchObject({ kind: "failed", code: "repeats-itself", turns: 11 });
});

test("an answer that was cut off may go on in smaller pieces, once", async () => {
  const { tools } = counter();
  const { ask, server } = await askScripted(
    inOrder({ text: "I am thinking abou", finish: "length" }, { toolCalls: [add(5), finish] }),
  );
  expect(await loop(ask, tools)).toMatchObject({ kind: "finished", turns: 2 });
  expect(server.seen[1]?.lastUserText).toBe(
    "Your answer was cut off at the limit of 300 output tokens. Go on in smaller pieces.",
  );
  const again = await askScripted(() => ({ text: "I am thinking abou", finish: "length" }));
  expect(await loop(again.ask, tools)).toMatchObject({ kind: "failed", code: "empty-answer", turns: 2 });
});

test("a provider's fault, a limit and an unknown call end the loop with their own kind", async () => {
  const { tools } = counter();
  const { ask } = await askScripted(() => ({ error: "too-long" }));
  expect(await loop(ask, tools)).toMatchObject({ kind: "failed", code: "window-overflow", turns: 1 });
  const refused = await loop(
    () =>
      Promise.resolve({
        kind: "refused",
        limit: "day",
        level: "NONE",
        shortBy: 1,
        held: 0,
        freeAt: null,
        ownBudget: true,
        message: "the day's limit",
      }),
    tools,
  );
  expect(refused).toMatchObject({ kind: "refused", message: "the day's limit" });
  const unknown = await loop(() => Promise.resolve({ kind: "unknown", held: 1 as never, message: "host gone" }), tools);
  expect(unknown).toMatchObject({ kind: "unknown", message: "host gone" });
});

test("a second life with the same answers makes the same requests byte for byte", async () => {
  const answers = inOrder(
    { reasoning: "Hm.", text: "Adding.", toolCalls: [add(2), add("x")] },
    { text: "" },
    { toolCalls: [add(3)] },
    { toolCalls: [finish] },
  );
  const lives = [];
  for (let life = 0; life < 2; life += 1) {
    const { ask, requests } = await askScripted(answers);
    const result = await loop(ask, counter().tools);
    lives.push({ requests, messages: result.messages });
  }
  expect(lives[0]?.requests).toHaveLength(4);
  expect(lives[1]).toEqual(lives[0]);
});
