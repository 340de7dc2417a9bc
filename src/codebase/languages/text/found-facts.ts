import type { FileImport, FileSymbol, SourceFacts } from "../languages.ts";
import { signatureOf } from "./signature.ts";
import type { SourceText } from "./source-text.ts";

/** A declaration as a front end finds it; places in UTF-16 units. */
export interface Declaration {
  readonly name: string;
  readonly kind: FileSymbol["kind"];
  /** With its comments, decorators and attributes. */
  readonly start: number;
  readonly end: number;
  readonly nameAt: number;
  /** Where the signature is read: from the first word of the declaration to its body. */
  readonly head: readonly [start: number, end: number];
  readonly exported: boolean;
  /** What `declare` gave for the one it stands in; -1 at the top. */
  readonly parent: number;
}

export interface FoundImport {
  readonly specifier: string;
  readonly names?: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly typeOnly?: boolean;
}

/** Gathers what a front end finds and keeps the invariants: bytes, order, no overlap, members inside what holds them. */
export interface Findings {
  /** Answers the symbol's number, to be given as `parent`; -1 where nothing of it is left beside its neighbours. */
  declare(declaration: Declaration): number;
  import(found: FoundImport): void;
  /** The first mark counts. */
  entry(mark: string): void;
  facts(): SourceFacts;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Declarations must come in the order of their start, members after what holds them. */
export function findings(source: SourceText, lineComment: string): Findings {
  const symbols: FileSymbol[] = [];
  const places: Place[] = [];
  // End of the last member found in each symbol, the top at -1.
  const filled = new Map<number, number>();
  const imports: FileImport[] = [];
  let entry: string | null = null;
  return {
    declare(found) {
      const holder = places[found.parent] ?? { start: 0, end: source.text.length };
      const floor = Math.max(holder.start, filled.get(found.parent) ?? 0);
      const start = Math.max(source.backToLineStart(found.start), floor);
      const end = Math.min(source.forwardToLineEnd(found.end, lineComment), holder.end);
      if (found.name === "" || end <= start || found.nameAt >= end) return -1;
      filled.set(found.parent, end);
      places.push({ start, end });
      symbols.push({
        name: found.name,
        kind: found.kind,
        signature: signatureOf(source.text.slice(found.head[0], found.head[1]), { lineComment }) || found.name,
        start: source.byteAt(start),
        end: source.byteAt(end),
        line: source.lineAt(found.nameAt),
        parent: found.parent,
        exported: found.exported,
      });
      return symbols.length - 1;
    },
    import(found) {
      if (found.specifier === "") return;
      imports.push({
        specifier: found.specifier,
        names: found.names ?? [],
        start: source.byteAt(found.start),
        end: source.byteAt(found.end),
        typeOnly: found.typeOnly ?? false,
      });
    },
    entry(mark) {
      entry ??= mark;
    },
    facts: () => ({ symbols, imports: inOrder(imports), entry }),
  };
}

/** Facts of a text of which nothing could be read. */
export const NO_FACTS: SourceFacts = { symbols: [], imports: [], entry: null };

function inOrder(imports: readonly FileImport[]): readonly FileImport[] {
  return imports.toSorted((one, other) => one.start - other.start || one.end - other.end);
}
