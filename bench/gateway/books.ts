import type { MockStats } from "./mock.ts";
import { type AllotHome, runAllot } from "./subjects.ts";
import { MODELS, SURFACES } from "./wire.ts";

/** Tokens and cost of one model. */
export interface Sums {
  readonly requests: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  readonly nanoUsd: number;
}

/** The ledger held against what the mock served. */
export interface Compared {
  readonly model: string;
  readonly served: Sums;
  readonly ledger: Sums;
  readonly equal: boolean;
}

interface Usage {
  readonly rows: readonly {
    readonly name: string;
    readonly calls: number;
    readonly input_tokens: number;
    readonly cache_read_tokens: number;
    readonly output_tokens: number;
    readonly cost_nano_usd: number;
    readonly estimated_calls: number;
  }[];
}

interface Models {
  readonly models: readonly {
    readonly id: string;
    readonly aliases: readonly string[];
    /** Nano-dollars a million tokens. */
    readonly price: { readonly input: number; readonly cacheRead: number; readonly output: number };
  }[];
}

async function readStats(upstream: string): Promise<MockStats> {
  return (await (await fetch(`${upstream}/__stats`)).json()) as MockStats;
}

/** Asks allot itself, by its commands, after the gateway has ended. */
export async function compareBooks(home: AllotHome, upstream: string): Promise<readonly Compared[]> {
  const { served } = await readStats(upstream);
  const usage = JSON.parse(await runAllot(home, ["usage", "--by", "model", "--since", "30d", "--json"])) as Usage;
  const { models } = JSON.parse(await runAllot(home, ["models", "--json"])) as Models;
  return SURFACES.map((surface) => {
    const model = MODELS[surface];
    const price = models.find(({ id, aliases }) => id === model || aliases.includes(model))?.price;
    if (price === undefined) throw new Error(`allot models has no ${model}`);
    const row = usage.rows.find(({ name }) => name === model || name.endsWith(`/${model}`));
    const tokens = served[surface];
    const ours: Sums = {
      requests: row?.calls ?? 0,
      inputTokens: row?.input_tokens ?? 0,
      cacheReadTokens: row?.cache_read_tokens ?? 0,
      outputTokens: row?.output_tokens ?? 0,
      nanoUsd: row?.cost_nano_usd ?? 0,
    };
    const theirs: Sums = { ...tokens, nanoUsd: costOf(tokens, price) };
    const equal = (Object.keys(theirs) as (keyof Sums)[]).every((name) => theirs[name] === ours[name]);
    return { model, served: theirs, ledger: ours, equal };
  });
}

/** Prices are whole nano-dollars a token for these models, so that nothing is rounded. */
function costOf(tokens: Omit<Sums, "nanoUsd" | "requests">, price: Models["models"][number]["price"]): number {
  const cost =
    BigInt(tokens.inputTokens) * BigInt(price.input) +
    BigInt(tokens.cacheReadTokens) * BigInt(price.cacheRead) +
    BigInt(tokens.outputTokens) * BigInt(price.output);
  return Number(cost / 1_000_000n);
}
