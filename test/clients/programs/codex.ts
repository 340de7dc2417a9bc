import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientProgram } from "../program.ts";
import { jsonLines } from "../program.ts";

/** Codex, by `codex exec`, with a provider of its own in its settings. */
export const codex: ClientProgram = {
  name: "codex",
  package: "@openai/codex",
  bin: "codex",
  model: "gpt-5.5",
  command: (place, ask) => {
    mkdirSync(join(place.home, ".codex"), { recursive: true });
    writeFileSync(
      join(place.home, ".codex/config.toml"),
      ask.builtIn === true ? builtIn(place.url) : ownProvider(place.url, place.headers),
    );
    const model = ["-m", ask.model ?? "gpt-5.5"];
    const common = ["--json", "--skip-git-repo-check", ...model, "-c", 'sandbox_mode="workspace-write"'];
    const args =
      ask.resume === undefined
        ? ["exec", ...common, ask.prompt]
        : ["exec", "resume", ask.resume, ...common, ask.prompt];
    // It keeps what its sandbox starts out of the folder for temporary files, and a throw-away home stands in one.
    const temporary = join(place.home, "tmp");
    mkdirSync(temporary, { recursive: true });
    return { args, env: { GW_KEY: place.key, CODEX_API_KEY: place.key, TMPDIR: temporary } };
  },
  read: ({ stdout }) => {
    const lines = jsonLines(stdout);
    const items = lines.filter((line) => line["type"] === "item.completed").map((line) => line["item"] as Item);
    const failure = lines.findLast((line) => line["type"] === "turn.failed");
    return {
      text: items.findLast((item) => item.type === "agent_message")?.text ?? "",
      session: lines.find((line) => line["type"] === "thread.started")?.["thread_id"] as string | undefined,
      failed: failure !== undefined || !lines.some((line) => line["type"] === "turn.completed"),
      message: String((failure?.["error"] as { message?: string } | undefined)?.message ?? ""),
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

/** An own provider named "gw" at `url`. */
function ownProvider(url: string, headers: Readonly<Record<string, string>>): string {
  const named = Object.entries(headers).map(([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`);
  return `model_provider = "gw"
${QUIET}
[model_providers.gw]
name = "gw"
base_url = "${url}/v1"
env_key = "GW_KEY"
wire_api = "responses"
http_headers = { ${named.join(", ")} }
`;
}

/** The provider that Codex brings along, at another address. */
function builtIn(url: string): string {
  return `openai_base_url = "${url}/v1"\n${QUIET}`;
}
