import type { StaticExport, StaticImport } from "oxc-parser";
import type { FoundImport } from "../text/found-facts.ts";
import { broughtIn } from "./entry-names.ts";
import { isInside } from "./leading-comments.ts";
import type { ParsedScript } from "./parse-script.ts";

/** Every import of a script: static and dynamic ones, re-exports, `require`, types by `import("…")`, files by `new URL("…", import.meta.url)`. */
export function importsOf(text: string, parsed: ParsedScript): readonly FoundImport[] {
  const { module } = parsed;
  const found: FoundImport[] = [...module.staticImports.map(staticImport), ...module.staticExports.flatMap(reExport)];
  const starts = new Set<number>();
  for (const { start, end, moduleRequest } of module.dynamicImports) {
    starts.add(start);
    const specifier = literal(text.slice(moduleRequest.start, moduleRequest.end));
    if (specifier !== undefined) found.push({ specifier, names: ["*"], start, end });
  }
  const inCode = (at: number): boolean => !isInside(parsed.comments, at) && !/["'`\w$.]/.test(text[at - 1] ?? "");
  if (text.includes("require")) found.push(...required(text).filter(({ at }) => inCode(at)));
  if (text.includes("import("))
    found.push(...typeImports(text).filter(({ start }) => !starts.has(start) && inCode(start)));
  if (text.includes("import.meta.url")) found.push(...urls(text).filter(({ start }) => inCode(start)));
  return found;
}

function staticImport({ start, end, moduleRequest, entries }: StaticImport): FoundImport {
  return {
    specifier: moduleRequest.value,
    names: entries.map(({ importName }) => broughtIn(importName)),
    start,
    end,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  };
}

function reExport({ start, end, entries }: StaticExport): FoundImport[] {
  const from = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest;
  if (from === undefined || from === null) return [];
  return [
    {
      specifier: from.value,
      names: entries.map(({ importName }) => broughtIn(importName)),
      start,
      end,
      typeOnly: entries.every(({ isType }) => isType),
    },
  ];
}

const REQUIRE = /\brequire(?:\.resolve)?\s*\(\s*(["'`])([^"'`\n$]+)\1\s*,?\s*\)/g;
const BOUND = /\b(?:const|let|var|import)\s+(?:\{([^{}]*)\}|([\w$]+))\s*=\s*$/;

function* required(text: string): Generator<FoundImport & { readonly at: number }> {
  for (const call of text.matchAll(REQUIRE)) {
    const at = call.index;
    const bound = BOUND.exec(text.slice(Math.max(0, at - 400), at));
    const start = bound === null ? at : at - bound[0].length;
    const end = at + call[0].length;
    yield {
      at,
      specifier: call[2] ?? "",
      names: bound === null ? [] : bound[1] === undefined ? ["*"] : destructured(bound[1]),
      start,
      end: text[end] === ";" ? end + 1 : end,
    };
  }
}

function destructured(names: string): string[] {
  return names.split(",").flatMap((name) => /^\s*([\w$]+)/.exec(name)?.[1] ?? []);
}

function* typeImports(text: string): Generator<FoundImport> {
  for (const found of text.matchAll(/\bimport\(\s*(["'])([^"'\n]+)\1\s*\)(?:\.([\w$]+))?/g))
    yield {
      specifier: found[2] ?? "",
      names: [found[3] ?? "*"],
      start: found.index,
      end: found.index + found[0].length,
      typeOnly: true,
    };
}

function* urls(text: string): Generator<FoundImport> {
  for (const found of text.matchAll(/\bnew\s+URL\(\s*(["'])(\.[^"'\n]+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g))
    yield { specifier: found[2] ?? "", start: found.index, end: found.index + found[0].length };
}

function literal(expression: string): string | undefined {
  return /^(["'`])([^"'`$\\]*)\1$/.exec(expression.trim())?.[2];
}
