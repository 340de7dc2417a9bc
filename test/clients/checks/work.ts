import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "../kit.ts";
import { usageOf } from "../kit.ts";
import type { ClientProgram } from "../program.ts";
import { PROGRAMS } from "../programs/all.ts";

/** What agents do all day: answer, write a file, go on with a session, stream, have subagents. */
export const workChecks: readonly Check[] = PROGRAMS.flatMap((client) => [
  {
    client: client.name,
    name: "answers",
    async run(kit) {
      await using seat = await kit.seat(client);
      const said = await seat.run({ prompt: "[kit:say Hello there]" });
      equal(said.text, "Hello there", said.message);
      equal(said.code, 0);
      return `"${said.text}" in ${Math.round(said.tookMs)} ms`;
    },
  },
  {
    client: client.name,
    name: "writes a file by a tool call",
    async run(kit) {
      await using seat = await kit.seat(client);
      const said = await seat.run({ prompt: "[kit:write note.txt From the kit]" });
      match(said.text, /Written\./, said.message);
      equal(readFileSync(join(seat.work, "note.txt"), "utf8"), "From the kit\n");
      return "note.txt holds what was asked for";
    },
  },
  {
    client: client.name,
    name: "goes on with a session",
    async run(kit) {
      await using seat = await kit.seat(client);
      const first = await seat.run({ prompt: "[kit:say One]" });
      ok(first.session, first.message);
      const second = await seat.run({ prompt: "[kit:recall]", resume: first.session });
      match(second.text, /^First: kit:say One$/m, second.message);
      return "the history came along";
    },
  },
  {
    client: client.name,
    name: "has a subagent, and its requests count for the same session",
    run: (kit) => delegate(kit, client),
  },
  {
    client: client.name,
    name: "is counted for its own session to the token",
    async run(kit) {
      const named = client.name !== "gemini-cli";
      const header = `kit-counted-${client.name}`;
      await using seat = await kit.seat(client, named ? {} : { headers: { "x-allot-session": header } });
      const before = kit.ground.provider.served.length;
      const said = await seat.run({ prompt: "[kit:write note.txt From the kit]" });
      const served = kit.ground.provider.served.slice(before);
      const row = await usageOf(kit.ground, named ? (said.session ?? "") : header);
      deepEqual(
        { calls: row?.calls, in: row?.input_tokens, out: row?.output_tokens, estimated: row?.estimated_calls },
        {
          calls: served.length,
          in: served.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
          out: served.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
          estimated: 0,
        },
      );
      return `${served.length} calls, ${row?.tokens} tokens, $${row?.cost_usd}${named ? "" : " (session by x-allot-session)"}`;
    },
  },
]);

async function delegate(kit: Parameters<Check["run"]>[0], client: ClientProgram): Promise<string> {
  // Codex has subagents with the models of its newer kind only.
  const model = client.name === "codex" ? { model: "gpt-6.1-sol" } : {};
  const session = `kit-subagents-${client.name}`;
  const named = client.name !== "gemini-cli";
  await using seat = await kit.seat(client, named ? {} : { headers: { "x-allot-session": session } });
  const before = kit.ground.provider.served.length;
  const said = await seat.run({ prompt: "[kit:delegate Deep words]", ...model });
  match(said.text, /They said: Deep words/, said.message);
  const calls = kit.ground.provider.served.length - before;
  const row = await usageOf(kit.ground, named ? (said.session ?? "") : session);
  equal(row?.calls, calls, "calls counted for the session of the main agent");
  return `${calls} calls, all of one session`;
}
