import { realpathSync } from "node:fs";
import { relative, resolve } from "node:path";
import { liveBatch, spentOn } from "../../../app/work/batch-life.ts";
import { type BatchPlan, planBatch, wayOf } from "../../../app/work/batch-work.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import { openWorkBench, type WorkBench } from "../../../app/work/work-parts.ts";
import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError, ERRORS } from "../../../foundation/errors.ts";
import { formatUsd } from "../../../foundation/units.ts";
import type { Batch, BatchSpec } from "../../../tasks/batch/batch.ts";
import { addItems, createBatch, findBatch, findUnfinished, itemsOf } from "../../../tasks/batch/batch-store.ts";
import type { RemoteEnd } from "../../../tasks/batch/carry-remote.ts";

import { askYesNo } from "../../ask.ts";
import type { Command, CommandInput, Io } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { batchPlanJson, batchPlanScreen, batchReportJson, batchReportScreen } from "../../view/batch/batch-screen.ts";
import { openBatchView } from "../../view/batch/batch-view.ts";
import { fileIn, readOutput } from "./drive/read-output.ts";
import { writeWhole } from "./drive/write-whole.ts";

/** `allot batch`: one kind of work on every module or file of a folder, as a durable queue. */
export const batchCommand: Command = {
  name: "batch",
  summary:
    "one kind of work on every module of a folder: durable, resumable, within a limit; at half price with --batch-api",
  positionals: "",
  options: [
    "operation",
    "directory",
    "repo",
    "suggestions",
    "style",
    "concurrency",
    "limitUsd",
    "batchApi",
    "resume",
    "collect",
    "wait",
    "output",
    "planOnly",
    "yes",
    "askAbove",
    "model",
    "provider",
    "fallback",
    "preferGrok",
    "priority",
    "session",
    "maxTokens",
    "cacheTtl",
    "db",
    "json",
  ],
  optionTexts: {
    concurrency: "items carried out at the same time (default 4)",
    limitUsd: "most that the whole batch may spend, over all its lives",
    output: "a folder: a Markdown file an item, written as it is done",
  },
  examples: [
    {
      command: "allot batch --operation=analyze --directory=src/ --yes",
      shows: "every module of src, short ones first",
    },
    {
      command: "allot batch --operation=document --directory=src/ --output=docs/ --limit-usd 2",
      shows: "a file a module, never above $2",
    },
    {
      command: "allot batch --operation=analyze --directory=src/ --plan-only",
      shows: "items, classes, questions, price and time; asks nobody",
    },
    {
      command: "allot batch --operation=security --batch-api --model claude-haiku-4-5 --yes",
      shows: "through the batch interface, at half price",
    },
    { command: "allot batch --collect 20261121-143002-7kq2", shows: "fetches what the batch interface has answered" },
    { command: "allot batch --resume 20261121-143002-7kq2", shows: "goes on; what failed is tried again" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const id = config.settings.resume ?? config.settings.collect;
    return id === null ? begin(input, config, io) : goOn(id, config, io);
  },
};

/** Plans, asks where it may cost much, and carries out; the same words go on with a batch that is not over. */
async function begin(input: CommandInput, config: Config, io: Io): Promise<number> {
  const { settings } = config;
  const operation = settings.operation;
  if (operation === null) {
    throw new AllotError("usage", "batch needs what to do: allot batch --operation=analyze --directory=src/");
  }
  await using bench = await openWorkBench(config, { kind: operation, grok: false }, { signal: io.signal });
  const { model } = bench.models;
  const spec: BatchSpec = {
    directory: directoryOf(settings.directory, bench.codebase.root, io.cwd),
    model: { provider: model.provider, name: model.id },
    aspects: settings.suggestions ?? [],
    style: settings.style,
    variant: null,
  };
  const plan = await planBatch(bench, config, { operation, spec, batchApi: settings.batchApi }, io.signal);
  if (settings.planOnly) {
    io.stdout.write(planText(plan, bench, config, io));
    return 0;
  }
  const same = { operation, repo: bench.codebase.root, spec };
  const known = await findUnfinished(bench.store.db, same);
  if (plan.calls > 0 && bench.models.missing !== null) throw bench.models.missing;
  if (known === undefined) await agree(plan, bench, config, io);
  const batch =
    known ?? (await created(bench, { ...same, limit: settings.limitUsd, way: plan.way, items: plan.items }));
  if (known !== undefined) {
    await addItems(bench.store, known.id, plan.items);
    if (!settings.json) io.stderr.write(`goes on with batch ${known.id}\n`);
  }
  return await carry(bench, config, batch, input.flags["limitUsd"] === undefined ? undefined : settings.limitUsd, io);
}

async function created(bench: WorkBench, wanted: Parameters<typeof createBatch>[1]): Promise<Batch> {
  return batchOf(bench.store, await createBatch(bench.store, wanted));
}

/** A batch by its id, with the repository, model and words that it was begun with. */
async function goOn(id: string, config: Config, io: Io): Promise<number> {
  const batch = await storedBatch(config, id);
  const { provider, name } = batch.spec.model;
  const { settings, origins } = config;
  const own = { ...config, settings: { ...settings, repo: batch.repo, model: `${provider}/${name}` } };
  await using bench = await openWorkBench(own, { kind: batch.operation, grok: false }, { signal: io.signal });
  if (bench.models.missing !== null) throw bench.models.missing;
  const limit = origins.limitUsd.kind === "default" ? undefined : (settings.limitUsd ?? undefined);
  return await carry(bench, own, batch, limit, io);
}

async function storedBatch(config: Config, id: string): Promise<Batch> {
  await using store = await openConfiguredStore(config, systemClock);
  return await batchOf(store, id);
}

async function batchOf(store: WorkBench["store"], id: string): Promise<Batch> {
  const batch = await findBatch(store.db, id);
  if (batch === undefined)
    throw new AllotError("batch-not-found", `there is no batch "${id}"; allot batch list names them`);
  if (batch.state === "cancelled")
    throw new AllotError("usage", `batch ${id} was cancelled; begin it anew with the same words`);
  return batch;
}

function directoryOf(written: string | null, root: string, cwd: string): string {
  if (written === null) return "";
  const here = realpathOr(resolve(cwd, written));
  const fromHere = relative(realpathOr(root), here).replaceAll("\\", "/");
  const path = fromHere.startsWith("..") ? relative(root, resolve(root, written)).replaceAll("\\", "/") : fromHere;
  if (path.startsWith("..")) throw new AllotError("path-escapes", `${written} is outside of ${root}`);
  return path;
}

function realpathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function planText(plan: BatchPlan, bench: WorkBench, config: Config, io: Io): string {
  const { why } = bench.models;
  if (config.settings.json) return `${JSON.stringify(batchPlanJson(plan, bench.codebase.root, why))}\n`;
  return batchPlanScreen(plan, why, { paint: paint(isColoured(config, io)), columns: columnsOf(io) });
}

/** Tells the plan, and asks where it may cost more than the user lets pass. Throws `approval-needed`. */
async function agree(plan: BatchPlan, bench: WorkBench, config: Config, io: Io): Promise<void> {
  const { askAbove, yes, json } = config.settings;
  if (!json) io.stderr.write(`${planText(plan, bench, config, io)}\n`);
  if (yes || plan.expected <= askAbove) return;
  const price = `${formatUsd(plan.expected)} expected, ${formatUsd(plan.worst)} at worst`;
  if (json || io.stdin.isTTY !== true || io.stdout.isTTY !== true) {
    throw new AllotError(
      "approval-needed",
      `this may cost ${price}, which is above --ask-above ${formatUsd(askAbove)}; add --yes to go on, or look first with --plan-only`,
      { details: { expectedNanoUsd: plan.expected, worstNanoUsd: plan.worst, askAboveNanoUsd: askAbove } },
    );
  }
  if (await askYesNo(`Go on for ${price}? [y/N] `, io)) return;
  throw new AllotError("interrupted", "stopped before anything was asked or paid");
}

async function carry(
  bench: WorkBench,
  config: Config,
  batch: Batch,
  limit: Batch["limit"] | undefined,
  io: Io,
): Promise<number> {
  const { settings } = config;
  const output = readOutput(settings.output, io.cwd);
  if (output.kind === "file" || (output.kind === "stream" && output.format === "sarif")) {
    throw new AllotError("usage", `--output is "${settings.output}"; a batch takes a folder (docs/), markdown or json`);
  }
  const isJson = settings.json || (output.kind === "stream" && output.format === "json");
  const p = paint(isColoured(config, io));
  const form = isJson ? "json" : io.stderr.isTTY === true && io.env["TERM"] !== "dumb" ? "live" : "plain";
  const { noBatchApi } = wayOf(batch.spec.model.provider, settings.batchApi);
  let end: RemoteEnd;
  {
    using view = openBatchView(io, form, p);
    if (noBatchApi !== null) view.note(noBatchApi);
    end = await liveBatch(bench, config, batch, {
      signal: io.signal,
      limit: limit ?? undefined,
      retryFailed: settings.collect === null,
      wait: settings.wait,
      onProgress: (progress) => view.show(progress),
      onNote: (note) => view.note(note),
      async onItem({ target, state, result }) {
        if (output.kind === "folder" && state === "done" && result !== null) {
          await writeWhole(fileIn(output.path, target), `${result.text.trimEnd()}\n`);
        }
      },
    }).catch((error: unknown) => {
      throw io.signal.aborted ? stopped(batch.id, io, error) : error;
    });
  }
  return report(bench, config, batch.id, end, isJson, io);
}

function stopped(id: string, io: Io, cause: unknown): AllotError {
  const message = `stopped; what is done is kept: ${programName(io.env)} batch --resume ${id} goes on`;
  return new AllotError("interrupted", message, { cause, details: { batch: id } });
}

async function report(
  { store }: WorkBench,
  config: Config,
  id: string,
  end: RemoteEnd,
  isJson: boolean,
  io: Io,
): Promise<number> {
  const batch = await batchOf(store, id);
  const items = await itemsOf(store.db, id);
  const cost = await spentOn(store, config, id);
  const sent = end.state === "sent" ? end.questions : 0;
  const stop = end.state === "sent" ? null : end.stop;
  const facts = { batch, items, cost, stop, sent, carried: false };
  const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
  io.stdout.write(
    isJson ? `${JSON.stringify(batchReportJson(facts))}\n` : batchReportScreen(facts, programName(io.env), form),
  );
  if (end.state === "done" || end.state === "sent") return 0;
  if (stop?.kind === "limit") return ERRORS["limit-reached"].exitCode;
  if (stop?.kind === "provider") return ERRORS[stop.code as keyof typeof ERRORS].exitCode;
  return ERRORS["work-incomplete"].exitCode;
}
