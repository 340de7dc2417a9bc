/*
 * The call host: a process apart from the worker that makes paid calls and stores their answers, so that the death of
 * a worker costs nothing. Started by `host-process.ts`; whatever it has to say goes to its log as one JSON line.
 */
import { systemClock } from "../foundation/clock.ts";
import { AllotError } from "../foundation/errors.ts";
import { lineLog } from "../foundation/log.ts";
import { formatIdentity, processIdentity } from "../foundation/process-identity.ts";
import type { Provider, ProviderName } from "../providers/provider.ts";
import { openStore } from "../storage/storage.ts";
import { runCallHost } from "./call-host.ts";
import { HOST_VARIABLE, type HostSettings, settingsFingerprint } from "./host-settings.ts";

const log = lineLog(
  (line) => process.stderr.write(line),
  () => systemClock.now(),
);
const settings = takeSettings();
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop.abort());

const store = await openStore({ ...settings.store, clock: systemClock });
await runCallHost({
  store,
  hostKey: settings.hostKey,
  identity: formatIdentity(processIdentity()),
  spawner: settings.spawner,
  settings: settingsFingerprint(settings.hostKey, settings.providers),
  openProvider: providersOnce(settings),
  log,
  stop: stop.signal,
});
await store[Symbol.asyncDispose]();
process.exit(0);

/** Reads the settings and takes them out of the environment, so that nothing started from here inherits them. */
function takeSettings(): HostSettings {
  const text = process.env[HOST_VARIABLE];
  delete process.env[HOST_VARIABLE];
  if (text === undefined) throw new AllotError("usage", `a call host is started by allot, which sets ${HOST_VARIABLE}`);
  return JSON.parse(text) as HostSettings;
}

/** Each provider is loaded when its first call comes: their libraries are most of a host's start. */
function providersOnce({ providers }: HostSettings): (name: string) => Promise<Provider> {
  const open = new Map<string, Provider>();
  return async (name) => {
    const known = open.get(name);
    if (known !== undefined) return known;
    const { openProvider } = await import("../providers/providers.ts");
    const opened = openProvider(name as ProviderName, providers[name as ProviderName] ?? {});
    open.set(name, opened);
    return opened;
  };
}
