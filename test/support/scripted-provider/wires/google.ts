import type { FullAnswer, ScriptedError, SeenMessage } from "../script.ts";
import { pieces } from "../script.ts";
import { count, dataEvent, ERROR_STATUS, message, object, objects, text } from "../wire.ts";
import type { Json, Wire } from "../wire.ts";

/** Gemini: POST /v1beta/models/NAME:generateContent and :streamGenerateContent. */
export const googleWire: Wire = {
  name: "google",
  matches: (path) => /\/models\/[^/]+:(generateContent|streamGenerateContent)$/.test(path),
  streamType: "text/event-stream",
  read: (path, body) => {
    const config = object(object(body["toolConfig"])["functionCallingConfig"]);
    return {
      model: decodeURIComponent(/\/models\/([^/]+):/.exec(path)?.[1] ?? ""),
      system: partText(object(body["systemInstruction"])["parts"]),
      messages: objects(body["contents"]).map(readContent),
      tools: objects(body["tools"])
        .flatMap((tool) => objects(tool["functionDeclarations"]))
        .map((tool) => ({
          name: text(tool["name"]),
          description: text(tool["description"]),
          schema: tool["parameters"] ?? tool["parametersJsonSchema"],
        })),
      toolChoice: readChoice(config),
      stream: path.endsWith(":streamGenerateContent"),
      maxOutputTokens: count(object(body["generationConfig"])["maxOutputTokens"]),
    };
  },
  body: (answer) => ({
    candidates: [{ content: { role: "model", parts: parts(answer) }, finishReason: FINISH[answer.finish], index: 0 }],
    ...tail(answer),
  }),
  chunks: (answer) => {
    const chunk = (part: Json): string =>
      dataEvent({ candidates: [{ content: { role: "model", parts: [part] }, index: 0 }], ...early(answer) });
    return [
      ...pieces(answer.reasoning).map((piece) => chunk({ text: piece, thought: true })),
      ...pieces(answer.text).map((piece) => chunk({ text: piece })),
      ...parts(answer)
        .filter((part) => part["functionCall"] !== undefined)
        .map(chunk),
      dataEvent({
        candidates: [
          { content: { role: "model", parts: [{ text: "" }] }, finishReason: FINISH[answer.finish], index: 0 },
        ],
        ...tail(answer),
      }),
    ];
  },
  faultChunk: () => dataEvent({ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }),
  error: (kind) => ({ status: ERROR_STATUS[kind], body: { error: ERRORS[kind] } }),
};

const FINISH = { stop: "STOP", "tool-calls": "STOP", length: "MAX_TOKENS", "content-filter": "SAFETY" } as const;

const ERRORS: Record<Exclude<ScriptedError, object>, Json> = {
  auth: { code: 401, message: "Request had invalid authentication credentials.", status: "UNAUTHENTICATED" },
  forbidden: { code: 403, message: "The caller does not have permission", status: "PERMISSION_DENIED" },
  "rate-limited": {
    code: 429,
    message: "You exceeded your current quota.",
    status: "RESOURCE_EXHAUSTED",
    details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }],
  },
  "server-error": { code: 500, message: "An internal error has occurred.", status: "INTERNAL" },
  overloaded: { code: 503, message: "The model is overloaded. Please try again later.", status: "UNAVAILABLE" },
  "too-long": {
    code: 400,
    message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    status: "INVALID_ARGUMENT",
  },
  "content-refused": {
    code: 400,
    message: "The prompt was blocked due to safety: PROHIBITED_CONTENT",
    status: "INVALID_ARGUMENT",
  },
  "bad-request": { code: 400, message: "Invalid JSON payload received.", status: "INVALID_ARGUMENT" },
};

function readContent(content: Json): SeenMessage {
  const all = objects(content["parts"]);
  const responses = all
    .filter((part) => part["functionResponse"] !== undefined)
    .map((part) => object(part["functionResponse"]));
  if (responses.length > 0) {
    return message("tool", {
      toolResults: responses.map((raw) => {
        const output = object(raw["response"]);
        const value = output["error"] ?? output["content"] ?? output["output"] ?? output;
        return {
          callId: text(raw["id"]),
          name: text(raw["name"]),
          output: typeof value === "string" ? value : JSON.stringify(value),
          failed: output["error"] !== undefined,
        };
      }),
    });
  }
  if (content["role"] !== "model") return message("user", { text: partText(all) });
  return message("assistant", {
    text: partText(all.filter((part) => part["thought"] !== true)),
    reasoning: all
      .filter((part) => part["thought"] === true)
      .map((part) => ({ text: text(part["text"]), signature: text(part["thoughtSignature"]) })),
    toolCalls: all
      .filter((part) => part["functionCall"] !== undefined)
      .map((part) => {
        const call = object(part["functionCall"]);
        return {
          id: text(call["id"]),
          name: text(call["name"]),
          input: call["args"],
          signature: text(part["thoughtSignature"]),
        };
      }),
  });
}

function partText(raw: unknown): string {
  return objects(raw)
    .map((part) => text(part["text"]))
    .join("");
}

function readChoice(config: Json): "auto" | "none" | "required" | { tool: string } {
  const only = config["allowedFunctionNames"];
  if (config["mode"] === "ANY") return Array.isArray(only) && only.length === 1 ? { tool: text(only[0]) } : "required";
  return config["mode"] === "NONE" ? "none" : "auto";
}

function parts(answer: FullAnswer): Json[] {
  return [
    ...(answer.reasoning === "" ? [] : [{ text: answer.reasoning, thought: true }]),
    ...(answer.text === "" ? [] : [{ text: answer.text }]),
    ...answer.toolCalls.map((call, index) => ({
      functionCall: { id: call.id, name: call.name, args: call.input },
      // As the service does it: only the first call of a turn carries the signature.
      ...(answer.signature === "" || index > 0 ? {} : { thoughtSignature: answer.signature }),
    })),
  ];
}

/** Every chunk of a stream names the prompt; the output counts grow, and are whole in the last one. */
function early(answer: FullAnswer): Json {
  const whole = tail(answer);
  if (answer.usageMissing) return whole;
  const { promptTokenCount, cachedContentTokenCount } = object(whole["usageMetadata"]);
  return { ...whole, usageMetadata: { promptTokenCount, cachedContentTokenCount, totalTokenCount: promptTokenCount } };
}

/** The prompt includes what was cached; thoughts stand beside the candidates, and tool prompts beside both. */
function tail(answer: FullAnswer): Json {
  const tokens = answer.usage;
  const prompt = tokens.inputTokens + tokens.cacheReadTokens;
  return {
    ...(answer.usageMissing
      ? {}
      : {
          usageMetadata: {
            promptTokenCount: prompt,
            candidatesTokenCount: tokens.outputTokens - tokens.reasoningTokens,
            totalTokenCount: prompt + tokens.outputTokens + tokens.toolUsePromptTokens,
            cachedContentTokenCount: tokens.cacheReadTokens,
            ...(tokens.reasoningTokens > 0 ? { thoughtsTokenCount: tokens.reasoningTokens } : {}),
            ...(tokens.toolUsePromptTokens > 0 ? { toolUsePromptTokenCount: tokens.toolUsePromptTokens } : {}),
          },
        }),
    modelVersion: answer.model,
    responseId: answer.id,
  };
}
