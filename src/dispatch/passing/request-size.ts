import { textBound } from "../../ledger/token-bound.ts";
import { loadTokenizer } from "./tokenizer.ts";

/** An image counts no more than this with any provider; see the direct lane's table. */
const IMAGE_BOUND = 8_300;

/** Other tokenizers make up to this many tokens out of one of the tokenizer that counts here. */
const OTHER_TOKENIZERS = 1.35;

/** What formats put around a request's texts: roles, names, preambles of tools. */
const AROUND = 800;

/** Texts and images of a request. */
interface Measured {
  readonly texts: readonly string[];
  readonly images: number;
}

/**
 * A bound of the input tokens by the request's bytes alone: a token covers at least one byte. Nothing is read, so an image
 * counts as if it were text. Pure.
 */
export function bytesBound(body: Buffer): number {
  return body.length + AROUND;
}

/** A closer bound: images count as images, letters and blanks for what tokenizers make of them at most. Pure. */
export function measuredBound(request: unknown): number {
  const { texts, images } = measure(request);
  return AROUND + images * IMAGE_BOUND + texts.reduce((sum, text) => sum + textBound(text) + 4, 0);
}

/** The tightest that is still safe: counted, with a margin for tokenizers that cut finer. */
export async function countedBound(request: unknown): Promise<number> {
  const { texts, images } = measure(request);
  const count = await loadTokenizer();
  const counted = texts.reduce((sum, text) => sum + count(text) + 4, 0);
  return AROUND + images * IMAGE_BOUND + Math.ceil(counted * OTHER_TOKENIZERS);
}

/** What the input most likely is: counted, without a margin. */
export async function likelyInput(request: unknown): Promise<number> {
  const { texts, images } = measure(request);
  const count = await loadTokenizer();
  return Math.max(1, texts.reduce((sum, text) => sum + count(text), 0) + images * 1_600);
}

/** Bytes of a base64 text from which on it is taken for an image or a document. */
const LONG = 512;

function measure(request: unknown): Measured {
  const texts: string[] = [];
  let images = 0;
  const waiting: unknown[] = [request];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === "string") {
      if (isEncoded(value)) images += 1;
      else texts.push(value);
    } else if (Array.isArray(value)) waiting.push(...value.toReversed());
    else if (value !== null && typeof value === "object") {
      for (const [name, member] of Object.entries(value)) {
        texts.push(name);
        waiting.push(member);
      }
    } else if (typeof value === "number") texts.push(String(value));
  }
  return { texts, images };
}

function isEncoded(text: string): boolean {
  if (text.length < LONG) return false;
  return /^data:[\w.+-]+\/[\w.+-]+;base64,/.test(text) || /^[A-Za-z0-9+/_-]{512}[A-Za-z0-9+/_=-]*$/.test(text);
}
