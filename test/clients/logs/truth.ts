import type { ScriptedUsage } from "../../support/scripted-provider/script.ts";
import type { Billed } from "./make-logs.ts";

/** Tokens as allot counts them. */
export interface Counted {
  readonly answers: number;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export const NOTHING: Counted = { answers: 0, input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

export function plus(a: Counted, b: Counted): Counted {
  return {
    answers: a.answers + b.answers,
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
  };
}

/** What the provider billed an agent, and which of it no log of that agent holds. */
export interface Truth {
  readonly billed: Counted;
  /** By why it is not in the logs. */
  readonly hidden: ReadonlyMap<string, Counted>;
}

/** Of every request that was answered. Chat completions as opencode reads them lump cache writes with the input; Gemini has none. */
export function truthOf(billed: readonly Billed[], client: string): Truth {
  let all = NOTHING;
  const hidden = new Map<string, Counted>();
  for (const { scene, served } of billed.filter((each) => each.client === client)) {
    for (const request of served.filter(({ status }) => status === 200)) {
      const counted = countedOf(request.usage, request.wire, client);
      all = plus(all, counted);
      const why = whyHidden(scene, client, request);
      if (why !== undefined) hidden.set(why, plus(hidden.get(why) ?? NOTHING, counted));
    }
  }
  return { billed: all, hidden };
}

function countedOf(usage: ScriptedUsage, wire: string, client: string): Counted {
  const written = wire === "google" ? 0 : usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const isLumped = client === "opencode" && wire === "openai-chat";
  return {
    answers: 1,
    input: usage.inputTokens + (isLumped ? written : 0),
    cacheRead: usage.cacheReadTokens,
    cacheWrite: isLumped ? 0 : written,
    output: usage.outputTokens,
  };
}

/** undefined: the log holds it. */
function whyHidden(scene: string, client: string, request: Billed["served"][number]): string | undefined {
  if (!request.completed) return "cut attempt";
  if (scene === "c-compact") return "compaction";
  if (scene === "x-ephemeral") return "ephemeral";
  if (client === "gemini-cli" && !request.stream) return "router";
  return client === "opencode" && request.toolNames.length === 0 ? "title" : undefined;
}
