import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { Clock } from "../../foundation/clock.ts";
import type { Store } from "../../storage/storage.ts";
import type { WorkKind } from "../work.ts";

/**
 * What was paid for once, by the content it is about: an answer, or the news that a part must be asked in smaller ones. In
 * `part_answers`, so that a work that was stopped, or is asked for again, pays for what is new only.
 *
 * Invariant: what is found here was asked with the very same instructions, context, code and model, within its time.
 */
export interface PartAnswers {
  /** Those that are still good, by key. `ttlMs`: none older than that; 0 finds nothing. */
  find(keys: readonly string[], ttlMs: number): Promise<ReadonlyMap<string, KeptPart>>;
  /** Keeps one for `ttlMs`; 0: not at all. Of two under one key the later holds. */
  keep(key: string, paid: PaidPart, ttlMs: number): Promise<void>;
  /** What finished parts of this kind took by this model; null where fewer than three are known. */
  usual(kind: WorkKind, model: string): Promise<{ readonly outputTokens: number; readonly durationMs: number } | null>;
}

export type KeptPart =
  | {
      readonly kind: "answer";
      readonly text: string;
      /** The model could not finish it in the output that it was given. */
      readonly cut: boolean;
      readonly servedBy: string;
    }
  /** The part was too large for the model, or for one answer. */
  | { readonly kind: "split"; readonly why: "too-long" | "cut"; readonly maxTokens: number };

export interface PaidPart {
  readonly kept: KeptPart;
  readonly kind: WorkKind;
  readonly repo: string;
  /** PROVIDER/NAME. */
  readonly model: string;
  readonly covers: readonly string[];
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: NanoUsd;
  readonly durationMs: number;
}

/** As many keys a query as every database takes. */
const KEYS_AT_ONCE = 400;
/** Answers that are over are kept so long for what they say of time and length. */
const REMEMBERED_MS = 7 * 86_400_000;
const LEAST_KNOWN = 3;
const MOST_KNOWN = 200;

/** Opens them on a store; owns nothing. */
export function openPartAnswers({ store, clock }: { readonly store: Store; readonly clock: Clock }): PartAnswers {
  let swept = false;
  return {
    find: (keys, ttlMs) => find(store, clock.now(), keys, ttlMs),
    async keep(key, paid, ttlMs) {
      if (ttlMs <= 0) return;
      const now = clock.now();
      if (!swept) {
        swept = true;
        await store.db
          .deleteFrom("part_answers")
          .where("expires_at", "<=", now - REMEMBERED_MS)
          .execute();
      }
      const row = {
        kind: paid.kind,
        repo: paid.repo,
        model: paid.model,
        served_by: paid.kept.kind === "answer" ? paid.kept.servedBy : "",
        covers: JSON.stringify(paid.covers),
        answer: JSON.stringify(paid.kept),
        input_tokens: paid.inputTokens,
        output_tokens: paid.outputTokens,
        nano_usd: nanoUsd(paid.cost),
        duration_ms: Math.round(paid.durationMs),
        stored_at: now,
        expires_at: now + ttlMs,
      };
      await store.db
        .insertInto("part_answers")
        .values({ key, ...row })
        .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
        .execute();
    },
    usual: (kind, model) => usual(store, kind, model),
  };
}

async function find(
  { db }: Store,
  now: number,
  keys: readonly string[],
  ttlMs: number,
): Promise<ReadonlyMap<string, KeptPart>> {
  const found = new Map<string, KeptPart>();
  if (ttlMs <= 0) return found;
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
    const rows = await db
      .selectFrom("part_answers")
      .select(["key", "answer"])
      .where("key", "in", keys.slice(at, at + KEYS_AT_ONCE))
      .where("expires_at", ">", now)
      .where("stored_at", ">=", now - ttlMs)
      .execute();
    for (const { key, answer } of rows) found.set(key, JSON.parse(answer) as KeptPart);
  }
  return found;
}

async function usual({ db }: Store, kind: WorkKind, model: string): ReturnType<PartAnswers["usual"]> {
  const rows = await db
    .selectFrom("part_answers")
    .select(["output_tokens", "duration_ms"])
    .where("kind", "=", kind)
    .where("model", "=", model)
    .where("output_tokens", ">", 0)
    .orderBy("stored_at", "desc")
    .limit(MOST_KNOWN)
    .execute();
  if (rows.length < LEAST_KNOWN) return null;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    outputTokens: Math.ceil(mean(rows.map((row) => Number(row.output_tokens)))),
    durationMs: Math.ceil(mean(rows.map((row) => Number(row.duration_ms)))),
  };
}
