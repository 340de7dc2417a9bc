import { extname } from "node:path";

/** How literal content stands in a fenced block. */
export interface PrintedContent {
  /** Remark in the sentence above the block, "" where none is needed: "no newline at the end". */
  readonly how: string;
  readonly language: string;
  readonly lines: readonly string[];
}

const NO_NEWLINE = "no newline at the end";
const CRLF = "CRLF line ends";
const AS_JSON = "as a JSON string";

/** Content as lines of a block and what has to be said about them, so that `readContent` gives it back to the byte. */
export function printContent(content: string, file: string): PrintedContent {
  const language = languageOf(file);
  const crlf = content.includes("\r") && /^(?:[^\r\n]*\r\n)*[^\r\n]*$/.test(content);
  if ((content.includes("\r") && !crlf) || /[\u0000\u0085\u2028\u2029\ufeff]|\p{Surrogate}/u.test(content)) {
    return { how: AS_JSON, language: "json", lines: [asciiJson(content)] };
  }
  const text = crlf ? content.replaceAll("\r\n", "\n") : content;
  const ended = text.endsWith("\n");
  const how = [crlf ? CRLF : "", ended ? "" : NO_NEWLINE].filter((remark) => remark !== "").join(", ");
  return { how, language, lines: (ended ? text.slice(0, -1) : text).split("\n") };
}

export type ReadContent =
  | { readonly kind: "read"; readonly text: string }
  | { readonly kind: "broken"; readonly problem: string };

/** The content that lines of a block stand for under the remark `how` (with its brackets, or ""). */
export function readContent(lines: readonly string[], how: string): ReadContent {
  const remarks = how
    .replace(/^\(|\)$/g, "")
    .split(",")
    .map((remark) => remark.trim())
    .filter((remark) => remark !== "");
  const unknown = remarks.find((remark) => ![NO_NEWLINE, CRLF, AS_JSON].includes(remark));
  if (unknown !== undefined) {
    return { kind: "broken", problem: `says (${unknown}); known are (${NO_NEWLINE}), (${CRLF}) and (${AS_JSON})` };
  }
  if (remarks.includes(AS_JSON)) return readJson(lines.join("\n"));
  if (lines.length === 0) return { kind: "read", text: "" };
  const end = remarks.includes(CRLF) ? "\r\n" : "\n";
  return { kind: "read", text: lines.join(end) + (remarks.includes(NO_NEWLINE) ? "" : end) };
}

/** A text in a sentence: a code span where that is exact, else a JSON string. */
export function literalText(text: string): string {
  const plain =
    text !== "" && text === text.trim() && !/[`\u0000-\u001f\u007f\u0085\u2028\u2029]|\p{Surrogate}/u.test(text);
  return plain ? `\`${text}\`` : asciiJson(text);
}

/** JSON of a text in which nothing is left that an editor or a file's encoding could change. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function readJson(source: string): ReadContent {
  try {
    const value: unknown = JSON.parse(source);
    if (typeof value === "string") return { kind: "read", text: value };
  } catch {
    // Said below: the same answer for what is no JSON and what is JSON but no string.
  }
  return { kind: "broken", problem: "announces a JSON string, and the block is none" };
}

const LANGUAGES: Readonly<Record<string, string>> = {
  ".py": "python",
  ".pyi": "python",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".json": "json",
  ".md": "markdown",
  ".sh": "bash",
  ".yml": "yaml",
  ".yaml": "yaml",
  ".toml": "toml",
  ".sql": "sql",
  ".html": "html",
  ".css": "css",
};

function languageOf(file: string): string {
  return LANGUAGES[extname(file).toLowerCase()] ?? "";
}
