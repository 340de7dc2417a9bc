import { openLexicon } from "./lexicon.ts";

/** Of a longer text its start and its end are read: a pasted log stands between or after what is asked. */
const HEAD_CHARS = 1_600;
const TAIL_CHARS = 400;

/** No more words than this are made of a text. */
export const MOST_WORDS = 512;

/** English for a word of another language; undefined: keep the word. */
export type English = (word: string) => readonly string[] | undefined;

/** A text as the model reads it; the arrays run in step, one entry a word. */
export interface Words {
  /** Lower case; an identifier or a path stands as its parts. */
  readonly words: readonly string[];
  /** Signs of each word, and of each phrase at its first word; none: empty. */
  readonly signs: readonly (readonly number[])[];
  /** How the text looks: "question", "file .spec.ts", "stack trace". */
  readonly shapes: readonly string[];
  /** First word that is not polite or a heading: where the asking starts. */
  readonly start: number;
}

const TOKEN = /[\p{L}\p{N}_@][\p{L}\p{N}\p{M}_@'’./\\#+-]*|[?!:`"<>{}=→]/gu;
const PARTS = /[\p{Ll}\p{M}\p{N}]+|\p{Lu}+(?![\p{Ll}])|\p{Lu}[\p{Ll}\p{M}\p{N}]*|[\p{L}\p{N}\p{M}]+/gu;
const EMPTY: readonly number[] = [];
const POLITE = new Set(
  "please pls plz kindly hey hi hello can could would you i we need want to like help me todo next task this done let us just also and so now then ok okay my our us the a an should must has have be it's it is there".split(
    " ",
  ),
);

const lexicon = openLexicon();

/** What is read of `text`: all of it up to 2,000 characters, beyond that its first 1,600 and its last 400. */
export function readPart(text: string): string {
  return text.length <= HEAD_CHARS + TAIL_CHARS ? text : `${text.slice(0, HEAD_CHARS)}\n${text.slice(-TAIL_CHARS)}`;
}

/** How lines begin that nobody types: times, log levels, stack frames, diff hunks, prompts, hex, JSON. */
const PASTED =
  /^\s*(\[?\d{2,4}[-:/.]\d{2}|\[?(INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL)\b|at \S+ ?\(|File "|\.{3} \d+ more|[+-]{3} |@@ |[$>#|{}] |npm ERR!|0x[0-9a-f]+|\[\d)/;

/** `part` without its pasted lines, as long as anything is left; the words of a log are not what is asked. */
function askedLines(part: string): string {
  if (!part.includes("\n")) return part;
  const asked = part.split("\n").filter((line) => !PASTED.test(line));
  return asked.some((line) => isLetter(line)) ? asked.join("\n") : part;
}

/**
 * Cuts a text into words and marks what the lexicon knows of them. Pure, never throws; `english` puts words of
 * another language into English ones.
 */
export function cutWords(text: string, english: English): Words {
  const words: string[] = [];
  const shapes = new Set<string>();
  let quotes = 0;
  const asked = askedLines(text);
  if (asked.length < text.length) shapes.add("pasted lines");
  for (const match of asked.matchAll(TOKEN)) {
    const token = match[0];
    if (words.length >= MOST_WORDS) break;
    if (token.length === 1 && !isLetter(token)) {
      if (token === "?") shapes.add("question mark");
      else if (token === ":" && words.length <= 3) shapes.add("heading");
      else if (token === "`" || token === '"') quotes += 1;
      else if (token === "{" || token === "=") shapes.add("code");
      else if (token === "→" || token === ">") words.push("to");
      continue;
    }
    pushToken(trimEnd(token), words, shapes, english);
  }
  words.length = Math.min(words.length, MOST_WORDS);
  if (quotes > 1) shapes.add("quoted");
  shapesOf(text, words, shapes);
  return { words, signs: signsOf(words), shapes: [...shapes], start: startOf(words) };
}

function isLetter(token: string): boolean {
  return /[\p{L}\p{N}]/u.test(token);
}

function trimEnd(token: string): string {
  let end = token.length;
  while (end > 1 && "'’./\\-_@".includes(token[end - 1] ?? "")) end -= 1;
  return token.slice(0, end);
}

function pushToken(token: string, words: string[], shapes: Set<string>, english: English): void {
  const lower = token.toLowerCase().replace("’", "'");
  const plain = /^[\p{L}\p{M}']+$/u.test(token);
  if (plain && (token.slice(1) === lower.slice(1) || token === token.toUpperCase() || lexicon.has(lower))) {
    const told = english(lower);
    if (told === undefined) words.push(lower);
    else words.push(...told);
    return;
  }
  if (/^\p{N}/u.test(token)) {
    words.push(lexicon.has(lower) ? lower : "0");
    return;
  }
  const file = fileShape(lower);
  if (file !== null) shapes.add(file);
  if (lexicon.has(lower)) {
    words.push(lower);
    return;
  }
  if (!lower.includes("-") || /[._/\\]/.test(lower)) shapes.add("identifier");
  for (const part of token.match(PARTS) ?? []) words.push(part.toLowerCase());
}

const FILES: readonly (readonly [RegExp, string])[] = [
  [/(\.|_)(spec|test|tests|e2e|cy)\.[a-z]+$|(^|\/)(tests?|__tests__|spec|e2e)\/|(^|\/)test_[\w]+/, "file of tests"],
  [/\.(md|mdx|rst|adoc|tex)$|(^|\/)(docs?|readme|changelog|contributing|license)(\/|$)/, "file of text"],
  [
    /\.(css|scss|sass|less|html?|vue|svelte|tsx|jsx|xaml|qml|svg)$|(^|\/)(components?|ui|styles?)\//,
    "file of interface",
  ],
  [/\.(ya?ml|toml|sh|ps1|tf|bat|dockerfile)$|dockerfile|(^|\/)\.github\/|jenkinsfile|makefile/, "file of pipeline"],
  [/\.(csv|json|jsonl|log|xlsx?|txt|har|prof|pdf|parquet)$/, "file of data"],
  [
    /\.(py|ts|js|mjs|go|rs|java|kt|rb|php|c|cc|cpp|h|cs|swift|ex|hs|lua|sql|scala|dart)$|(^|\/)(src|lib|packages?|internal|cmd)\//,
    "file of code",
  ],
];

function fileShape(token: string): string | null {
  if (!/[./\\]/.test(token) || token.length < 4) return null;
  return FILES.find(([pattern]) => pattern.test(token))?.[1] ?? null;
}

const QUESTION_STARTS = new Set(
  "what which who where when why how is are does do did can could should would will has have any".split(" "),
);

function shapesOf(text: string, words: readonly string[], shapes: Set<string>): void {
  const first = words[0] ?? "";
  if (QUESTION_STARTS.has(first)) shapes.add("starts with a question word");
  const long = words.length;
  shapes.add(
    long <= 3
      ? "1 to 3 words"
      : long <= 7
        ? "4 to 7 words"
        : long <= 14
          ? "8 to 14 words"
          : long <= 30
            ? "15 to 30 words"
            : "over 30 words",
  );
  if (/^\p{Lu}/u.test(text)) shapes.add("capital first");
  if (/[.!?]\s*$/.test(text)) shapes.add("ends as a sentence");
  if (/[.!?]\s+\p{Lu}/u.test(text)) shapes.add("sentences");
  if (/\n/.test(text)) shapes.add("lines");
  if (text.includes(",")) shapes.add("comma");
  if (/\b(I|we|our|my|us|me)\b/.test(text)) shapes.add("speaks of us");
  if (/^\s+at .+\(|Traceback|^\s+File "/m.test(text)) shapes.add("stack trace");
  if (/\b[A-Z]\w+(Error|Exception)\b/.test(text)) shapes.add("error name");
}

function signsOf(words: readonly string[]): readonly (readonly number[])[] {
  const signs: (readonly number[])[] = [];
  for (const [at, word] of words.entries()) {
    const next = words[at + 1];
    const pair = next === undefined ? undefined : lexicon.get(`${word} ${next}`);
    const own = lexicon.get(word);
    signs.push(pair === undefined ? (own ?? EMPTY) : own === undefined ? pair : [...pair, ...own]);
  }
  return signs;
}

function startOf(words: readonly string[]): number {
  let start = 0;
  while (start < words.length - 1 && start < 8 && POLITE.has(words[start] ?? "")) start += 1;
  return start;
}
