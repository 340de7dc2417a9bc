import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Check, Kit, Seat } from "../kit.ts";
import { spend } from "../kit.ts";
import { jsonLines } from "../program.ts";
import { claudeCode } from "../programs/claude-code.ts";
import { codex } from "../programs/codex.ts";
import { geminiCli } from "../programs/gemini-cli.ts";
import { opencode } from "../programs/opencode.ts";

const LIMIT = 10_000_000;

/** allot as a guest in clients that `allot connect --write` alone has set up: its tools, its skill, its hook. */
export const guestChecks: readonly Check[] = [
  ...(
    [
      // It offers tools of servers by a search of its own; without it the model sees them at once.
      [
        claudeCode,
        "claude",
        "claude-sonnet-5-5",
        ["--allowedTools", "mcp__allot__route"],
        { ENABLE_TOOL_SEARCH: "false" },
      ],
      [geminiCli, "gemini", "gemini-2.5-pro", [], {}],
      [opencode, "opencode", "openai/gpt-5.5", [], {}],
    ] as const
  ).map(([client, connected, model, extra, env]): Check => ({
    client: client.name,
    name: "asks allot's tool `route`, which connect has set up, and gets its answer",
    async run(kit) {
      await using seat = await kit.seat(client, { connected, env });
      const prompt = "[kit:tool route text=Fix the login button styling]";
      const said = await seat.run({ prompt, model, extra, timeoutMs: 120_000 });
      match(said.text, /It said: .*comet/s, `${said.message} ${said.stdout.slice(-600)}`);
      return "comet";
    },
  })),
  {
    client: codex.name,
    name: "has the server of allot's tools connected, and knows the skill `claude-orchestrated`",
    async run(kit) {
      await using seat = await kit.seat(codex, { connected: "codex" });
      // Codex offers the tools themselves by a search that the provider carries out, so the server is asked for what it has none of.
      const said = await seat.run({ prompt: "[kit:tool list_mcp_resources server=allot]", model: "gpt-5.5" });
      match(said.text, /failed for `allot`: Mcp error: -32601/, said.stdout.slice(-600));
      ok(seat.heard.some(({ body }) => body.includes("claude-orchestrated: How to carry out one delegated part")));
      return "connected";
    },
  },
  {
    client: claudeCode.name,
    name: "knows the skill `orchestrate` as a command, and the server of allot's tools as connected",
    async run(kit) {
      await using seat = await kit.seat(claudeCode, { connected: "claude" });
      const said = await seat.run({ prompt: "[kit:say Hello]" });
      const init = jsonLines(said.stdout).find((line) => line["subtype"] === "init") ?? {};
      const servers = init["mcp_servers"] as { name: string; status: string }[];
      deepEqual(
        servers.map(({ name, status }) => [name, status]),
        [["allot", "connected"]],
      );
      ok((init["slash_commands"] as string[]).includes("orchestrate"), JSON.stringify(init["slash_commands"]));
      return "orchestrate";
    },
  },
  {
    client: claudeCode.name,
    name: "is warned by allot's hook at WARNING and goes on",
    async run(kit) {
      const [seat, session] = await hooked(kit, 75);
      await using _ = seat;
      const said = await seat.run({ prompt: "[kit:say Going on]", extra: ["--session-id", session] });
      match(said.text, /Going on/, said.message);
      match(said.stdout + JSON.stringify(seat.heard.map(({ body }) => body)), /at 75% of 10,000,000 tokens per hour/);
      return "75%";
    },
  },
  {
    client: claudeCode.name,
    name: "is stopped by allot's hook at a limit, before it asks anybody",
    async run(kit) {
      const [seat, session] = await hooked(kit, 92);
      await using _ = seat;
      const said = await seat.run({ prompt: "[kit:say Going on]", extra: ["--session-id", session] });
      match(said.stdout, /at 92% of 10,000,000 tokens per hour/);
      equal(seat.heard.filter(({ path }) => path.startsWith("/v1/messages")).length, 0);
      return said.text.slice(0, 60);
    },
  },
];

/** Claude Code in a home that connect has set up, whose hook looks at the kit's ledger, with a session that has used so much. */
async function hooked(kit: Kit, percent: number): Promise<[Seat, string]> {
  const session = randomUUID();
  await kit.ground.allot("limits", "set", `session:${session}`, "tokens/hour", String(LIMIT));
  await spend(kit.ground, session, (LIMIT * percent) / 100);
  const env = { ALLOT_HOME: join(kit.ground.dir, ".allot") };
  return [await kit.seat(claudeCode, { connected: "claude", env }), session];
}
