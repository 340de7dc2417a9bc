import type { Codebase, FileFacts } from "../facts/facts.ts";
import { countTokens } from "../tokens/count-tokens.ts";
import { blockText, shownPath } from "./block.ts";
import type { PackedCodebase, PackOptions } from "./chunks.ts";
import { readingBelow, sendableBytes } from "./file-bytes.ts";
import { modelTokens, tokenBudget } from "./token-budget.ts";
import { rankFiles, type RankedFile } from "./rank-files.ts";
import { outlineBlock, signatureBlock, type Detail } from "./signatures.ts";

/** Of the room, for whole files before the others are shown by their signatures. */
const WHOLE_SHARE = 0.3;
/** Of the budget, for one file that is not what the work is about. */
const ONE_FILE_SHARE = 0.15;
/** Of the room, for the names of files whose signatures do not fit. */
const NAMES_SHARE = 0.05;

/**
 * The most telling text of a codebase within `maxTokens` of the model's tokens: the files that the work is about and their
 * neighbours whole, of as many others as can be their signatures or at least their names; see rank-files.ts for the order.
 * What is left goes to fuller signatures, then to more whole files.
 *
 * Deterministic; never above the budget by the true count times the factor. Reads the files that it shows whole or in
 * outline. Throws as `chunkCodebase` does.
 */
export async function packCodebase(codebase: Codebase, options: PackOptions): Promise<PackedCodebase> {
  const budget = tokenBudget(options.maxTokens, options.factor);
  const readBytes = options.readBytes ?? readingBelow(codebase.root);
  const pack = new Pack(budget, readBytes);
  const ranked = rankFiles(codebase, options.near ?? []);
  for (const { facts } of ranked.filter(({ isNear }) => isNear)) await pack.addWhole(facts, pack.room);
  const others = ranked.filter(({ facts }) => !pack.has(facts.path));
  const forSignatures = pack.room - Math.floor(pack.room * WHOLE_SHARE);
  for (const { facts } of others) {
    if (pack.room <= forSignatures) break;
    await pack.addWhole(facts, Math.min(pack.room - forSignatures, Math.floor(budget * ONE_FILE_SHARE)));
  }
  const rest = others.filter(({ facts }) => !pack.has(facts.path));
  const forNames = Math.floor(pack.room * NAMES_SHARE);
  for (const { facts } of rest) await pack.addSignatures(facts, "brief", pack.room - forNames);
  for (const { facts } of rest) if (!pack.has(facts.path)) await pack.addSignatures(facts, "names", pack.room);
  for (const detail of ["top", "members"] as const) {
    for (const { facts } of rest) if (pack.has(facts.path)) await pack.addSignatures(facts, detail, pack.room);
  }
  for (const { facts } of rest) await pack.addWhole(facts, pack.room);
  return pack.packed(ranked, options);
}

interface Shown {
  readonly as: PackedCodebase["files"][number]["as"];
  readonly text: string;
  readonly tokens: number;
}

class Pack {
  readonly #budget: number;
  readonly #readBytes: (path: string) => Promise<Buffer>;
  readonly #shown = new Map<string, Shown>();
  #used = 0;

  constructor(budget: number, readBytes: (path: string) => Promise<Buffer>) {
    this.#budget = budget;
    this.#readBytes = readBytes;
  }

  get room(): number {
    return this.#budget - this.#used;
  }

  has(path: string): boolean {
    return this.#shown.has(path);
  }

  /** Shows a file whole, in place of its signatures, if that takes at most `most` tokens more. */
  async addWhole(facts: FileFacts, most: number): Promise<void> {
    const shown = this.#shown.get(facts.path);
    const before = shown?.tokens ?? 0;
    if (shown?.as === "whole" || facts.tokens - before > most) return;
    const content = await this.#read(facts);
    const lastLine = Math.max(1, facts.lines);
    const path = shownPath(facts.path, Math.floor(this.#budget / 5));
    const text = blockText({ facts, path, firstLine: 1, lastLine, isWhole: true, context: "", content });
    const tokens = countTokens(text);
    if (tokens - before <= most) this.#show(facts.path, { as: "whole", text, tokens });
  }

  /** Shows a file by its signatures, or fuller than before, if that takes at most `most` tokens more. */
  async addSignatures(facts: FileFacts, detail: Detail, most: number): Promise<void> {
    const before = this.#shown.get(facts.path);
    const hasSymbols = facts.symbols.length > 0;
    if (most <= 0 || (!hasSymbols && (detail === "top" || detail === "members"))) return;
    const path = shownPath(facts.path, 60);
    const text =
      hasSymbols || detail === "names"
        ? signatureBlock(facts, path, detail)
        : outlineBlock(facts, path, await this.#read(facts));
    if (before?.text === text) return;
    const tokens = countTokens(text);
    if (tokens - (before?.tokens ?? 0) > most) return;
    // Signatures that are as long as the file say less than it does.
    if (detail !== "names" && tokens >= facts.tokens) await this.addWhole(facts, most);
    else this.#show(facts.path, { as: detail === "names" ? "names" : "signatures", text, tokens });
  }

  async #read(facts: FileFacts): Promise<string> {
    return sendableBytes(facts, await this.#readBytes(facts.path)).toString();
  }

  #show(path: string, shown: Shown): void {
    this.#used += shown.tokens - (this.#shown.get(path)?.tokens ?? 0);
    this.#shown.set(path, shown);
  }

  /** Whole files first, then what is shown of the others; both in the order of what matters. */
  packed(ranked: readonly RankedFile[], { factor }: PackOptions): PackedCodebase {
    const entries = ranked.flatMap(({ facts: { path } }) => {
      const shown = this.#shown.get(path);
      return shown === undefined ? [] : [{ path, ...shown }];
    });
    const inOrder = [...entries.filter(({ as }) => as === "whole"), ...entries.filter(({ as }) => as !== "whole")];
    return {
      text: inOrder.map(({ text }) => text).join(""),
      tokens: modelTokens(this.#used, factor),
      files: inOrder.map(({ path, as }) => ({ path, as })),
    };
  }
}
