import { equal, match, ok } from "node:assert/strict";
import type { Script, ScriptedAnswer } from "../../support/scripted-provider/script.ts";
import type { Check } from "../kit.ts";
import { player } from "../player.ts";
import type { ClientProgram } from "../program.ts";
import { PROGRAMS } from "../programs/all.ts";

/** What becomes of a client's turn when its provider stumbles, or fails for good. */
export const faultChecks: readonly Check[] = PROGRAMS.flatMap((client) => [
  recovers(client, "a rate limit of two seconds", { error: "rate-limited", retryAfterS: 2 }),
  recovers(client, "an overload", { error: "overloaded" }),
  recovers(client, "an answer that is no answer", { garbage: true }),
  recovers(client, "a connection that breaks before the first event", { cutAfter: 0 }),
  // The Gemini CLI gives a broken stream up by itself.
  ...(client.name === "gemini-cli" ? [] : [recovers(client, "a stream that breaks midway", { cutAfter: 4 })]),
  ...(client.name === "gemini-cli" ? [] : [recovers(client, "a stream that falls silent", { hangAfter: 4 })]),
  ...(client.name === "gemini-cli" ? [givesUp(client)] : []),
  badKey(client),
  overloadedForGood(client),
]);

/** The first request that is no side request gets the fault, all others are played. */
function once(fault: ScriptedAnswer): Script {
  let met = false;
  return (seen) => {
    const isTurn = seen.tools.length > 0 && seen.messages.some(({ text }) => text.includes("[kit:"));
    if (met || !isTurn) return player(seen);
    met = true;
    return { ...player(seen), ...fault };
  };
}

function recovers(client: ClientProgram, what: string, fault: ScriptedAnswer): Check {
  return {
    client: client.name,
    name: `after ${what} its turn is answered, with few requests`,
    async run(kit) {
      await using ground = await kit.open({ script: once(fault), args: ["--idle-timeout", "3s"] });
      await using seat = await kit.seat(client, { ground });
      const said = await seat.run({ prompt: "[kit:say All the same]", timeoutMs: 120_000 });
      const statuses = seat.heard.map(({ status }) => status).join(", ");
      match(said.text, /All the same/, `${said.message}; ${statuses}; ${said.stdout.slice(-400)}`);
      const asked = ground.provider.served.length;
      ok(asked <= 5, `${asked} requests at the provider`);
      return `${seat.heard.length} of the client (${statuses}), ${asked} at the provider, ${(said.tookMs / 1000).toFixed(1)} s`;
    },
  };
}

function givesUp(client: ClientProgram): Check {
  return {
    client: client.name,
    name: "a stream that breaks midway ends its turn as failed, never as answered",
    async run(kit) {
      await using ground = await kit.open({ script: once({ cutAfter: 2, text: "half an answer ".repeat(20) }) });
      await using seat = await kit.seat(client, { ground });
      const said = await seat.run({ prompt: "[kit:say All of it]" });
      ok(said.failed, said.text);
      return `exit ${said.code}, ${seat.heard.length} of the client; shows: ${said.message.replaceAll(/\s+/g, " ").slice(0, 120)}`;
    },
  };
}

function badKey(client: ClientProgram): Check {
  return {
    client: client.name,
    name: "where the gateway's own key is not taken by the provider, is told so and nobody is logged out",
    async run(kit) {
      await using ground = await kit.open({ script: () => ({ error: "auth" }) });
      await using seat = await kit.seat(client, { ground });
      const said = await seat.run({ prompt: "[kit:say Never]", timeoutMs: 60_000 });
      const statuses = seat.heard.map(({ status }) => status);
      ok(said.failed, said.text);
      ok(said.code !== null, `it went on for a minute: ${statuses.join(", ")}`);
      ok(statuses.length <= 2, `${statuses.length} requests: ${statuses.join(", ")}`);
      ok(!statuses.includes(401), `the provider's 401 came through: ${said.message}`);
      ok(!/\/login|log ?in again/i.test(said.message), said.message);
      return `${statuses.join(", ")}; ${ground.provider.served.length} at the provider; shows: ${said.message.replaceAll(/\s+/g, " ").slice(0, 200)}`;
    },
  };
}

function overloadedForGood(client: ClientProgram): Check {
  return {
    client: client.name,
    name: "an overload that does not end: the gateway multiplies no requests",
    async run(kit) {
      await using ground = await kit.open({ script: () => ({ error: "overloaded" }) });
      await using seat = await kit.seat(client, { ground });
      const said = await seat.run({ prompt: "[kit:say Never]", timeoutMs: 30_000 });
      equal(said.failed, true);
      const [sent, asked] = [seat.heard.length, ground.provider.served.length];
      ok(asked <= 3 * sent, `${asked} at the provider for ${sent} of the client`);
      ok(asked <= 40, `${asked} at the provider in ${Math.round(said.tookMs)} ms`);
      return `${sent} of the client, ${asked} at the provider in ${Math.round(said.tookMs / 1000)} s${said.code === null ? ", still trying" : ""}`;
    },
  };
}
