import type { ModelAnswer, ToolCall } from "../providers/provider.ts";
import type { RedactedThinkingBlock, ThinkingBlock } from "./message.ts";

/*
 * A turn of a model may hold what only its provider understands: signatures of thoughts, encrypted reasoning. Some
 * providers refuse the next turn without it. The Messages shape has a place for it that callers already hand back
 * untouched: thinking blocks. So a turn's own parts travel in the signature of one, whoever made them.
 */

const SEAL = "allot1.";

/** The block that carries the provider's own parts of a turn; undefined where plain text and calls say it all. Pure. */
export function sealTurn(answer: ModelAnswer): ThinkingBlock | RedactedThinkingBlock | undefined {
  const { raw } = answer;
  if (raw === undefined || raw === null) return undefined;
  const thinking = thoughtOf(raw);
  if (thinking === "" && !holdsMetadata(raw)) return undefined;
  const data = SEAL + Buffer.from(JSON.stringify(raw), "utf8").toString("base64url");
  return thinking === "" ? { type: "redacted_thinking", data } : { type: "thinking", thinking, signature: data };
}

/** The parts out of a block that `sealTurn` made; undefined for anything else. Pure. */
export function openSeal(sealed: string): unknown {
  if (!sealed.startsWith(SEAL)) return undefined;
  try {
    return JSON.parse(Buffer.from(sealed.slice(SEAL.length), "base64url").toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Do the parts still say what the turn says? A caller may have changed the text or left a call out; then its words count, and
 * the parts are dropped. Pure.
 */
export function stillSays(raw: unknown, text: string, calls: readonly ToolCall[]): boolean {
  const parts = partsOf(raw);
  if (parts === undefined) return true;
  const said = parts.map((part) => (part["type"] === "text" ? String(part["text"]) : "")).join("");
  const called = parts.flatMap((part) => (part["type"] === "tool-call" ? [String(part["toolCallId"])] : []));
  return said === text && called.join("\n") === calls.map(({ id }) => id).join("\n");
}

function thoughtOf(raw: object): string {
  const thinking = (raw as { thinking?: unknown }).thinking;
  if (typeof thinking === "string") return thinking;
  return (partsOf(raw) ?? []).map((part) => (part["type"] === "reasoning" ? String(part["text"]) : "")).join("");
}

/** Ids of items alone need not go back: nothing is stored at the provider under them. */
function holdsMetadata(raw: object): boolean {
  return (partsOf(raw) ?? []).some((part) => {
    const own = Object.values((part["providerMetadata"] ?? {}) as Record<string, object>);
    return part["type"] === "reasoning" || own.some((values) => Object.keys(values).some((key) => key !== "itemId"));
  });
}

function partsOf(raw: unknown): readonly Record<string, unknown>[] | undefined {
  const parts = (raw as { parts?: unknown } | null)?.parts;
  return Array.isArray(parts) ? (parts as Record<string, unknown>[]) : undefined;
}
