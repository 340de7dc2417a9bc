/** One way to bound spend, as the benchmark drives it. */
export interface Work {
  /** Holds and settles one call; false where it was refused. */
  once(): boolean | Promise<boolean>;
  /** Until the database has everything. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** What one process did. */
export interface Figures {
  readonly ops: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Longest the main thread was inside one step, waiting for promises left out. */
  readonly longestStepMs: number;
  readonly drainMs: number;
}

/** Does work for so long, some at a time, and lets the event loop turn in between. */
export async function measure(work: Work, seconds: number, atOnce: number): Promise<Figures> {
  const took: number[] = [];
  let longest = 0;
  const end = performance.now() + seconds * 1000;
  const lane = async (): Promise<void> => {
    for (let turn = 0; performance.now() < end; turn += 1) {
      const before = performance.now();
      const answer = work.once();
      const inside = performance.now();
      longest = Math.max(longest, inside - before);
      if (answer instanceof Promise) {
        await answer;
        took.push(performance.now() - before);
      } else took.push(inside - before);
      if (turn % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  const ran = (performance.now() - started) / 1000;
  const draining = performance.now();
  await work.drain();
  const drainMs = performance.now() - draining;
  const sorted = Float64Array.from(took).sort();
  const at = (share: number): number => 1000 * (sorted[Math.floor(sorted.length * share)] ?? 0);
  return {
    ops: took.length,
    seconds: ran,
    p50Us: at(0.5),
    p99Us: at(0.99),
    p999Us: at(0.999),
    longestStepMs: longest,
    drainMs,
  };
}
