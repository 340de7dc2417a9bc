import { redact } from "../../codebase/secrets/redact.ts";
import type { FileFacts } from "../../codebase/facts/facts.ts";
import { countTokens } from "../../codebase/tokens/count-tokens.ts";
import { canonicalJson, sha256 } from "../../foundation/ids.ts";
import type { ReadingParts } from "../carry/reading.ts";
import { fenced, FENCE_RULE } from "../prompts/data-fence.ts";
import { PROMPT_VERSION } from "../prompts/instructions.ts";
import type { AskRequest, WorkFinding } from "../work.ts";
import { exportsOf, fullName, type DocsCheck } from "./check-docs.ts";
import { sectionsOf } from "./claims.ts";

const SYSTEM = [
  "You correct reference documentation that was compared with the code it describes.",
  FENCE_RULE,
  "For each file you are given its real exports, what does not fit, and its present section. Answer with the whole corrected section of each file, in the order given: a heading of the second level with the path, then each export under a heading of the third level with its signature as given. Remove what does not exist; keep what is right. Markdown, no introduction, no closing words.",
].join("\n");

/** Share of the longest answer that the sections to correct may have, so that there is room for what is missing. */
const SHARE = 0.6;
/** Longest piece of code that is shown for an export without documentation, in bytes. */
const LONGEST_CODE = 1_600;
const FRAME_TOKENS = 60;

export type Mended =
  | { readonly kind: "mended"; readonly text: string }
  /** Why there is no better text. */
  | { readonly kind: "unchanged"; readonly reason: string };

/**
 * Asks once for corrected sections of the files with differences, as many as fit into one question; the answer is kept like
 * a part's. What comes back is text to be checked again, nothing more. Throws only `interrupted`.
 */
export async function mendDocs(
  reading: ReadingParts,
  text: string,
  files: readonly FileFacts[],
  check: DocsCheck,
): Promise<Mended> {
  const blocks = await blocksThatFit(reading, text, files, check);
  if (blocks.length === 0) return { kind: "unchanged", reason: "the sections are too long for one question" };
  const said = await askOnce(reading, blocks.map(({ prompt }) => prompt).join("\n\n"));
  if (said.kind === "missed") return { kind: "unchanged", reason: said.reason };
  const paths = files.map(({ path }) => path);
  const corrected = new Map<string, string>();
  for (const section of sectionsOf(
    said.text,
    blocks.map(({ path }) => path),
  )) {
    if (section.path !== null)
      corrected.set(
        section.path,
        [corrected.get(section.path), section.text.trimEnd()].filter((part) => part !== undefined).join("\n"),
      );
  }
  if (corrected.size === 0) return { kind: "unchanged", reason: "the answer has no section of these files" };
  return { kind: "mended", text: spliced(text, paths, corrected) };
}

/** The document with these sections in the place of its own; those that it lacks come last. Pure. */
export function spliced(text: string, paths: readonly string[], corrected: ReadonlyMap<string, string>): string {
  const left = new Map(corrected);
  const parts = sectionsOf(text, paths).flatMap((section) => {
    const better = section.path === null ? undefined : corrected.get(section.path);
    if (better === undefined || section.path === null) return [section.text];
    // A file with two sections has one afterwards.
    return left.delete(section.path) ? [`${better.trimEnd()}\n`] : [];
  });
  return [...parts, ...left.values()].join("\n");
}

interface Block {
  readonly path: string;
  readonly prompt: string;
}

/** Files with wrong statements first, then those that lack most. */
async function blocksThatFit(
  { draft }: ReadingParts,
  text: string,
  files: readonly FileFacts[],
  check: DocsCheck,
): Promise<readonly Block[]> {
  const { spec, factor } = draft;
  const room =
    Math.floor((spec.strategy.maxTokens - 2 * factor.perMessage) / factor.factor) - countTokens(SYSTEM) - FRAME_TOKENS;
  const most = Math.floor((spec.strategy.maxOutputTokens * SHARE) / factor.factor);
  const sections = sectionsOf(
    text,
    files.map(({ path }) => path),
  );
  const wrongIn = (path: string): readonly WorkFinding[] =>
    check.findings.filter(({ place, rule }) => place?.path === path && rule !== "not-documented");
  const wanting = check.files
    .filter(({ path, missing }) => missing.length > 0 || wrongIn(path).length > 0)
    .toSorted((a, b) => wrongIn(b.path).length - wrongIn(a.path).length || b.missing.length - a.missing.length);
  const blocks: Block[] = [];
  let [input, output] = [0, 0];
  for (const { path, missing } of wanting) {
    const file = files.find((each) => each.path === path);
    if (file === undefined) continue;
    const section = sections
      .filter((each) => each.path === path)
      .map((each) => each.text)
      .join("\n");
    const prompt = [
      `File: ${path}`,
      "Its real exports:",
      fenced(
        exportsOf(file)
          .map((symbol) => `${fullName(file, symbol)}: ${symbol.signature}`)
          .join("\n"),
      ),
      "What does not fit:",
      [
        ...wrongIn(path).map(({ title }) => `- ${title}`),
        ...missing.map((name) => `- Exported and not documented: ${name}`),
      ].join("\n"),
      ...(missing.length === 0
        ? []
        : ["The code of what is not documented:", fenced(await codeOf(draft.readBytes, file, missing))]),
      "Its present section:",
      fenced(section),
    ].join("\n");
    const [needs, gives] = [countTokens(prompt), countTokens(section) + missing.length * 80];
    if (input + needs > room || output + gives > most) continue;
    blocks.push({ path, prompt });
    input += needs;
    output += gives;
  }
  return blocks;
}

/** The first lines of each symbol, without secrets. */
async function codeOf(
  readBytes: (path: string) => Promise<Buffer>,
  file: FileFacts,
  names: readonly string[],
): Promise<string> {
  const bytes = Buffer.from(redact((await readBytes(file.path)).toString(), file.secrets));
  return exportsOf(file)
    .filter((symbol) => names.includes(fullName(file, symbol)))
    .map(({ start, end }) => bytes.subarray(start, Math.min(end, start + LONGEST_CODE)).toString())
    .join("\n\n");
}

type Said = { readonly kind: "said"; readonly text: string } | { readonly kind: "missed"; readonly reason: string };

async function askOnce(reading: ReadingParts, prompt: string): Promise<Said> {
  const { draft, answers, tally, learned, signal, ask } = reading;
  const { spec, codebase } = draft;
  const request: AskRequest = {
    model: spec.model,
    system: SYSTEM,
    prompt,
    maxOutputTokens: spec.strategy.maxOutputTokens,
    timeoutMs: spec.strategy.timeoutMs,
    kind: spec.kind,
    schema: null,
    content: "prose",
  };
  const model = `${spec.model.provider}/${spec.model.name}`;
  const key = sha256(canonicalJson([PROMPT_VERSION, "mend-docs", model, request.system, prompt]));
  const kept = (await answers.find([key], spec.cacheTtlMs)).get(key);
  if (kept?.kind === "answer") {
    tally.addKept();
    return { kind: "said", text: kept.text };
  }
  if (learned.stop !== null) return { kind: "missed", reason: learned.stop.reason };
  signal.throwIfAborted();
  const answer = await ask(request, signal);
  tally.add(answer);
  // A text that was cut off may have lost what was right.
  if (answer.kind !== "answered")
    return { kind: "missed", reason: answer.kind === "cut" ? "the answer was cut off" : answer.message };
  await answers.keep(
    key,
    {
      kept: { kind: "answer", text: answer.text, cut: false, servedBy: answer.servedBy },
      kind: spec.kind,
      repo: codebase.root,
      model,
      covers: [],
      inputTokens: answer.inputTokens,
      outputTokens: answer.outputTokens,
      cost: answer.cost,
      durationMs: answer.ms,
    },
    spec.cacheTtlMs,
  );
  return { kind: "said", text: answer.text };
}
