import type { Codebase } from "../codebase/facts/facts.ts";
import { AllotError } from "../foundation/errors.ts";
import { canonicalJson, sha256 } from "../foundation/ids.ts";
import { openPartAnswers } from "./answers/part-answers.ts";
import { draftGone, draftParts } from "./plan/draft-parts.ts";
import { estimateWork } from "./plan/estimate-work.ts";
import { fanInFor, reduceTree } from "./plan/reduce-tree.ts";
import { openDraft } from "./plan/open-draft.ts";
import { inReadingOrder } from "./plan/reading-order.ts";
import { isPutTogether } from "./prompts/instructions.ts";
import type { PlanParts } from "./work-parts.ts";
import type { WorkPart, WorkPlan, WorkSpec } from "./work.ts";

/**
 * Which files are read, in which parts, what is kept already, and what the rest costs. Asks no model, writes nothing. The same
 * code and the same wishes give the same parts; critical modules come first.
 *
 * Throws `file-not-found` for a target that is not there (with the closest names), `path-escapes` for one outside,
 * `input-invalid` for a limit that no code fits into, `revision-not-found` for a base that is not there.
 */
export async function planWork(spec: WorkSpec, codebase: Codebase, parts: PlanParts): Promise<WorkPlan> {
  const { draft, targets } = await openDraft(spec, codebase, parts);
  const { maxTokens } = draft.spec.strategy;
  const drafted = [...(await draftParts(draft, targets.files, maxTokens))];
  for (const path of targets.gone) {
    if (!draft.diffs.has(path)) throw nothingThere(path, codebase.root);
    drafted.push(await draftGone(draft, path, maxTokens));
  }
  const answers = openPartAnswers(parts);
  const kept = await answers.find(
    drafted.map(({ key }) => key),
    spec.cacheTtlMs,
  );
  const ordered = inReadingOrder(drafted, draft.index).map((part, index): WorkPart => ({
    ...part,
    index,
    cached: kept.has(part.key),
  }));
  const reduce = isPutTogether(spec.kind) ? reduceTree(ordered.length, fanInFor(draft)) : [];
  const estimate = await estimateWork(draft, ordered, reduce, {
    catalog: parts.catalog,
    answers,
    fallback: parts.fallback,
    concurrency: parts.concurrency,
  });
  return {
    id: sha256(canonicalJson([spec.kind, draft.system, ordered.map(({ key }) => key)])).slice(0, 16),
    spec: draft.spec,
    system: draft.system,
    parts: ordered,
    reduce,
    leftOut: targets.leftOut,
    estimate,
  };
}

function nothingThere(path: string, root: string): AllotError {
  return new AllotError(
    "file-not-found",
    `no file, folder or pattern "${path}" in ${root}, and no change of that name`,
  );
}
