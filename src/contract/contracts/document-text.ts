import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { jsonLines } from "./json-lines.ts";

/** A JSON or YAML text as data, with the lines of its keys. */
export interface Located {
  readonly value: unknown;
  /** Line of the key at the end of `keys`, or of the nearest one above it that is known; from 1. */
  lineOf(keys: readonly string[]): number;
}

// Keys of a path item and of its operations: paths, the path, additionalOperations, the method; or components, pathItems, ...
const DEEPEST = 5;
// A quarter of a megabyte of YAML takes about a third of a second; above it, what no endpoint comes from is left out.
const LARGE = 250_000;

/** Undefined where the text is neither. */
export function parseDocumentText(text: string): Located | undefined {
  const clean = text.replace(/^\uFEFF/u, "");
  return /^\s*[{[]/u.test(clean) ? (parseJson(clean) ?? parseYaml(clean)) : parseYaml(clean);
}

function parseJson(text: string): Located | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  let lines: ReadonlyMap<string, number> | undefined;
  return {
    value,
    lineOf(keys) {
      lines ??= jsonLines(text, DEEPEST);
      for (let length = keys.length; length > 0; length -= 1) {
        const line = lines.get(keys.slice(0, length).join("\n"));
        if (line !== undefined) return line;
      }
      return 1;
    },
  };
}

function parseYaml(text: string): Located | undefined {
  const cut = text.length > LARGE ? withoutSchemas(text) : text;
  return readYaml(cut) ?? (cut === text ? undefined : readYaml(text));
}

function readYaml(text: string): Located | undefined {
  const counter = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false, merge: true, logLevel: "silent" });
    if (document.errors.length > 0) return undefined;
    // Aliases are the very objects they stand for, so however many there are costs nothing.
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    return { value, lineOf: (keys) => lineIn(document, counter, keys) };
  } catch {
    // An alias without its anchor is only met when the data is made.
    return undefined;
  }
}

function lineIn(document: Document, counter: LineCounter, keys: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of keys) {
    const pair: unknown = isMap(node)
      ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    if (!isPair(pair)) break;
    offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
    node = pair.value;
  }
  return counter.linePos(offset).line;
}

/** The top-level sections that endpoints come from; the lines of all others are empty, so that places stay right. */
function withoutSchemas(text: string): string {
  const keepsComponents = /^\s+["']?pathItems["']?\s*:/mu.test(text);
  const keeps = new Set([
    "openapi",
    "swagger",
    "servers",
    "basePath",
    "host",
    "paths",
    ...(keepsComponents ? ["components"] : []),
  ]);
  let kept = true;
  return text
    .split("\n")
    .map((line) => {
      const key = /^["']?([\w-]+)["']?\s*:/u.exec(line)?.[1];
      if (key !== undefined) kept = keeps.has(key);
      return kept ? line : "";
    })
    .join("\n");
}
