import { asList, asObject, asText } from "../../providers/json.ts";
import type { Json } from "../../providers/json.ts";
import { UNSIGNED } from "./gemini/read-contents.ts";
import { isSeal } from "./seal.ts";
import type { SurfaceName } from "./translation.ts";

/*
 * A session that another provider had served for a while and that comes back to the one whose protocol its client speaks.
 * Its bytes would pass as they are, but its history holds turns whose thinking this provider never signed, and it would
 * refuse them. They are taken out; all else stays as the client said it.
 */

/**
 * The members of the body that have to be others for `provider` to take it over the client's own protocol, with what they
 * have to be; undefined where nothing is amiss, and the client's bytes go as they are. The same history is mended the same
 * way every time, so that caches of prompts keep. Looking at every turn of a large request costs a thirtieth of searching its
 * bytes for what these turns have in them. Pure.
 */
export function repairHistory(surface: SurfaceName, provider: string, body: Json): Json | undefined {
  const mended = MENDERS[surface](body, provider);
  const members = Object.entries(mended).filter(([name, value]) => body[name] !== value);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

type Mender = (body: Json, provider: string) => Json;

const MENDERS: Readonly<Record<SurfaceName, Mender>> = {
  "anthropic-messages": (body) => withinBudget(mendList(body, "messages", mendMessage)),
  "openai-chat": (body, provider) => mendList(body, "messages", (message) => mendChat(message, provider)),
  "openai-responses": (body) =>
    mendList(body, "input", (item) => (isSeal(item["encrypted_content"]) ? undefined : item)),
  gemini: (body) => mendList(body, "contents", (content) => mendList(content, "parts", mendPart)),
  ollama: (body) => body,
};

/** The object with the items of one list mended, or taken out; the same object where none changed, and then nothing is copied. */
function mendList(body: Json, field: string, mend: (item: Json) => Json | undefined): Json {
  const items: unknown = body[field];
  if (!Array.isArray(items)) return body;
  let mended: unknown[] | undefined;
  for (const [index, value] of (items as unknown[]).entries()) {
    const item = asObject(value);
    const kept = mend(item);
    if (kept !== item) mended ??= items.slice(0, index) as unknown[];
    if (mended !== undefined && kept !== undefined) mended.push(kept === item ? value : kept);
  }
  return mended === undefined ? body : { ...body, [field]: mended };
}

function mendMessage(message: Json): Json | undefined {
  const mended = mendList(message, "content", (block) =>
    isSeal(block["signature"]) || isSeal(block["data"]) ? undefined : block,
  );
  return mended !== message && asList(mended["content"]).length === 0 ? undefined : mended;
}

/**
 * With a budget for thinking, a turn that waits for results of its tools must begin with its thoughts, which another
 * provider's turn has none of: until the turn is over it goes on without.
 */
function withinBudget(body: Json): Json {
  if (asObject(body["thinking"])["type"] !== "enabled") return body;
  const messages = asList(body["messages"]).map(asObject);
  const blocks = asList(messages.findLast(({ role }) => role === "assistant")?.["content"]).map(asObject);
  const ours = blocks.some(({ type, id }) => type === "tool_use" && asText(id).startsWith("toolu_a_"));
  const waits = asList(messages.at(-1)?.["content"]).some((block) => asObject(block)["type"] === "tool_result");
  if (!ours || !waits || /thinking$/.test(asText(blocks[0]?.["type"]))) return body;
  return mendEdits({ ...body, thinking: { type: "disabled" } });
}

/** Clearing of thinking can be asked for only where there is thinking. */
function mendEdits(body: Json): Json {
  const management = asObject(body["context_management"]);
  const mended = mendList(management, "edits", (edit) =>
    asText(edit["type"]).startsWith("clear_thinking") ? undefined : edit,
  );
  return mended === management ? body : { ...body, context_management: mended };
}

/** OpenAI's own servers, and xAI's, know neither the sealed details nor the signatures of Gemini. */
function mendChat(message: Json, provider: string): Json {
  let mended = mendList(message, "reasoning_details", (detail) => (isSeal(detail["data"]) ? undefined : detail));
  if (mended !== message && asList(mended["reasoning_details"]).length === 0)
    mended = without(mended, "reasoning_details");
  if (provider === "openai") mended = without(mended, "reasoning_content");
  if (provider === "openai" || provider === "xai")
    mended = mendList(mended, "tool_calls", (call) => without(call, "extra_content"));
  return mended;
}

function without(fields: Json, name: string): Json {
  if (!(name in fields)) return fields;
  const { [name]: _left, ...rest } = fields;
  return rest;
}

function mendPart(part: Json): Json {
  if (!isSeal(part["thoughtSignature"])) return part;
  return "functionCall" in part ? { ...part, thoughtSignature: UNSIGNED } : without(part, "thoughtSignature");
}
