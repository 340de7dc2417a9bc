/**
 * Tracking: one row for each finished piece of delegated work, and what the rows come to: how well each kind of work goes,
 * what it costs, which model does it best, and what it saved against a person's time.
 *
 * Invariants: only what a model was asked for counts (an answer that was kept is no delegation); only complete work saves time;
 * a comparison of models names its sample sizes, and is none below five pieces each.
 */
import { randomLetters } from "../../foundation/ids.ts";
import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { Store } from "../../storage/storage.ts";
import { isWorkKind } from "../strategies.ts";
import type { WorkKind, WorkPlan, WorkResult } from "../work.ts";

const MINUTE_MS = 60_000;

/** Writes the row of a finished piece of work; none where no model was asked. */
export async function noteWorkOutcome(store: Store, plan: WorkPlan, result: WorkResult): Promise<void> {
  if (result.calls === 0) return;
  const { spec } = plan;
  const asked = Math.max(0, plan.parts.length - result.cachedCalls);
  await store.db
    .insertInto("work_outcomes")
    .values({
      id: randomLetters(20),
      kind: spec.kind,
      model: mostOf(result.servedBy) ?? `${spec.model.provider}/${spec.model.name}`,
      repo: spec.repo,
      parts: plan.parts.length,
      complete: result.complete ? 1 : 0,
      input_tokens: result.tokens.input,
      output_tokens: result.tokens.output,
      nano_usd: result.cost,
      duration_ms: Math.round(result.durationMs),
      manual_ms: Math.round(asked * spec.strategy.manualMinutes * MINUTE_MS),
      at: store.clock.now(),
    })
    .execute();
}

/** What served most parts; of equals the first by name. */
function mostOf(servedBy: Readonly<Record<string, number>>): string | undefined {
  return Object.entries(servedBy).toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0];
}

/** Finished pieces of work of one kind (and model), added up. */
export interface WorkSums {
  readonly kind: WorkKind;
  /** PROVIDER/NAME; null: all together. */
  readonly model: string | null;
  readonly pieces: number;
  readonly complete: number;
  readonly parts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: NanoUsd;
  readonly durationMs: number;
  /** What a person would have needed for the complete ones, and how long those took. */
  readonly manualMs: number;
  readonly completeMs: number;
}

/** Sums by kind and model of a span of time (epoch ms), sorted by kind, then by model. */
export async function workSums(
  store: Store,
  span: { readonly since: number; readonly until: number },
): Promise<readonly WorkSums[]> {
  const rows = await store.db
    .selectFrom("work_outcomes")
    .select((e) => [
      "kind",
      "model",
      "complete",
      e.fn.countAll<number>().as("pieces"),
      e.fn.sum<number>("parts").as("parts"),
      e.fn.sum<number>("input_tokens").as("input"),
      e.fn.sum<number>("output_tokens").as("output"),
      e.fn.sum<number>("nano_usd").as("cost"),
      e.fn.sum<number>("duration_ms").as("duration"),
      e.fn.sum<number>("manual_ms").as("manual"),
    ])
    .where("at", ">=", span.since)
    .where("at", "<=", span.until)
    .groupBy(["kind", "model", "complete"])
    .orderBy("kind")
    .orderBy("model")
    .execute();
  const sums = rows.flatMap((row): WorkSums[] => {
    if (!isWorkKind(row.kind)) return [];
    const isComplete = row.complete === 1;
    return [
      {
        kind: row.kind,
        model: row.model,
        pieces: Number(row.pieces),
        complete: isComplete ? Number(row.pieces) : 0,
        parts: Number(row.parts),
        inputTokens: Number(row.input),
        outputTokens: Number(row.output),
        cost: nanoUsd(Number(row.cost)),
        durationMs: Number(row.duration),
        manualMs: isComplete ? Number(row.manual) : 0,
        completeMs: isComplete ? Number(row.duration) : 0,
      },
    ];
  });
  return joined(sums, ({ kind, model }) => `${kind} ${model}`);
}

/** The same by kind alone. Pure. */
export function byKind(sums: readonly WorkSums[]): readonly WorkSums[] {
  return joined(
    sums.map((each) => ({ ...each, model: null })),
    ({ kind }) => kind,
  );
}

function joined(sums: readonly WorkSums[], keyOf: (sums: WorkSums) => string): readonly WorkSums[] {
  const found = new Map<string, WorkSums>();
  for (const sum of sums) {
    const known = found.get(keyOf(sum));
    found.set(keyOf(sum), known === undefined ? sum : addWorkSums(known, sum));
  }
  return [...found.values()];
}

/** Two together, under the kind and model of the first. Pure. */
export function addWorkSums(a: WorkSums, b: WorkSums): WorkSums {
  return {
    kind: a.kind,
    model: a.model,
    pieces: a.pieces + b.pieces,
    complete: a.complete + b.complete,
    parts: a.parts + b.parts,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cost: nanoUsd(a.cost + b.cost),
    durationMs: a.durationMs + b.durationMs,
    manualMs: a.manualMs + b.manualMs,
    completeMs: a.completeMs + b.completeMs,
  };
}
