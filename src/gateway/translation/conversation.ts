import { sha256 } from "../../foundation/ids.ts";
import type { Json } from "../../providers/json.ts";
import type {
  CacheLifetime,
  ModelMessage,
  ModelRequest,
  ToolCall,
  ToolResult,
  UserPart,
} from "../../providers/provider.ts";
import { openSeal, rawOf, unsealTurn } from "./seal.ts";

/*
 * A conversation as it is read off any wire, put into the order that every provider takes: a turn of the assistant, at
 * once the results of all its calls, then what the user says. Histories that one provider would have taken and another
 * would refuse are mended: a call that was cut off gets a result that says so, a result without its call is told as text,
 * ids that are not fit, or not unique, are replaced on both sides; a user begins.
 */

type Metadata = Readonly<Record<string, Json>>;

type Item =
  | { readonly kind: "system"; readonly text: string; readonly cache: CacheLifetime | undefined }
  | { readonly kind: "user"; readonly parts: readonly UserPart[] }
  | { readonly kind: "said"; readonly text: string; readonly own: Metadata | undefined }
  | { readonly kind: "thought"; readonly text: string; readonly own: Metadata }
  | { readonly kind: "seal"; readonly seal: string }
  | { readonly kind: "call"; readonly call: ToolCall; readonly own: Metadata | undefined }
  | { readonly kind: "result"; readonly result: SaidResult; used: boolean };

type AssistantItem = Extract<Item, { kind: "said" | "thought" | "seal" | "call" }>;

/** What a tool gave back. */
export interface SaidResult {
  /** As the wire has it. */
  readonly callId: string;
  readonly name: string;
  readonly output: string;
  readonly failed: boolean;
  readonly images: readonly UserPart[];
}

export class Conversation {
  readonly #items: Item[] = [];
  readonly #provider: string;
  readonly #native: string;
  readonly #ids = new Set<string>();
  /** Where the results of a call stand. */
  readonly #results = new Map<string, number[]>();

  /** `native`: the provider whose own parts this wire carries; they are kept only where it is the one that serves. */
  constructor(provider: string, native: string) {
    this.#provider = provider;
    this.#native = native;
  }

  /** Instructions. What stands after the first turn stays at its place, as a note to the model. */
  system(text: string, cache?: CacheLifetime): void {
    if (text !== "") this.#items.push({ kind: "system", text, cache });
  }

  user(parts: readonly UserPart[]): void {
    const said = parts.filter((part) => part.type !== "text" || part.text !== "");
    if (said.length > 0) this.#items.push({ kind: "user", parts: said });
  }

  said(text: string, own?: Metadata): void {
    if (text !== "" || own !== undefined) this.#items.push({ kind: "said", text, own });
  }

  /** Thinking in this wire's own provider's form: signed or encrypted. */
  thought(text: string, own: Metadata): void {
    this.#items.push({ kind: "thought", text, own });
  }

  /** Parts of a turn that allot sealed. */
  seal(seal: string): void {
    this.#items.push({ kind: "seal", seal });
  }

  call(call: ToolCall, own?: Metadata): void {
    this.#items.push({ kind: "call", call, own });
  }

  result(result: SaidResult): void {
    const places = this.#results.get(result.callId);
    if (places === undefined) this.#results.set(result.callId, [this.#items.length]);
    else places.push(this.#items.length);
    this.#items.push({ kind: "result", result, used: false });
  }

  /** The whole of it. To be called once. */
  finish(): Pick<ModelRequest, "system" | "messages" | "cacheSystem"> {
    const leading = this.#leading();
    const messages: ModelMessage[] = [];
    let at = leading.length;
    while (at < this.#items.length) {
      const item = this.#items[at] as Item;
      if (isAssistant(item)) {
        const turn = this.#run(at, isAssistant);
        messages.push(...this.#turn(turn as AssistantItem[], at + turn.length));
        at += turn.length;
      } else if (item.kind === "result") {
        if (!item.used) messages.push({ role: "user", content: [lostResult(item.result), ...item.result.images] });
        at += 1;
      } else {
        const told = this.#run(at, isTold);
        messages.push({ role: "user", content: plain(told.flatMap(toldParts)) });
        at += told.length;
      }
    }
    // Most providers want a user to begin.
    if (messages.length > 0 && messages[0]?.role !== "user") messages.unshift({ role: "user", content: BEGINNING });
    const cache = leading.findLast((item) => item.cache !== undefined)?.cache;
    return {
      system: leading.map(({ text }) => text).join("\n\n"),
      messages,
      ...(cache === undefined ? {} : { cacheSystem: cache }),
    };
  }

  #leading(): Extract<Item, { kind: "system" }>[] {
    return this.#run(0, (item) => item.kind === "system") as Extract<Item, { kind: "system" }>[];
  }

  #run(from: number, belongs: (item: Item) => boolean): Item[] {
    const end = this.#items.findIndex((item, index) => index >= from && !belongs(item));
    return this.#items.slice(from, end === -1 ? undefined : end);
  }

  #turn(items: readonly AssistantItem[], after: number): ModelMessage[] {
    const content = items.map((item) => (item.kind === "said" ? item.text : "")).join("");
    const made = items.flatMap((item) => (item.kind === "call" ? [item.call] : []));
    const own = this.#ownParts(items, content, made);
    const calls = made.map((call, index) => ({ ...call, id: this.#freeId(own?.ids[index] ?? fitId(call.id)) }));
    // Ids of own parts that are taken already belong to another turn: then the turn goes as text and calls.
    const raw = own !== undefined && own.ids.every((id, index) => id === calls[index]?.id) ? { raw: own.raw } : {};
    const turn: ModelMessage = { role: "assistant", content, toolCalls: calls, ...raw };
    if (calls.length === 0) return content === "" && own === undefined ? [] : [turn];
    const told = made.map((call) => this.#take(call.id, after));
    const results = calls.map((call, index): ToolResult => {
      const { output, failed } = told[index] ?? {
        output: "The call was broken off; there is no result.",
        failed: true,
      };
      return { callId: call.id, name: call.name, output, failed };
    });
    const shown = calls.flatMap((call, index): UserPart[] => {
      const images = told[index]?.images ?? [];
      return images.length === 0 ? [] : [{ type: "text", text: `What ${call.name} (${call.id}) showed:` }, ...images];
    });
    return [
      turn,
      { role: "tool", results },
      ...(shown.length === 0 ? [] : [{ role: "user" as const, content: shown }]),
    ];
  }

  /** The turn's own parts, where they are from the provider that serves. */
  #ownParts(items: readonly AssistantItem[], content: string, calls: readonly ToolCall[]): OwnParts | undefined {
    for (const item of items) {
      const seal = item.kind === "seal" ? openSeal(item.seal) : undefined;
      const opened = seal?.provider === this.#provider ? unsealTurn(seal, content, calls) : undefined;
      if (opened !== undefined) return opened;
    }
    if (this.#native !== this.#provider || !items.some(isOwn)) return undefined;
    const ids = calls.map(({ id }) => fitId(id));
    let called = 0;
    const parts = items.flatMap((item): Json[] => {
      if (item.kind === "seal") return [];
      const own = item.own === undefined ? {} : { providerMetadata: item.own };
      if (item.kind === "said") return [{ type: "text", text: item.text, ...own }];
      if (item.kind === "thought") return [{ type: "reasoning", text: item.text, ...own }];
      const { name, input } = item.call;
      const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
      called += 1;
      return [{ type: "tool-call", toolCallId: ids[called - 1], toolName: name, input: text, ...own }];
    });
    return { raw: rawOf(this.#native, parts), ids };
  }

  #freeId(id: string): string {
    let free = id;
    for (let number = 2; this.#ids.has(free); number += 1) free = `${id}_${number}`;
    this.#ids.add(free);
    return free;
  }

  /** The first result after the turn that names the call and was not taken yet. */
  #take(callId: string, after: number): SaidResult | undefined {
    const places = this.#results.get(callId) ?? [];
    while (places.length > 0) {
      const place = places.shift() as number;
      const item = this.#items[place];
      if (place < after || item?.kind !== "result") continue;
      item.used = true;
      return item.result;
    }
    return undefined;
  }
}

const BEGINNING = "(the conversation begins here)";

interface OwnParts {
  readonly raw: unknown;
  /** Of the calls, in their order. */
  readonly ids: readonly string[];
}

function isAssistant(item: Item): item is AssistantItem {
  return item.kind === "said" || item.kind === "thought" || item.kind === "seal" || item.kind === "call";
}

function isTold(item: Item): boolean {
  return item.kind === "user" || item.kind === "system";
}

function isOwn(item: AssistantItem): boolean {
  return item.kind !== "seal" && item.own !== undefined;
}

function toldParts(item: Item): readonly UserPart[] {
  if (item.kind === "user") return item.parts;
  return item.kind === "system" ? [{ type: "text", text: `<system>\n${item.text}\n</system>` }] : [];
}

/** One text without a mark is said as text. */
function plain(parts: readonly UserPart[]): string | readonly UserPart[] {
  const [only] = parts;
  return parts.length === 1 && only?.type === "text" && only.cache === undefined ? only.text : parts;
}

function lostResult({ name, callId, output, failed }: SaidResult): UserPart {
  const what = name === "" ? `the tool call ${callId}` : `the tool ${name}`;
  return {
    type: "text",
    text: `${failed ? "Error" : "Result"} of ${what}, whose call is not in this conversation:\n${output}`,
  };
}

const OURS = "toolu_a_";

/** Every provider takes letters, digits, _ and -, at most 40 of them (the shortest limit met, that of chat completions). */
const FIT_ID = /^[A-Za-z0-9_-]{1,40}$/;

/** The id without the prefix that Anthropic's clients get with it. Pure. */
export function ownId(id: string): string {
  return id.startsWith(OURS) ? id.slice(OURS.length) : id;
}

/** The id of a call as another provider takes it; the one its own provider gave it, where that is known. Pure. */
export function fitId(id: string): string {
  const told = ownId(id);
  return FIT_ID.test(told) ? told : `call_${sha256(id).slice(0, 24)}`;
}

/** The id of a call as an Anthropic client takes it: with that wire's prefix, from which the provider's own comes back. Pure. */
export function anthropicId(id: string): string {
  return id.startsWith("toolu_") && FIT_ID.test(id) ? id : OURS + fitId(id);
}
