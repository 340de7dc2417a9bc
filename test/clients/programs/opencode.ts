import type { ClientPlace, ClientProgram } from "../program.ts";
import { jsonLines } from "../program.ts";

/** opencode, headless. One provider a wire, so that a check can choose how it speaks by the model it names. */
export const opencode: ClientProgram = {
  name: "opencode",
  package: "opencode-ai",
  bin: "opencode",
  model: "chat/gpt-5.5",
  command: (place, ask) => ({
    args: [
      "run",
      "--pure",
      "--format",
      "json",
      "-m",
      ask.model ?? "chat/gpt-5.5",
      ...(ask.resume === undefined ? [] : ["--session", ask.resume]),
      ask.prompt,
    ],
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_CONFIG_CONTENT: JSON.stringify({
        ...(place.connected === true ? {} : { provider: providers(place) }),
        share: "disabled",
        autoupdate: false,
        permission: { edit: "allow", bash: "allow" },
      }),
    },
  }),
  read: ({ stdout, stderr, code }) => {
    const lines = jsonLines(stdout);
    const text = lines
      .filter((line) => line["type"] === "text")
      .map((line) => (line["part"] as { text?: string }).text);
    const error = lines.findLast((line) => line["type"] === "error")?.["error"] as ShownError | undefined;
    return {
      text: text.join("\n"),
      session: lines.map((line) => line["sessionID"]).find((id) => typeof id === "string"),
      failed: code !== 0 || error !== undefined || text.length === 0,
      message: error?.data?.message ?? error?.message ?? stderr,
    };
  },
};

interface ShownError {
  readonly message?: string;
  readonly data?: { readonly message?: string };
}

function providers(place: ClientPlace): object {
  return Object.fromEntries(
    PROVIDERS.map(([name, npm]) => [
      name,
      {
        npm,
        name,
        options: { baseURL: `${place.url}/v1`, apiKey: place.key, headers: place.headers },
        models: Object.fromEntries(MODELS.map((model) => [model, { name: model }])),
      },
    ]),
  );
}

const PROVIDERS = [
  ["chat", "@ai-sdk/openai-compatible"],
  ["messages", "@ai-sdk/anthropic"],
  ["responses", "@ai-sdk/openai"],
] as const;

const MODELS = ["gpt-5.5", "claude-sonnet-5-5", "gemini-2.5-pro", "allot/auto"];
