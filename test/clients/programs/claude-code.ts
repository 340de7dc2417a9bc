import type { ClientProgram } from "../program.ts";
import { jsonLines, textOf } from "../program.ts";

/** Claude Code, headless. Its own switches keep it from asking anybody but the address it is given. */
export const claudeCode: ClientProgram = {
  name: "claude-code",
  package: "@anthropic-ai/claude-code",
  bin: "claude",
  model: "claude-sonnet-5-5",
  command: (place, ask) => ({
    args: [
      "-p",
      ask.prompt,
      "--output-format",
      "stream-json",
      "--verbose",
      "--model",
      ask.model ?? "claude-sonnet-5-5",
      "--permission-mode",
      "acceptEdits",
      "--allowedTools",
      "Write Edit Read Bash Agent",
      ...(ask.resume === undefined ? [] : ["--resume", ask.resume]),
    ],
    env: {
      ...(place.connected === true ? {} : { ANTHROPIC_BASE_URL: place.url, ANTHROPIC_AUTH_TOKEN: place.key }),
      ANTHROPIC_CUSTOM_HEADERS: Object.entries(place.headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join("\n"),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_TELEMETRY: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_AUTOUPDATER: "1",
    },
  }),
  read: ({ stdout }) => {
    const lines = jsonLines(stdout);
    const result = lines.findLast((line) => line["type"] === "result");
    const text = textOf(result?.["result"]);
    return {
      text,
      session: lines.map((line) => line["session_id"]).find((id) => typeof id === "string"),
      failed: result === undefined || result["is_error"] === true,
      message: text,
    };
  },
};
