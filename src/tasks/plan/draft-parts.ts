import type { Chunk, ChunkedCodebase, ChunkOptions, Piece } from "../../codebase/chunks/chunks.ts";
import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import { countTokens } from "../../codebase/tokens/count-tokens.ts";
import type { TokenFactor } from "../../codebase/tokens/tokens.ts";
import { AllotError } from "../../foundation/errors.ts";
import { canonicalJson, sha256 } from "../../foundation/ids.ts";
import type { CodeIndex } from "../prompts/code-index.ts";
import { fenced } from "../prompts/data-fence.ts";
import { PROMPT_VERSION } from "../prompts/instructions.ts";
import { partContext } from "../prompts/part-context.ts";
import type { Section, WorkPart, WorkSpec } from "../work.ts";
import { groupFiles } from "./group-files.ts";

/** What parts are drafted from; the same at planning and where a part is cut smaller later. */
export interface Draft {
  readonly spec: WorkSpec;
  readonly codebase: Codebase;
  readonly index: CodeIndex;
  readonly system: string;
  readonly factor: TokenFactor;
  /** The most that the model can write in one answer, as far as it is known. */
  readonly mostOutputTokens: number;
  readonly diffs: ReadonlyMap<string, string>;
  readonly chunk: (codebase: Codebase, options: ChunkOptions) => Promise<ChunkedCodebase>;
  readonly readBytes: (path: string) => Promise<Buffer>;
}

/** How the input of one part is shared out. */
export interface Room {
  /** Of the chunk, in the model's tokens. */
  readonly chunkTokens: number;
  /** Of what stands before it, in o200k tokens. */
  readonly contextTokens: number;
}

/** Headings, fences, line ends between the texts of a request. */
const FRAME_TOKENS = 80;
/** A chunk smaller than this says nothing that anybody can judge; chunks' own lower limit. */
const LEAST_CHUNK_TOKENS = 200;
/** What a heading with path, enclosing signature and imports takes beside a file's own text, about. */
const HEADING_TOKENS = 40;

const CONTEXT_SHARES: Readonly<Record<WorkSpec["context"], number>> = { minimal: 0.15, git_diff: 0.35, full: 0.25 };

/**
 * Shares `maxTokens` (of the model) out between instructions, context and code. Pure. Throws `input-invalid` where no code would
 * fit, saying from how many tokens on it does.
 */
export function roomIn({ system, factor, spec }: Pick<Draft, "system" | "factor" | "spec">, maxTokens: number): Room {
  const fixed = countTokens(system) + FRAME_TOKENS;
  const all = Math.floor((maxTokens - 2 * factor.perMessage) / factor.factor);
  const free = all - fixed;
  const contextTokens = Math.floor(Math.max(0, free) * CONTEXT_SHARES[spec.context]);
  const chunkTokens = Math.floor((free - contextTokens) * factor.factor);
  if (chunkTokens >= LEAST_CHUNK_TOKENS) return { chunkTokens, contextTokens };
  const withoutContext = Math.floor(free * factor.factor);
  if (withoutContext >= LEAST_CHUNK_TOKENS) return { chunkTokens: withoutContext, contextTokens: 0 };
  const least = Math.ceil((fixed + 1) * factor.factor) + LEAST_CHUNK_TOKENS + 2 * factor.perMessage;
  throw new AllotError(
    "input-invalid",
    `${maxTokens} tokens are too few for a part of ${spec.kind} by ${spec.model.name}; ${least} or more hold some code`,
    { details: { least } },
  );
}

/** The sections that a part of this work carries. Pure. */
export function sectionsOf({ strategy, context }: WorkSpec): readonly Section[] {
  const listed = strategy.include.filter((section) => section !== "diff" || context === "git_diff");
  if (context === "git_diff") return [...new Set<Section>([...listed, "diff"])];
  return context === "full" ? [...new Set<Section>([...listed, "dependencies", "context"])] : listed;
}

/**
 * Parts for these files, each within `maxTokens` of the model's input. With `within`, only parts that hold some of those pieces: a
 * part that is cut smaller. Deterministic; indices are the caller's. Throws as `roomIn`.
 */
export async function draftParts(
  draft: Draft,
  files: readonly FileFacts[],
  maxTokens: number,
  within?: readonly Piece[],
): Promise<readonly WorkPart[]> {
  const room = roomIn(draft, maxTokens);
  const { factor } = draft;
  const sized = files.map((file) => ({
    path: file.path,
    size: Math.ceil((file.tokens + HEADING_TOKENS + countTokens(file.path)) * factor.factor),
  }));
  const parts: WorkPart[] = [];
  for (const group of groupFiles(sized, room.chunkTokens)) {
    const only = group.map(({ path }) => path);
    const chunked = await draft.chunk(restrictTo(draft, only), {
      maxTokens: room.chunkTokens,
      factor,
      only,
      overview: 0,
      readBytes: draft.readBytes,
    });
    for (const chunk of chunked.chunks) {
      if (within !== undefined && !chunk.pieces.some((piece) => within.some((other) => overlap(piece, other))))
        continue;
      parts.push(await draftPart(draft, chunk, room));
    }
  }
  return parts;
}

/** A part for a file that is gone: what was removed is all there is to say of it. */
export async function draftGone(draft: Draft, path: string, maxTokens: number): Promise<WorkPart> {
  const { chunkTokens } = roomIn(draft, maxTokens);
  const room = Math.floor(chunkTokens / draft.factor.factor) - HEADING_TOKENS;
  const removed = (draft.diffs.get(path) ?? "").split("\n");
  let kept = removed.length;
  while (kept > 0 && countTokens(removed.slice(0, kept).join("\n")) > room) kept = Math.floor(kept * 0.8);
  const text = [`${path} was deleted:`, ...removed.slice(0, kept)].join("\n");
  const o200k = countTokens(text);
  const chunk: Chunk = {
    id: sha256(text).slice(0, 16),
    index: 0,
    part: "supporting",
    pieces: [],
    tokens: Math.ceil(o200k * draft.factor.factor),
    o200k,
    text,
  };
  return draftPart(draft, chunk, { chunkTokens, contextTokens: 0 });
}

async function draftPart(draft: Draft, chunk: Chunk, room: Room): Promise<WorkPart> {
  const { index, spec, diffs, readBytes } = draft;
  const files = [...new Set(chunk.pieces.map(({ path }) => path))].flatMap((path) => index.file(path) ?? []);
  const readText = async (path: string): Promise<string> => (await readBytes(path)).toString("utf8");
  const facts = { index, pieces: chunk.pieces, files, diffs, readText };
  const context = room.contextTokens === 0 ? "" : await partContext(sectionsOf(spec), facts, room.contextTokens);
  const own = files.map(({ path }) => index.moduleOf(path)?.name);
  const needed = files.flatMap(({ imports }) =>
    imports.flatMap(({ target }) => (target === null ? [] : [index.moduleOf(target)?.name])),
  );
  return {
    key: keyOf(draft, context, chunk.text),
    index: 0,
    chunk,
    context,
    covers: chunk.pieces,
    modules: [...new Set([...own, ...needed].filter((name) => name !== undefined))].toSorted(),
    cached: false,
  };
}

/** Everything that an answer depends on, and nothing else. */
function keyOf({ spec, system }: Draft, context: string, text: string): string {
  const model = `${spec.model.provider}/${spec.model.name}`;
  return sha256(
    canonicalJson([PROMPT_VERSION, spec.kind, model, system, context, text, spec.strategy.maxOutputTokens]),
  );
}

/** What is asked about a part: context first, its code last. Pure. */
export function partPrompt({ context, chunk }: Pick<WorkPart, "context" | "chunk">): string {
  const about = context === "" ? [] : ["What is known of the project and of what this code needs:", context, ""];
  return [...about, "The code:", fenced(chunk.text)].join("\n");
}

/** Input tokens of a part's request, in the model's own. Pure. */
export function partTokens({ context, chunk }: WorkPart, { system, factor }: Pick<Draft, "system" | "factor">): number {
  const o200k = countTokens(system) + countTokens(context) + chunk.o200k + FRAME_TOKENS;
  return Math.ceil(o200k * factor.factor) + 2 * factor.perMessage;
}

/** The facts of these files alone: who cuts a few of many need not look at all of them. */
function restrictTo({ codebase, index }: Pick<Draft, "codebase" | "index">, paths: readonly string[]): Codebase {
  const modules = new Set(paths.map((path) => index.moduleOf(path)).filter((module) => module !== undefined));
  return {
    ...codebase,
    files: paths.toSorted(byCodeUnit).flatMap((path) => index.file(path) ?? []),
    modules: [...modules].toSorted((a, b) => byCodeUnit(a.name, b.name)),
    leftOut: [],
  };
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function overlap(a: Piece, b: Piece): boolean {
  return a.path === b.path && a.start < b.end && b.start < a.end;
}
