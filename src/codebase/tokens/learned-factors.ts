import { randomLetters } from "../../foundation/ids.ts";
import type { Store } from "../../storage/storage.ts";
import { familyFactor } from "./families.ts";
import type { ContentKind, TokenFactor, TokenSample } from "./tokens.ts";

/** So many of the newest samples count, and so few are too few. */
const NEWEST = 200;
const ENOUGH = 20;
const PERCENTILE = 0.99;
const MARGIN = 1.02;
/** Below it, what a message costs by itself outweighs its text. */
const LEAST_COUNTED = 100;

/**
 * Keeps what a provider reported for a request beside our own count of it. Requests below 100 tokens and reports of nothing
 * are passed over: they say nothing of the text. Older samples than the newest 200 of the model and kind are deleted.
 */
export async function noteSample(store: Store, sample: TokenSample): Promise<void> {
  if (!(sample.counted >= LEAST_COUNTED) || !(sample.reported > 0)) return;
  const at = store.clock.now();
  const { model, content } = sample;
  await store.db
    .insertInto("token_samples")
    .values({
      id: `${at}-${randomLetters(10)}`,
      model,
      content,
      reported: Math.round(sample.reported),
      counted: Math.round(sample.counted),
      at,
    })
    .execute();
  await store.db
    .deleteFrom("token_samples")
    .where("model", "=", model)
    .where("content", "=", content)
    .where("id", "not in", newest(store, model, content).select("id"))
    .execute();
}

/**
 * What to multiply an o200k count of `content` by for `model`: once 20 answers of it are known the 99th percentile of the
 * last 200 ratios, times 1.02; before that the table's factor. A vocabulary that is known never goes below its own count.
 */
export async function learnedFactor(store: Store, model: string, content: ContentKind): Promise<TokenFactor> {
  const table = familyFactor(model);
  const samples = await newest(store, model, content).select(["reported", "counted"]).execute();
  if (samples.length < ENOUGH) return { ...table, samples: samples.length };
  const ratios = samples.map(({ reported, counted }) => Number(reported) / Number(counted)).sort((a, b) => a - b);
  const least = table.source === "known" ? table.factor : 0;
  const learned = (ratios[Math.ceil(ratios.length * PERCENTILE) - 1] ?? 0) * MARGIN;
  const factor = Math.max(least, learned);
  const bound = Math.max(factor, (ratios.at(-1) ?? 0) * MARGIN);
  return { ...table, factor, bound, source: "learned", samples: samples.length };
}

function newest(store: Store, model: string, content: ContentKind) {
  return store.db
    .selectFrom("token_samples")
    .where("model", "=", model)
    .where("content", "=", content)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(NEWEST);
}
