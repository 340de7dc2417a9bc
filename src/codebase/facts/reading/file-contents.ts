import { hash } from "node:crypto";
import { isUtf8 } from "node:buffer";
import { languageOf } from "../../languages/language-of.ts";
import type { FileImport, FileSymbol, Language, SourceReader } from "../../languages/languages.ts";
import { openReader } from "../../languages/open-reader.ts";
import { openSecretScanner, type SecretScanner } from "../../secrets/find-secrets.ts";
import { redact } from "../../secrets/redact.ts";
import type { SecretFinding } from "../../secrets/secrets.ts";
import { countTokens } from "../../tokens/count-tokens.ts";
import { type ProgramStart, startsIn } from "../entries/manifest-starts.ts";
import { binaryRule, generatedRule, minifiedRule } from "../sorting-out/content-rules.ts";
import type { Verdict } from "../sorting-out/path-rules.ts";

/** All that the bytes and the path of one file tell by themselves, without any other file. */
export interface FileContents {
  /** SHA-256, hex. */
  readonly hash: string;
  readonly language: Language;
  readonly lines: number;
  readonly tokens: number;
  readonly isUtf8: boolean;
  readonly symbols: readonly FileSymbol[];
  readonly imports: readonly FileImport[];
  readonly entry: string | null;
  readonly secrets: readonly SecretFinding[];
  /** What a manifest names as the start of a program. */
  readonly starts: readonly ProgramStart[];
  /** Why it is left out; then nothing else was looked at. */
  readonly verdict: Verdict | null;
}

/** Reads the contents of files; one a thread, because it keeps grammars and tables. */
export interface ContentsReader {
  /** "same" where the bytes have the hash `known`. Never throws for any bytes. */
  read(path: string, bytes: Buffer, isKept: boolean, known: string): Promise<FileContents | "same">;
}

export async function openContentsReader(): Promise<ContentsReader> {
  const scanner = await openSecretScanner();
  const readers = new Map<Language, SourceReader | undefined>();
  return {
    async read(path, bytes, isKept, known) {
      const digest = hash("sha256", bytes, "hex");
      if (digest === known) return "same";
      const binary = binaryRule(bytes);
      if (binary !== undefined) return leftOut(digest, binary);
      const text = bytes.toString("utf8");
      const language = languageOf(path, firstLine(text));
      const lines = countLines(bytes);
      const verdict = isKept ? undefined : (generatedRule(text) ?? minifiedRule(language, text, lines));
      if (verdict !== undefined) return leftOut(digest, verdict);
      if (!readers.has(language)) readers.set(language, await openReader(language));
      return textContents(path, bytes, text, { scanner, reader: readers.get(language), language, lines, digest });
    },
  };
}

interface Known {
  readonly scanner: SecretScanner;
  readonly reader: SourceReader | undefined;
  readonly language: Language;
  readonly lines: number;
  readonly digest: string;
}

function textContents(path: string, bytes: Buffer, text: string, known: Known): FileContents {
  const isText = isUtf8(bytes);
  // One character a byte, so that places are bytes where the text is no UTF-8.
  const secrets = known.scanner.scan(path, isText ? text : bytes.toString("ascii"));
  // Signatures show values: they are read after secrets are gone, which moves no offset.
  const source = isText ? known.reader?.read(path, redact(text, secrets)) : undefined;
  return {
    hash: known.digest,
    language: known.language,
    lines: known.lines,
    tokens: countTokens(text),
    isUtf8: isText,
    symbols: source?.symbols ?? [],
    imports: source?.imports ?? [],
    entry: source?.entry ?? null,
    secrets,
    starts: isText ? startsIn(path, text) : [],
    verdict: null,
  };
}

function leftOut(digest: string, verdict: Verdict): FileContents {
  return {
    hash: digest,
    language: "text",
    lines: 0,
    tokens: 0,
    isUtf8: false,
    symbols: [],
    imports: [],
    entry: null,
    secrets: [],
    starts: [],
    verdict,
  };
}

/** Lines of a text: its newlines, and one more where something stands behind the last. */
function countLines(bytes: Buffer): number {
  let lines = 0;
  let from = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
    lines++;
    from = at + 1;
  }
  return from < bytes.length ? lines + 1 : lines;
}

function firstLine(text: string): string | undefined {
  if (!text.startsWith("#!") && !text.startsWith("\uFEFF#!")) return undefined;
  const end = text.indexOf("\n");
  return text.slice(0, end < 0 ? 300 : Math.min(end, 300));
}
