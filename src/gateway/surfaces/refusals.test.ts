import { describe, expect, test } from "vitest";
import { stopAnswer } from "./refusals.ts";

const spent = {
  code: "limit-reached",
  message: "Request throttled: HARD. Token limit exceeded. Limit tokens/hour for session a.",
  requestId: "req-1",
};
const noKey = {
  code: "provider-auth",
  message: "Anthropic turned the key down (ANTHROPIC_API_KEY)",
  requestId: "req-1",
};

describe("what makes a client stop at once", () => {
  test.each([
    ["anthropic-messages", "claude-code", 402],
    ["openai-responses", "codex", 429],
    ["openai-chat", "", 403],
    ["gemini", "gemini-cli", 403],
    ["ollama", "", 403],
    ["anthropic-messages", "opencode", 403],
    ["openai-responses", "opencode", 403],
  ] as const)("a spent limit on %s for %s: %i, without a time to come back", (surface, agent, status) => {
    const answer = stopAnswer(surface, agent, spent);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ "x-should-retry": "false", "x-allot-error": "limit-reached" });
    expect(answer.headers).not.toHaveProperty("retry-after");
  });

  test("Codex has words of its own for a spent quota, so what is no quota is told by 400, whose text it shows", () => {
    const answer = stopAnswer("openai-responses", "codex", noKey);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { message: noKey.message, type: "invalid_request_error" } });
  });

  test("opencode is not told of exceeded tokens: it would take that for an overflow of its window, and compact", () => {
    expect(stopAnswer("openai-chat", "opencode", spent).body).not.toMatch(/token limit exceeded/i);
    expect(stopAnswer("openai-chat", "opencode", spent).body).toContain(
      "Request throttled: HARD. The limit on tokens is reached. Limit tokens/hour for session a.",
    );
    expect(stopAnswer("openai-chat", "", spent).body).toContain("Token limit exceeded.");
  });
});
