import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { Language, Parser, type Tree } from "web-tree-sitter";

/** Grammars whose files are at hand. C is read by C++'s. */
export type GrammarName = "bash" | "c-sharp" | "cpp" | "css" | "go" | "java" | "php" | "python" | "ruby" | "rust";

export interface Grammar {
  /**
   * Parses a text and gives the tree to `use`; the tree's memory, which the collector does not see, is given back at once.
   * Undefined where the parser gave up: it may take a bounded number of steps for a text of that length, so the answer does not
   * depend on the machine's speed.
   */
  parse<T>(text: string, use: (tree: Tree) => T): T | undefined;
}

// The parser asks every hundred of its steps; 1,300 files of six languages took at most one question for each 40 characters.
const ASKED_AT_LEAST = 200;
const CHARACTERS_A_QUESTION = 20;
// Nobody wrote such a line; a grammar takes seconds for one, and finds no border in it.
const LONGEST_LINE = 50_000;

const loaded = new Map<GrammarName, Promise<Grammar>>();

/** Loads a grammar once a thread. */
export function loadGrammar(name: GrammarName): Promise<Grammar> {
  const known = loaded.get(name) ?? load(name);
  loaded.set(name, known);
  return known;
}

async function load(name: GrammarName): Promise<Grammar> {
  // Compiling the huge functions of some grammars a second time, for speed, takes 250 MB a thread and longer than it gains.
  for (const flag of ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
  await Parser.init();
  const { resolve } = createRequire(import.meta.url);
  const language = await Language.load(
    await readFile(resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`)),
  );
  let parser: Parser | undefined;
  return {
    parse(text, use) {
      if (hasLineOver(text, LONGEST_LINE)) return undefined;
      parser ??= new Parser().setLanguage(language);
      let left = ASKED_AT_LEAST + text.length / CHARACTERS_A_QUESTION;
      let tree: Tree | null = null;
      try {
        // The declared type says void; the parser stops on true.
        tree = parser.parse(text, null, { progressCallback: () => (left -= 1) < 0 });
        if (tree !== null) return use(tree);
        parser.reset();
        return undefined;
      } catch (cause) {
        // After a trap in its code a parser is in no known state.
        parser = undefined;
        if (cause instanceof Error && /^(?:RuntimeError|RangeError)$/.test(cause.name)) return undefined;
        throw cause;
      } finally {
        tree?.delete();
      }
    },
  };
}

function hasLineOver(text: string, longest: number): boolean {
  if (text.length <= longest) return false;
  for (let start = 0; start <= text.length;) {
    const stop = text.indexOf("\n", start);
    const end = stop < 0 ? text.length : stop;
    if (end - start > longest) return true;
    start = end + 1;
  }
  return false;
}
