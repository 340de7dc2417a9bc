import { isAllotError } from "../../foundation/errors.ts";
import { settleUsage } from "../estimate-usage.ts";
import type { FaultContext } from "../faults.ts";
import { refusalFault, reportedFault } from "../faults.ts";
import { causes, connectionFault } from "../connection-faults.ts";
import { guardCall } from "../guard-call.ts";
import { asObject, toPlainJson } from "../json.ts";
import type {
  CallOptions,
  ModelAnswer,
  ModelRequest,
  Provider,
  ProviderCapabilities,
  ProviderName,
} from "../provider.ts";
import { NOTHING_READ } from "../wire-reading.ts";
import type { WireReader, WireReading } from "../wire-reading.ts";
import { CollectedParts } from "./collect-parts.ts";
import { sdkPrompt, sdkToolChoice, sdkTools, toolInput } from "./prompt.ts";
import type { RawParts } from "./prompt.ts";
import type { SdkCallOptions, SdkContent, SdkModel, SdkProviderOptions } from "./sdk-types.ts";

/** What one provider on the AI SDK differs in. */
export interface SdkDialect {
  readonly name: ProviderName;
  readonly capabilities: ProviderCapabilities;
  readonly context: FaultContext;
  readonly reader: WireReader;
  readonly providerOptions?: SdkProviderOptions;
  /** Has the wire, as the SDK writes it, a mark for tool results that failed? */
  readonly marksFailures: boolean;
  /** Is the wish for more or less thinking passed on, in the SDK's words? Where it is not, `ownOptions` sees to it or nobody. */
  readonly efforts?: (request: ModelRequest) => boolean;
  /** What the SDK is told as the output limit, where it adds to it by itself. Absent: what the request says. */
  outputTokens?(request: ModelRequest): number;
  /** Given: what tools are marked with, for providers that are strict by default. */
  readonly strictTools?: boolean;
  /** Marks the conversation for the provider, where it wants marks: what may be cached. */
  markPrompt?(prompt: SdkCallOptions["prompt"], request: ModelRequest): SdkCallOptions["prompt"];
  /** What the request asks for in the provider's own words, laid over `providerOptions`. */
  ownOptions?(request: ModelRequest): SdkProviderOptions | undefined;
  /** Throws `provider-rejected` for what this provider cannot be sent, before anything is. */
  check?(request: ModelRequest): void;
  model(id: string): SdkModel;
}

/**
 * A provider on a language model of the AI SDK. The SDK writes the request and splits the answer into parts; ids,
 * finish, usage and faults are read from the provider's own JSON (see `wire-reading.ts`). The model is called directly
 * and once: the SDK's retries, tool loops and defaults stay out of it.
 */
export function defineSdkProvider(dialect: SdkDialect): Provider {
  return {
    name: dialect.name,
    capabilities: dialect.capabilities,
    call: (request, options) =>
      guardCall(dialect.context, request, options.signal, async (progress) => {
        dialect.check?.(request);
        const sdkOptions = callOptions(dialect, request, options.signal);
        const model = dialect.model(request.model);
        progress.reader = dialect.reader;
        const parts =
          options.onDelta === undefined
            ? await generate(model, sdkOptions, progress, dialect)
            : await stream(model, sdkOptions, progress, dialect, options);
        const { reading } = progress;
        if (reading.fault !== undefined) throw reportedFault(reading.fault, dialect.context);
        return toAnswer(dialect, request, reading, parts, progress.received);
      }),
  };
}

interface SdkProgress {
  reading: WireReading;
  received: string;
}

function callOptions(dialect: SdkDialect, request: ModelRequest, signal: AbortSignal): SdkCallOptions {
  const prompt = sdkPrompt(request, dialect.name, dialect.marksFailures);
  const providerOptions = dialect.ownOptions?.(request) ?? dialect.providerOptions;
  return {
    prompt: dialect.markPrompt?.(prompt, request) ?? prompt,
    maxOutputTokens: dialect.outputTokens?.(request) ?? request.maxOutputTokens,
    abortSignal: signal,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { topP: request.topP }),
    ...(request.topK === undefined ? {} : { topK: request.topK }),
    ...(request.stopSequences === undefined || request.stopSequences.length === 0
      ? {}
      : { stopSequences: [...request.stopSequences] }),
    ...(request.effort === undefined || dialect.efforts?.(request) !== true ? {} : { reasoning: request.effort }),
    ...(request.json === undefined ? {} : { responseFormat: { type: "json" as const, ...request.json } }),
    ...(request.tools.length === 0
      ? {}
      : { tools: sdkTools(request, dialect.strictTools), toolChoice: sdkToolChoice(request.toolChoice) }),
    ...(providerOptions === undefined ? {} : { providerOptions }),
  };
}

async function generate(
  model: SdkModel,
  options: SdkCallOptions,
  progress: SdkProgress,
  dialect: SdkDialect,
): Promise<readonly SdkContent[]> {
  try {
    const result = await model.doGenerate(options);
    const body = asObject(result.response?.body);
    // The SDK adds up the hops of an answer that it continued by itself; the last body names only its own.
    const usage = result.usage.raw;
    progress.reading = dialect.reader.read(NOTHING_READ, body);
    if (progress.reading.usage !== undefined && usage !== undefined)
      progress.reading = { ...progress.reading, usage: asObject(toPlainJson(usage)) };
    progress.received = textOf(result.content);
    return result.content;
  } catch (error) {
    throw sdkFault(error, dialect);
  }
}

async function stream(
  model: SdkModel,
  options: SdkCallOptions,
  progress: SdkProgress,
  dialect: SdkDialect,
  { onDelta }: CallOptions,
): Promise<readonly SdkContent[]> {
  const collected = new CollectedParts();
  /** Is the event that came last of a kind we know? */
  let known = true;
  try {
    const result = await model.doStream({ ...options, includeRawChunks: true });
    for await (const part of result.stream) {
      if (part.type === "raw") {
        const event = asObject(part.rawValue);
        progress.reading = dialect.reader.read(progress.reading, event);
        if (progress.reading.fault !== undefined) throw reportedFault(progress.reading.fault, dialect.context);
        onDelta?.({ text: "" });
        known = typeof event["type"] !== "string" || (dialect.reader.knows?.(event) ?? true);
      } else if (part.type === "error") {
        if (known) throw part.error;
      } else {
        const delta = collected.add(part);
        progress.received = collected.received;
        if (delta !== undefined) onDelta?.(delta);
      }
    }
  } catch (error) {
    throw isAllotError(error) ? error : sdkFault(error, dialect);
  }
  return collected.parts;
}

/** The fault behind what the SDK threw: an answer of another status, a connection, or an unreadable answer. */
function sdkFault(error: unknown, dialect: SdkDialect): Error {
  for (const link of causes(error)) {
    const call = link as {
      name: string;
      statusCode?: number;
      responseBody?: string;
      responseHeaders?: Record<string, string>;
    };
    if (call.name === "AI_APICallError" && call.statusCode !== undefined && call.statusCode >= 300) {
      const answer = { status: call.statusCode, body: call.responseBody ?? "", headers: call.responseHeaders ?? {} };
      return refusalFault(answer, dialect.context, Date.now());
    }
    // An answer of status 200 whose body is the provider's error object.
    const fault = dialect.reader.read(NOTHING_READ, asObject((error as { value?: unknown }).value)).fault;
    if (fault !== undefined) return reportedFault(fault, dialect.context);
  }
  return connectionFault(error, dialect.context);
}

function toAnswer(
  dialect: SdkDialect,
  request: ModelRequest,
  reading: WireReading,
  content: readonly SdkContent[],
  received: string,
): ModelAnswer {
  const parts = content.filter(isOwnPart).map((part) => toPlainJson(part) as SdkContent);
  const toolCalls = parts
    .filter((part) => part.type === "tool-call")
    .map((part) => ({ id: part.toolCallId, name: part.toolName, input: toolInput(part.input) }));
  const finish = reading.finish ?? "other";
  const raw: RawParts = { provider: dialect.name, parts };
  const thinking = thinkingOf(content);
  return {
    text: content.map((part) => (part.type === "text" ? part.text : "")).join(""),
    ...(thinking === "" ? {} : { thinking }),
    toolCalls,
    ...(reading.stopSequence === undefined ? {} : { stopSequence: reading.stopSequence }),
    finish: finishOf(finish, toolCalls.length),
    usage: settleUsage(request, reading.usage === undefined ? {} : dialect.reader.usage(reading.usage), {
      text: received,
      whole: true,
    }),
    model: reading.model === "" ? request.model : reading.model,
    responseId: reading.id,
    ...(parts.length === 0 ? {} : { raw }),
  };
}

/** Parts that go back with the next request; blank text without a signature says nothing and is refused by some. */
function isOwnPart(part: SdkContent): part is Extract<SdkContent, { type: "text" | "reasoning" | "tool-call" }> {
  if (part.type === "tool-call") return part.providerExecuted !== true;
  if (part.type !== "text" && part.type !== "reasoning") return false;
  return part.text.trim() !== "" || part.providerMetadata !== undefined;
}

/**
 * Some wires say "stop" for a turn that ends in tool calls; and where an answer of a JSON Schema is asked for by way of a tool,
 * the SDK turns the call into text. Pure.
 */
function finishOf(told: ModelAnswer["finish"], toolCalls: number): ModelAnswer["finish"] {
  if (toolCalls > 0 && told === "stop") return "tool-calls";
  return toolCalls === 0 && told === "tool-calls" ? "stop" : told;
}

/** The readable thinking; parts that stand apart (summaries) are a paragraph each. */
function thinkingOf(content: readonly SdkContent[]): string {
  return content
    .map((part) => (part.type === "reasoning" ? part.text : ""))
    .filter((text) => text !== "")
    .join("\n\n");
}

function textOf(content: readonly SdkContent[]): string {
  return content
    .map((part) =>
      part.type === "text" || part.type === "reasoning"
        ? part.text
        : part.type === "tool-call"
          ? part.toolName + part.input
          : "",
    )
    .join("");
}
