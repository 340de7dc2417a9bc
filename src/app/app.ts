/**
 * The composition root: what the configuration says, put together once. Everything below takes plain arguments; this is
 * the only place that knows all of them.
 */
import { basename, join } from "node:path";
import type { Catalog } from "../catalog/catalog.ts";
import type { Config } from "../config/config.ts";
import { isAgentName } from "../foundation/agent-names.ts";
import { systemClock, type Clock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { newRunId } from "../foundation/ids.ts";
import { agentOf } from "../runs/components/components.ts";
import type { EmitEvent } from "../runs/events.ts";
import type { MiniTask } from "../runs/plan/mini-task.ts";
import type { RunSpec } from "../runs/run.ts";
import { RunStore } from "../runs/run-store.ts";
import type { Store } from "../storage/storage.ts";
import { findRepository, resolveRevision } from "../workspaces/user-repository.ts";
import { requireAgents, withoutModel } from "./agents/require-agents.ts";
import { openConfiguredCatalog } from "./catalog.ts";
import { chooseRunModels } from "./run-models.ts";
import { openLife, type RunLife } from "./run-life.ts";
import { openConfiguredStore } from "./store.ts";

export type { RunLife } from "./run-life.ts";

export interface App extends AsyncDisposable {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly store: Store;
  readonly runs: RunStore;
  readonly clock: Clock;
  /** Makes a run and stores it; nothing is carried out yet. Throws `not-a-repository`, `provider-not-configured` ... */
  newRun(goal: string, repo: string, overrides?: Partial<RunSpec>): Promise<RunSpec>;
  /**
   * Takes a run over and puts together what it works with, in this process. Throws `run-busy` while another process has
   * it. Disposing leaves the run resumable.
   */
  openLife(spec: RunSpec, listen: EmitEvent, signal: AbortSignal): Promise<RunLife>;
  /** The folder of a run's working files. */
  workDir(runId: string): string;
}

/** Opens store and catalogue for a configuration. Throws `storage-unusable` or `config-invalid`. */
export async function openApp(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock = systemClock,
): Promise<App> {
  const { settings } = config;
  const store = await openConfiguredStore(config, clock);
  const catalog = openConfiguredCatalog(config, clock.now());
  const runs = new RunStore(store);
  const workDir = (runId: string): string => join(settings.home, "runs", runId);
  return {
    config,
    catalog,
    store,
    runs,
    clock,
    workDir,
    async newRun(goal, repo, overrides = {}) {
      const { root } = await findRepository(repo);
      const baseRev = await resolveRevision(root, settings.base ?? "HEAD");
      const models = await modelsFor(config, catalog, { ...rolesOf(config), ...overrides });
      const createdAt = clock.now();
      const id = newRunId(createdAt);
      const spec: RunSpec = {
        id,
        goal: goal.trim(),
        repo: root,
        baseRev,
        branch: `allot/${id}`,
        createdAt,
        ...models,
        session: settings.session,
        priority: settings.priority,
        project: basename(root),
        limit: settings.limitUsd ?? undefined,
        maxLines: settings.maxLines,
        concurrency: settings.concurrency,
        testCommand: settings.test ?? undefined,
        commandTimeoutMs: settings.commandTimeout,
        callTimeoutMs: settings.callTimeout,
        idleTimeoutMs: settings.idleTimeout,
        network: settings.network,
        unknownCalls: settings.unknownCalls,
        decision: settings.decision,
        learn: settings.learn === "on",
        template: settings.template ?? undefined,
        ...rolesOf(config),
        ...overrides,
      };
      await requireAgents(spec, env, clock);
      await runs.create(spec);
      return spec;
    },
    openLife: (spec, listen, signal) =>
      openLife({ config, env, catalog, store, runs, clock, spec, workDir: workDir(spec.id), listen, signal }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Who plans, carries out and judges. */
function rolesOf({
  settings,
}: Config): Pick<RunSpec, "planner" | "executor" | "verifier" | "agentModel" | "agentTimeoutMs" | "agentTokens"> {
  const { planner, executor, verifier, agentModel, agentTimeout, agentTokens } = settings;
  return {
    planner,
    verifier,
    ...(executor === "model" ? {} : { executor }),
    ...(agentModel === null ? {} : { agentModel }),
    agentTimeoutMs: agentTimeout,
    ...(agentTokens === null ? {} : { agentTokens }),
  };
}

/** A run whose roles are all held by agent programs or by checks needs no model of ours, and none has to be set up for it. */
async function modelsFor(
  config: Config,
  catalog: Catalog,
  wanted: Partial<RunSpec>,
): Promise<Awaited<ReturnType<typeof chooseRunModels>>> {
  const { plan, planner, verifier = "big", executor } = wanted;
  try {
    return await chooseRunModels(config, catalog);
  } catch (error) {
    // What is missing, and how to set it up, is the best that can be said.
    if (withoutModel(wanted) !== undefined) throw error;
    const plans = plan !== undefined || (planner !== undefined && isAgentName(planner) && executor !== undefined);
    const works = (plan?.tasks ?? []).every((task) => isCarriedOut(task, executor));
    const judges = verifier === "checks" || isAgentName(verifier);
    if (!(plans && works && judges) || !isAllotError(error, "provider-not-configured")) throw error;
    return { big: undefined, small: undefined, modelsWhy: "agent programs alone, no model is set up" };
  }
}

function isCarriedOut(task: MiniTask, executor: RunSpec["executor"]): boolean {
  return (
    task.tier === "exact" ||
    agentOf({ big: undefined, ...(executor === undefined ? {} : { executor }) }, task) !== undefined
  );
}
