import type { FileSymbol } from "../languages/languages.ts";
import type { FileUnits } from "./file-units.ts";

/** How good a place is to end a piece at, best last. */
export type Rank = "inside-symbol" | "in-line" | "in-large-symbol" | "in-container" | "member" | "between" | "top";

export interface Borders {
  /** By unit: how good it is to end before it. */
  readonly ranks: readonly Rank[];
  /** By unit: tokens of the fitting function that begins there; 0 where none does. */
  readonly fitting: readonly number[];
}

const CONTAINERS: ReadonlySet<FileSymbol["kind"]> = new Set([
  "class",
  "interface",
  "module",
  "enum",
  "section",
  "type",
  "constant",
]);

/**
 * Ranks every unit of a file as a place to end a piece before. Nothing that fits in `mostTokens` is to be cut through, unless
 * it has members: between these it may be. Linear in symbols and units.
 */
export function bordersOf(symbols: readonly FileSymbol[], units: FileUnits, mostTokens: number): Borders {
  const count = units.starts.length;
  const ranks: Rank[] = Array.from({ length: count }, () => "between");
  const fitting: number[] = Array.from({ length: count }, () => 0);
  const hasMembers = new Set<number>();
  for (const { parent } of symbols) if (parent >= 0) hasMembers.add(parent);
  // Parents come before their members, so the innermost symbol has the last word.
  for (const [index, symbol] of symbols.entries()) {
    if (!isReachable(symbols, symbol)) continue;
    const first = unitAtOrBefore(units, symbol.start);
    const after = unitAtOrAfter(units, symbol.end);
    const tokens = (units.tokensBefore[after] ?? 0) - (units.tokensBefore[first] ?? 0);
    const isContainer = hasMembers.has(index) && CONTAINERS.has(symbol.kind);
    const inside = isContainer ? "in-container" : tokens <= mostTokens ? "inside-symbol" : "in-large-symbol";
    for (let unit = first + 1; unit < after; unit += 1) ranks[unit] = inside;
    const edge = symbol.parent < 0 ? "top" : "member";
    for (const unit of [first, after])
      if (ranks[unit] === "between" || ranks[unit] === "in-container") ranks[unit] = edge;
    if (inside === "inside-symbol") fitting[first] = Math.max(fitting[first] ?? 0, tokens);
  }
  for (let unit = 0; unit < count; unit += 1) {
    if (units.isInLine[unit] === true && ranks[unit] !== "inside-symbol") ranks[unit] = "in-line";
  }
  return { ranks, fitting };
}

/** At the top, or a member of containers only: what stands inside a function is no place to cut at. */
function isReachable(symbols: readonly FileSymbol[], symbol: FileSymbol): boolean {
  let parent = symbols[symbol.parent];
  while (parent !== undefined) {
    if (!CONTAINERS.has(parent.kind)) return false;
    parent = symbols[parent.parent];
  }
  return true;
}

/** The last unit that begins at or before `byte`. */
export function unitAtOrBefore(units: FileUnits, byte: number): number {
  let low = 0;
  let high = units.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((units.starts[middle] ?? 0) <= byte) low = middle;
    else high = middle - 1;
  }
  return low;
}

function unitAtOrAfter(units: FileUnits, byte: number): number {
  const before = unitAtOrBefore(units, byte);
  return (units.starts[before] ?? 0) >= byte ? before : Math.min(before + 1, units.starts.length - 1);
}
