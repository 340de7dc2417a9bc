import type { ModelAnswer, ModelRequest, ProviderName } from "../../../src/providers/provider.ts";

/** One wire answer, kept as it came, with what our provider must make of it. See docs/providers.md, "Recording an answer". */
export interface Fixture {
  readonly provider: ProviderName;
  readonly wire?: "responses" | "chat";
  /** "recorded 2026-11-21" or "written to the published format". */
  readonly origin: string;
  readonly stream: boolean;
  readonly request: ModelRequest;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's lines. */
  readonly body: readonly string[];
  readonly expected: ExpectedAnswer | ExpectedFault;
}

export type ExpectedAnswer = Pick<ModelAnswer, "text" | "toolCalls" | "finish" | "usage" | "model" | "responseId">;

export interface ExpectedFault {
  readonly fault: string;
  readonly retryAfterMs?: number;
}

/** A fetch that answers with what the fixture kept. */
export function replay(fixture: Fixture): typeof fetch {
  return () =>
    Promise.resolve(new Response(fixture.body.join("\n"), { status: fixture.status, headers: { ...fixture.headers } }));
}

/** What of an answer a fixture holds on to. */
export function expectedOf(answer: ModelAnswer): ExpectedAnswer {
  const { text, toolCalls, finish, usage, model, responseId } = answer;
  return { text, toolCalls, finish, usage, model, responseId };
}
