/*
 * The agent host: a process apart from the worker that runs an agent's program and writes down what it does, so that the death of a
 * worker costs nothing. Started by `app/agent-hosting.ts`, which writes what it is to do on its standard input; whatever it has
 * to say goes to its log as one JSON line.
 */
import type { HostOrder } from "../../agents/programs/hosting/open-hosting.ts";
import { hostWork } from "../../agents/programs/hosting/work-host.ts";
import { openProgram } from "../../agents/programs/programs.ts";
import { openConfiguredStore } from "../../app/store.ts";
import { takeConfig } from "../../config/handed-config.ts";
import { systemClock } from "../../foundation/clock.ts";
import { lineLog } from "../../foundation/log.ts";
import { formatIdentity, processIdentity } from "../../foundation/process-identity.ts";
import { limitSetOf } from "../../throttle/limits.ts";
import { loadLimitSet } from "../../throttle/store/stored-limits.ts";
import { openWorkGateway } from "./open-work-gateway.ts";

const log = lineLog(
  (line) => process.stderr.write(line),
  () => systemClock.now(),
);
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop.abort());

const { order, config: handed } = JSON.parse(await readAll()) as { order: HostOrder; config: string };
const config = takeConfig(handed);
const { work, life } = order;
const store = await openConfiguredStore(config, systemClock);
await hostWork(
  {
    store,
    identity: formatIdentity(processIdentity()),
    limits: () => loadLimitSet(store.db, limitSetOf(config.limits)),
    openProgram: (name, onStart) =>
      openProgram(name, {
        searchPath: work.task.env["PATH"] ?? "",
        clock: systemClock,
        onStart,
        ...(config.settings.browser === null ? {} : { browser: config.settings.browser }),
      }),
    openGateway: (keyId) => openWorkGateway(config, work, keyId, log),
    log,
    stop: stop.signal,
  },
  work,
  life,
);
await store[Symbol.asyncDispose]();
process.exit(0);

/** A worker that dies while it writes leaves half an order, which is none: nothing is begun. */
async function readAll(): Promise<string> {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) text += String(piece);
  return text;
}
