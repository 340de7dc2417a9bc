import { defineWorkflow, Worker } from "openworkflow";
import type { Backend, WorkflowRun } from "openworkflow/internal";
import { AllotError } from "../../foundation/errors.ts";
import type { Engine, EngineOptions, Json } from "./engine.ts";
import { driveFlow, type RunOfFlows, type RunStep } from "./flow-life.ts";
import { allFlows, ownBackend, type OwnedBackend } from "./owned-backend.ts";
import { openSqliteBackend } from "./sqlite-backend.ts";

/** How often flows that another process works on are looked at. */
const LOOK_AGAIN_MS = 1_000;
/** A signal is a row that no worker claims: its input is the value. */
const SIGNAL_BODY = "signal:set";
const FAR_FUTURE = new Date("9999-01-01T00:00:00.000Z");

/** Opens the engine of a run on an SQLite file. What dead processes left is taken over at once. Throws `storage-unusable`. */
export async function openEngine(options: EngineOptions & { readonly file: string }): Promise<Engine> {
  const engine = new OpenWorkflowEngine(openSqliteBackend(options.file, options.runId), options);
  await engine.open();
  return engine;
}

/**
 * The engine port on OpenWorkflow, for any of its backends.
 *
 * Of OpenWorkflow it uses durable steps and the claiming of flows. Waiting is done in the process, not by parking: a
 * parked flow forgets the steps that run beside the wait, and waking it costs up to a second. Children, signals and
 * sleeps are steps that wait for a row.
 */
class OpenWorkflowEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #raw: Backend;
  readonly #backend: OwnedBackend;
  readonly #worker: Worker;
  /** Flows of this run by their path ("execute/task-3"), and the other way round. */
  readonly #ids = new Map<string, string>();
  readonly #paths = new Map<string, string>();
  readonly #halt = new AbortController();
  #changed = Promise.withResolvers<void>();
  #pumping: Promise<void> | undefined;
  #pumpAgain = false;
  #created = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(backend: Backend, options: EngineOptions) {
    this.#options = options;
    this.#raw = backend;
    const events = {
      finished: () => this.#tellChange(),
      failed: (message: string) => this.#haltWith(new AllotError("internal", message)),
    };
    this.#backend = ownBackend(backend, events, options.leaseMs ?? 600_000);
    const shared: RunOfFlows = {
      stopping: this.#halt.signal,
      halt: (reason) => this.#haltWith(reason),
      ensure: (body, path, input) => this.#ensure(body, path, input),
      result: (id) => this.#result(id),
      signal: (name, data) => this.signal(name, data),
      signalValue: (name) => this.#signalValue(name),
    };
    const workflows = Object.entries(options.bodies).map(([name, body]) =>
      defineWorkflow<unknown, unknown>({ name }, ({ input, step, run }) =>
        driveFlow(shared, {
          body,
          path: this.#paths.get(run.id) ?? run.id,
          input,
          run: step.run.bind(step) as RunStep,
        }),
      ),
    );
    this.#worker = new Worker({ backend: this.#backend, workflows, concurrency: options.concurrency ?? 256 });
  }

  async open(): Promise<void> {
    for (const flow of await allFlows(this.#raw)) this.#remember(flow);
    const { signal } = this.#options;
    const stop = (): void => this.#haltWith(interrupted());
    if (signal?.aborted === true) stop();
    signal?.addEventListener("abort", stop, { once: true });
    this.#halt.signal.addEventListener("abort", () => signal?.removeEventListener("abort", stop), { once: true });
    await this.#pump();
    this.#timer = setInterval(() => void this.#pump(), LOOK_AGAIN_MS);
  }

  async start(body: string, input: unknown): Promise<unknown> {
    try {
      return await this.#result(await this.#ensure(body, body, input));
    } catch (error) {
      // Steps under way end first, so that what they answer is kept and nothing works on behind the caller's back.
      if (this.#halt.signal.aborted) await this.#idle();
      throw error;
    }
  }

  async signal(name: string, data: Json = null): Promise<void> {
    await this.#ensure(SIGNAL_BODY, signalPath(name), data, FAR_FUTURE);
    this.#tellChange();
  }

  async stop(): Promise<void> {
    this.#haltWith(interrupted());
    await (this.#closed ??= this.#close());
  }

  async cancel(): Promise<void> {
    this.#haltWith(cancelled());
    await this.#idle();
    for (const flow of await allFlows(this.#raw)) {
      if (!isOver(flow) && flow.workflowName !== SIGNAL_BODY)
        await this.#raw.cancelWorkflowRun({ workflowRunId: flow.id });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#idle();
    await this.#pumping;
    this.#backend.close();
    // A step that does not end keeps its connection: what it answers can still be stored.
    if (this.#backend.held.size === 0) await this.#backend.stop();
  }

  /** The flow at `path`, made where it is missing. A path means one flow for ever. */
  async #ensure(body: string, path: string, input: unknown, availableAt?: Date): Promise<string> {
    const known = this.#ids.get(path);
    if (known !== undefined) return known;
    this.#halt.signal.throwIfAborted();
    if (body !== SIGNAL_BODY && !Object.hasOwn(this.#options.bodies, body)) {
      throw new AllotError("internal", `the engine knows no body "${body}"`);
    }
    const flow = await this.#raw.createWorkflowRun({
      workflowName: body,
      version: null,
      idempotencyKey: path,
      config: {},
      context: null,
      input: input as never,
      parentStepAttemptNamespaceId: null,
      parentStepAttemptId: null,
      // Long past, in order of creation: flows start in the order they were asked for.
      availableAt: availableAt ?? new Date(this.#created++),
      deadlineAt: null,
    });
    this.#remember(flow);
    if (availableAt === undefined) await this.#pump();
    return flow.id;
  }

  #remember(flow: WorkflowRun): void {
    if (flow.idempotencyKey === null) return;
    this.#ids.set(flow.idempotencyKey, flow.id);
    this.#paths.set(flow.id, flow.idempotencyKey);
  }

  /** Claims and starts every flow that can start. One round at a time; asking during a round adds one. */
  #pump(): Promise<void> {
    this.#pumpAgain = true;
    this.#pumping ??= this.#pumpRounds().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async #pumpRounds(): Promise<void> {
    try {
      while (this.#pumpAgain && !this.#halt.signal.aborted) {
        this.#pumpAgain = false;
        await this.#backend.settleOwners();
        this.#backend.openRound();
        if ((await this.#worker.tick()) > 0) this.#pumpAgain = true;
      }
    } catch (error) {
      this.#haltWith(error);
    }
    this.#tellChange();
  }

  /** Waits for a flow's end. Rejects when the run halts first. */
  async #result(id: string): Promise<unknown> {
    for (;;) {
      const changed = this.#changed.promise;
      const flow = await this.#raw.getWorkflowRun({ workflowRunId: id });
      if (flow?.status === "completed" || flow?.status === "succeeded") return flow.output;
      if (flow?.status === "canceled") throw cancelled();
      this.#halt.signal.throwIfAborted();
      await changed;
    }
  }

  async #signalValue(name: string): Promise<Json> {
    for (;;) {
      const changed = this.#changed.promise;
      // Set by this process, by an earlier one, or by another machine.
      if (!this.#ids.has(signalPath(name))) {
        for (const flow of await allFlows(this.#raw, { workflowName: SIGNAL_BODY })) this.#remember(flow);
      }
      const id = this.#ids.get(signalPath(name));
      if (id !== undefined) return (await this.#raw.getWorkflowRun({ workflowRunId: id }))?.input ?? null;
      this.#halt.signal.throwIfAborted();
      await changed;
    }
  }

  #haltWith(error: unknown): void {
    if (this.#halt.signal.aborted) return;
    this.#halt.abort(error);
    this.#tellChange();
  }

  #tellChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves when nothing of this engine is under way, or after the time of grace. */
  async #idle(): Promise<void> {
    const deadline = Date.now() + (this.#options.graceMs ?? 15_000);
    while (this.#backend.held.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function signalPath(name: string): string {
  return `signal:${name}`;
}

function isOver(flow: WorkflowRun): boolean {
  return ["completed", "succeeded", "failed", "canceled"].includes(flow.status);
}

function interrupted(): AllotError {
  return new AllotError("interrupted", "the run was stopped; it can be resumed");
}

function cancelled(): AllotError {
  return new AllotError("run-state", "the run was cancelled");
}
