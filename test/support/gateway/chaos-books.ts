import { type LedgerRow, requestOfCall } from "./gateway-ledger.ts";
import { type Answered, billOf } from "./what-was-served.ts";

/** A client's request with what the ledger and the providers know of it. */
export interface ComparedBooks {
  /** What does not fit; empty where ledger and providers agree row by row. */
  readonly faults: readonly string[];
  /** Rows that were compared to the cent. */
  readonly exact: number;
  /** Nano-dollars of calls that broke after something was sent: as the providers reckon, and as the ledger does. */
  readonly brokenTruth: number;
  readonly brokenBilled: number;
  /** Calls nobody was told anything of; the ledger has an estimate below the hold. */
  readonly estimates: number;
}

/**
 * Holds the ledger against what providers served, request by request and attempt by attempt. `promptOf` says which prompt a
 * request of the ledger had; prompts are unique.
 */
export function compareBooks(
  rows: readonly LedgerRow[],
  answered: readonly Answered[],
  promptOf: ReadonlyMap<string, string>,
): ComparedBooks {
  const faults: string[] = [];
  const sum = { exact: 0, brokenTruth: 0, brokenBilled: 0, estimates: 0 };
  const rowsOf = Map.groupBy(rows, ({ call }) => requestOfCall(call));
  const servedOf = Map.groupBy(answered, ({ seen }) => seen.lastUserText);
  for (const request of rowsOf.keys())
    if (!promptOf.has(request)) faults.push(`${request} is in the ledger, and no client asked it`);
  const prompts = new Set(promptOf.values());
  for (const prompt of servedOf.keys())
    if (!prompts.has(prompt)) faults.push(`"${prompt}" was served, and no client knows its request`);
  for (const [request, prompt] of promptOf) {
    // A call that was turned down costs nothing, whether it has a row or not.
    const paid = (rowsOf.get(request) ?? []).filter(({ cost, note }) => cost > 0 || note === "");
    const bills = (servedOf.get(prompt) ?? [])
      .toSorted((one, other) => one.at - other.at)
      .map((served) => ({
        ...billOf(served),
        wire: served.seen.wire,
        answer: JSON.stringify(served.answer).slice(0, 80),
      }))
      .filter(({ certainty }) => certainty !== "none");
    if (paid.length !== bills.length) {
      faults.push(
        `${request} (${prompt}): ${bills.length} calls were served, ${paid.length} are in the ledger: ${JSON.stringify({ bills, paid })}`,
      );
      continue;
    }
    for (const [index, bill] of bills.entries()) {
      const row = paid[index]!;
      const where = `${row.call} (${prompt}, ${bill.wire}, ${bill.answer})`;
      if (row.model !== bill.model) faults.push(`${where}: served by ${bill.model}, in the ledger ${row.model}`);
      if (bill.certainty === "told") {
        sum.exact += 1;
        if (row.cost !== bill.cost || row.estimated !== 0)
          faults.push(
            `${where}: served for ${bill.cost}, in the ledger ${row.cost}${row.estimated === 1 ? " estimated" : ""}`,
          );
      } else if (bill.certainty === "part") {
        sum.brokenTruth += bill.cost;
        sum.brokenBilled += row.cost;
      } else {
        sum.estimates += 1;
        if (row.cost <= 0 || row.cost > (row.held ?? 0) || row.estimated !== 1)
          faults.push(`${where}: nobody knows its cost, and the ledger has ${row.cost} of ${row.held}`);
      }
    }
  }
  return { faults, ...sum };
}
