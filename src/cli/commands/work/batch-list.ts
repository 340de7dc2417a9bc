import { openLaneOf, endBudget, spentOn } from "../../../app/work/batch-life.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatUsd, toUsd } from "../../../foundation/units.ts";
import type { Store } from "../../../storage/storage.ts";
import type { Batch } from "../../../tasks/batch/batch.ts";
import { findBatch, itemsOf, listBatches, setBatch } from "../../../tasks/batch/batch-store.ts";
import { claimBatch, isCarried } from "../../../tasks/batch/claim-batch.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf, fitTable } from "../../view/fit.ts";
import { batchReportJson, batchReportScreen } from "../../view/batch/batch-screen.ts";

const MOST = 50;

/** `allot batch list`: the batches of the store, newest first. */
export const batchListCommand: Command = {
  name: "batch list",
  summary: "the batches: what, where, how far, what they cost",
  positionals: "",
  options: ["db", "json"],
  examples: [{ command: "allot batch list", shows: "the newest 50 batches with their ids" }],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    const batches = store === undefined ? [] : await listBatches(store.db, MOST);
    const rows = [];
    for (const batch of batches) {
      if (store === undefined) break;
      const items = await itemsOf(store.db, batch.id);
      const done = items.filter(({ state }) => state === "done").length;
      rows.push({ batch, items: items.length, done, cost: await spentOn(store, config, batch.id) });
    }
    const now = systemClock.now();
    if (config.settings.json) {
      const shown = rows.map(({ batch, items, done, cost }) => ({
        id: batch.id,
        operation: batch.operation,
        repo: batch.repo,
        directory: batch.spec.directory,
        state: batch.state,
        way: batch.way,
        carried: isCarried(batch.owner, now),
        items,
        done,
        costUsd: toUsd(cost),
        costNanoUsd: cost,
        createdAt: new Date(batch.createdAt).toISOString(),
      }));
      io.stdout.write(`${JSON.stringify({ batches: shown })}\n`);
      return 0;
    }
    if (rows.length === 0) {
      io.stdout.write("no batches\n");
      return 0;
    }
    const p = paint(isColoured(config, io));
    const cells = rows.map(({ batch, items, done, cost }) => [
      batch.id,
      isCarried(batch.owner, now) ? "running" : batch.state,
      `${done}/${items}`,
      formatUsd(cost),
      batch.operation,
      batch.way,
      batch.spec.directory === "" ? batch.repo : batch.spec.directory,
    ]);
    const header = ["batch", "state", "done", "cost", "operation", "way", "where"].map(p.dim);
    const lines = fitTable([header, ...cells], {
      columns: columnsOf(io),
      align: ["left", "left", "right", "right", "left", "left", "left"],
      giving: [{ column: 6, least: 8 }],
    });
    io.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
};

/** `allot batch show`: one batch with its items. */
export const batchShowCommand: Command = {
  name: "batch show",
  summary: "a batch: its items, what they found and cost, what failed and why",
  positionals: "ID",
  options: ["db", "json"],
  examples: [
    { command: "allot batch show 20261121-143002-7kq2", shows: "how far it is, item by item" },
    { command: "allot batch show 20261121-143002-7kq2 --json", shows: "the same with every item's whole result" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    const batch = await namedBatch(store, input.positionals[0], "show");
    if (store === undefined) return 0;
    const items = await itemsOf(store.db, batch.id);
    const cost = await spentOn(store, config, batch.id);
    const carried = isCarried(batch.owner, systemClock.now());
    const facts = { batch, items, cost, stop: null, sent: 0, carried };
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
    io.stdout.write(
      config.settings.json
        ? `${JSON.stringify(batchReportJson(facts))}\n`
        : batchReportScreen(facts, programName(io.env), form),
    );
    return 0;
  },
};

/** `allot batch cancel`: ends a batch that nobody carries; at a batch interface the provider is asked to stop. */
export const batchCancelCommand: Command = {
  name: "batch cancel",
  summary: "ends a batch for good; what is done is kept, what was handed in is stopped",
  positionals: "ID",
  options: ["db", "json"],
  examples: [{ command: "allot batch cancel 20261121-143002-7kq2", shows: "nothing more of it is asked" }],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    const batch = await namedBatch(store, input.positionals[0], "cancel");
    if (store === undefined) return 0;
    if (batch.state === "done") throw new AllotError("usage", `batch ${batch.id} is done; there is nothing to cancel`);
    await using _claim = await claimBatch(store, batch.id);
    if (batch.way !== "direct") {
      const lane = openLaneOf(store, config, batch, "");
      await lane.cancel(io.signal);
      // What was answered before it stopped is billed, and settled here or by the next to look.
      await lane.collect(io.signal);
    }
    await setBatch(store, batch.id, { state: "cancelled" });
    await endBudget(store, batch.id);
    io.stdout.write(
      config.settings.json ? `${JSON.stringify({ cancelled: batch.id })}\n` : `batch ${batch.id} is cancelled\n`,
    );
    return 0;
  },
};

/** Throws `usage` without an id, `batch-not-found`. */
async function namedBatch(store: Store | undefined, id: string | undefined, command: string): Promise<Batch> {
  if (id === undefined) throw new AllotError("usage", `batch ${command} needs an id, as allot batch list has them`);
  const batch = store === undefined ? undefined : await findBatch(store.db, id);
  if (batch === undefined) {
    throw new AllotError("batch-not-found", `there is no batch "${id}"; allot batch list names them`);
  }
  return batch;
}
