import { dirname } from "node:path";
import type { Config } from "../../../config/config.ts";
import { traceInLedger } from "../../../dispatch/traces/ledger-trace.ts";
import { openTraces } from "../../../dispatch/traces/open-traces.ts";
import type { RequestTrace } from "../../../dispatch/traces/trace.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { toUsd } from "../../../foundation/units.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf, wrapText } from "../../view/fit.ts";
import { traceList } from "../../view/gateway/trace-list.ts";
import { type FoundTrace, traceScreen } from "../../view/gateway/trace-screen.ts";

const NEWEST = 20;

/** `allot trace`: what became of a request, with every attempt. */
export const traceCommand: Command = {
  name: "trace",
  summary: "what became of a request: every attempt with its wait, time, fault, tokens and cost",
  positionals: "[REQUEST]",
  options: ["db", "json"],
  examples: [
    { command: "allot trace", shows: `the newest ${NEWEST} requests` },
    {
      command: "allot trace req-mi8v2k1x0c7f",
      shows: "one request, by its x-allot-request-id or a call's key in the ledger",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const [id] = input.positionals;
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
    const write = (lines: readonly string[]): void => void io.stdout.write(`${lines.join("\n")}\n`);
    if (id !== undefined) {
      const found = await findTrace(config, id);
      if (config.settings.json) write([JSON.stringify(shown(found))]);
      else write(traceScreen(found, form));
      return 0;
    }
    await using traces = openTraces({ folder: folderOf(config), clock: systemClock });
    const newest = await traces.newest(NEWEST);
    if (config.settings.json) {
      write([JSON.stringify({ traces: newest.map((trace) => shown({ trace, source: "trace" })) })]);
    } else if (newest.length > 0) write(traceList(newest, form));
    else {
      const nothing = `no requests yet; those that come through ${programName(io.env)} serve are kept for seven days`;
      write(wrapText(nothing, form.columns));
    }
    return 0;
  },
};

/** In the traces of this machine, else in the ledger. Throws `trace-not-found`. */
async function findTrace(config: Config, id: string): Promise<FoundTrace> {
  await using traces = openTraces({ folder: folderOf(config), clock: systemClock });
  const kept = await traces.find(id);
  if (kept !== undefined) return { trace: kept, source: "trace" };
  await using store = await openExistingStore(config);
  const booked = store === undefined ? undefined : await traceInLedger(store.db, id);
  if (booked !== undefined) return { trace: booked, source: "ledger" };
  throw new AllotError(
    "trace-not-found",
    `no request ${id} is known here: traces are kept for seven days in ${folderOf(config)}/traces, and the ledger has no row of it. ` +
      "A request's id stands in the header x-allot-request-id of its answer; `allot trace` lists the newest",
    { details: { request: id } },
  );
}

function folderOf({ store, settings }: Config): string {
  return store.kind === "sqlite" ? dirname(store.path) : settings.home;
}

function shown({ trace, source }: FoundTrace): RequestTrace & { readonly source: string; readonly cost_usd: number } {
  return { ...trace, source, cost_usd: toUsd(trace.cost) };
}
