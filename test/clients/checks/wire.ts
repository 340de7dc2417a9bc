import { deepEqual, equal, ok } from "node:assert/strict";
import { PROVIDERS_KEY } from "../ground.ts";
import type { Check } from "../kit.ts";
import { PROGRAMS } from "../programs/all.ts";
import { claudeCode } from "../programs/claude-code.ts";
import { codex } from "../programs/codex.ts";
import { geminiCli } from "../programs/gemini-cli.ts";

/** What passes between a client and its provider: the same bytes, another key. */
export const wireChecks: readonly Check[] = [
  ...PROGRAMS.map((client): Check => ({
    client: client.name,
    name: "its bodies, queries and headers reach the provider as sent; its key does not",
    async run(kit) {
      await using seat = await kit.seat(client, { headers: { "x-team": "kit", "x-allot-task": "coding" } });
      const before = kit.ground.provider.seen.length;
      const said = await seat.run({ prompt: "[kit:write note.txt From the kit]" });
      ok(!said.failed, said.message);
      const sent = seat.heard.filter(({ method }) => method === "POST");
      const seen = kit.ground.provider.seen.slice(before);
      deepEqual(
        kit.ground.provider.served.slice(before).map(({ bodyHash }) => bodyHash),
        sent.map(({ bodyHash }) => bodyHash),
      );
      for (const [index, { headers, query }] of seen.entries()) {
        const own = sent[index]?.headers ?? {};
        equal(query, sent[index]?.query);
        equal(headers["x-team"], "kit");
        for (const name of PASSED) equal(headers[name], own[name], name);
        const all = JSON.stringify(headers);
        // By x-allot-hop a gateway knows a request that comes back to it; nothing else of allot goes on.
        const ours = Object.keys(headers).filter((name) => name.startsWith("x-allot-") && name !== "x-allot-hop");
        deepEqual(ours, []);
        ok(!all.includes(kit.ground.key), "the client's key reached the provider");
        ok(all.includes(PROVIDERS_KEY), "the provider's own key is missing");
      }
      return `${sent.length} bodies, ${sent.reduce((sum, { body }) => sum + body.length, 0)} bytes, all the same`;
    },
  })),
  {
    client: "claude-code",
    name: "its stream is shown as it comes",
    async run(kit) {
      await using seat = await kit.seat(claudeCode);
      const said = await seat.run({ prompt: "[kit:slow Slowly]", extra: ["--include-partial-messages"] });
      ok(said.text.startsWith("Slowly"), said.message);
      const marks = said.marks.filter(({ text }) => text.includes("text_delta")).map(({ atMs }) => atMs);
      const spread = (marks.at(-1) ?? 0) - (marks[0] ?? 0);
      ok(spread > 1000, `the deltas came within ${Math.round(spread)} ms`);
      return `${marks.length} deltas over ${Math.round(spread)} ms`;
    },
  },
  {
    client: "gemini-cli",
    name: "its stream is shown as it comes",
    async run(kit) {
      await using seat = await kit.seat(geminiCli);
      const said = await seat.run({ prompt: "[kit:slow Slowly]" });
      ok(said.text.startsWith("Slowly"), said.message);
      const marks = said.marks.filter(({ text }) => text.includes('"delta":true')).map(({ atMs }) => atMs);
      const spread = (marks.at(-1) ?? 0) - (marks[0] ?? 0);
      ok(spread > 1000, `the deltas came within ${Math.round(spread)} ms`);
      return `${marks.length} deltas over ${Math.round(spread)} ms`;
    },
  },
  {
    client: "gemini-cli",
    name: "without a model named, its router is asked first",
    async run(kit) {
      await using seat = await kit.seat(geminiCli);
      const said = await seat.run({ prompt: "[kit:say Routed]", model: "" });
      equal(said.text, "Routed", said.message);
      return seat.heard.map(({ path }) => path.replace("/v1beta/models/", "")).join(", ");
    },
  },
  {
    client: "codex",
    name: "its built-in provider's WebSocket is answered 426, and it goes on at once",
    async run(kit) {
      await using seat = await kit.seat(codex);
      const said = await seat.run({ prompt: "[kit:say Over HTTP]", builtIn: true });
      equal(said.text, "Over HTTP", said.message);
      const steps = seat.heard.map(({ method, status }) => `${method} ${status}`);
      deepEqual([...new Set(steps.filter((step) => step.startsWith("UPGRADE")))], ["UPGRADE 426"]);
      equal(steps.at(-1), "POST 200");
      const [upgrade, post] = [seat.heard.at(0), seat.heard.findLast(({ method }) => method === "POST")];
      const waited = (post?.atMs ?? 0) - (upgrade?.atMs ?? 0);
      ok(waited < 1500, `${Math.round(waited)} ms from the first upgrade to the request`);
      return `${steps.join(", ")}; ${Math.round(waited)} ms between`;
    },
  },
  {
    client: "codex",
    name: "custom tools and namespaces of newer models pass: exec writes the file",
    async run(kit) {
      await using seat = await kit.seat(codex);
      const said = await seat.run({ prompt: "[kit:write note.txt By script]", model: "gpt-6.1-sol" });
      ok(said.text.startsWith("Written. Script completed"), `${said.text} ${said.message}`);
      return "custom_tool_call exec in namespace functions";
    },
  },
  {
    client: "claude-code",
    name: "its greeting without a key is answered 200",
    async run(kit) {
      const statuses = await Promise.all(
        ["/", "/api/hello"].map(async (path) => (await fetch(kit.ground.url + path, { method: "HEAD" })).status),
      );
      deepEqual(statuses, [200, 200]);
      return "HEAD / and HEAD /api/hello";
    },
  },
];

/** Of what a client sends, this decides the answer or the bill. */
const PASSED = [
  "anthropic-beta",
  "anthropic-version",
  "originator",
  "x-codex-turn-metadata",
  "session-id",
  "x-session-id",
];
