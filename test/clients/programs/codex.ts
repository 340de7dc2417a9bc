import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientAsk, ClientPlace, ClientProgram } from "../program.ts";
import { jsonLines, textOf } from "../program.ts";

/** Codex, by `codex exec`, with a provider of its own in its settings. */
export const codex: ClientProgram = {
  name: "codex",
  package: "@openai/codex",
  bin: "codex",
  model: "gpt-5.5",
  command: (place, ask) => {
    mkdirSync(join(place.home, ".codex"), { recursive: true });
    if (place.connected !== true) writeFileSync(join(place.home, ".codex/config.toml"), settingsFor(place, ask));
    const model = ["-m", ask.model ?? "gpt-5.5"];
    const local = ask.oss === true ? ["--oss", "--local-provider", "ollama"] : [];
    const common = ["--json", "--skip-git-repo-check", ...local, ...model, "-c", 'sandbox_mode="workspace-write"'];
    const args =
      ask.resume === undefined
        ? ["exec", ...common, ask.prompt]
        : ["exec", "resume", ask.resume, ...common, ask.prompt];
    // It keeps what its sandbox starts out of the folder for temporary files, and a throw-away home stands in one.
    const temporary = join(place.home, "tmp");
    mkdirSync(temporary, { recursive: true });
    return {
      args,
      env: {
        GW_KEY: place.key,
        ALLOT_KEY: place.key,
        CODEX_API_KEY: place.key,
        CODEX_OSS_BASE_URL: `${place.url}/v1`,
        TMPDIR: temporary,
      },
    };
  },
  read: ({ stdout }) => {
    const lines = jsonLines(stdout);
    const items = lines.filter((line) => line["type"] === "item.completed").map((line) => line["item"] as Item);
    const failure = lines.findLast((line) => line["type"] === "turn.failed");
    return {
      text: items.findLast((item) => item.type === "agent_message")?.text ?? "",
      session: lines.find((line) => line["type"] === "thread.started")?.["thread_id"] as string | undefined,
      failed: failure !== undefined || !lines.some((line) => line["type"] === "turn.completed"),
      message: textOf((failure?.["error"] as { message?: string } | undefined)?.message),
    };
  },
};

interface Item {
  readonly type: string;
  readonly text?: string;
}

/** What would ask other hosts is off. */
const QUIET = `check_for_update_on_startup = false

[analytics]
enabled = false

[feedback]
enabled = false

[features]
plugins = false
`;

function settingsFor(place: ClientPlace, ask: ClientAsk): string {
  if (ask.builtIn === true) return `openai_base_url = "${place.url}/v1"\n${QUIET}`;
  if (ask.oss === true) return QUIET;
  const named = Object.entries(place.headers).map(
    ([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`,
  );
  return `model_provider = "gw"
${QUIET}
[model_providers.gw]
name = "gw"
base_url = "${place.url}/v1"
env_key = "GW_KEY"
wire_api = "responses"
http_headers = { ${named.join(", ")} }
${ask.catalogue === true ? `model_catalog_url = "${place.url}/v1/models"\n` : ""}`;
}
