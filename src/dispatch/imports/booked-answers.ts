import type { Kysely } from "kysely";
import { inputOf } from "../../ledger/cost.ts";
import type { Schema } from "../../storage/schema.ts";
import type { PricedUsage } from "../../transcripts/transcripts.ts";

/** A ledger row that may be an answer of a log. */
interface Booked {
  readonly callKey: string;
  readonly session: string;
  readonly agent: string | null;
  readonly responseId: string | null;
  readonly input: number;
  readonly output: number;
  readonly at: number;
}

const PAGE = 5000;
const AT_ONCE = 400;
const DAY_MS = 86_400_000;
/** Log and ledger write down an answer at about the same time, by the clocks of perhaps two machines. */
const APART_MS = 10 * 60_000;

/** How the gateway names the agents. */
const IN_LEDGER: Readonly<Record<string, string>> = { gemini: "gemini-cli" };

/**
 * Which of these answers went through the gateway: their ledger call by answer. By the names that the provider gave request or
 * answer; where the log or the ledger has none, by session or agent, the very same tokens, and about the same time. One to one:
 * a row that another answer was found in before stays that one's. Reads the ledger's rows of that time once.
 */
export async function bookedAnswers(
  db: Kysely<Schema>,
  records: readonly PricedUsage[],
): Promise<ReadonlyMap<PricedUsage, string>> {
  const found = new Map<PricedUsage, string>();
  if (records.length === 0) return found;
  const byName = new Map<string, PricedUsage>();
  const byCounts = new Map<string, PricedUsage[]>();
  for (const record of records) {
    if (record.responseId !== null) byName.set(`response ${record.responseId}`, record);
    if (record.requestId !== null) byName.set(`request ${record.requestId}`, record);
    const key = countsKey(inputOf({ ...record, estimated: false }), record.outputTokens);
    byCounts.set(key, [...(byCounts.get(key) ?? []), record]);
  }
  const named: { readonly record: PricedUsage; readonly callKey: string }[] = [];
  const nameless: Booked[] = [];
  for await (const row of rowsAround(db, records)) {
    const record = namesOf(row).flatMap((name) => byName.get(name) ?? [])[0];
    if (record !== undefined) named.push({ record, callKey: row.call_key });
    else if (byCounts.has(countsKey(inputOfRow(row), row.output_tokens))) nameless.push(bookedOf(row));
  }
  const taken = await takenRows(
    db,
    records,
    [...named, ...nameless].map(({ callKey }) => callKey),
  );
  for (const { record, callKey } of named) if (!taken.has(callKey)) found.set(record, callKey);
  for (const row of nameless.filter(({ callKey }) => !taken.has(callKey)).toSorted((a, b) => a.at - b.at)) {
    const candidates = byCounts.get(countsKey(row.input, row.output)) ?? [];
    const fitting = candidates.filter((record) => !found.has(record) && isSameAnswer(record, row));
    const nearest = fitting.toSorted((a, b) => Math.abs(a.at - row.at) - Math.abs(b.at - row.at))[0];
    if (nearest !== undefined) found.set(nearest, row.callKey);
  }
  return found;
}

/** Which of these ledger calls are known as answers already: each stands for the one that it was found for first. */
export async function takenRows(
  db: Kysely<Schema>,
  records: readonly PricedUsage[],
  callKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  if (callKeys.length === 0) return taken;
  const [since, until] = spanOf(records);
  for (let from = 0; from < callKeys.length; from += AT_ONCE) {
    const rows = await db
      .selectFrom("logged_answers")
      .select("call_key")
      .where("how", "in", ["passed", "claimed"])
      .where("call_key", "in", callKeys.slice(from, from + AT_ONCE))
      // Of the rows' own time and a day more, so that the index serves.
      .where("at", ">=", since - DAY_MS)
      .where("at", "<=", until + DAY_MS)
      .execute();
    for (const { call_key } of rows) taken.add(call_key);
  }
  return taken;
}

/** From a day before the first answer to a day after the last. */
function spanOf(records: readonly PricedUsage[]): readonly [since: number, until: number] {
  const times = records.map(({ at }) => at);
  return [times.reduce((a, b) => Math.min(a, b)) - DAY_MS, times.reduce((a, b) => Math.max(a, b)) + DAY_MS];
}

type Row = Awaited<ReturnType<typeof pageAfter>>[number];

/** Rows of calls, not of imports, from a day before the first answer to a day after the last. */
async function* rowsAround(
  db: Kysely<Schema>,
  records: readonly PricedUsage[],
): AsyncGenerator<Row & { readonly call_key: string }> {
  const [since, until] = spanOf(records);
  let last: Row | undefined;
  for (;;) {
    const page = await pageAfter(db, since, until, last);
    for (const row of page) if (row.call_key !== null) yield { ...row, call_key: row.call_key };
    last = page.at(-1);
    if (page.length < PAGE) return;
  }
}

function pageAfter(
  db: Kysely<Schema>,
  since: number,
  until: number,
  last: { writer: string; sequence: number } | undefined,
) {
  let query = db
    .selectFrom("ledger")
    .select([
      "writer",
      "sequence",
      "call_key",
      "session_id",
      "agent",
      "request_id",
      "response_id",
      "input_tokens",
      "cache_read_tokens",
      "cache_write_5m_tokens",
      "cache_write_1h_tokens",
      "output_tokens",
      "at",
    ])
    .where("at", ">=", since)
    .where("at", "<=", until)
    .where("kind", "!=", "correction")
    .where("phase", "!=", IMPORT_PHASE);
  if (last !== undefined) {
    query = query.where((e) => e(e.refTuple("writer", "sequence"), ">", e.tuple(last.writer, last.sequence)));
  }
  return query.orderBy("writer").orderBy("sequence").limit(PAGE).execute();
}

/** What the ledger calls the phase of an answer out of a log. */
export const IMPORT_PHASE = "import";

function namesOf({ request_id, response_id, call_key }: Row & { readonly call_key: string }): readonly string[] {
  const slash = call_key.indexOf("/");
  return [
    ...(response_id === null ? [] : [`response ${response_id}`]),
    ...(request_id === null ? [] : [`request ${request_id}`]),
    // A translated answer names the request as the gateway does, of which the call's key is made.
    ...(slash < 0 ? [] : [`request ${call_key.slice(0, slash)}`]),
  ];
}

function bookedOf(row: Row & { readonly call_key: string }): Booked {
  const { call_key, session_id, agent, response_id, output_tokens, at } = row;
  const names = { callKey: call_key, session: session_id, agent, responseId: response_id };
  return { ...names, input: inputOfRow(row), output: output_tokens, at };
}

function inputOfRow(row: Row): number {
  return row.input_tokens + row.cache_read_tokens + row.cache_write_5m_tokens + row.cache_write_1h_tokens;
}

function isSameAnswer(record: PricedUsage, row: Booked): boolean {
  // Both have a name, and it is not the same.
  if (record.responseId !== null && row.responseId !== null) return false;
  if (Math.abs(record.at - row.at) > APART_MS) return false;
  const agent = IN_LEDGER[record.agent] ?? record.agent;
  return row.session === record.session || row.session === record.parentSession || row.agent === agent;
}

function countsKey(input: number, output: number): string {
  return `${input} ${output}`;
}
