import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pass } from "node:timers/promises";
import { systemClock } from "../../src/foundation/clock.ts";
import { verifyLedger } from "../../src/ledger/verify-ledger.ts";
import { openStore, type Store } from "../../src/storage/storage.ts";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import { openBooks } from "../../src/throttle/books/books.ts";
import { statesInStore } from "../../src/throttle/store/states.ts";
import { limitsWithoutLevels } from "./books-call.ts";
import type { RacerSettings } from "./books-racer.ts";
import { openScriptedProvider } from "./scripted-provider/scripted-provider.ts";
import { randomFrom } from "./seeded-random.ts";

export interface RaceOptions {
  readonly store: StoreSettings;
  readonly seed: number;
  readonly processes: number;
  readonly lanes: number;
  readonly limitTokens: number;
  /** Kill half of them with SIGKILL at random moments. */
  readonly kills: boolean;
}

export interface RaceResult {
  /** By call, as the provider served them. */
  readonly servedCalls: number;
  readonly servedTokens: number;
  readonly ledgerTokens: number;
  readonly unknownCalls: number;
  /** What the unknown calls hold beyond what was served of them. */
  readonly unknownBeyond: number;
  /** Settled + held at its highest, read from outside. */
  readonly mostUsed: number;
  readonly samples: number;
  /** What the store says is settled, and held, once all is over. */
  readonly settled: number;
  readonly held: number;
  /** Everything that does not hold. */
  readonly faults: readonly string[];
}

/** Lets processes race for one limit, and holds their ledger against what was served. */
export async function race(options: RaceOptions): Promise<RaceResult> {
  const served = new Map<string, number>();
  const faults: string[] = [];
  const server = await openScriptedProvider({
    script: ({ lastUserText }) => {
      const [id = "", tokens = "0"] = lastUserText.split(" ");
      if (served.has(id)) faults.push(`${id} was called twice`);
      served.set(id, Number(tokens));
      return { text: "", usage: { inputTokens: Number(tokens), outputTokens: 0 } };
    },
  });
  const limits = limitsWithoutLevels([
    { scope: "global", window: "hour", measure: "tokens", amount: options.limitTokens },
    { scope: "session", window: "day", measure: "nanoUsd", amount: options.limitTokens * 1000 },
  ]);
  await using store = await openStore({ ...options.store, clock: systemClock });
  const used = async (): Promise<{ settled: number; held: number }> => {
    const [state] = await store.transaction((trx) => statesInStore(trx, limits, ["global:"], Date.now()), {
      exclusive: ["books"],
    });
    return { settled: state?.settled ?? 0, held: state?.held ?? 0 };
  };
  const racing = raceAll(options, limits, server.urls["openai-compatible"]);
  let mostUsed = 0;
  let samples = 0;
  for (let isOver = false; !isOver; samples += 1) {
    isOver = await Promise.race([racing.then(() => true), pass(10, false)]);
    const { settled, held } = await used();
    mostUsed = Math.max(mostUsed, settled + held);
  }
  // Two at once take over what the killed have left.
  const recovering = await Promise.all([openBooks({ store, limits }), openBooks({ store, limits })]);
  for (const books of recovering) await books[Symbol.asyncDispose]();
  const compared = await compare(store, served, faults);
  await leftOvers(store, faults);
  await server.close();
  const end = await used();
  if (end.settled !== compared.ledgerTokens)
    faults.push(`settled ${end.settled}, but the ledger has ${compared.ledgerTokens}`);
  return { ...compared, mostUsed: Math.max(mostUsed, end.settled + end.held), samples, ...end, faults };
}

async function raceAll(options: RaceOptions, limits: RacerSettings["limits"], provider: string): Promise<void> {
  const random = randomFrom(options.seed);
  await Promise.all(
    Array.from({ length: options.processes }, async (_, index) => {
      const settings: RacerSettings = {
        store: options.store,
        limits,
        provider,
        name: `${options.seed}-${index}`,
        seed: options.seed * 1000 + index,
        lanes: options.lanes,
        callsPerLane: 200,
      };
      const child = spawn(process.execPath, [join(import.meta.dirname, "books-racer.ts"), JSON.stringify(settings)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const killAfterMs = options.kills && index % 2 === 0 ? Math.floor(random() * 900) : undefined;
      await lived(child, killAfterMs);
    }),
  );
}

async function lived(child: ChildProcess, killAfterMs: number | undefined): Promise<void> {
  const ended = once(child, "exit");
  const lines = createInterface(child.stdout as NodeJS.ReadableStream);
  lines.once("line", () => {
    if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  const [code] = (await ended) as [number | null];
  if (killAfterMs === undefined && code !== 0) throw new Error(`a racer ended with ${code}`);
}

async function compare(
  store: Store,
  served: ReadonlyMap<string, number>,
  faults: string[],
): Promise<Pick<RaceResult, "servedCalls" | "servedTokens" | "ledgerTokens" | "unknownCalls" | "unknownBeyond">> {
  const rows = await store.db
    .selectFrom("ledger")
    .select(["call_key", "kind", "input_tokens", "hold_tokens"])
    .execute();
  const seen = new Set<string>();
  let unknownBeyond = 0;
  for (const { call_key, kind, input_tokens, hold_tokens } of rows) {
    const id = call_key ?? "";
    const real = served.get(id);
    if (seen.has(id)) faults.push(`${id} stands in the ledger twice`);
    seen.add(id);
    if (kind === "settlement" && real !== input_tokens)
      faults.push(`${id}: ${input_tokens} in the ledger, ${real} served`);
    if (kind === "unknown") {
      if (input_tokens !== hold_tokens) faults.push(`${id} is unknown, but not at its hold`);
      unknownBeyond += input_tokens - (real ?? 0);
    }
  }
  for (const id of served.keys()) if (!seen.has(id)) faults.push(`${id} was served, and is not in the ledger`);
  return {
    servedCalls: served.size,
    servedTokens: [...served.values()].reduce((sum, tokens) => sum + tokens, 0),
    ledgerTokens: rows.reduce((sum, row) => sum + row.input_tokens, 0),
    unknownCalls: rows.filter(({ kind }) => kind === "unknown").length,
    unknownBeyond,
  };
}

/** Nothing is leased, no journal is left, and the ledger's chains hold. */
async function leftOvers(store: Store, faults: string[]): Promise<void> {
  const leases = await store.db.selectFrom("leases").select("holder").execute();
  if (leases.length > 0) faults.push(`${leases.length} leases are left`);
  const journals = await store.db.selectFrom("journals").select("writer").execute();
  if (journals.length > 0) faults.push(`${journals.length} journals are left`);
  const folder = join(store.folder, "journals");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  if (files.length > 0) faults.push(`files are left: ${files.join(", ")}`);
  for (const fault of (await verifyLedger(store.db)).faults) faults.push(`ledger: ${fault.code} ${fault.where}`);
}
