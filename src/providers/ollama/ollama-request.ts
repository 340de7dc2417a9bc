import { estimateInputTokens, userText } from "../estimate-usage.ts";
import { asObject, asText } from "../json.ts";
import type { ModelMessage, ModelRequest, UserContent } from "../provider.ts";

/** What `ModelAnswer.raw` holds: the thinking, which goes back with its message. */
export interface OllamaRaw {
  readonly provider: "ollama";
  readonly thinking: string;
}

/**
 * The body for /api/chat. Pure.
 *
 * - `num_ctx` holds the whole request and its answer: the server's default cuts longer prompts off without a word. It
 *   goes in powers of two, because each change makes the server load the model again.
 * - one tool that must be called is asked for by an output schema (`format`), since this wire cannot force a tool.
 */
export function ollamaBody(request: ModelRequest, stream: boolean): Record<string, unknown> {
  const forced = forcedTool(request);
  const tools = request.toolChoice === "none" ? [] : forced === undefined ? request.tools : [forced];
  const system = [request.system, instruction(request)].filter((part) => part !== "").join("\n\n");
  return {
    model: request.model,
    stream,
    messages: [
      ...(system === "" ? [] : [{ role: "system", content: system }]),
      ...request.messages.flatMap(wireMessages),
    ],
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema }) => ({
            type: "function",
            function: { name, description, parameters: inputSchema },
          })),
        }),
    ...(forced === undefined ? jsonFormat(request) : { format: forced.inputSchema }),
    // Models that cannot think refuse to be told to, but not to be told not to.
    ...(request.effort === "none" ? { think: false } : {}),
    options: {
      num_ctx: windowFor(estimateInputTokens(request) + request.maxOutputTokens),
      num_predict: request.maxOutputTokens,
      ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
      ...(request.topP === undefined ? {} : { top_p: request.topP }),
      ...(request.topK === undefined ? {} : { top_k: request.topK }),
      ...(request.stopSequences === undefined || request.stopSequences.length === 0
        ? {}
        : { stop: request.stopSequences }),
    },
    // Newer servers: refuse what does not fit instead of cutting it off.
    truncate: false,
    shift: false,
  };
}

/** The shape of the answer, where one is asked for. */
function jsonFormat({ json }: ModelRequest): { format?: unknown } {
  return json === undefined ? {} : { format: json.schema ?? "json" };
}

/** Images stand beside the text on this wire, as base64. */
function images(content: UserContent): { images?: string[] } {
  if (typeof content === "string") return {};
  const data = content.flatMap((part) =>
    part.type === "image" && part.source.kind === "data" ? [part.source.data] : [],
  );
  return data.length === 0 ? {} : { images: data };
}

/** The one tool that must be called, if there is one. */
export function forcedTool(request: ModelRequest): ModelRequest["tools"][number] | undefined {
  const { toolChoice, tools } = request;
  if (typeof toolChoice === "object") return tools.find((tool) => tool.name === toolChoice.tool);
  return toolChoice === "required" && tools.length === 1 ? tools[0] : undefined;
}

function instruction(request: ModelRequest): string {
  const forced = forcedTool(request);
  if (forced !== undefined) {
    return `Answer with the input of the tool "${forced.name}" and nothing else: one JSON object that follows its schema.`;
  }
  return request.toolChoice === "required" ? "Answer by calling one of the tools, never by text alone." : "";
}

function windowFor(tokens: number): number {
  let window = 8_192;
  while (window < tokens) window *= 2;
  return window;
}

function wireMessages(message: ModelMessage): Record<string, unknown>[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: userText(message.content), ...images(message.content) }];
    case "assistant": {
      if (message.content.trim() === "" && message.toolCalls.length === 0) return [];
      const raw = asObject(message.raw);
      const thinking = raw["provider"] === "ollama" ? asText(raw["thinking"]) : "";
      const calls = message.toolCalls.map((call, index) => ({
        id: call.id,
        function: { index, name: call.name, arguments: asObject(call.input) },
      }));
      return [
        {
          role: "assistant",
          content: message.content,
          ...(thinking === "" ? {} : { thinking }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
      ];
    }
    case "tool":
      return message.results.map((result) => ({
        role: "tool",
        tool_name: result.name,
        tool_call_id: result.callId,
        content: result.failed ? `Error: ${result.output}` : result.output,
      }));
  }
}
