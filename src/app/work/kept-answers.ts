import { sql } from "kysely";
import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { Store } from "../../storage/storage.ts";

/** What is kept of one kind and model. */
export interface KeptAnswers {
  /** The kind of work; "requests" for the client's own cache of exact requests. */
  readonly kind: string;
  readonly model: string;
  readonly answers: number;
  /** Of these, how many may still be given. */
  readonly fresh: number;
  readonly bytes: number;
  /** What they cost when they were bought: what each use after that saves. */
  readonly cost: NanoUsd;
  /** Epoch ms. */
  readonly oldestAt: number;
  readonly newestAt: number;
}

/** The name of the client's cache among the kinds. */
export const REQUESTS = "requests";

/** Everything that is kept, by kind and model, kinds in their order, the client's requests last. */
export async function keptAnswers(store: Store): Promise<readonly KeptAnswers[]> {
  const sums = sumsAt(store.clock.now());
  const parts = await store.db
    .selectFrom("part_answers")
    .select(["kind", "model"])
    .select(sums)
    .groupBy(["kind", "model"])
    .orderBy("kind")
    .orderBy("model")
    .execute();
  const requests = await store.db
    .selectFrom("cached_answers")
    .select(["provider", "model"])
    .select(sums)
    .groupBy(["provider", "model"])
    .orderBy("provider")
    .orderBy("model")
    .execute();
  return [
    ...parts.map((row) => keptOf(row.kind, row.model, row)),
    ...requests.map((row) => keptOf(REQUESTS, `${row.provider}/${row.model}`, row)),
  ];
}

/** What both tables of kept answers are summed up by. */
function sumsAt(now: number) {
  return [
    sql<number>`count(*)`.as("answers"),
    sql<number>`sum(case when expires_at > ${now} then 1 else 0 end)`.as("fresh"),
    sql<number>`sum(length(answer))`.as("bytes"),
    sql<number>`sum(nano_usd)`.as("cost"),
    sql<number>`min(stored_at)`.as("oldest"),
    sql<number>`max(stored_at)`.as("newest"),
  ] as const;
}

function keptOf(
  kind: string,
  model: string,
  row: { answers: number; fresh: number; bytes: number; cost: number; oldest: number; newest: number },
): KeptAnswers {
  return {
    kind,
    model,
    answers: Number(row.answers),
    fresh: Number(row.fresh),
    bytes: Number(row.bytes),
    cost: nanoUsd(Number(row.cost)),
    oldestAt: Number(row.oldest),
    newestAt: Number(row.newest),
  };
}

/** Which answers go. */
export interface Forget {
  /** null: all kinds, requests too. */
  readonly kind: string | null;
  /** Only those kept before this instant (epoch ms); null: all. */
  readonly before: number | null;
}

/** Deletes kept answers, and says how many. What they cost is not asked back; the next time they are paid again. */
export async function forgetAnswers(store: Store, { kind, before }: Forget): Promise<number> {
  return store.transaction(async (trx) => {
    let gone = 0;
    if (kind !== REQUESTS) {
      let parts = trx.deleteFrom("part_answers");
      if (kind !== null) parts = parts.where("kind", "=", kind);
      if (before !== null) parts = parts.where("stored_at", "<=", before);
      gone += Number((await parts.executeTakeFirst()).numDeletedRows);
    }
    if (kind === REQUESTS || kind === null) {
      let requests = trx.deleteFrom("cached_answers");
      if (before !== null) requests = requests.where("stored_at", "<=", before);
      gone += Number((await requests.executeTakeFirst()).numDeletedRows);
    }
    return gone;
  });
}
