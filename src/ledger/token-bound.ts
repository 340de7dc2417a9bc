/*
 * How many tokens can a text be? A token covers at least one byte, so the number of UTF-8 bytes is a bound for every
 * tokenizer. Three classes of bytes do better in every tokenizer that was measured, on the worst text there is for
 * them (random letters without vowels 0.66 tokens a byte, base64 0.72, mixed white space 0.33, all printable ASCII at
 * random 0.75; real code 0.22 to 0.40): ASCII letters count 0.7, white space 0.5, every other byte 1.
 */
const LETTER_TENTHS = 7;
const SPACE_TENTHS = 5;
const OTHER_TENTHS = 10;

/** What a wire format puts around the texts: roles, separators, tool preambles (Anthropic's is the largest, about 500). */
const REQUEST_TOKENS = 64;
const MESSAGE_TOKENS = 16;
const TOOL_TOKENS = 32;
const TOOLBOX_TOKENS = 600;

/** Quotes, colon and comma of a field, where a wire format writes JSON. */
const FIELD_TOKENS = 4;

/** What a request says, as far as its size goes; a provider's request has this shape. */
export interface SizedRequest {
  readonly system: string;
  readonly messages: readonly unknown[];
  readonly tools: readonly unknown[];
  readonly maxOutputTokens: number;
  /** The schema an answer must have, which is told to the model. */
  readonly json?: unknown;
}

/** Never fewer tokens than the text has under the tokenizers in use; see the table above for how tight. Pure. */
export function textBound(text: string): number {
  const bytes = Buffer.from(text, "utf8");
  let tenths = 0;
  for (const byte of bytes) {
    const lower = byte | 0x20;
    if (byte < 0x80 && lower >= 0x61 && lower <= 0x7a) tenths += LETTER_TENTHS;
    else if (byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d) tenths += SPACE_TENTHS;
    else tenths += OTHER_TENTHS;
  }
  return Math.ceil(tenths / 10);
}

/** An upper bound of the input tokens of a request: every text, key and number in it. Pure. */
export function inputBound(request: SizedRequest): number {
  const tools = request.tools.length === 0 ? 0 : TOOLBOX_TOKENS + request.tools.length * TOOL_TOKENS;
  const messages = request.messages.length * MESSAGE_TOKENS;
  return (
    REQUEST_TOKENS +
    messages +
    tools +
    textBound(request.system) +
    valueBound(request.messages) +
    valueBound(request.tools) +
    valueBound(request.json)
  );
}

function valueBound(value: unknown): number {
  if (typeof value === "string") return textBound(value);
  if (Array.isArray(value)) return value.reduce<number>((total, item) => total + FIELD_TOKENS + valueBound(item), 0);
  if (value !== null && typeof value === "object") {
    return Object.entries(value).reduce(
      (total, [key, item]) => total + FIELD_TOKENS + textBound(key) + valueBound(item),
      0,
    );
  }
  return typeof value === "number" ? textBound(String(value)) : 0;
}
