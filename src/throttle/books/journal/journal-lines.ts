import type { EntryFacts } from "../../../ledger/chain.ts";
import { tokensOf } from "../../../ledger/use-minutes.ts";
import type { Amounts } from "../../throttle.ts";

/*
 * The lines of a process's journal: JSON arrays, one a line, each written whole before what it tells of goes on. A line
 * that was torn by the death of its writer has no end of line, and is not there.
 */

/** What a line says, read back. */
export type JournalLine =
  | { readonly kind: "hold"; readonly id: string; readonly at: number; readonly held: Amounts; readonly keys: ReadKeys }
  | { readonly kind: "settled"; readonly held: Amounts; readonly leasedKeys: number; readonly entry: EntryFacts }
  | { readonly kind: "released"; readonly id: string }
  | { readonly kind: "corrected"; readonly entry: EntryFacts }
  /** The journal goes on in another file. */
  | { readonly kind: "moved"; readonly path: string };

/** Scope keys whose room the hold takes, and those under which its cost is only counted. */
export interface ReadKeys {
  readonly scopeKeys: readonly string[];
  readonly countedKeys: readonly string[];
}

export interface HoldKeys extends ReadKeys {
  /** JSON of both together, as the ledger files them, and of one after the other, as a line does. */
  readonly json: string;
  readonly text: string;
}

/** An entry's columns in the order of a line. */
const COLUMNS = [
  "entry_key",
  "at",
  "kind",
  "call_key",
  "run_id",
  "task",
  "phase",
  "tier",
  "session_id",
  "provider",
  "model",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
  "nano_usd",
  "price_version",
  "price_assumed",
  "usage_estimated",
  "note",
  "hold_tokens",
  "hold_nano_usd",
  "agent",
  "task_type",
  "project",
  "api_key",
  "requested_model",
  "service",
  "scope_keys",
  "request_id",
  "response_id",
] as const satisfies readonly (keyof EntryFacts)[];

export function holdLine(id: string, at: number, held: Amounts, keys: HoldKeys): string {
  return `["h",${JSON.stringify(id)},${at},${held.tokens},${held.nanoUsd},${held.requests},${keys.text}]\n`;
}

export function settledLine(held: Amounts, leasedKeys: number, entry: EntryFacts): string {
  return `["s",${held.tokens},${held.nanoUsd},${held.requests},${leasedKeys},${entryText(entry)}]\n`;
}

export function releasedLine(id: string): string {
  return `["r",${JSON.stringify(id)}]\n`;
}

export function correctedLine(entry: EntryFacts): string {
  return `["c",${entryText(entry)}]\n`;
}

export function movedLine(path: string): string {
  return `["n",${JSON.stringify(path)}]\n`;
}

/** Reads one line without its end; undefined where a crash or a full disk tore it: then it never counted. */
export function readLine(text: string): JournalLine | undefined {
  const row = parsed(text);
  switch (row[0]) {
    case "h":
      return {
        kind: "hold",
        id: row[1] as string,
        at: row[2] as number,
        held: amountsOf(row, 3),
        keys: { scopeKeys: row[6] as string[], countedKeys: row[7] as string[] },
      };
    case "s":
      return { kind: "settled", held: amountsOf(row, 1), leasedKeys: row[4] as number, entry: entryOf(row, 5) };
    case "r":
      return { kind: "released", id: row[1] as string };
    case "c":
      return { kind: "corrected", entry: entryOf(row, 1) };
    case "n":
      return { kind: "moved", path: row[1] as string };
    default:
      return undefined;
  }
}

function parsed(text: string): readonly unknown[] {
  try {
    const row: unknown = JSON.parse(text);
    return Array.isArray(row) ? (row as unknown[]) : [];
  } catch {
    return [];
  }
}

/** What an entry cost, in the measures of limits. */
export function costAmounts(entry: EntryFacts): Amounts {
  return { tokens: tokensOf(entry), nanoUsd: entry.nano_usd, requests: entry.kind === "correction" ? 0 : 1 };
}

function entryText(entry: EntryFacts): string {
  let text = "";
  for (const column of COLUMNS) {
    const value = entry[column] ?? null;
    text += `${text === "" ? "" : ","}${typeof value === "string" ? JSON.stringify(value) : value}`;
  }
  return text;
}

function amountsOf(row: readonly unknown[], from: number): Amounts {
  return { tokens: row[from] as number, nanoUsd: row[from + 1] as number, requests: row[from + 2] as number };
}

function entryOf(row: readonly unknown[], from: number): EntryFacts {
  const entry: Partial<Record<keyof EntryFacts, unknown>> = {};
  for (let index = 0; index < COLUMNS.length; index += 1) {
    // Lines from before a column was kept end earlier.
    entry[COLUMNS[index] as keyof EntryFacts] = row[from + index] ?? null;
  }
  return entry as EntryFacts;
}
