import type { Language, SourceFacts, SourceReader } from "../languages.ts";
import { findings, NO_FACTS } from "../text/found-facts.ts";
import { type SourceText, sourceText } from "../text/source-text.ts";
import { declareByLines } from "./line-rule.ts";
import { scriptBlocks } from "./markup-blocks.ts";
import { nestsTooDeep } from "./nesting.ts";
import { type Dialect, parseScript } from "./parse-script.ts";
import { importsOf } from "./script-imports.ts";
import { declareScript } from "./script-symbols.ts";

/** Reads JavaScript and TypeScript with and without JSX, and the scripts inside Vue, Svelte and Astro files. */
export function openScriptReader(language: Language): SourceReader {
  return {
    read(path, text) {
      const blocks = scriptBlocks(path, text);
      // Blanks in place of the markup keep every offset.
      const script = blocks?.script ?? text;
      try {
        return readScript(path, sourceText(text), script, blocks?.dialect ?? dialectOf(path, language));
      } catch {
        // The parser has no promise about what it throws; a file that it cannot read has no facts.
        return NO_FACTS;
      }
    },
  };
}

function readScript(path: string, source: SourceText, text: string, dialect: Dialect): SourceFacts {
  const into = findings(source, "//");
  const read = nestsTooDeep(text)
    ? undefined
    : parseScript(path, text, dialect, (parsed) => {
        for (const found of importsOf(text, parsed)) into.import(found);
        declareScript(text, parsed, into);
        return true;
      });
  if (read === undefined) declareByLines(text, into);
  if (text.startsWith("#!")) into.entry(text.slice(0, /\r?\n|$/.exec(text.slice(0, 200))?.index ?? 0));
  else if (/^[ \t]*if\s*\(\s*(?:require\.main\s*===?\s*module|import\.meta\.main)/m.test(text))
    into.entry("if this module is the program");
  return into.facts();
}

function dialectOf(path: string, language: Language): Dialect {
  const extension = /\.(?:d\.)?[^./]*$/.exec(path.toLowerCase())?.[0] ?? "";
  if (/^\.d\.[cm]?ts$/.test(extension)) return "dts";
  if (extension === ".tsx") return "tsx";
  // Many projects keep JSX in .js files; reading plain JavaScript as JSX loses nothing.
  return language === "typescript" ? "ts" : "jsx";
}
