import { codebaseFolder, openCodebaseFacts, openTokenFactor } from "../../../app/work/codebase-facts.ts";
import { chunkCodebase } from "../../../codebase/chunks/chunk-codebase.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { chunkJson, chunksScreen } from "../../view/work/chunks-screen.ts";

/** Where nobody says how many. Source: the seeds' `chunk_for_grok(data, max_tokens=8000)`. */
const MAX_TOKENS = 8000;

/** `allot chunks`: the codebase as it would be cut for a model; nothing is asked. */
export const chunksCommand: Command = {
  name: "chunks",
  summary: "cuts a codebase into pieces that fit into a model's window, at symbols, critical modules first",
  positionals: "",
  options: ["repo", "maxTokens", "model", "text", "db", "json"],
  optionTexts: {
    maxTokens: `most tokens of one chunk, in the model's own tokens (default ${MAX_TOKENS})`,
    model: "model whose tokens are counted; without it Grok",
  },
  examples: [
    { command: "allot chunks --max-tokens 6000 --model grok", shows: "a row a chunk: tokens, how full, which files" },
    {
      command: "allot chunks --repo DIR --max-tokens 4000 --model gpt-5 --json",
      shows: "every chunk with the bytes of files it carries, and what was left out with the reason",
    },
    { command: "allot chunks --max-tokens 8000 --text --json", shows: "also what would be sent" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { maxTokens, text, json } = config.settings;
    const codebase = await openCodebaseFacts(config, { signal: io.signal });
    await using store = await openExistingStore(config);
    const { model, factor } = await openTokenFactor(config, store, config.settings.model);
    const chunked = await chunkCodebase(codebase, {
      maxTokens: maxTokens ?? MAX_TOKENS,
      factor,
      cacheFolder: codebaseFolder(config),
    });
    if (json) {
      const { chunks, ...facts } = chunked;
      const shown = chunks.map((chunk) => chunkJson(chunk, text));
      io.stdout.write(
        `${JSON.stringify({ root: codebase.root, commit: codebase.commit, model, ...facts, chunks: shown })}\n`,
      );
    } else if (text) {
      for (const chunk of chunked.chunks) io.stdout.write(`${chunk.text}\n`);
    } else {
      const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
      io.stdout.write(chunksScreen(chunked, model, form));
    }
    return 0;
  },
};
