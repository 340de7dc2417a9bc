import { AllotError } from "../foundation/errors.ts";
import { fromUsd, nanoUsd } from "../foundation/units.ts";
import type { NanoUsd } from "../foundation/units.ts";
import type { ModelPrice } from "./catalog.ts";

/** A model as the user's configuration states it; prices in dollars per million tokens. */
export interface ModelOverride {
  readonly provider?: string;
  readonly label?: string;
  readonly tier?: "small" | "big";
  readonly aliases?: readonly string[];
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
  /** Factors of the list price: 0.5 is half. */
  readonly batch?: number;
  readonly priority?: number;
  readonly longContext?: readonly LongContextOverride[];
}

export interface LongContextOverride {
  readonly aboveInputTokens: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
}

const RATE_KEYS = ["input", "output", "cacheRead", "cacheWrite5m", "cacheWrite1h", "reasoning"] as const;

type Rates = Pick<ModelPrice, (typeof RATE_KEYS)[number]>;
type StatedRates = Partial<Readonly<Record<(typeof RATE_KEYS)[number], number>>>;

/**
 * The price of a model with the user's figures on top of what is known; version "user" as soon as one figure is the
 * user's own. Rates that are not restated keep their proportion to input (reasoning: to output), so that a discount on
 * input is one on cache reads too. A model without known price needs both input and output, else `config-invalid`.
 */
export function withUserPrice(name: string, override: ModelOverride, known: ModelPrice | null): ModelPrice | null {
  const stated = RATE_KEYS.some((key) => override[key] !== undefined);
  if (
    !stated &&
    override.batch === undefined &&
    override.priority === undefined &&
    override.longContext === undefined
  ) {
    return known;
  }
  const base = withStated(override, known ?? undefined);
  if (base === undefined) {
    const missing = override.input === undefined ? "input" : "output";
    throw new AllotError(
      "config-invalid",
      `models.${name} has no known price: it also needs "${missing}" (dollars per million tokens)`,
    );
  }
  const longContext =
    override.longContext?.map((tier) => ({
      aboveInputTokens: tier.aboveInputTokens,
      ...(withStated(tier, undefined) ?? base),
    })) ??
    known?.longContext.map((tier) => ({
      aboveInputTokens: tier.aboveInputTokens,
      ...inProportion(tier, known, base),
    }));
  return {
    ...base,
    longContext: longContext ?? [],
    batchPermille: permille(override.batch) ?? known?.batchPermille ?? 1000,
    priorityPermille: permille(override.priority) ?? known?.priorityPermille ?? 1000,
    version: "user",
    from: "",
  };
}

function withStated(stated: StatedRates, known: Rates | undefined): Rates | undefined {
  const input = stated.input === undefined ? known?.input : fromUsd(stated.input);
  const output = stated.output === undefined ? known?.output : fromUsd(stated.output);
  if (input === undefined || output === undefined) return undefined;
  const plain: Rates = { input, output, cacheRead: input, cacheWrite5m: input, cacheWrite1h: input, reasoning: output };
  const rest = known === undefined ? plain : inProportion(known, known, plain);
  const cacheWrite5m = stated.cacheWrite5m === undefined ? rest.cacheWrite5m : fromUsd(stated.cacheWrite5m);
  return {
    input,
    output,
    cacheRead: stated.cacheRead === undefined ? rest.cacheRead : fromUsd(stated.cacheRead),
    cacheWrite5m,
    // The hour costs no less than the five minutes.
    cacheWrite1h:
      stated.cacheWrite1h === undefined
        ? nanoUsd(Math.max(rest.cacheWrite1h, cacheWrite5m))
        : fromUsd(stated.cacheWrite1h),
    reasoning: stated.reasoning === undefined ? rest.reasoning : fromUsd(stated.reasoning),
  };
}

/** `rates` times (now / before), by input for the input classes and by output for the output ones. */
function inProportion(rates: Rates, before: Rates, now: Rates): Rates {
  const scaled = (rate: number, by: "input" | "output"): NanoUsd =>
    before[by] === 0 ? now[by] : nanoUsd(Math.round((rate * now[by]) / before[by]));
  return {
    input: scaled(rates.input, "input"),
    output: scaled(rates.output, "output"),
    cacheRead: scaled(rates.cacheRead, "input"),
    cacheWrite5m: scaled(rates.cacheWrite5m, "input"),
    cacheWrite1h: scaled(rates.cacheWrite1h, "input"),
    reasoning: scaled(rates.reasoning, "output"),
  };
}

function permille(factor: number | undefined): number | undefined {
  return factor === undefined ? undefined : Math.round(factor * 1000);
}
