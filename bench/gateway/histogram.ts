/**
 * Latencies in buckets 0.1 % wide: so many of them cost the same as few. Whole microseconds, exact below 1,024.
 */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #size = 0;
  #longest = 0;

  /** How many were added. */
  get size(): number {
    return this.#size;
  }

  add(microseconds: number): void {
    const value = Math.max(0, Math.min(LARGEST, Math.round(microseconds)));
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#size += 1;
    if (value > this.#longest) this.#longest = value;
  }

  /** The smallest value that a share of all do not exceed, to 0.1 %; 0 where nothing was added. */
  at(share: number): number {
    if (this.#size === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.#size));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(this.#longest, valueOf(bucket));
    }
    return this.#longest;
  }
}

const FINE_BITS = 10;
const FINE = 2 ** FINE_BITS;
const LARGEST = 2 ** 30 - 1;
const BUCKETS = (30 - FINE_BITS + 1) * FINE;

function bucketOf(value: number): number {
  if (value < FINE) return value;
  const shift = 31 - Math.clz32(value) - FINE_BITS;
  return (shift + 1) * FINE + ((value >>> shift) - FINE);
}

/** The largest value of a bucket. */
function valueOf(bucket: number): number {
  const shift = Math.floor(bucket / FINE) - 1;
  return shift < 0 ? bucket : ((FINE + (bucket % FINE) + 1) << shift) - 1;
}
