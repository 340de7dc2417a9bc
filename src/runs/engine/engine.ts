/**
 * The engine port: who remembers finished steps of a run, through crashes and restarts.
 *
 * A body is an ordinary async function. What has an effect or cannot be repeated stands in a `step`; a finished step
 * is never run again, an unfinished one is run again from its start. Steps are known by their key, not by their order,
 * so that parallel work may start in any order in the next life of the run.
 *
 * Failures that are outcomes are values of a step. A thrown error is no outcome: nothing of it is stored, no further
 * step starts, `start` rejects with it, and a later life tries that step again (a full disk, a missing key, a plan
 * that a person has to mend). Rejected: automatic retries (a retry storm pays again and again), and engines that match
 * steps by their order (parallel tasks break them).
 */
/** What a signal can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a body works with. Keys are unique within one body; using one twice is a fault (`internal`). */
export interface Flow {
  /**
   * Runs `fn` unless an earlier life of this run finished it, and answers its result as stored (a JSON copy).
   * At least once when the process dies inside `fn`, exactly once when `fn` finished.
   */
  step<T>(key: string, fn: () => Promise<T> | T): Promise<T>;
  /** Runs another body as a flow of its own, started at once, and answers its result. Many may go on side by side. */
  child<T>(body: string, key: string, input: unknown): Promise<T>;
  /** Waits so long after it was first reached, dead time included. */
  sleep(key: string, ms: number): Promise<void>;
  /** Sets a signal of this run, once and for all: the first value stays, also for those who wait later. */
  signal(name: string, data?: Json): Promise<void>;
  /** Waits until the signal is set and answers its value. */
  waitSignal<T>(name: string): Promise<T>;
  /** Aborted when nothing new will start in this life, whatever the reason: long waits inside a step end with it. */
  readonly stopping: AbortSignal;
}

/** `input` and what it answers are stored as JSON. */
export type FlowBody = (flow: Flow, input: unknown) => Promise<unknown>;

/** The engine of one run in this process. Disposing it stops it and leaves the run resumable. */
export interface Engine extends AsyncDisposable {
  /**
   * Runs a body, or goes on with it where an earlier life left it, or answers what it answered.
   * `input` counts the first time only. Rejects with the error that halted the run; `interrupted` after `stop`;
   * `run-state` after `cancel`.
   */
  start(body: string, input: unknown): Promise<unknown>;
  /** Sets a signal from outside. */
  signal(name: string, data?: Json): Promise<void>;
  /** Lets nothing new start and waits (a limited time) for steps under way; their results are kept. */
  stop(): Promise<void>;
  /** Stops for good: no later life goes on with what is unfinished. */
  cancel(): Promise<void>;
}

export interface EngineOptions {
  /** Only this run's flows are seen and served. */
  readonly runId: string;
  readonly bodies: Readonly<Record<string, FlowBody>>;
  /** Flows that go on at once; those beyond it wait, so it must exceed the flows that wait for each other. Default 256. */
  readonly concurrency?: number;
  /** Aborting it is `stop`. */
  readonly signal?: AbortSignal;
  /** How long the work of a process on another machine, that says nothing any more, is left to it. Default 10 minutes. */
  readonly leaseMs?: number;
  /** How long `stop` waits for steps under way. Default 15 s. */
  readonly graceMs?: number;
}
