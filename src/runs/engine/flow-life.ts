import { AllotError } from "../../foundation/errors.ts";
import type { Flow, FlowBody, Json } from "./engine.ts";

/** The part of OpenWorkflow that flows are made of: one durable step. */
export type RunStep = <T>(
  config: { name: string; retryPolicy: { maximumAttempts: number } },
  fn: () => Promise<T>,
) => Promise<T>;

/** What all flows of a run share. */
export interface RunOfFlows {
  /** Aborted with the reason when the run halts; the first reason stays. */
  readonly stopping: AbortSignal;
  halt(reason: unknown): void;
  /** The id of the flow at `path`, made and started where it is missing. */
  ensure(body: string, path: string, input: unknown): Promise<string>;
  /** A flow's answer; rejects when the run halts first. */
  result(id: string): Promise<unknown>;
  signal(name: string, data?: Json): Promise<void>;
  signalValue(name: string): Promise<unknown>;
}

/** One life of one flow: replays what is stored, does the rest. A fault halts the whole run. */
export async function driveFlow(
  shared: RunOfFlows,
  life: { readonly body: FlowBody; readonly path: string; readonly input: unknown; readonly run: RunStep },
): Promise<unknown> {
  const underWay = new Set<Promise<unknown>>();
  try {
    return await life.body(flowOf(shared, life, underWay), life.input);
  } catch (error) {
    shared.halt(error);
    throw error;
  } finally {
    // Steps beside the one that ended the body: their results must be stored while this flow is still held.
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }
}

function flowOf(shared: RunOfFlows, life: { path: string; run: RunStep }, underWay: Set<Promise<unknown>>): Flow {
  const used = new Set<string>();
  const step = <T>(name: string, fn: () => Promise<T> | T): Promise<T> => {
    const work = oneStep(shared, { ...life, used, name }, fn);
    underWay.add(work);
    const forget = (): void => void underWay.delete(work);
    // Handled here too: a caller may await its promises in any order, or none of them after a fault.
    work.then(forget, forget);
    return work;
  };
  return {
    stopping: shared.stopping,
    step: (key, fn) => step(`step:${key}`, fn),
    child: (body, key, input) =>
      step(
        `child:${key}`,
        async () => (await shared.result(await shared.ensure(body, `${life.path}/${key}`, input))) as never,
      ),
    sleep: async (key, ms) => {
      const until = await step(`sleep:${key}`, () => Date.now() + ms);
      await pause(until - Date.now(), shared.stopping);
    },
    signal: (name, data) => step(`signal:${name}`, () => shared.signal(name, data)),
    waitSignal: (name) => step(`wait:${name}`, async () => (await shared.signalValue(name)) as never),
  };
}

async function oneStep<T>(
  shared: RunOfFlows,
  place: { readonly path: string; readonly run: RunStep; readonly used: Set<string>; readonly name: string },
  fn: () => Promise<T> | T,
): Promise<T> {
  const { used, path, name } = place;
  shared.stopping.throwIfAborted();
  if (used.has(name)) {
    const twice = new AllotError(
      "internal",
      `the flow ${path} uses the key "${name}" twice; a key names one step for ever`,
    );
    shared.halt(twice);
    throw twice;
  }
  used.add(name);
  // What is stored for "nothing" is null; the wrapper keeps undefined as it was.
  const stored = await place.run<{ value?: T }>({ name, retryPolicy: { maximumAttempts: 1 } }, async () => {
    try {
      shared.stopping.throwIfAborted();
      const value = await fn();
      return value === undefined ? {} : { value };
    } catch (error) {
      shared.halt(error);
      throw error;
    }
  });
  return stored.value as T;
}

/** A timer holds at most 24 days; longer waits are cut into pieces. Rejects with the signal's reason. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= 2 ** 30) {
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener("abort", stop);
          resolve();
        },
        Math.min(left, 2 ** 30),
      );
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }
}
