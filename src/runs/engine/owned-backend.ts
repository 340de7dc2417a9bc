import { randomUUID } from "node:crypto";
import type { Backend, StepAttempt, WorkflowRun } from "openworkflow/internal";
import { formatIdentity, parseIdentity, probe, processIdentity } from "../../foundation/process-identity.ts";

/** What the engine is told by its backend. */
export interface BackendEvents {
  /** A flow finished and its result is stored. */
  finished(): void;
  /** OpenWorkflow wants to store a failure; nothing is stored, the run halts. */
  failed(message: string): void;
}

export interface OwnedBackend extends Backend {
  /** Gives up what dead processes held, and keeps what living ones hold, whatever the time. Call it before a round. */
  settleOwners(): Promise<void>;
  /** Allows one more round of claims. */
  openRound(): void;
  /** No more claims, ever. */
  close(): void;
  /** Flows that this engine has claimed and neither finished nor released. */
  readonly held: ReadonlySet<string>;
}

/** Engines that live in this process; a worker of ours that is not among them is gone, though the process lives. */
const living = new Set<string>();

/**
 * A backend whose workers are known by the process they live in.
 *
 * OpenWorkflow tells the death of a worker by a lease of 30 s: too long to wait after a crash, too short for a laptop
 * that sleeps, and a lease that runs out under a living owner pays twice. Here a worker's id carries its process
 * identity: on this machine the process itself says whether it lives; leases count for other machines only.
 * Failures are never stored: what OpenWorkflow calls a failed run is given back, to be resumed.
 */
export function ownBackend(backend: Backend, events: BackendEvents, leaseMs: number): OwnedBackend {
  const engine = randomUUID();
  living.add(engine);
  const held = new Set<string>();
  const named: Named = (params) => ({ ...params, workerId: `${ownIdentity}#${engine}#${params.workerId}` });
  const claims = claimsInTurn(async (params) => {
    const flow = await backend.claimWorkflowRun({ ...named(params), leaseDurationMs: leaseMs });
    if (flow !== null) held.add(flow.id);
    return flow;
  });
  return {
    held,
    settleOwners: () => settleOwners(backend, leaseMs),
    openRound: () => claims.openRound(),
    close: () => {
      claims.close();
      living.delete(engine);
    },
    claimWorkflowRun: claims.claim,
    ...endings(backend, { held, named, events }),
    extendWorkflowRunLease: (params) => backend.extendWorkflowRunLease({ ...named(params), leaseDurationMs: leaseMs }),
    createStepAttempt: (params) => backend.createStepAttempt(named(params)),
    completeStepAttempt: (params) => backend.completeStepAttempt(named(params)),
    setStepAttemptChildWorkflowRun: (params) => backend.setStepAttemptChildWorkflowRun(named(params)),
    ...unowned(backend),
  };
}

/** Puts the owner's identity before OpenWorkflow's own name of a worker. */
type Named = <P extends { workerId: string }>(params: P) => P;

interface Owner {
  readonly held: Set<string>;
  readonly named: Named;
  readonly events: BackendEvents;
}

/** How a flow leaves its worker: finished, or given back. */
function endings(backend: Backend, { held, named, events }: Owner) {
  const release = async (params: { workflowRunId: string; workerId: string }): Promise<WorkflowRun> => {
    try {
      return await backend.sleepWorkflowRun({ ...named(params), availableAt: new Date() });
    } finally {
      held.delete(params.workflowRunId);
    }
  };
  const giveBack = (params: { workflowRunId: string; workerId: string; error: { message: string } }) => {
    events.failed(params.error.message);
    return release(params);
  };
  return {
    sleepWorkflowRun: release,
    failWorkflowRun: giveBack,
    rescheduleWorkflowRunAfterFailedStepAttempt: giveBack,
    completeWorkflowRun: async (params) => {
      try {
        const flow = await backend.completeWorkflowRun(named(params));
        events.finished();
        return flow;
      } catch (error) {
        events.failed(error instanceof Error ? error.message : String(error));
        throw error;
      } finally {
        held.delete(params.workflowRunId);
      }
    },
    failStepAttempt: async (params) => {
      events.failed(params.error.message);
      const attempt = await backend.getStepAttempt({ stepAttemptId: params.stepAttemptId });
      return { ...(attempt as StepAttempt), status: "failed", error: params.error };
    },
  } satisfies Partial<Backend>;
}

/** What needs no owner. */
function unowned(backend: Backend) {
  return {
    createWorkflowRun: (params) => backend.createWorkflowRun(params),
    getWorkflowRun: (params) => backend.getWorkflowRun(params),
    listWorkflowRuns: (params) => backend.listWorkflowRuns(params),
    countWorkflowRuns: () => backend.countWorkflowRuns(),
    cancelWorkflowRun: (params) => backend.cancelWorkflowRun(params),
    getStepAttempt: (params) => backend.getStepAttempt(params),
    listStepAttempts: (params) => backend.listStepAttempts(params),
    sendSignal: (params) => backend.sendSignal(params),
    getSignalDelivery: (params) => backend.getSignalDelivery(params),
    stop: () => backend.stop(),
  } satisfies Partial<Backend>;
}

/** OpenWorkflow asks once for each free slot; after the first empty answer of a round the others need no look. */
function claimsInTurn(claim: Backend["claimWorkflowRun"]) {
  let state: "open" | "empty" | "closed" = "empty";
  let last: Promise<unknown> = Promise.resolve();
  return {
    openRound: (): void => {
      if (state !== "closed") state = "open";
    },
    close: (): void => {
      state = "closed";
    },
    claim: (params: Parameters<typeof claim>[0]): Promise<WorkflowRun | null> => {
      const turn = last.then(async () => {
        if (state !== "open") return null;
        const flow = await claim(params);
        if (flow === null) state = "empty";
        return flow;
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}

/** All flows of the run, oldest first; of one state or one body where that is given. */
export async function allFlows(
  backend: Backend,
  filter: { status?: "running"; workflowName?: string } = {},
): Promise<WorkflowRun[]> {
  const found: WorkflowRun[] = [];
  let after: string | undefined;
  do {
    const page = await backend.listWorkflowRuns({ ...filter, limit: 200, ...(after === undefined ? {} : { after }) });
    found.push(...page.data);
    after = page.pagination.next ?? undefined;
  } while (after !== undefined);
  return found.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

async function settleOwners(backend: Backend, leaseMs: number): Promise<void> {
  for (const flow of await allFlows(backend, { status: "running" })) {
    const { id: workflowRunId, workerId } = flow;
    if (workerId === null) continue;
    const state = stateOf(workerId);
    if (state === "elsewhere" || (state === "alive" && leftOf(flow) > leaseMs / 2)) continue;
    try {
      // Both change the row only while that worker still holds it.
      if (state === "gone") await backend.sleepWorkflowRun({ workflowRunId, workerId, availableAt: new Date() });
      else await backend.extendWorkflowRunLease({ workflowRunId, workerId, leaseDurationMs: leaseMs });
    } catch (error) {
      const now = await backend.getWorkflowRun({ workflowRunId });
      if (now?.workerId === workerId && now.status === "running") throw error;
    }
  }
}

const ownIdentity = formatIdentity(processIdentity());

function stateOf(workerId: string): "alive" | "gone" | "elsewhere" {
  const [identity = "", engine = ""] = workerId.split("#");
  if (identity === ownIdentity) return living.has(engine) ? "alive" : "gone";
  return probe(parseIdentity(identity));
}

/** Milliseconds left of the lease. */
function leftOf(flow: WorkflowRun): number {
  return (flow.availableAt?.getTime() ?? 0) - Date.now();
}
