import { sha256 } from "../../../foundation/ids.ts";
import type { CodeFile, Language } from "./code-tree.ts";
import { readPython } from "./python-code-tree.ts";
import { readScript } from "./script-code-tree.ts";

const KEPT = 400;
const known = new Map<string, CodeFile>();

/** The language of a path, undefined for what is not read as code. */
export function languageOf(path: string): Language | undefined {
  if (/\.pyi?$/.test(path)) return "python";
  if (/\.(?:ts|tsx|mts|cts)$/.test(path)) return "typescript";
  return /\.(?:js|jsx|mjs|cjs)$/.test(path) ? "javascript" : undefined;
}

/** Reads a source file; undefined for other languages. Equal texts are read once. */
export async function readCode(path: string, text: string): Promise<CodeFile | undefined> {
  const language = languageOf(path);
  if (language === undefined) return undefined;
  const key = `${path}\0${sha256(text)}`;
  const met = known.get(key);
  if (met !== undefined) return met;
  const file = language === "python" ? await readPython(path, text) : readScript(path, text);
  if (known.size >= KEPT) known.delete(known.keys().next().value ?? "");
  known.set(key, file);
  return file;
}
