import { describe, expect, test } from "vitest";
import { AllotError } from "../../foundation/errors.ts";
import type { Json } from "../../providers/json.ts";
import type { ModelRequest } from "../../providers/provider.ts";
import type { SurfaceName } from "./translation.ts";
import { TRANSLATIONS } from "./translations.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
const SHOWN = { type: "image", source: { kind: "data", mediaType: "image/png", data: PNG } };
const LINKED = { type: "image", source: { kind: "url", url: "https://example.org/a.png" } };

function read(surface: SurfaceName, body: Json, provider = "elsewhere"): ModelRequest {
  return TRANSLATIONS[surface].readRequest(body, { provider, model: "served-model" });
}

/** The field that a refused request is refused for. */
function refusedFor(surface: SurfaceName, body: Json): unknown {
  try {
    read(surface, body);
  } catch (error) {
    if (error instanceof AllotError && error.code === "usage") return error.details["field"];
    throw error;
  }
  return undefined;
}

const MESSAGES: Json = { model: "claude", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] };
const CHAT: Json = { model: "gpt", messages: [{ role: "user", content: "Hi" }] };
const RESPONSES: Json = { model: "gpt", input: "Hi" };
const GEMINI: Json = { contents: [{ role: "user", parts: [{ text: "Hi" }] }] };
const OLLAMA: Json = { model: "qwen", messages: [{ role: "user", content: "Hi" }] };

describe("the Messages API", () => {
  test("system blocks with their cache marks are read, the client's billing line is left out", () => {
    const request = read("anthropic-messages", {
      ...MESSAGES,
      system: [
        { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.329.abc" },
        { type: "text", text: "You are a coder." },
        { type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } },
      ],
      tools: [{ name: "look", input_schema: { type: "object" }, cache_control: { type: "ephemeral" } }],
    });
    expect(request).toMatchObject({ system: "You are a coder.\n\nBe brief.", cacheSystem: "1h", cacheTools: "5m" });
  });

  test("pictures of what a user says and of what a tool shows are read, by data and by address", () => {
    const data = { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } };
    const link = { type: "image", source: { type: "url", url: "https://example.org/a.png" } };
    const { messages } = read("anthropic-messages", {
      ...MESSAGES,
      messages: [
        { role: "user", content: [{ type: "text", text: "See:" }, data, link] },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_01A", name: "shot", input: {} }] },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "toolu_01A",
              content: [{ type: "text", text: "done" }, data],
              is_error: true,
            },
            { type: "text", text: "And now?" },
          ],
        },
      ],
    });
    expect(messages).toEqual([
      { role: "user", content: [{ type: "text", text: "See:" }, SHOWN, LINKED] },
      { role: "assistant", content: "", toolCalls: [{ id: "toolu_01A", name: "shot", input: {} }] },
      { role: "tool", results: [{ callId: "toolu_01A", name: "shot", output: "done", failed: true }] },
      { role: "user", content: [{ type: "text", text: "What shot (toolu_01A) showed:" }, SHOWN] },
      { role: "user", content: "And now?" },
    ]);
  });

  test("what cannot be carried over is said to have stood there", () => {
    const { messages } = read("anthropic-messages", {
      ...MESSAGES,
      messages: [
        {
          role: "user",
          content: [
            {
              type: "document",
              title: "Plan",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
            },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "plain words" } },
            { type: "image", source: { type: "base64", media_type: "image/tiff", data: "SUkqAA==" } },
          ],
        },
      ],
    });
    expect(messages[0]).toMatchObject({
      content: [
        { type: "text", text: '(the document "Plan" (application/pdf) stood here; it could not be passed on)' },
        { type: "text", text: "plain words" },
        { type: "text", text: "(a file of type image/tiff stood here; it could not be passed on)" },
      ],
    });
  });

  test("thinking goes back to Anthropic with its signature, and to nobody else, not even as text", () => {
    const body = {
      ...MESSAGES,
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Hm.", signature: "c2ln" },
            { type: "redacted_thinking", data: "cmVk" },
            { type: "text", text: "Hello." },
          ],
        },
        { role: "user", content: "Go on" },
      ],
    };
    expect(read("anthropic-messages", body).messages[1]).toEqual({
      role: "assistant",
      content: "Hello.",
      toolCalls: [],
    });
    expect(read("anthropic-messages", body, "anthropic").messages[1]).toMatchObject({
      raw: {
        provider: "anthropic",
        parts: [
          { type: "reasoning", text: "Hm.", providerMetadata: { anthropic: { signature: "c2ln" } } },
          { type: "reasoning", text: "", providerMetadata: { anthropic: { redactedData: "cmVk" } } },
          { type: "text", text: "Hello." },
        ],
      },
    });
  });

  test("instructions in the middle stay where they were", () => {
    const messages = [
      { role: "user", content: "Hi" },
      { role: "system", content: "Mind the time." },
      { role: "assistant", content: "Hello." },
      { role: "user", content: "Go on" },
    ];
    expect(read("anthropic-messages", { ...MESSAGES, messages }).messages[0]).toMatchObject({
      content: [
        { type: "text", text: "Hi" },
        { type: "text", text: "<system>\nMind the time.\n</system>" },
      ],
    });
  });

  test("how much to think and the shape of the answer are read", () => {
    const effort = (fields: Json): unknown => read("anthropic-messages", { ...MESSAGES, ...fields }).effort;
    expect(effort({})).toBe(undefined);
    expect(effort({ thinking: { type: "adaptive" }, output_config: { effort: "max" } })).toBe("xhigh");
    expect(effort({ thinking: { type: "adaptive" } })).toBe("medium");
    expect(effort({ thinking: { type: "enabled", budget_tokens: 31_999 } })).toBe("high");
    expect(effort({ thinking: { type: "disabled" } })).toBe("none");
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const shaped = read("anthropic-messages", {
      ...MESSAGES,
      output_config: { format: { type: "json_schema", schema } },
    });
    expect(shaped.json).toEqual({ schema });
  });

  test("tools that only Anthropic runs are left out, and refused where one must be called", () => {
    const web = { type: "web_search_20250305", name: "web_search" };
    const own = { name: "look", description: "Looks", input_schema: { type: "object", properties: {} } };
    const both = { ...MESSAGES, tools: [web, own] };
    expect(read("anthropic-messages", both).tools.map(({ name }) => name)).toEqual(["look"]);
    expect(read("anthropic-messages", { ...both, tool_choice: { type: "any" } }).toolChoice).toBe("required");
    expect(refusedFor("anthropic-messages", { ...both, tool_choice: { type: "tool", name: "web_search" } })).toBe(
      "tool_choice",
    );
    expect(refusedFor("anthropic-messages", { ...MESSAGES, tools: [web], tool_choice: { type: "any" } })).toBe(
      "tool_choice",
    );
  });

  test("a known field of the wrong kind is refused by its name", () => {
    expect(refusedFor("anthropic-messages", { ...MESSAGES, max_tokens: undefined })).toBe("max_tokens");
    expect(refusedFor("anthropic-messages", { ...MESSAGES, max_tokens: -3 })).toBe("max_tokens");
    expect(refusedFor("anthropic-messages", { ...MESSAGES, temperature: "warm" })).toBe("temperature");
    expect(refusedFor("anthropic-messages", { ...MESSAGES, messages: [] })).toBe("messages");
    expect(refusedFor("anthropic-messages", { ...MESSAGES, messages: [{ role: "robot", content: "x" }] })).toBe(
      "messages[0].role",
    );
    const file = { type: "image", source: { type: "url", url: "file:///etc/passwd" } };
    expect(refusedFor("anthropic-messages", { ...MESSAGES, messages: [{ role: "user", content: [file] }] })).toBe(
      "messages[0].content[0].source.url",
    );
  });
});

describe("chat completions", () => {
  test("pictures, effort, limits and the shape of the answer are read", () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const request = read("openai-chat", {
      model: "gpt",
      messages: [
        { role: "developer", content: [{ type: "text", text: "Be brief." }] },
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
            { type: "image_url", image_url: { url: "https://example.org/a.png", detail: "low" } },
          ],
        },
      ],
      max_completion_tokens: 77,
      max_tokens: 5,
      top_p: 0.5,
      stop: "END",
      reasoning_effort: "high",
      response_format: { type: "json_schema", json_schema: { name: "shape", schema, strict: true } },
    });
    expect(request).toMatchObject({
      system: "Be brief.",
      messages: [{ role: "user", content: [SHOWN, LINKED] }],
      maxOutputTokens: 77,
      topP: 0.5,
      stopSequences: ["END"],
      effort: "high",
      json: { name: "shape", schema },
    });
    expect(read("openai-chat", CHAT).maxOutputTokens).toBe(8_192);
  });

  test("a choice of some allowed tools leaves the others out", () => {
    const tool = (name: string): Json => ({ type: "function", function: { name, parameters: { type: "object" } } });
    const body = { ...CHAT, tools: [tool("a"), tool("b"), { type: "custom", custom: { name: "c" } }] };
    const allowed = { mode: "required", tools: [{ type: "function", function: { name: "b" } }] };
    const some = read("openai-chat", { ...body, tool_choice: { type: "allowed_tools", allowed_tools: allowed } });
    expect([some.tools.map(({ name }) => name), some.toolChoice]).toEqual([["b"], "required"]);
    const one = read("openai-chat", { ...body, tool_choice: { type: "custom", custom: { name: "c" } } });
    expect(one.toolChoice).toEqual({ tool: "c" });
    expect(refusedFor("openai-chat", { ...body, tool_choice: { type: "function", function: { name: "d" } } })).toBe(
      "tool_choice",
    );
  });

  test("Gemini's signatures go back to it with their calls", () => {
    const call = {
      id: "call_1",
      type: "function",
      function: { name: "look", arguments: '{"at":1}' },
      extra_content: { google: { thought_signature: "c2ln" } },
    };
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "seen" },
    ];
    expect(read("openai-chat", { ...CHAT, messages }, "google").messages[1]).toMatchObject({
      raw: {
        provider: "google",
        parts: [{ toolCallId: "call_1", providerMetadata: { google: { thoughtSignature: "c2ln" } } }],
      },
    });
    expect(read("openai-chat", { ...CHAT, messages }).messages[1]).not.toHaveProperty("raw");
  });

  test("what another provider cannot answer is refused", () => {
    expect(refusedFor("openai-chat", { ...CHAT, n: 2 })).toBe("n");
    expect(refusedFor("openai-chat", { ...CHAT, modalities: ["text", "audio"] })).toBe("modalities");
    expect(refusedFor("openai-chat", { ...CHAT, functions: [{ name: "old" }] })).toBe("functions");
  });
});

describe("the Responses API", () => {
  test("items of a tool loop are turns, custom tools and groups of tools included", () => {
    const request = read("openai-responses", {
      model: "gpt",
      instructions: "Be brief.",
      tools: [
        {
          type: "custom",
          name: "apply_patch",
          description: "Patches",
          format: { type: "grammar", syntax: "lark", definition: "start: x" },
        },
        { type: "web_search" },
      ],
      input: [
        {
          type: "additional_tools",
          role: "developer",
          tools: [
            {
              type: "namespace",
              name: "files",
              description: "",
              tools: [{ type: "function", name: "read", parameters: { type: "object" } }],
            },
          ],
        },
        { type: "message", role: "developer", content: [{ type: "input_text", text: "Mind the rules." }] },
        {
          role: "user",
          content: [
            { type: "input_text", text: "Fix it" },
            { type: "input_image", image_url: `data:image/png;base64,${PNG}` },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "b3BhcXVl" },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "On it." }] },
        { type: "custom_tool_call", call_id: "call_1", name: "apply_patch", input: "*** Begin" },
        { type: "function_call", call_id: "call_2", name: "read", namespace: "files", arguments: '{"path":"a"}' },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        {
          type: "function_call_output",
          call_id: "call_2",
          output: [
            { type: "input_text", text: "text of a" },
            { type: "input_image", image_url: `data:image/png;base64,${PNG}` },
          ],
        },
        { type: "custom_tool_call_output", call_id: "call_1", output: "Done!" },
      ],
    });
    expect(request.system).toBe("Be brief.\n\nMind the rules.");
    expect(request.messages).toEqual([
      { role: "user", content: [{ type: "text", text: "Fix it" }, SHOWN] },
      {
        role: "assistant",
        content: "On it.",
        toolCalls: [
          { id: "call_1", name: "apply_patch", input: { input: "*** Begin" } },
          { id: "call_2", name: "read", input: { path: "a" } },
        ],
      },
      {
        role: "tool",
        results: [
          { callId: "call_1", name: "apply_patch", output: "Done!", failed: false },
          { callId: "call_2", name: "read", output: "text of a", failed: false },
        ],
      },
      { role: "user", content: [{ type: "text", text: "What read (call_2) showed:" }, SHOWN] },
    ]);
    expect(request.tools.map(({ name }) => name)).toEqual(["apply_patch", "read"]);
    expect(request.tools[0]?.description).toBe("Patches\n\nThe input follows this lark grammar:\nstart: x");
  });

  test("a call of a grouped tool is told with its group, also where two groups have the same name in them", () => {
    const inner = { type: "function", name: "read", parameters: { type: "object" } };
    const group = (name: string): Json => ({ type: "namespace", name, description: "", tools: [inner] });
    const body = { ...RESPONSES, tools: [group("files"), group("mail")] };
    const { tools } = read("openai-responses", body);
    expect(tools.map(({ name }) => name)).toEqual(["read", "mail__read"]);
    const answer = {
      text: "",
      toolCalls: [{ id: "call_1", name: "mail__read", input: {} }],
      finish: "tool-calls" as const,
      usage: {
        inputTokens: 1,
        cacheReadTokens: 0,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: 0,
        outputTokens: 1,
        reasoningTokens: 0,
        estimated: false,
      },
      model: "m",
      responseId: "",
    };
    const about = { id: "1", model: "m", at: 0, inputTokens: 1, includeUsage: false, request: body };
    expect(TRANSLATIONS["openai-responses"].body(answer, about)["output"]).toMatchObject([
      { type: "function_call", name: "read", namespace: "mail", arguments: "{}" },
    ]);
  });

  test("encrypted reasoning goes back to OpenAI alone", () => {
    const input = [
      { role: "user", content: "Hi" },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "Hm." }],
        encrypted_content: "b3BhcXVl",
      },
      { type: "function_call", call_id: "call_1", name: "look", arguments: "{}" },
      { type: "function_call_output", call_id: "call_1", output: "seen" },
    ];
    expect(read("openai-responses", { ...RESPONSES, input }).messages[1]).not.toHaveProperty("raw");
    expect(read("openai-responses", { ...RESPONSES, input }, "openai").messages[1]).toMatchObject({
      raw: {
        parts: [
          {
            type: "reasoning",
            text: "Hm.",
            providerMetadata: { openai: { itemId: "rs_1", reasoningEncryptedContent: "b3BhcXVl" } },
          },
          { type: "tool-call" },
        ],
      },
    });
  });

  test("what is stored at its provider is refused, as is a tool that it alone runs where it must be called", () => {
    expect(refusedFor("openai-responses", { ...RESPONSES, previous_response_id: "resp_1" })).toBe(
      "previous_response_id",
    );
    expect(refusedFor("openai-responses", { ...RESPONSES, background: true })).toBe("background");
    const web = { ...RESPONSES, tools: [{ type: "web_search" }] };
    expect(refusedFor("openai-responses", web)).toBe(undefined);
    expect(refusedFor("openai-responses", { ...web, tool_choice: { type: "web_search" } })).toBe("tool_choice");
  });
});

test("one call at a time is asked for on every wire that can ask for it", () => {
  const choice = { tool_choice: { type: "auto", disable_parallel_tool_use: true } };
  expect(read("anthropic-messages", { ...MESSAGES, ...choice }).oneCallATurn).toBe(true);
  expect(read("openai-chat", { ...CHAT, parallel_tool_calls: false }).oneCallATurn).toBe(true);
  expect(read("openai-responses", { ...RESPONSES, parallel_tool_calls: false }).oneCallATurn).toBe(true);
  expect(read("openai-responses", { ...RESPONSES, parallel_tool_calls: true })).not.toHaveProperty("oneCallATurn");
});

describe("Gemini", () => {
  test("calls without ids are answered in their order, by their names", () => {
    const call = (city: string): Json => ({ functionCall: { name: "weather", args: { city } } });
    const result = (output: string): Json => ({ functionResponse: { name: "weather", response: { output } } });
    const { messages } = read("gemini", {
      contents: [
        { role: "user", parts: [{ text: "Hi" }] },
        {
          role: "model",
          parts: [
            { text: "Hm.", thought: true },
            call("Bern"),
            { functionCall: { name: "time", args: {} } },
            call("Basel"),
          ],
        },
        {
          role: "user",
          parts: [
            result("rain"),
            result("sun"),
            { functionResponse: { name: "time", response: { error: "no clock" } } },
          ],
        },
        { role: "model", parts: [call("Genf")] },
        { role: "user", parts: [result("fog")] },
      ],
    });
    expect(messages.slice(1, 3)).toEqual([
      {
        role: "assistant",
        content: "",
        toolCalls: [
          { id: "gemini_call_1", name: "weather", input: { city: "Bern" } },
          { id: "gemini_call_2", name: "time", input: {} },
          { id: "gemini_call_3", name: "weather", input: { city: "Basel" } },
        ],
      },
      {
        role: "tool",
        results: [
          { callId: "gemini_call_1", name: "weather", output: "rain", failed: false },
          { callId: "gemini_call_2", name: "time", output: "no clock", failed: true },
          { callId: "gemini_call_3", name: "weather", output: "sun", failed: false },
        ],
      },
    ]);
    expect(messages[4]).toMatchObject({ results: [{ callId: "gemini_call_4", output: "fog" }] });
  });

  test("settings, schemas of its own kind, pictures and forced tools are read, in snake case too", () => {
    const request = read("gemini", {
      contents: [{ parts: [{ inlineData: { mimeType: "image/png", data: PNG } }, { text: "What is it?" }] }],
      system_instruction: { parts: [{ text: "Be brief." }] },
      tools: [
        { googleSearch: {} },
        {
          functionDeclarations: [
            {
              name: "mcp.look",
              description: "Looks",
              parameters: { type: "OBJECT", properties: { at: { type: "STRING", nullable: true } } },
            },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["mcp.look"] } },
      generationConfig: {
        maxOutputTokens: 55,
        temperature: 0,
        topK: 3,
        stopSequences: ["END"],
        thinkingConfig: { thinkingBudget: 0 },
        responseMimeType: "application/json",
        responseJsonSchema: { type: "OBJECT", properties: { a: { type: "INTEGER" } } },
      },
    });
    const [tool] = request.tools;
    expect(tool).toMatchObject({
      description: "Looks",
      inputSchema: { type: "object", properties: { at: { type: ["string", "null"] } } },
    });
    expect(tool?.name).toMatch(/^mcp_look_[0-9a-f]{8}$/);
    expect(request).toMatchObject({
      system: "Be brief.",
      messages: [{ role: "user", content: [SHOWN, { type: "text", text: "What is it?" }] }],
      toolChoice: { tool: tool?.name },
      maxOutputTokens: 55,
      temperature: 0,
      topK: 3,
      stopSequences: ["END"],
      effort: "none",
      json: { schema: { type: "object", properties: { a: { type: "integer" } } } },
    });
  });

  test("several answers and what is stored at its provider are refused", () => {
    expect(refusedFor("gemini", { ...GEMINI, generationConfig: { candidateCount: 2 } })).toBe(
      "generationConfig.candidateCount",
    );
    expect(refusedFor("gemini", { ...GEMINI, cachedContent: "cachedContents/1" })).toBe("cachedContent");
  });
});

describe("Ollama", () => {
  test("pictures, calls by position, options and the shape of the answer are read", () => {
    const request = read("ollama", {
      model: "qwen",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Look", images: [PNG] },
        {
          role: "assistant",
          content: "",
          thinking: "Hm.",
          tool_calls: [{ function: { name: "look", arguments: { at: 1 } } }],
        },
        { role: "tool", tool_name: "look", content: "seen" },
      ],
      tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
      options: { num_predict: 99, temperature: 0.1, top_p: 0.2, top_k: 4, stop: ["END"], num_ctx: 4_096 },
      think: "high",
      format: "json",
    });
    expect(request).toMatchObject({
      system: "Be brief.",
      messages: [
        { role: "user", content: [{ type: "text", text: "Look" }, SHOWN] },
        { role: "assistant", content: "", toolCalls: [{ id: "ollama_call_1", name: "look", input: { at: 1 } }] },
        { role: "tool", results: [{ callId: "ollama_call_1", name: "look", output: "seen", failed: false }] },
      ],
      maxOutputTokens: 99,
      temperature: 0.1,
      topP: 0.2,
      topK: 4,
      stopSequences: ["END"],
      effort: "high",
      json: {},
    });
    expect(read("ollama", { ...OLLAMA, options: { num_predict: -1 } }).maxOutputTokens).toBe(8_192);
  });
});

describe("a history that one provider took and another would not", () => {
  const use = (id: string): Json => ({ type: "tool_use", id, name: "look", input: {} });
  const result = (id: string, content: string): Json => ({ type: "tool_result", tool_use_id: id, content });
  const history = (...messages: Json[]): ModelRequest["messages"] =>
    read("anthropic-messages", {
      ...MESSAGES,
      messages: [{ role: "user", content: "Hi" }, ...messages],
    }).messages.slice(1);

  test("a call that was broken off has a result that says so", () => {
    const [, results, user] = history(
      { role: "assistant", content: [use("toolu_1")] },
      { role: "user", content: "Stop" },
    );
    expect(results).toMatchObject({
      results: [{ callId: "toolu_1", failed: true, output: "The call was broken off; there is no result." }],
    });
    expect(user).toEqual({ role: "user", content: "Stop" });
  });

  test("a result whose call is gone is told as text", () => {
    expect(history({ role: "user", content: [result("toolu_0", "old")] })).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Result of the tool call toolu_0, whose call is not in this conversation:\nold" },
        ],
      },
    ]);
  });

  test("ids that come twice, and ids that others do not take, are replaced at call and result alike", () => {
    const long = "x".repeat(80);
    const turns = history(
      { role: "assistant", content: [use("same"), use(long)] },
      { role: "user", content: [result("same", "1"), result(long, "2")] },
      { role: "assistant", content: [use("same"), use("a:b/c")] },
      { role: "user", content: [result("a:b/c", "4"), result("same", "3")] },
    );
    const calls = turns.flatMap((turn) => (turn.role === "assistant" ? turn.toolCalls.map(({ id }) => id) : []));
    const results = turns.flatMap((turn) => (turn.role === "tool" ? turn.results : []));
    expect(results.map(({ output }) => output)).toEqual(["1", "2", "3", "4"]);
    expect(results.map(({ callId }) => callId)).toEqual(calls);
    expect(new Set(calls).size).toBe(4);
    expect(calls.every((id) => /^[A-Za-z0-9_-]{1,40}$/.test(id))).toBe(true);
  });

  test("a conversation that the assistant begins has a user before it", () => {
    const messages = [
      { role: "assistant", content: "Welcome." },
      { role: "user", content: "Hi" },
    ];
    expect(read("anthropic-messages", { ...MESSAGES, messages }).messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "user",
    ]);
  });

  test("a thousand turns are read in a moment", () => {
    const turns = Array.from({ length: 1_000 }, (_, index) => [
      { role: "assistant", content: [use(`toolu_${index}`)] },
      { role: "user", content: [result(`toolu_${index}`, "ok")] },
    ]).flat();
    expect(history(...turns)).toHaveLength(2_000);
  });
});

test("a body that is nested without end is refused on every surface", () => {
  const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`) as unknown;
  const bodies = {
    "anthropic-messages": MESSAGES,
    "openai-chat": CHAT,
    "openai-responses": RESPONSES,
    gemini: GEMINI,
    ollama: OLLAMA,
  };
  for (const [surface, body] of Object.entries(bodies))
    expect(refusedFor(surface as SurfaceName, { ...body, tools: deep })).toBe("body");
});
