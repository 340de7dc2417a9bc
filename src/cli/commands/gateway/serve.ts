import { openGatewayLanes } from "../../../app/gateway-parts.ts";
import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { gatewayPartsOf } from "../../../gateway/compose-gateway.ts";
import { type Gateway, openGateway } from "../../../gateway/gateway.ts";
import type { Keys } from "../../../gateway/keys/keys.ts";
import { openKeys } from "../../../gateway/keys/open-keys.ts";
import { leadsBack } from "../../../gateway/clients/local-only.ts";
import { openSpans } from "../../../gateway/metrics/open-spans.ts";
import { spanSettings } from "../../../gateway/metrics/span-settings.ts";
import { type Upstreams, upstreamsOf } from "../../../gateway/paid/upstreams.ts";
import { PROVIDER_ADDRESSES } from "../../../providers/addresses.ts";
import type { Command, Io } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { paint } from "../../view/colour.ts";

/** `allot serve`: the gateway, until it is stopped. */
export const serveCommand: Command = {
  name: "serve",
  summary: "a local gateway: the clients of model providers use it unchanged, under your limits",
  positionals: "",
  options: [
    "port",
    "host",
    "hostNames",
    "upstream",
    "key",
    "fallback",
    "preferGrok",
    "disconnect",
    "firstByteTimeout",
    "answerTimeout",
    "idleTimeout",
    "hold",
    "session",
    "priority",
    "budget",
    "unknownPrice",
    "prices",
    "db",
    "json",
  ],
  optionTexts: {
    session: "who is spending where a client names no session",
    priority: "the priority of requests that name none",
    json: "one JSON object a line instead of text",
  },
  examples: [
    { command: "allot serve", shows: "listens on 127.0.0.1:7878 and, the first time, shows a key" },
    { command: "allot connect claude", shows: "how Claude Code is told to use it" },
    {
      command: "allot serve --port 8080 --upstream anthropic=http://127.0.0.1:9000 --fallback gpt,local",
      shows: "another address for Anthropic, and who answers where it cannot",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const upstreams = upstreamsOf(config);
    refuseCircles(upstreams, config);
    const tell = teller(config, io);
    const contextOf = (
      name: keyof typeof PROVIDER_ADDRESSES,
    ): { label: string; keyVariable: string; secrets: readonly string[] } =>
      upstreams[name]?.context ?? { label: PROVIDER_ADDRESSES[name].label, keyVariable: "", secrets: [] };
    await using lanes = await openGatewayLanes(config, contextOf, (message) => tell("alarm", message));
    const collector = spanSettings(io.env);
    await using spans = collector === undefined ? undefined : openSpans({ ...collector, clock: systemClock });
    const { key } = config.settings;
    const keys = openKeys({
      store: lanes.store,
      clock: systemClock,
      ...(key === null ? {} : { extra: [key.reveal()] }),
    });
    await using gateway = await openGateway(gatewayPartsOf(config, lanes, { upstreams, keys, tell, spans }), {
      host: config.settings.host,
      port: config.settings.port,
    });
    await welcome(config, gateway, upstreams, keys, io);
    await stopped(io.signal);
    tell("stopping", "requests under way are ended first");
    return 0;
  },
};

/** Throws `config-invalid` for a provider whose address is the gateway's own. */
function refuseCircles(upstreams: Upstreams, { settings }: Config): void {
  if (settings.port === 0) return;
  for (const { name, origin } of Object.values(upstreams)) {
    if (!leadsBack(origin, settings.port, [settings.host])) continue;
    throw new AllotError(
      "config-invalid",
      `${name}'s address is ${origin}, which is this gateway itself; unset ${PROVIDER_ADDRESSES[name].baseUrlVariable}, or give the provider's own by --upstream ${name}=URL`,
    );
  }
}

async function welcome(config: Config, { url }: Gateway, upstreams: Upstreams, keys: Keys, io: Io): Promise<void> {
  const rows = await keys.list();
  const now = systemClock.now();
  const isFirst =
    config.settings.key === null &&
    rows.every(({ revokedAt, expiresAt }) => revokedAt !== null || (expiresAt !== null && expiresAt <= now));
  const made = isFirst ? await keys.create({ name: "first" }) : undefined;
  const providers = Object.values(upstreams).map(({ name, origin, basePath }) => ({
    name,
    address: `${origin}${basePath}`,
  }));
  if (config.settings.json) {
    io.stdout.write(`${JSON.stringify({ event: "listening", url, key: made?.key ?? null, providers })}\n`);
    return;
  }
  const colour = paint(isColoured(config, io));
  const width = Math.max(...providers.map(({ name }) => name.length));
  const lines = [
    `allot serves on ${colour.bold(url)}`,
    ...providers.map(({ name, address }) => `  ${name.padEnd(width)}  ${address}`),
    ...(made === undefined
      ? []
      : ["", `Key (shown this once; \`allot key create\` makes others): ${colour.bold(made.key)}`]),
    "",
    "allot connect claude | codex | gemini | opencode tells how they use it. Ctrl-C stops.",
  ];
  io.stdout.write(`${lines.join("\n")}\n`);
}

function teller(config: Config, io: Io): (event: string, text: string) => void {
  return (event, text) => {
    if (config.settings.json) io.stdout.write(`${JSON.stringify({ event, text })}\n`);
    else io.stderr.write(`allot: ${event}: ${text}\n`);
  };
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
