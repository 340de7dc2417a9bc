import type { AnswerDelta } from "../provider.ts";
import type { SdkContent, SdkStreamPart } from "./sdk-types.ts";

/** Puts the parts of a stream together as an unstreamed answer would have had them. */
export class CollectedParts {
  readonly #parts: SdkContent[] = [];
  readonly #open = new Map<string, number>();
  #toolInput = "";
  /** Index of the part that the last piece of thinking belongs to. */
  #thoughtIn: number | undefined;

  /** Takes one part of the stream and returns what it added to the answer, if anything. */
  add(part: SdkStreamPart): AnswerDelta | undefined {
    switch (part.type) {
      case "text-start":
      case "reasoning-start":
        this.#open.set(key(part), this.#parts.length);
        this.#parts.push({ type: part.type === "text-start" ? "text" : "reasoning", text: "", ...metadata(part) });
        return undefined;
      case "text-delta":
      case "reasoning-delta":
        this.#extend(part, part.delta);
        if (part.delta === "") return undefined;
        return part.type === "text-delta" ? { text: part.delta } : { text: "", thinking: this.#paragraph(part) };
      case "text-end":
      case "reasoning-end":
        this.#extend(part, "");
        return undefined;
      case "tool-input-delta":
        this.#toolInput += part.delta;
        return undefined;
      case "tool-call":
        this.#parts.push(part);
        return undefined;
      default:
        return undefined;
    }
  }

  get parts(): readonly SdkContent[] {
    return this.#parts;
  }

  /** Everything that arrived, thinking and half-finished tool input included: what an estimate of the output is made of. */
  get received(): string {
    const texts = this.#parts.map((part) => (part.type === "text" || part.type === "reasoning" ? part.text : ""));
    const named = this.#parts.map((part) =>
      part.type === "tool-call" ? part.toolName + (this.#toolInput === "" ? part.input : "") : "",
    );
    return [...texts, ...named, this.#toolInput].join("");
  }

  /** The piece of thinking; one that begins another part begins another paragraph, as in the whole answer. */
  #paragraph(part: { type: string; id: string; delta: string }): string {
    const index = this.#open.get(key(part));
    const first = this.#thoughtIn !== undefined && this.#thoughtIn !== index;
    this.#thoughtIn = index;
    return first ? `\n\n${part.delta}` : part.delta;
  }

  #extend(part: { type: string; id: string; providerMetadata?: object | undefined }, delta: string): void {
    const index = this.#open.get(key(part));
    const open = index === undefined ? undefined : this.#parts[index];
    if (index === undefined || open === undefined || (open.type !== "text" && open.type !== "reasoning")) return;
    const merged = mergeMetadata(open.providerMetadata, part.providerMetadata);
    this.#parts[index] = {
      ...open,
      text: open.text + delta,
      ...(merged === undefined ? {} : { providerMetadata: merged }),
    };
  }
}

function key(part: { type: string; id: string }): string {
  return `${part.type.split("-")[0]}:${part.id}`;
}

type Metadata = NonNullable<Extract<SdkContent, { type: "text" }>["providerMetadata"]>;

function metadata(part: { providerMetadata?: Metadata }): { providerMetadata?: Metadata } {
  return part.providerMetadata === undefined ? {} : { providerMetadata: part.providerMetadata };
}

function mergeMetadata(before: Metadata | undefined, after: object | undefined): Metadata | undefined {
  if (after === undefined) return before;
  const merged: Metadata = { ...before };
  for (const [provider, values] of Object.entries(after as Metadata))
    merged[provider] = { ...merged[provider], ...values };
  return merged;
}
