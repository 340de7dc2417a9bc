/** A worker of the chaos test: asks for the calls of its run in four lanes and says what came of each. */
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import type { CallAsk, CallOutcome } from "../../src/dispatch/dispatch.ts";
import { openDispatch } from "../../src/dispatch/open-dispatch.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import { openStore } from "../../src/storage/storage.ts";
import { DEFAULT_LIMITS } from "../../src/throttle/limits.ts";

export interface Work {
  readonly store: StoreSettings;
  readonly baseUrl: string;
  readonly run: string;
  readonly calls: number;
  /** The time for which prices are asked. */
  readonly asOf: number;
}

const forever = new AbortController().signal;
const work = JSON.parse(process.env["ALLOT_CHAOS_WORK"] ?? "{}") as Work;
const store = await openStore({ ...work.store, clock: systemClock });
const dispatch = await openDispatch({
  store,
  hostKey: work.run,
  catalog: openCatalog({ asOf: work.asOf }),
  providers: { anthropic: { apiKey: "sk-ant-dummy", baseUrl: work.baseUrl } },
  limits: { ...DEFAULT_LIMITS, limits: [] },
});
const outcomes: Record<string, CallOutcome> = {};
const LANES = 4;
await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)));
await dispatch[Symbol.asyncDispose]();
await store[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(outcomes));

/** Every fourth call, one after the other, so that a kill finds calls that are over, under way and not yet asked for. */
async function runLane(lane: number): Promise<void> {
  for (let task = lane + 1; task <= work.calls; task += LANES)
    outcomes[task] = await dispatch.call(askFor(task), forever);
}

function askFor(task: number): CallAsk {
  return {
    key: { run: work.run, task: String(task), round: 0, purpose: "work-1", attempt: 1 },
    provider: "anthropic",
    session: "chaos",
    priority: "normal",
    phase: "execution",
    tier: "small",
    timeoutMs: 60_000,
    request: {
      model: "claude-sonnet-4-5-20250929",
      system: "",
      messages: [{ role: "user", content: `${work.run} ${task}` }],
      tools: [],
      toolChoice: "auto",
      maxOutputTokens: 500,
    },
  };
}
