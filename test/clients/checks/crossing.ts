import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Script } from "../../support/scripted-provider/script.ts";
import type { Check, Kit } from "../kit.ts";
import { player } from "../player.ts";
import type { ClientProgram } from "../program.ts";
import { claudeCode } from "../programs/claude-code.ts";
import { codex } from "../programs/codex.ts";
import { geminiCli } from "../programs/gemini-cli.ts";
import { opencode } from "../programs/opencode.ts";

/** Clients served by models of another protocol than their own: because they ask for one, or because theirs cannot. */
export const crossingChecks: readonly Check[] = [
  ...[
    [claudeCode, "gpt-5.5", "openai-responses"],
    [claudeCode, "gemini-2.5-pro", "google"],
    [codex, "claude-sonnet-5-5", "anthropic"],
    [codex, "gemini-2.5-pro", "google"],
    [geminiCli, "claude-sonnet-5-5", "anthropic"],
    [geminiCli, "gpt-5.5", "openai-responses"],
    [opencode, "chat/claude-sonnet-5-5", "anthropic"],
    [opencode, "messages/gpt-5.5", "openai-responses"],
    [opencode, "responses/claude-sonnet-5-5", "anthropic"],
  ].map(([client, model, wire]) => works(client as ClientProgram, model as string, wire as string)),
  ...(
    [
      [claudeCode, "anthropic"],
      [codex, "openai-responses"],
      [codex, "openai-responses", "gpt-6.1-sol"],
      [geminiCli, "google"],
      [opencode, "openai-chat"],
    ] as const
  ).map(([client, down, model]) => fallsBack(client, down, model)),
  ...[claudeCode, codex].map((client) => delegates(client)),
  ...[claudeCode, codex, opencode].map((client) => chooses(client)),
];

function works(client: ClientProgram, model: string, wire: string): Check {
  return {
    client: client.name,
    name: `served by ${model}: answers, writes a file by a tool call, and goes on`,
    async run(kit) {
      await using seat = await kit.seat(client);
      const before = kit.ground.provider.served.length;
      const first = await seat.run({ prompt: "[kit:write note.txt From afar]", model });
      match(first.text, /Written\./, `${first.message} ${first.stderr.slice(-300)} ${answers(seat.heard)}`);
      equal(readFileSync(join(seat.work, "note.txt"), "utf8"), "From afar\n");
      const resume = first.session === undefined ? {} : { resume: first.session };
      const second = await seat.run({ prompt: "[kit:recall]", model, ...resume });
      match(second.text, /First: kit:write note.txt From afar/, `${second.message} ${answers(seat.heard)}`);
      const wires = new Set(kit.ground.provider.served.slice(before).map((served) => served.wire));
      deepEqual([...wires], [wire]);
      return `${kit.ground.provider.served.length - before} calls on ${wire}; ${seat.heard.length} requests`;
    },
  };
}

/** Everything on one wire is overloaded; the others play. */
function downOn(wire: string): Script {
  return (seen) => (seen.wire === wire ? { error: "overloaded" } : player(seen));
}

function fallsBack(client: ClientProgram, wire: string, model = client.model): Check {
  const other = wire === "anthropic" ? "gpt-5.5" : "claude-sonnet-5-5";
  return {
    client: client.name,
    name: `with the provider of ${model} down, --fallback ${other} serves, and the answer's header says so`,
    async run(kit) {
      await using ground = await kit.open({ script: downOn(wire), args: ["--fallback", other] });
      await using seat = await kit.seat(client, { ground });
      const said = await seat.run({ prompt: "[kit:write note.txt Stood in]", model, timeoutMs: 120_000 });
      match(said.text, /Written\./, `${said.message} ${answers(seat.heard)}`);
      equal(readFileSync(join(seat.work, "note.txt"), "utf8"), "Stood in\n");
      const told = seat.heard.filter(({ status, method }) => status === 200 && method === "POST");
      ok(told.length > 0);
      for (const { answerHeaders } of told) {
        match(answerHeaders["x-allot-model"] ?? "", new RegExp(`/${other}$`));
        ok(answerHeaders["x-allot-fallback"], "x-allot-fallback is missing");
      }
      const asked = ground.provider.served.length;
      return `${seat.heard.length} requests, ${asked} at the providers; ${told[0]?.answerHeaders["x-allot-fallback"]}`;
    },
  };
}

function delegates(client: ClientProgram): Check {
  const model = client.name === "codex" ? "claude-sonnet-5-5" : "gpt-5.5";
  return {
    client: client.name,
    name: `served by ${model}: has a subagent`,
    async run(kit: Kit) {
      await using seat = await kit.seat(client);
      const said = await seat.run({ prompt: "[kit:delegate Deep words]", model });
      match(said.text, /They said: Deep words/, `${said.message} ${said.text} ${answers(seat.heard)}`);
      return `${seat.heard.length} requests`;
    },
  };
}

function chooses(client: ClientProgram): Check {
  return {
    client: client.name,
    name: "asking for allot/auto is served by a model of the gateway's choice, which the header names",
    async run(kit) {
      await using seat = await kit.seat(client);
      const model = client.name === "opencode" ? "chat/allot/auto" : "allot/auto";
      const said = await seat.run({ prompt: "[kit:write note.txt Any of you]", model });
      match(said.text, /Written\./, `${said.message} ${answers(seat.heard)}`);
      const served = new Set(seat.heard.map(({ answerHeaders }) => answerHeaders["x-allot-model"]));
      ok(!served.has(undefined) && !served.has("allot/auto"), [...served].join(", "));
      return [...served].join(", ");
    },
  };
}

function answers(heard: readonly { readonly status: number; readonly answer: string }[]): string {
  return heard.map(({ status, answer }) => `${status} ${status === 200 ? "" : answer}`).join("; ");
}
