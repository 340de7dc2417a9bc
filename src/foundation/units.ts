/**
 * Money, tokens and time as branded numbers, so that no unit is ever guessed from a name.
 *
 * Money is whole nano-dollars (billionths of a US dollar) from end to end: $1.00 per million tokens is
 * 1,000 nano-dollars a token, so list prices stay exact and sums never drift. The safe-integer range holds
 * about nine million dollars.
 */

/** Whole billionths of a US dollar. */
export type NanoUsd = number & { readonly unit: "nano-usd" };

/** Whole tokens. */
export type Tokens = number & { readonly unit: "tokens" };

const NANO_PER_USD = 1_000_000_000;

/** Brands a whole number as nano-dollars. Throws `RangeError` on fractions and on what does not fit a safe integer. */
export function nanoUsd(value: number): NanoUsd {
  if (!Number.isSafeInteger(value)) throw new RangeError(`nano-dollars must be a safe integer, got ${value}`);
  return value as NanoUsd;
}

/** Brands a whole, non-negative number as tokens. Throws `RangeError` otherwise. */
export function tokens(value: number): Tokens {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`tokens must be a whole number of 0 or more, got ${value}`);
  }
  return value as Tokens;
}

/** Nano-dollars of a dollar amount, rounded half up to the nearest nano-dollar. */
export function fromUsd(dollars: number): NanoUsd {
  return nanoUsd(Math.round(dollars * NANO_PER_USD));
}

/** Dollars as a float, for display and exports only; never add the results. */
export function toUsd(amount: NanoUsd): number {
  return amount / NANO_PER_USD;
}

/** The sum of money amounts. */
export function sumUsd(amounts: Iterable<NanoUsd>): NanoUsd {
  let total = 0;
  for (const amount of amounts) total += amount;
  return nanoUsd(total);
}

/**
 * Money for people: `$1.03`, `$0.012`, `$0.000043`, `-$0.45`, `$0`.
 * Cents from one dollar up, below that three significant digits (and at least two decimals).
 */
export function formatUsd(amount: NanoUsd): string {
  const sign = amount < 0 ? "-" : "";
  const dollars = Math.abs(amount) / NANO_PER_USD;
  if (dollars === 0) return "$0";
  if (dollars >= 1) return `${sign}$${dollars.toFixed(2)}`;
  const digits = Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(dollars))));
  const text = dollars.toFixed(digits);
  return `${sign}$${text.replace(/(\.\d{2}\d*?)0+$/, "$1")}`;
}

/** Whole numbers with thousands separators: `18,000`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
