import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientProgram } from "../program.ts";
import { jsonLines, textOf } from "../program.ts";

/** The Gemini CLI, headless. An address alone makes it choose a way to log in that it then turns down: hence the setting. */
export const geminiCli: ClientProgram = {
  name: "gemini-cli",
  package: "@google/gemini-cli",
  bin: "gemini",
  model: "gemini-2.5-pro",
  command: (place, ask) => {
    mkdirSync(join(place.home, ".gemini"), { recursive: true });
    const told = place.connected !== true;
    if (told) writeFileSync(join(place.home, ".gemini/settings.json"), JSON.stringify(SETTINGS));
    return {
      args: [
        "-p",
        ask.prompt,
        "-o",
        "stream-json",
        "--skip-trust",
        "--approval-mode",
        "yolo",
        ...(ask.model === "" ? [] : ["-m", ask.model ?? "gemini-2.5-pro"]),
        ...(ask.resume === undefined ? [] : ["--resume", "latest"]),
      ],
      env: {
        ...(told ? { GEMINI_API_KEY: place.key, GOOGLE_GEMINI_BASE_URL: place.url } : {}),
        GEMINI_CLI_CUSTOM_HEADERS: Object.entries(place.headers)
          .map(([name, value]) => `${name}: ${value}`)
          .join(", "),
      },
    };
  },
  read: ({ stdout, stderr, code }) => {
    const lines = jsonLines(stdout);
    const said = lines.filter((line) => line["type"] === "message" && line["role"] === "assistant");
    const result = lines.findLast((line) => line["type"] === "result");
    const error = result?.["error"] as { message?: string } | undefined;
    return {
      text: said.map((line) => textOf(line["content"])).join(""),
      session: lines.find((line) => line["type"] === "init")?.["session_id"] as string | undefined,
      failed: code !== 0 || result?.["status"] !== "success",
      message: error?.message ?? stderr,
    };
  },
};

const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
};
