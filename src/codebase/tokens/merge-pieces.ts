import { openRanks, type Ranks } from "./ranks.ts";

/** More bytes than the longest piece that is merged at once can have. */
const SCRATCH_BYTES = 1_024;
const NO_RANK = 0x7fffffff;

const scratch = new Uint8Array(SCRATCH_BYTES);
const starts = new Int32Array(SCRATCH_BYTES + 1);
const pairs = new Int32Array(SCRATCH_BYTES + 1);
const encoder = new TextEncoder();
let opened: Ranks | undefined;

/**
 * How many tokens a piece of at most 256 characters is: its bytes, merged pair by pair, the lowest rank first, until no two
 * neighbours make a token. Half of a surrogate pair counts as the replacement character. Pure.
 */
export function mergePiece(piece: string): number {
  opened ??= openRanks();
  const ranks = opened;
  const length = encoder.encodeInto(piece, scratch).written;
  if (length < 2 || ranks.rankOf(scratch, 0, length) >= 0) return Math.min(1, length);
  let parts = length;
  for (let part = 0; part <= parts; part++) starts[part] = part;
  for (let part = 0; part < parts; part++) pairs[part] = pairRank(ranks, part, parts);
  for (;;) {
    let lowest = NO_RANK;
    let at = -1;
    for (let part = 0; part < parts - 1; part++) {
      const rank = pairs[part] ?? NO_RANK;
      if (rank < lowest) {
        lowest = rank;
        at = part;
      }
    }
    if (at < 0) return parts;
    starts.copyWithin(at + 1, at + 2, parts + 1);
    pairs.copyWithin(at + 1, at + 2, parts);
    parts--;
    pairs[at] = pairRank(ranks, at, parts);
    if (at > 0) pairs[at - 1] = pairRank(ranks, at - 1, parts);
  }
}

/** The rank of what a part and the next one make together. */
function pairRank(ranks: Ranks, part: number, parts: number): number {
  if (part + 2 > parts) return NO_RANK;
  const rank = ranks.rankOf(scratch, starts[part] ?? 0, starts[part + 2] ?? 0);
  return rank < 0 ? NO_RANK : rank;
}
