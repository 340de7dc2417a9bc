/**
 * A process of a race: many calls at once with random costs under one limit, each made over HTTP to a scripted provider
 * and settled at what that served. Argument: JSON of `RacerSettings`. Prints "going" when it begins, and what it did as JSON.
 */
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import { openBooks } from "../../src/throttle/books/books.ts";
import type { LimitSet } from "../../src/throttle/throttle.ts";
import { settlementOf } from "./books-call.ts";
import { randomFrom } from "./seeded-random.ts";

export interface RacerSettings {
  readonly store: StoreSettings;
  readonly limits: LimitSet;
  readonly provider: string;
  readonly name: string;
  readonly seed: number;
  readonly lanes: number;
  readonly callsPerLane: number;
}

const settings = JSON.parse(process.argv[2] ?? "") as RacerSettings;
const random = randomFrom(settings.seed);
await using store = await openStore({ ...settings.store, clock: systemClock });
await using books = await openBooks({ store, limits: settings.limits });
process.stdout.write("going\n");
const did = { settled: 0, refused: 0 };
await Promise.all(Array.from({ length: settings.lanes }, (_, lane) => run(lane)));
await books.flush();
process.stdout.write(`${JSON.stringify(did)}\n`);

async function run(lane: number): Promise<void> {
  for (let call = 0; call < settings.callsPerLane; call += 1) {
    const id = `${settings.name}/${lane}/${call}`;
    const tokens = 200 + Math.floor(random() * 1800);
    const spent = 1 + Math.floor(random() * tokens);
    const scopeKeys = ["global:", `session:${lane % 3}`];
    const worst = { tokens, nanoUsd: tokens * 1000, requests: 1 };
    const admission = await books.admit({ id, scopeKeys, priority: "high", worst });
    if (admission.kind !== "admitted") {
      did.refused += 1;
      if (did.refused > settings.lanes) return;
      continue;
    }
    const served = await ask(id, spent);
    books.settle(settlementOf(id, scopeKeys, served));
    did.settled += 1;
  }
}

async function ask(id: string, tokens: number): Promise<number> {
  const response = await fetch(`${settings.provider}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer k" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: `${id} ${tokens}` }] }),
  });
  const answer = (await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
  return answer.usage.prompt_tokens + answer.usage.completion_tokens;
}
