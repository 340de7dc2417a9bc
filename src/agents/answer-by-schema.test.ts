import { expect, test } from "vitest";
import { z } from "zod";
import { askScripted } from "../../test/support/scripted-provider/ask-scripted.ts";
import type { ScriptedAnswer, SeenRequest } from "../../test/support/scripted-provider/script.ts";
import { askBySchema } from "./answer-by-schema.ts";
import type { SchemaQuestion } from "./answer-by-schema.ts";

const VERDICT = z.object({ verdict: z.enum(["accepted", "rejected"]), findings: z.array(z.string()) });

function judge(
  ask: SchemaQuestion<unknown>["ask"],
  changes: Partial<SchemaQuestion<z.infer<typeof VERDICT>>> = {},
): ReturnType<typeof askBySchema<z.infer<typeof VERDICT>>> {
  return askBySchema({
    system: "Judge.",
    messages: [{ role: "user", content: "Is it good?" }],
    schema: VERDICT,
    toolName: "submit_verdict",
    toolDescription: "Submits",
    maxOutputTokens: 200,
    ask,
    ...changes,
  });
}

function inOrder(...answers: ScriptedAnswer[]): (seen: SeenRequest) => ScriptedAnswer {
  return (seen) => answers[Math.min(seen.number, answers.length) - 1] ?? {};
}

const submit = (input: unknown): ScriptedAnswer => ({ toolCalls: [{ name: "submit_verdict", input }] });
const GOOD = { verdict: "accepted", findings: [] };

test.each(["anthropic", "openai", "google", "ollama"] as const)(
  "forces the tool and gives its input back, over the wire of %s",
  async (wire) => {
    const { ask, server } = await askScripted(() => submit(GOOD), wire);
    expect(await judge(ask)).toEqual({ kind: "answered", value: GOOD, calls: 1 });
    expect(server.seen[0]?.toolChoice).toEqual({ tool: "submit_verdict" });
    expect(server.seen[0]?.tools[0]?.schema).toMatchObject({ type: "object", required: ["verdict", "findings"] });
  },
);

test.each([
  ["the text itself", JSON.stringify(GOOD)],
  ["a fenced block", `Here it is:\n\`\`\`json\n${JSON.stringify(GOOD, null, 2)}\n\`\`\`\nThat is all.`],
  ["the middle of a sentence", `My {verdict} is ${JSON.stringify(GOOD)}, because of "}".`],
])("JSON in %s is taken where the tool was not called", async (_where, text) => {
  const { ask } = await askScripted(() => ({ text }));
  expect(await judge(ask)).toEqual({ kind: "answered", value: GOOD, calls: 1 });
});

test("a misfit goes back once, with what is wrong", async () => {
  const { ask, server } = await askScripted(inOrder(submit({ verdict: "fine", findings: "none" }), submit(GOOD)));
  expect(await judge(ask)).toEqual({ kind: "answered", value: GOOD, calls: 2 });
  const result = server.seen[1]?.toolResults[0];
  expect(result?.failed).toBe(true);
  expect(result?.output).toContain("- verdict: ");
  expect(result?.output).toContain("- findings: ");
});

test("a second misfit is the end", async () => {
  const { ask, server } = await askScripted(() => submit({ verdict: "fine" }));
  expect(await judge(ask)).toMatchObject({ kind: "failed", code: "answer-misfit", calls: 2 });
  expect(server.served).toHaveLength(2);
});

test("a further condition counts as a misfit", async () => {
  const { ask, server } = await askScripted(
    inOrder(submit({ verdict: "rejected", findings: [] }), submit({ verdict: "rejected", findings: ["a bug"] })),
  );
  const check: SchemaQuestion<z.infer<typeof VERDICT>>["check"] = (value) =>
    value.verdict === "rejected" && value.findings.length === 0 ? ["a rejection needs a finding"] : [];
  expect(await judge(ask, { check })).toMatchObject({ kind: "answered", calls: 2 });
  expect(server.seen[1]?.toolResults[0]?.output).toContain("- a rejection needs a finding");
});

test("an answer without anything is asked for again in the conversation", async () => {
  const { ask, server } = await askScripted(inOrder({ text: "It looks good to me." }, submit(GOOD)));
  expect(await judge(ask)).toMatchObject({ kind: "answered", calls: 2 });
  expect(server.seen[1]?.lastUserText).toContain("there is neither a call of submit_verdict nor a JSON object");
});

test("a model without tools is asked for JSON in its text", async () => {
  const refusal = {
    status: 400,
    body: JSON.stringify({ error: "registry.test/library/small:1b does not support tools" }),
  };
  const { ask, server } = await askScripted(
    (seen) => (seen.tools.length > 0 ? { error: refusal } : { text: JSON.stringify(GOOD) }),
    "ollama",
  );
  expect(await judge(ask)).toEqual({ kind: "answered", value: GOOD, calls: 2 });
  expect(server.seen[1]?.system).toContain('"required":["verdict","findings"]');
});

test("faults, limits and unknown calls keep their kind", async () => {
  const { ask } = await askScripted(() => ({ error: "rate-limited" }));
  expect(await judge(ask)).toMatchObject({ kind: "failed", code: "provider-rate-limited", calls: 1 });
  expect(
    await judge(() =>
      Promise.resolve({
        kind: "refused",
        limit: "day",
        level: "NONE",
        shortBy: 1,
        held: 0,
        freeAt: null,
        ownBudget: true,
        message: "no",
      }),
    ),
  ).toEqual({ kind: "refused", message: "no", calls: 1 });
});
