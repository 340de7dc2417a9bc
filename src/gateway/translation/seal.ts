import { asList, asObject, asText, parseJson } from "../../providers/json.ts";
import type { Json } from "../../providers/json.ts";
import type { ModelAnswer, ToolCall } from "../../providers/provider.ts";

/*
 * A turn may hold what only its provider understands: signatures of thoughts, encrypted reasoning. Some providers refuse
 * the next turn without it. Clients hand back untouched what their own wire has for the purpose (a signature, encrypted
 * content), so such parts travel there, sealed: marked as allot's, with the provider they are from. Texts and inputs that
 * the history has anyway are left out of the seal and filled in again from it.
 *
 * A seal is not secret and not proof: whoever sends one could have sent the parts themselves.
 */

const MARK = "allot2.";

/** Stands where a wire wants a seal before the turn is known whole. Seals nothing. */
export const EMPTY_SEAL = `${MARK}-`;

/** Was it made by allot, here or by the client library? Pure. */
export function isSeal(text: unknown): boolean {
  return typeof text === "string" && /^allot[12]\./.test(text);
}

type Metadata = Readonly<Record<string, Json>>;

/** A part of a turn as its provider made it, without what the history says anyway. */
type SealedPart =
  | { readonly type: "text"; readonly length: number; readonly own?: Metadata }
  | { readonly type: "reasoning"; readonly text: string; readonly own?: Metadata }
  | { readonly type: "tool-call"; readonly id: string; readonly name: string; readonly own?: Metadata };

export interface Seal {
  readonly provider: string;
  readonly parts: readonly SealedPart[];
}

/** The seal over an answer's own parts; undefined where text and calls say all there is. Pure. */
export function sealAnswer(answer: ModelAnswer): string | undefined {
  const raw = asObject(answer.raw);
  const provider = asText(raw["provider"]);
  const parts = "thinking" in raw ? ollamaParts(raw, answer) : asList(raw["parts"]).flatMap(sealPart);
  if (provider === "" || !parts.some(isWorthKeeping)) return undefined;
  return MARK + Buffer.from(JSON.stringify({ provider, parts } satisfies Seal), "utf8").toString("base64url");
}

/** What a seal holds; undefined for anything else. Pure. */
export function openSeal(sealed: string): Seal | undefined {
  if (!sealed.startsWith(MARK)) return undefined;
  const value = asObject(parseJson(Buffer.from(sealed.slice(MARK.length), "base64url").toString("utf8")));
  const provider = asText(value["provider"]);
  const parts = asList(value["parts"]).flatMap(readPart);
  return provider === "" || parts.length === 0 ? undefined : { provider, parts };
}

/**
 * The provider's own parts of a turn again, to be its `raw`, with the calls under the ids their provider gave them. Undefined
 * where the turn says something else now than what was sealed: then the client's words count. Pure.
 */
export function unsealTurn(
  seal: Seal,
  content: string,
  calls: readonly ToolCall[],
): { readonly raw: unknown; readonly ids: readonly string[] } | undefined {
  const ids: string[] = [];
  const parts: Json[] = [];
  let at = 0;
  for (const part of seal.parts) {
    const own = part.own === undefined ? {} : { providerMetadata: part.own };
    if (part.type === "text") {
      parts.push({ type: "text", text: content.slice(at, at + part.length), ...own });
      at += part.length;
    } else if (part.type === "reasoning") parts.push({ type: "reasoning", text: part.text, ...own });
    else {
      const call = calls[ids.length];
      if (call === undefined || call.name !== part.name) return undefined;
      ids.push(part.id);
      const input = typeof call.input === "string" ? call.input : JSON.stringify(call.input ?? {});
      parts.push({ type: "tool-call", toolCallId: part.id, toolName: call.name, input, ...own });
    }
  }
  if (at !== content.length || ids.length !== calls.length) return undefined;
  return { raw: rawOf(seal.provider, parts), ids };
}

/** A turn's own parts as their provider takes them back. Pure. */
export function rawOf(provider: string, parts: readonly Json[]): unknown {
  if (provider !== "ollama") return { provider, parts };
  return {
    provider,
    thinking: parts.map((part) => (part["type"] === "reasoning" ? asText(part["text"]) : "")).join(""),
  };
}

function ollamaParts(raw: Json, answer: ModelAnswer): SealedPart[] {
  return [
    { type: "reasoning", text: asText(raw["thinking"]) },
    ...(answer.text === "" ? [] : [{ type: "text" as const, length: answer.text.length }]),
    ...answer.toolCalls.map(({ id, name }) => ({ type: "tool-call" as const, id, name })),
  ];
}

function sealPart(value: unknown): SealedPart[] {
  const part = asObject(value);
  const own = metadataOf(part["providerMetadata"]);
  switch (part["type"]) {
    case "text":
      return [{ type: "text", length: asText(part["text"]).length, ...own }];
    case "reasoning":
      return [{ type: "reasoning", text: asText(part["text"]), ...own }];
    case "tool-call":
      return [{ type: "tool-call", id: asText(part["toolCallId"]), name: asText(part["toolName"]), ...own }];
    default:
      return [];
  }
}

function readPart(value: unknown): SealedPart[] {
  const part = asObject(value);
  const own = metadataOf(part["own"]);
  switch (part["type"]) {
    case "text":
      return typeof part["length"] === "number" ? [{ type: "text", length: part["length"], ...own }] : [];
    case "reasoning":
      return [{ type: "reasoning", text: asText(part["text"]), ...own }];
    case "tool-call":
      return [{ type: "tool-call", id: asText(part["id"]), name: asText(part["name"]), ...own }];
    default:
      return [];
  }
}

function metadataOf(value: unknown): { own?: Metadata } {
  const own = Object.fromEntries(Object.entries(asObject(value)).map(([name, fields]) => [name, asObject(fields)]));
  return Object.keys(own).length === 0 ? {} : { own };
}

/** Ids of items alone need not go back: nothing is stored at the provider under them. */
function isWorthKeeping(part: SealedPart): boolean {
  if (part.type === "reasoning") return true;
  return Object.values(part.own ?? {}).some((fields) => Object.keys(fields).some((name) => name !== "itemId"));
}
