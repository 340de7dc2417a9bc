import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Check } from "../kit.ts";
import { usageOf } from "../kit.ts";
import { claudeCode } from "../programs/claude-code.ts";
import { codex } from "../programs/codex.ts";

/** Lists of models, token counts, and what else clients ask beside models. */
export const listChecks: readonly Check[] = [
  {
    client: "claude-code",
    name: "its burst of token counts is answered, and costs nothing",
    async run(kit) {
      await using seat = await kit.seat(claudeCode);
      const said = await seat.run({ prompt: "/context" });
      const counts = seat.heard.filter(({ path }) => path.endsWith("/count_tokens"));
      ok(counts.length > 5, `${counts.length} counts`);
      deepEqual([...new Set(counts.map(({ status }) => status))], [200]);
      ok(!said.failed, said.message);
      equal(await usageOf(kit.ground, said.session ?? ""), undefined);
      const spread = (counts.at(-1)?.atMs ?? 0) - (counts[0]?.atMs ?? 0);
      return `${counts.length} counts within ${Math.round(spread)} ms`;
    },
  },
  {
    client: "claude-code",
    name: "its burst of token counts is answered for a session that has spent everything",
    async run(kit) {
      await kit.ground.allot("limits", "set", "session:kit-counts", "tokens/hour", "1");
      await using seat = await kit.seat(claudeCode, { headers: { "x-allot-session": "kit-counts" } });
      await seat.run({ prompt: "/context" });
      const counts = seat.heard.filter(({ path }) => path.endsWith("/count_tokens"));
      ok(counts.length > 5, `${counts.length} counts`);
      deepEqual([...new Set(counts.map(({ status }) => status))], [200]);
      return `${counts.length} counts`;
    },
  },
  {
    client: "claude-code",
    name: "its list of models is found at the gateway",
    async run(kit) {
      const found = await list(kit.ground.url, "/v1/models?limit=1000", {
        authorization: `Bearer ${kit.ground.key}`,
        "anthropic-version": "2023-06-01",
      });
      const data = found["data"] as readonly { id: string; type: string; display_name: string }[];
      ok(data.some(({ id, type }) => id === "claude-sonnet-5-5" && type === "model"));
      ok(data.every(({ display_name }) => display_name !== ""));
      return `${data.length} models`;
    },
  },
  {
    client: "codex",
    name: "its catalogue of models is found at the gateway, and a model out of it works",
    async run(kit) {
      await using seat = await kit.seat(codex);
      const said = await seat.run({
        prompt: "[kit:write note.txt By catalogue]",
        model: "claude-haiku-5-5",
        catalogue: true,
      });
      const asked = seat.heard.filter(({ path }) => path.endsWith("/models"));
      ok(asked.length > 0, "it did not ask");
      deepEqual([...new Set(asked.map(({ status }) => status))], [200]);
      ok(!/metadata for|fallback metadata/i.test(said.stdout), "it knows nothing of the model");
      match(said.text, /Written\./, `${said.message} ${said.stderr.slice(-300)}`);
      return `${asked[0]?.query}; no word of missing metadata`;
    },
  },
  {
    client: "codex",
    name: "with --oss it sends no key, is told so, and ends at once",
    async run(kit) {
      await using seat = await kit.seat(codex, {});
      const said = await seat.run({ prompt: "[kit:say Local]", model: "scripted-model", oss: true });
      ok(said.failed, said.text);
      deepEqual([...new Set(seat.heard.map(({ status }) => status))], [401]);
      return `${seat.heard.map(({ method, path, status }) => `${method} ${path} ${status}`).join(", ")}; exit ${said.code}`;
    },
  },
];

async function list(url: string, path: string, headers: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, { headers });
  equal(response.status, 200);
  return (await response.json()) as Record<string, unknown>;
}
