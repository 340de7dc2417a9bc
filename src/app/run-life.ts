import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Catalog } from "../catalog/catalog.ts";
import type { Config, ProviderId } from "../config/config.ts";
import { openDispatch } from "../dispatch/open-dispatch.ts";
import type { ProvidersSettings } from "../dispatch/host-settings.ts";
import type { Clock } from "../foundation/clock.ts";
import type { Json } from "../runs/engine/engine.ts";
import { openEngine } from "../runs/engine/openworkflow-engine.ts";
import { claimRun } from "../runs/engine/run-lock.ts";
import { redoChild, taskChild, type RedoInput, type TaskInput } from "../runs/children.ts";
import type { EmitEvent, RunEvent } from "../runs/events.ts";
import { executeRun } from "../runs/finish-run.ts";
import { makePlan, type PlanEnd } from "../runs/planning/plan-flow.ts";
import { openPublicDir } from "../runs/public-dir.ts";
import type { RunReport } from "../runs/report/run-report.ts";
import type { RunContext } from "../runs/run-context.ts";
import type { RunSpec } from "../runs/run.ts";
import type { RunStore } from "../runs/run-store.ts";
import { Slots } from "../runs/slots.ts";
import type { Store } from "../storage/storage.ts";
import { limitSetOf } from "../throttle/limits.ts";
import { openRunRepository } from "../workspaces/run-repository.ts";
import { openRunAgents } from "./agents/run-agents.ts";
import { runPrices } from "./run-prices.ts";

/** One life of a run in this process, from taking it over to leaving it, finished or resumable. */
export interface RunLife extends AsyncDisposable {
  readonly spec: RunSpec;
  /** Decides and plans, or answers what an earlier life planned. */
  plan(): Promise<PlanEnd>;
  /** Carries out the plan in the run's folder as it stands now. Throws `plan-stale`, `task-file-invalid`, `plan-invalid`. */
  execute(): Promise<RunReport>;
}

export interface LifeOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly catalog: Catalog;
  readonly store: Store;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly spec: RunSpec;
  readonly workDir: string;
  readonly listen: EmitEvent;
  readonly signal: AbortSignal;
}

export async function openLife(options: LifeOptions): Promise<RunLife> {
  const { spec, store, runs, signal } = options;
  await using stack = new AsyncDisposableStack();
  await mkdir(options.workDir, { recursive: true, mode: 0o700 });
  stack.use(await claimRun(store, spec.id));
  const publicDir = await openPublicDir(spec.repo, spec.id);
  const repository = await openRunRepository({ userRepo: spec.repo, dir: join(options.workDir, "repository.git") });
  const teller = stack.use(openTeller(runs, spec.id, options.listen));
  const dispatch = stack.use(
    await openDispatch({
      store,
      hostKey: spec.id,
      catalog: options.catalog,
      providers: providersOf(options.config),
      budget: spec.limit ?? null,
      // Of this life, not of the run: the command that started it may be over, and its budget closed.
      parentBudget: options.config.settings.budget,
      ...(spec.project === undefined ? {} : { project: spec.project }),
      limits: limitSetOf(options.config.limits),
      unknownPrice: options.config.settings.unknownPrice,
      holdExpiryMs: options.config.settings.holdExpiry,
      onNotice: (text) => teller.emit({ kind: "note", text }),
    }),
  );
  const context: RunContext = {
    spec,
    publicDir,
    workspacesDir: join(options.config.settings.workspaceDir, spec.id),
    templatesDir: join(options.config.settings.home, "templates"),
    repository,
    dispatch,
    runs,
    clock: options.clock,
    emit: teller.emit,
    signal,
    slots: new Slots(spec.concurrency),
    agents: openRunAgents(options.config, store, spec, options.env),
    places: new Map(),
    ...(await runPrices(options.catalog, runs, spec)),
  };
  const engine = stack.use(
    await openEngine({
      file: join(options.workDir, "engine.db"),
      runId: spec.id,
      signal,
      bodies: {
        plan: (flow) => stored(makePlan(flow, context)),
        execute: (flow) => stored(executeRun(flow, context)),
        task: (flow, input) => stored(taskChild(flow, context, input as TaskInput)),
        redo: (flow, input) => stored(redoChild(flow, context, input as RedoInput)),
      },
    }),
  );
  const held = stack.move();
  return {
    spec,
    plan: async () => (await engine.start("plan", null)) as PlanEnd,
    execute: async () => (await engine.start("execute", null)) as RunReport,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** What flows answer is plain data (no classes, no dates), which is what the engine stores. */
function stored(result: Promise<unknown>): Promise<Json> {
  return result as Promise<Json>;
}

/** Addresses and keys for the call host, which alone talks to providers. */
function providersOf(config: Config): ProvidersSettings {
  return Object.fromEntries(
    (Object.entries(config.providers) as [ProviderId, Config["providers"][ProviderId]][]).map(
      ([name, { baseUrl, apiKey }]) => [
        name,
        { ...(baseUrl === null ? {} : { baseUrl }), ...(apiKey === null ? {} : { apiKey: apiKey.reveal() }) },
      ],
    ),
  );
}

interface Teller extends AsyncDisposable {
  readonly emit: EmitEvent;
}

/** Stores events in order behind whoever tells them, and passes each on at once. */
function openTeller(runs: RunStore, runId: string, listen: EmitEvent): Teller {
  let last: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  return {
    emit(event: RunEvent) {
      listen(event);
      last = last
        .then(() => runs.appendEvent(runId, event))
        .catch((error: unknown) => {
          failure ??= error instanceof Error ? error : new Error(String(error));
        });
    },
    async [Symbol.asyncDispose]() {
      await last;
      if (failure !== undefined) throw failure;
    },
  };
}
