/**
 * How many tokens each short piece of ASCII is, found by the characters themselves: no string is cut out of the text for a
 * piece that is known, which is nearly every one. Exact: hashes only say where to look.
 */
export interface PieceCounts {
  /** The tokens of `text` from `from` to `end`; `count` answers for a piece that is not known yet. */
  tokens(text: string, from: number, end: number): number;
}

/** Longer pieces are rare, and not worth remembering. */
const LONGEST = 40;
const SLOTS = 1 << 18;
/** Half full: looking takes one or two steps. */
const MOST_PIECES = SLOTS / 2;
const ARENA_BYTES = 2 ** 21;

/** Opens a table that asks `count` for what it does not know. Begins anew when it is full. */
export function openPieceCounts(count: (piece: string) => number): PieceCounts {
  const hashes = new Int32Array(SLOTS);
  /** Place in the arena, plus one; 0 for a free slot. */
  const places = new Int32Array(SLOTS);
  /** Length and tokens of a piece. */
  const sizes = new Uint16Array(SLOTS);
  const arena = new Uint8Array(ARENA_BYTES);
  let used = 0;
  let pieces = 0;

  const remember = (slot: number, hash: number, piece: string, tokens: number): void => {
    hashes[slot] = hash;
    places[slot] = used + 1;
    sizes[slot] = piece.length * 256 + tokens;
    for (let index = 0; index < piece.length; index++) arena[used++] = piece.charCodeAt(index);
    if (++pieces < MOST_PIECES && used + LONGEST < ARENA_BYTES) return;
    places.fill(0);
    used = 0;
    pieces = 0;
  };

  const isAt = (slot: number, text: string, from: number, length: number): boolean => {
    if ((sizes[slot] ?? 0) >> 8 !== length) return false;
    const place = (places[slot] ?? 0) - 1;
    for (let index = 0; index < length; index++) {
      if (arena[place + index] !== text.charCodeAt(from + index)) return false;
    }
    return true;
  };

  return {
    tokens(text, from, end) {
      const length = end - from;
      if (length > LONGEST) return count(text.slice(from, end));
      let hash = length;
      let seen = 0;
      for (let at = from; at < end; at++) {
        const code = text.charCodeAt(at);
        hash = Math.imul(hash ^ code, 0x01000193);
        seen |= code;
      }
      hash ^= hash >>> 15;
      // The arena holds bytes.
      if (seen > 127) return count(text.slice(from, end));
      let slot = hash & (SLOTS - 1);
      for (; places[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
        if (hashes[slot] === hash && isAt(slot, text, from, length)) return (sizes[slot] ?? 0) & 255;
      }
      const piece = text.slice(from, end);
      const tokens = count(piece);
      remember(slot, hash, piece, tokens);
      return tokens;
    },
  };
}
