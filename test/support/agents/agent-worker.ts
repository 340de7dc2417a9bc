/*
 * A worker that has one piece of work carried out by an agent host, as a run does: `agent-worker.ts ORDER`, where ORDER is a JSON file.
 * Prints each event, and the end, as a JSON line.
 */
import { readFileSync } from "node:fs";
import type { HostedWork } from "../../../src/agents/programs/hosting/hosted-work.ts";
import { openConfiguredAgentHosting } from "../../../src/app/agent-hosting.ts";
import { openConfiguredStore } from "../../../src/app/store.ts";
import { systemClock } from "../../../src/foundation/clock.ts";
import { fieldConfig } from "./agent-field.ts";

const order = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as {
  home: string;
  url: string;
  work: HostedWork;
};
const config = fieldConfig(order.home, order.url);
await using store = await openConfiguredStore(config, systemClock);
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
try {
  const end = await openConfiguredAgentHosting(config, store).carryOut(order.work, stop.signal, (event) =>
    process.stdout.write(`${JSON.stringify({ event })}\n`),
  );
  process.stdout.write(`${JSON.stringify({ end })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ fault: (error as { code?: string }).code ?? String(error) })}\n`);
}
