import { equal, match, ok } from "node:assert/strict";
import type { Check } from "../kit.ts";
import { claudeCode } from "../programs/claude-code.ts";
import { codex } from "../programs/codex.ts";
import { geminiCli } from "../programs/gemini-cli.ts";
import { opencode } from "../programs/opencode.ts";

/** Clients that know of the gateway by `allot connect --write` alone; and allot's own limits as they come. */
export const connectedChecks: readonly Check[] = [
  ...(
    [
      [claudeCode, "claude", "claude-sonnet-5-5"],
      [codex, "codex", "gpt-5.5"],
      [geminiCli, "gemini", "gemini-2.5-pro"],
      [opencode, "opencode", "openai/gpt-5.5"],
    ] as const
  ).map(([client, connected, model]): Check => ({
    client: client.name,
    name: `set up by \`allot connect ${connected} --write\` alone, works`,
    async run(kit) {
      await using seat = await kit.seat(client, { connected });
      const said = await seat.run({ prompt: "[kit:write note.txt Connected]", model, timeoutMs: 90_000 });
      match(said.text, /Written\./, `${said.message} ${said.stdout.slice(-300)}`);
      ok(seat.heard.length > 0);
      return `${seat.heard.length} requests`;
    },
  })),
  ...[claudeCode, codex, geminiCli, opencode].map((client): Check => ({
    client: client.name,
    name: "under allot's default limits a first task is done",
    async run(kit) {
      await using ground = await kit.open({ defaultLimits: true });
      await using seat = await kit.seat(client, { ground });
      const said = await seat.run({ prompt: "[kit:write note.txt By default]" });
      match(said.text, /Written\./, `${said.message} ${said.stdout.slice(-300)}`);
      equal(said.failed, false);
      const clamped = seat.heard.map(({ answerHeaders }) => answerHeaders["x-allot-clamped"]).filter(Boolean);
      return clamped.length === 0 ? "nothing was clamped" : `max_tokens clamped to ${clamped.join(", ")}`;
    },
  })),
];
