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
 * it has members: between these it may be. Statements that are no symbols (a call with a long body, a table) are told by their
 * indentation. Linear in symbols and units.
 */
export function bordersOf(symbols: readonly FileSymbol[], units: FileUnits, mostTokens: number): Borders {
  const count = units.starts.length;
  const ranks: Rank[] = Array.from({ length: count }, () => "between");
  const fitting: number[] = Array.from({ length: count }, () => 0);
  /** Indentation of members, by unit inside a container. */
  const bases: number[] = Array.from({ length: count }, () => 0);
  const membersOf = membersBySymbol(symbols, units);
  // Parents come before their members, so the innermost symbol has the last word.
  for (const [index, symbol] of symbols.entries()) {
    if (!isReachable(symbols, symbol)) continue;
    const [first, after] = unitsOf(units, symbol);
    const tokens = tokensBetween(units, first, after);
    const members = CONTAINERS.has(symbol.kind) ? membersOf.get(index) : undefined;
    const inside = members !== undefined ? "in-container" : tokens <= mostTokens ? "inside-symbol" : "in-large-symbol";
    for (let unit = first + 1; unit < after; unit += 1) {
      ranks[unit] = inside;
      bases[unit] = members?.indent ?? 0;
    }
    const edge = symbol.parent < 0 ? "top" : "member";
    for (const unit of [first, after]) if (isGap(ranks[unit])) ranks[unit] = edge;
    if (inside === "inside-symbol") fitting[first] = Math.max(fitting[first] ?? 0, tokens);
    if (members !== undefined) keepTogether({ ranks, fitting }, units, first, members.first, mostTokens);
  }
  closeStatements({ ranks, fitting }, bases, units, mostTokens);
  for (let unit = 0; unit < count; unit += 1) {
    if (units.isInLine[unit] === true && ranks[unit] !== "inside-symbol") ranks[unit] = "in-line";
  }
  return { ranks, fitting };
}

/**
 * Gives the lines of a statement, after its first, the rank of a symbol's inside. What is declared inside of a statement that
 * fits is no place to cut at either.
 */
function closeStatements(
  { ranks, fitting }: Marks,
  bases: readonly number[],
  units: FileUnits,
  mostTokens: number,
): void {
  const last = units.starts.length - 1;
  for (let start = 0; start < last; start += 1) {
    let after = start + 1;
    while (after < last && isInStatement(units, after, bases[after] ?? 0)) after += 1;
    if (after === start + 1) continue;
    const tokens = tokensBetween(units, start, after);
    const fits = tokens <= mostTokens;
    for (let unit = start + 1; unit < after; unit += 1) {
      if (fits) ranks[unit] = "inside-symbol";
      else if (isGap(ranks[unit])) ranks[unit] = "in-large-symbol";
    }
    if (fits) fitting[start] = Math.max(fitting[start] ?? 0, tokens);
    start = after - 1;
  }
}

function isInStatement(units: FileUnits, unit: number, base: number): boolean {
  return units.isInLine[unit] !== true && ((units.indents[unit] ?? 0) > base || units.goesOn[unit] === true);
}

function isGap(rank: Rank | undefined): boolean {
  return rank === "between" || rank === "in-container";
}

/** Borders that are being reckoned. */
interface Marks {
  readonly ranks: Rank[];
  readonly fitting: number[];
}

/** What stands before the first member, a class's own line with its comment, belongs together. */
function keepTogether(
  { ranks, fitting }: Marks,
  units: FileUnits,
  first: number,
  after: number,
  mostTokens: number,
): void {
  const tokens = tokensBetween(units, first, after);
  const fits = tokens <= mostTokens;
  for (let unit = first + 1; unit < after; unit += 1) ranks[unit] = fits ? "inside-symbol" : "in-large-symbol";
  if (fits && after > first + 1) fitting[first] = Math.max(fitting[first] ?? 0, tokens);
}

interface Members {
  /** The least that one of them is indented by. */
  readonly indent: number;
  /** Unit of the first. */
  readonly first: number;
}

/** Of each symbol that has any. */
function membersBySymbol(symbols: readonly FileSymbol[], units: FileUnits): ReadonlyMap<number, Members> {
  const members = new Map<number, Members>();
  for (const { parent, start } of symbols) {
    if (parent < 0) continue;
    const unit = unitAtOrBefore(units, start);
    const indent = units.indents[unit] ?? 0;
    const known = members.get(parent);
    members.set(parent, {
      indent: Math.min(known?.indent ?? indent, indent),
      first: Math.min(known?.first ?? unit, unit),
    });
  }
  return members;
}

function unitsOf(units: FileUnits, { start, end }: FileSymbol): readonly [first: number, after: number] {
  return [unitAtOrBefore(units, start), unitAtOrAfter(units, end)];
}

function tokensBetween(units: FileUnits, first: number, after: number): number {
  return (units.tokensBefore[after] ?? 0) - (units.tokensBefore[first] ?? 0);
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
