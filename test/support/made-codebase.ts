import { createHash } from "node:crypto";
import type { Codebase, FileFacts, ModuleFacts } from "../../src/codebase/facts/facts.ts";
import { languageOf } from "../../src/codebase/languages/language-of.ts";
import { countTokens } from "../../src/codebase/tokens/count-tokens.ts";

export type MadeFile = Partial<Omit<FileFacts, "path" | "bytes" | "hash">> & {
  readonly content: string | Buffer;
  readonly isCritical?: boolean;
};

export interface MadeCodebase {
  readonly codebase: Codebase;
  readonly readBytes: (path: string) => Promise<Buffer>;
}

/** A codebase as `readCodebase` would tell of it, out of contents alone: what is not said of a file is reckoned from them. */
export function makeCodebase(
  made: Readonly<Record<string, string | Buffer | MadeFile>>,
  name = "/made/shop",
): MadeCodebase {
  const contents = new Map<string, Buffer>();
  const modules: ModuleFacts[] = [];
  const files = Object.entries(made)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, given]): FileFacts => {
      const file: MadeFile = typeof given === "string" || Buffer.isBuffer(given) ? { content: given } : given;
      const { content, isCritical, ...said } = file;
      const bytes = Buffer.from(content);
      contents.set(path, bytes);
      const facts = { ...factsOf(path, bytes), ...said };
      if (facts.role === "code") modules.push(moduleOf(facts, isCritical ?? false));
      return facts;
    });
  const readBytes = (path: string): Promise<Buffer> => Promise.resolve(contents.get(path) ?? Buffer.alloc(0));
  return { codebase: { root: name, commit: null, files, modules, leftOut: [] }, readBytes };
}

function factsOf(path: string, bytes: Buffer): FileFacts {
  const text = bytes.toString();
  const language = languageOf(path);
  const lines = text.split("\n").length - (text.endsWith("\n") || text === "" ? 1 : 0);
  return {
    path,
    language,
    role: ["markdown", "text"].includes(language)
      ? "docs"
      : ["json", "yaml", "toml"].includes(language)
        ? "config"
        : "code",
    bytes: bytes.length,
    lines,
    hash: createHash("sha256").update(bytes).digest("hex"),
    tokens: countTokens(text),
    isUtf8: Buffer.from(text).equals(bytes),
    symbols: [],
    imports: [],
    entry: null,
    changes: 0,
    secrets: [],
  };
}

function moduleOf(facts: FileFacts, isCritical: boolean): ModuleFacts {
  return {
    name: facts.path.replace(/\.[a-z]+$/, "").replaceAll(/[/\s]/g, "."),
    files: [facts.path],
    tokens: facts.tokens,
    criticality: { score: isCritical ? 0.9 : 0.1, isCritical, parts: [] },
    imports: [],
    importedBy: [],
  };
}
