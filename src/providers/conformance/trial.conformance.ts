import { onTestFinished, test } from "vitest";
import { openScriptedProvider } from "../../../test/support/scripted-provider/scripted-provider.ts";
import type { ScriptedProvider } from "../../../test/support/scripted-provider/scripted-provider.ts";
import type { Script, ScriptedAnswer, WireName } from "../../../test/support/scripted-provider/script.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { CallOptions, ModelAnswer, ModelRequest, Provider, ToolSpec } from "../provider.ts";

/** One provider under the suite. */
export interface ConformanceSubject {
  readonly title: string;
  readonly wire: WireName;
  /** Opens the provider at the scripted one. */
  open(server: ScriptedProvider, settings: { apiKey: string }): Provider;
  /** Cases this wire cannot have, each with its reason. */
  readonly skips: Partial<Record<SkippableCase, string>>;
}

export type SkippableCase =
  | "thinking-returns"
  | "thinking-read"
  | "content-filter"
  | "cache-read"
  | "cache-write"
  | "cache-write-1h"
  | "reasoning-usage"
  | "usage-before-cut"
  | "response-id"
  | "image-url"
  | "no-image-url";

/** What the cases are made with. */
export interface Trial {
  readonly subject: ConformanceSubject;
  /** A case that some wires cannot have. */
  unless(name: SkippableCase, title: string, body: () => Promise<void>): void;
  /** A scripted provider for this test alone, and the provider under test opened at it. */
  serve(script: Script | ScriptedAnswer): Promise<{ server: ScriptedProvider; provider: Provider }>;
  /** The same request unstreamed and streamed. */
  both(
    script: Script | ScriptedAnswer,
    request: ModelRequest,
  ): Promise<{ plain: ModelAnswer; streamed: ModelAnswer; deltas: string[] }>;
}

export const KEY = "sk-conformance-0123456789abcdef";

export const WEATHER: ToolSpec = {
  name: "weather",
  description: "The weather of a town",
  inputSchema: {
    type: "object",
    properties: { town: { type: "string" }, days: { type: "integer" } },
    required: ["town"],
    additionalProperties: false,
  },
};

export const REPORT: ToolSpec = { ...WEATHER, name: "report", description: "Reports the end" };

/** A request with changes. */
export function ask(changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: "scripted-model",
    system: "Be brief.",
    messages: [{ role: "user", content: "How is the weather in Genève?" }],
    tools: [],
    toolChoice: "auto",
    maxOutputTokens: 500,
    ...changes,
  };
}

/** Options of an unstreamed call that nobody stops. */
export function quiet(): CallOptions {
  return { signal: new AbortController().signal };
}

/** Options of a streamed call that nobody stops. */
export function streaming(): CallOptions {
  return { ...quiet(), onDelta: () => {} };
}

/** The fault a call ended in; anything else fails the test. */
export async function faultOf(call: Promise<unknown>): Promise<AllotError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof AllotError) return error;
    throw new Error(`not a fault of ours: ${String(error)}`, { cause: error });
  }
  throw new Error("the call was answered");
}

/** A trial of that subject. */
export function openTrial(subject: ConformanceSubject): Trial {
  const serve: Trial["serve"] = async (script) => {
    const server = await openScriptedProvider({ script: typeof script === "function" ? script : () => script });
    onTestFinished(() => server.close());
    return { server, provider: subject.open(server, { apiKey: KEY }) };
  };
  return {
    subject,
    serve,
    unless(name, title, body) {
      const reason = subject.skips[name];
      test.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (skipped: ${reason})`, body);
    },
    async both(script, request) {
      const { provider } = await serve(script);
      const plain = await provider.call(request, quiet());
      const deltas: string[] = [];
      const streamed = await provider.call(request, {
        ...quiet(),
        onDelta: ({ text }) => text !== "" && deltas.push(text),
      });
      return { plain, streamed, deltas };
    },
  };
}
