import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { chunkCodebase } from "../../codebase/chunks/chunk-codebase.ts";
import type { Codebase } from "../../codebase/facts/facts.ts";
import { indexCode } from "../prompts/code-index.ts";
import { partInstructions } from "../prompts/instructions.ts";
import { readDiffs } from "../targets/read-diffs.ts";
import { selectTargets, type Targets } from "../targets/select-targets.ts";
import type { PlanParts } from "../work-parts.ts";
import type { WorkSpec } from "../work.ts";
import { type Draft, sectionsOf } from "./draft-parts.ts";

/** What parts are drafted from, and the files they are to cover. Throws as `selectTargets` and `readDiffs`. */
export async function openDraft(
  spec: WorkSpec,
  codebase: Codebase,
  parts: PlanParts,
): Promise<{ readonly draft: Draft; readonly targets: Targets }> {
  const readBytes = parts.readBytes ?? ((path: string) => readFile(join(codebase.root, path)));
  const fitted = fittedTo(spec, parts);
  const targets = await selectTargets(fitted, codebase, readBytes);
  const paths = [...targets.files.map(({ path }) => path), ...targets.gone];
  const wantsDiff = sectionsOf(fitted).includes("diff");
  const diffs = wantsDiff
    ? await (parts.diffs ?? readDiffs)(codebase.root, paths, fitted.diffBase ?? "HEAD")
    : new Map<string, string>();
  const draft: Draft = {
    spec: fitted,
    codebase,
    index: indexCode(codebase),
    system: partInstructions(fitted),
    factor: parts.factor,
    mostOutputTokens: mostOutputOf(spec, parts),
    diffs,
    chunk: parts.chunk ?? chunkCodebase,
    readBytes,
  };
  return { draft, targets };
}

/** Where it is not known, as much as every model of today can write. */
const OUTPUT_OF_ALL = 16_000;

function mostOutputOf({ model, strategy }: WorkSpec, { catalog }: PlanParts): number {
  const known = catalog.find(model.name, { provider: model.provider });
  const most = known?.maxOutputTokens ?? OUTPUT_OF_ALL;
  const window = known?.contextWindow ?? Infinity;
  return Math.max(1, Math.min(most, window - Math.min(strategy.maxTokens, Math.ceil(window / 2))));
}

/** A model that can write or read less than the strategy wants has less of both. */
function fittedTo(spec: WorkSpec, { catalog }: PlanParts): WorkSpec {
  const { model, strategy } = spec;
  const known = catalog.find(model.name, { provider: model.provider });
  const window = known?.contextWindow ?? Infinity;
  const maxOutputTokens = Math.max(
    1,
    Math.min(strategy.maxOutputTokens, known?.maxOutputTokens ?? Infinity, Math.floor(window / 3)),
  );
  const maxTokens = Math.min(strategy.maxTokens, window - maxOutputTokens);
  return { ...spec, strategy: { ...strategy, maxTokens, maxOutputTokens } };
}
