import { fillAnswer, type ScriptedAnswer, type SeenRequest, type WireName } from "../scripted-provider/script.ts";
import { WIRES } from "../scripted-provider/wires.ts";
import { readSaid, type SurfaceName, SURFACES } from "./surfaces.ts";

/** Nano-dollars a token, in and out: the public prices of the models the tests use, not read from the catalogue. */
const PRICES: Readonly<Record<string, { readonly input: number; readonly output: number }>> = {
  "claude-sonnet-5-5": { input: 2_000, output: 10_000 },
  "gpt-5": { input: 1_250, output: 10_000 },
  "gpt-6.1-sol": { input: 2_000, output: 10_000 },
  "grok-4.7": { input: 2_000, output: 6_000 },
  "gemini-2.5-pro": { input: 1_250, output: 10_000 },
  qwen: { input: 0, output: 0 },
};

/** The price of an answer, in nano-dollars. */
export function priceOf(model: string, inputTokens: number, outputTokens: number): number {
  const price = PRICES[model];
  if (price === undefined) throw new Error(`the tests of the gateway do not know the price of ${model}`);
  return inputTokens * price.input + outputTokens * price.output;
}

/** What a provider bills for one request, and how exactly anybody else can know it. */
export interface Bill {
  readonly model: string;
  readonly cost: number;
  readonly input: number;
  readonly output: number;
  /** told: in the answer itself. part: for what was sent until it broke. unknown: nobody was told anything. none: nothing is billed. */
  readonly certainty: "told" | "part" | "unknown" | "none";
}

/** A request as the provider saw it, and what its script answered. */
export interface Answered {
  readonly seen: SeenRequest;
  readonly answer: ScriptedAnswer;
  /** In order of arrival, over all providers of a test. */
  readonly at: number;
}

/** How a provider counts that bills what it has written: all of a whole answer, of a broken one the share it has sent. */
export function billOf({ seen, answer }: Answered): Bill {
  const { model } = seen;
  if (answer.error !== undefined) return { model, cost: 0, input: 0, output: 0, certainty: "none" };
  const full = fillAnswer(seen, answer);
  const { inputTokens: input, outputTokens } = full.usage;
  const bill = (output: number, certainty: Bill["certainty"]): Bill => ({
    model,
    input,
    output,
    cost: priceOf(model, input, output),
    certainty,
  });
  if (answer.silence !== undefined || answer.garbage === true) return bill(0, "unknown");
  const brokenAt = answer.cutAfter ?? answer.endAfter ?? answer.failAfter ?? answer.hangAfter;
  if (brokenAt === undefined) return bill(outputTokens, "told");
  if (!seen.stream) return bill(Math.ceil(outputTokens / 2), "unknown");
  const { chunks, text } = sentBy({ seen, answer }, brokenAt);
  if (chunks <= brokenAt) return bill(outputTokens, "told");
  return bill(Math.round((outputTokens * text.length) / Math.max(1, full.text.length)), "part");
}

const SURFACE_OF: Readonly<Record<WireName, SurfaceName>> = {
  anthropic: "anthropic",
  "openai-chat": "chat",
  "xai-chat": "chat",
  "openai-responses": "responses",
  "xai-responses": "responses",
  google: "gemini",
  ollama: "ollama",
};

/** What the first chunks of a streamed answer say, and how many chunks there are in all. */
export function sentBy(
  { seen, answer }: Pick<Answered, "seen" | "answer">,
  most: number,
): { readonly chunks: number; readonly text: string; readonly ends: number } {
  const wire = WIRES.find(({ name }) => name === seen.wire);
  if (wire === undefined) throw new Error(`no such wire: ${seen.wire}`);
  const chunks = wire.chunks(fillAnswer(seen, answer), seen);
  const { text, ends } = readSaid(SURFACES[SURFACE_OF[seen.wire]], chunks.slice(0, most).join(""), true);
  return { chunks: chunks.length, text, ends };
}
