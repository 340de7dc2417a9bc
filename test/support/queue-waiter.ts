import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/foundation/clock.ts";
import { processIdentity } from "../../src/foundation/process-identity.ts";
import { openStore } from "../../src/storage/storage.ts";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import type { Admission, Queued } from "../../src/throttle/throttle.ts";
import { LANES } from "../../src/throttle/queue/lanes.ts";
import { openQueue } from "../../src/throttle/queue/queue.ts";

/*
 * A process that waits in a store's queue with some calls, for tests of several at once. There is room once the file
 * "open" lies in the folder; whoever goes writes a line "in NAME" to "went", and "out NAME" when its work is done.
 */
export interface WaiterPlan {
  readonly settings: StoreSettings;
  readonly folder: string;
  readonly calls: readonly { readonly id: string; readonly expectedMs: number }[];
  readonly workMs: number;
}

const { settings, folder, calls, workMs } = JSON.parse(process.argv[2] ?? "{}") as WaiterPlan;
await using store = await openStore({ ...settings, clock: systemClock });
const lanes = LANES.map((lane) => ({ ...lane, atOnce: lane.atOnce === null ? null : 2 }));
const queue = openQueue({
  store,
  clock: systemClock,
  identity: processIdentity(),
  settings: { pollMs: 20, slowestPollMs: 40, lanes },
});
const queued: Queued = {
  kind: "queued",
  level: "SOFT",
  worst: {
    limit: { scope: "global", of: "*", window: "hour", measure: "tokens", amount: 100 },
    scopeKey: "global:",
    settled: 85,
    held: 0,
  },
};
const admitted: Admission = { kind: "admitted", level: "NONE", held: { tokens: 1, nanoUsd: 1, requests: 1 } };
const waits = calls.map(async ({ id, expectedMs }) => {
  const worst = { tokens: 1, nanoUsd: 1, requests: 1 };
  const call = { id, session: "s", priority: "low", model: "m", worst, scopeKeys: ["global:"], expectedMs } as const;
  const room = (): Admission => (existsSync(join(folder, "open")) ? admitted : queued);
  const end = await queue.wait(call, room, new AbortController().signal, queued);
  if (end.kind !== "admitted") return;
  appendFileSync(join(folder, "went"), `in ${id}\n`);
  await systemClock.sleep(workMs);
  appendFileSync(join(folder, "went"), `out ${id}\n`);
  await end.done();
});
await Promise.all(waits);
