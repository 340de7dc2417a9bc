import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { UserPart } from "../../../providers/provider.ts";
import type { Conversation } from "../conversation.ts";
import { isSeal } from "../seal.ts";
import type { ToolTable } from "../tool-table.ts";
import { imageOf, leftOut } from "../wire-fields.ts";

/** The signature that Gemini takes for a call that it did not make. Source: the provider's page on thought signatures. */
export const UNSIGNED = "skip_thought_signature_validator";

/** A field by its name in camel case; this wire takes snake case as well. Pure. */
export function field(fields: Json, name: string): unknown {
  return fields[name] ?? fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

/** The parts of a content, which may be a single one, or a text. Pure. */
export function partsOf(content: unknown): Json[] {
  if (typeof content === "string") return [{ text: content }];
  const { parts } = asObject(content);
  return Array.isArray(parts) ? parts.map(asObject) : [asObject(parts)];
}

/** Puts the contents into the conversation, under the names that `tools` gives the tools. */
export function readContents(contents: unknown, tools: ToolTable, conversation: Conversation): void {
  const list = Array.isArray(contents) ? contents : contents === undefined ? [] : [contents];
  const calls = new OpenCalls();
  for (const value of list as unknown[]) {
    const model = asObject(value)["role"] === "model";
    if (model) calls.nextTurn();
    const said: UserPart[] = [];
    for (const part of partsOf(value)) {
      const answered = asObject(field(part, "functionResponse"));
      if (model) readModelPart(part, tools, calls, conversation);
      else if (Object.keys(answered).length > 0) readResult(answered, tools, calls, conversation);
      else said.push(...userPart(part));
    }
    conversation.user(said);
  }
}

/** This wire may name calls by their function alone: then the results come in the order of the calls. */
class OpenCalls {
  #count = 0;
  readonly #open = new Map<string, string[]>();

  nextTurn(): void {
    this.#open.clear();
  }

  begin(id: string, name: string): string {
    this.#count += 1;
    const told = id === "" ? `gemini_call_${this.#count}` : id;
    const waiting = this.#open.get(name);
    if (waiting === undefined) this.#open.set(name, [told]);
    else waiting.push(told);
    return told;
  }

  end(id: string, name: string): string {
    const waiting = this.#open.get(name) ?? [];
    const place = id === "" ? 0 : waiting.indexOf(id);
    const [found] = place === -1 ? [] : waiting.splice(place, 1);
    return found ?? id;
  }
}

function readModelPart(part: Json, tools: ToolTable, calls: OpenCalls, conversation: Conversation): void {
  const given = asText(field(part, "thoughtSignature"));
  if (isSeal(given)) conversation.seal(given);
  const signature = isSeal(given) || given === UNSIGNED ? "" : given;
  const own = signature === "" ? undefined : { google: { thoughtSignature: signature } };
  const called = asObject(field(part, "functionCall"));
  const name = asText(called["name"]);
  if (name !== "") {
    const id = calls.begin(asText(called["id"]), name);
    conversation.call({ id, name: tools.nameOf(name), input: called["args"] ?? {} }, own);
  } else if (part["thought"] === true) {
    if (own !== undefined) conversation.thought(asText(part["text"]), own);
  } else conversation.said(asText(part["text"]), own);
}

/** The fields that clients of this wire put the text of a result into. */
const TOLD_IN = ["output", "error", "result", "content"];

function readResult(answered: Json, tools: ToolTable, calls: OpenCalls, conversation: Conversation): void {
  const name = asText(answered["name"]);
  const response = asObject(answered["response"]);
  const failed = response["error"] !== undefined;
  const told = TOLD_IN.map((name) => response[name]).find((value) => typeof value === "string") ?? response;
  const shown = asList(answered["parts"]).flatMap((part) => userPart(asObject(part)));
  const described = shown.flatMap((part) => (part.type === "text" ? [part.text] : []));
  conversation.result({
    callId: calls.end(asText(answered["id"]), name),
    name: tools.nameOf(name),
    output: [typeof told === "string" ? told : JSON.stringify(told), ...described].join("\n"),
    failed,
    images: shown.filter((part) => part.type === "image"),
  });
}

function userPart(part: Json): UserPart[] {
  if (typeof part["text"] === "string") return [{ type: "text", text: part["text"] }];
  const inline = asObject(field(part, "inlineData"));
  if (typeof inline["data"] === "string") return [imageOf(asText(field(inline, "mimeType")), inline["data"])];
  const file = asObject(field(part, "fileData"));
  if (Object.keys(file).length > 0) return [leftOut(`a file of type ${asText(field(file, "mimeType")) || "unknown"}`)];
  return Object.keys(part).length === 0 ? [] : [leftOut(`a part with ${Object.keys(part)[0]}`)];
}
