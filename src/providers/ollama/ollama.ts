import { AllotError } from "../../foundation/errors.ts";
import { settleUsage } from "../estimate-usage.ts";
import { refusalFault, reportedFault } from "../faults.ts";
import { guardCall } from "../guard-call.ts";
import type { CallProgress } from "../guard-call.ts";
import { requireInlineImages } from "../inline-images.ts";
import { asList, asObject, asText, parseJson } from "../json.ts";
import type { CallOptions, ModelAnswer, ModelRequest, ToolCall } from "../provider.ts";
import type { OpenProvider, ProviderConnection } from "../open-provider.ts";
import { forcedTool, ollamaBody } from "./ollama-request.ts";
import type { OllamaRaw } from "./ollama-request.ts";
import { ollamaReader } from "./ollama-reader.ts";

/**
 * Ollama over its own /api/chat. Its OpenAI-compatible surface was rejected: there the context window cannot be set, and
 * the server's small default cuts prompts off silently; here it can, usage comes with every stream, thinking goes both
 * ways, and an output schema makes the answer fit a tool.
 */
export const openOllama: OpenProvider = (connection) => ({
  name: "ollama",
  capabilities: { canLookup: false, tools: true, images: true },
  call: (request, options) =>
    guardCall(connection.context, request, options.signal, async (progress) => {
      progress.reader = ollamaReader;
      requireInlineImages(request, connection.context.label);
      const turn = await converse(connection, request, options, progress);
      return toAnswer(request, turn, progress);
    }),
});

/** What has come of one answer. */
interface Turn {
  text: string;
  thinking: string;
  readonly calls: { id: string; name: string; input: unknown }[];
}

async function converse(
  connection: ProviderConnection,
  request: ModelRequest,
  { signal, onDelta }: CallOptions,
  progress: CallProgress,
): Promise<Turn> {
  const response = await connection.fetch(`${connection.baseUrl}/api/chat`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(connection.apiKey === "" ? {} : { authorization: `Bearer ${connection.apiKey}` }),
      ...connection.headers,
    },
    body: JSON.stringify(ollamaBody(request, onDelta !== undefined)),
    signal,
  });
  if (!response.ok) {
    const refused = {
      status: response.status,
      body: await response.text(),
      headers: Object.fromEntries(response.headers),
    };
    throw refusalFault(refused, connection.context, Date.now());
  }
  // What is written under a tool's schema becomes a call of that tool, and is no text of the answer.
  const forced = forcedTool(request);
  const turn: Turn = { text: "", thinking: "", calls: [] };
  for await (const line of lines(response)) {
    const payload = parseJson(line);
    if (payload === undefined)
      throw new AllotError("provider-malformed", `${connection.context.label} sent a line that is no JSON`);
    take(turn, asObject(payload), progress, connection, forced === undefined ? onDelta : () => onDelta?.({ text: "" }));
  }
  return turn;
}

function take(
  turn: Turn,
  payload: ReturnType<typeof asObject>,
  progress: CallProgress,
  connection: ProviderConnection,
  onDelta: CallOptions["onDelta"],
): void {
  progress.reading = ollamaReader.read(progress.reading, payload);
  if (progress.reading.fault !== undefined) throw reportedFault(progress.reading.fault, connection.context);
  const message = asObject(payload["message"]);
  const text = asText(message["content"]);
  const thinking = asText(message["thinking"]);
  turn.text += text;
  turn.thinking += thinking;
  for (const raw of asList(message["tool_calls"])) {
    const call = asObject(asObject(raw)["function"]);
    const input = call["arguments"];
    turn.calls.push({
      id: asText(asObject(raw)["id"]),
      name: asText(call["name"]),
      input: typeof input === "string" ? (parseJson(input) ?? input) : input,
    });
    progress.received += asText(call["name"]) + JSON.stringify(input ?? {});
  }
  progress.received += text + thinking;
  onDelta?.({ text, ...(thinking === "" ? {} : { thinking }) });
}

/** The lines of the body, each as soon as it is whole; blank ones are noise. */
async function* lines(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((part) => part.trim() !== "");
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield rest;
}

function toAnswer(request: ModelRequest, turn: Turn, progress: CallProgress): ModelAnswer {
  const { reading } = progress;
  const { text, calls } = unwrapForced(request, turn);
  const earlier = request.messages.reduce(
    (count, message) => count + (message.role === "assistant" ? message.toolCalls.length : 0),
    0,
  );
  // Older servers give calls no id: their position in the conversation is one, and stays the same on a replay.
  const toolCalls = calls.map((call, index): ToolCall => ({
    ...call,
    id: call.id === "" ? `call_${earlier + index + 1}` : call.id,
  }));
  const raw: OllamaRaw = { provider: "ollama", thinking: turn.thinking };
  const finish = reading.finish ?? "other";
  return {
    text,
    ...(turn.thinking === "" ? {} : { thinking: turn.thinking }),
    toolCalls,
    finish: toolCalls.length > 0 && finish === "stop" ? "tool-calls" : finish,
    usage: settleUsage(request, reading.usage === undefined ? {} : ollamaReader.usage(reading.usage), {
      text: progress.received,
      whole: true,
    }),
    model: reading.model === "" ? request.model : reading.model,
    responseId: "",
    ...(turn.thinking === "" ? {} : { raw }),
  };
}

/** An answer that followed the schema of the one tool asked for is a call of that tool. */
function unwrapForced(request: ModelRequest, turn: Turn): Pick<Turn, "text" | "calls"> {
  const forced = forcedTool(request);
  if (forced === undefined || turn.calls.length > 0) return turn;
  const input = parseJson(turn.text);
  const isObject = input !== null && typeof input === "object" && !Array.isArray(input);
  return isObject ? { text: "", calls: [{ id: "", name: forced.name, input }] } : turn;
}
