import { equal, match, ok } from "node:assert/strict";
import type { Check, Kit, Seat } from "../kit.ts";
import { spend } from "../kit.ts";
import type { ClientProgram } from "../program.ts";
import { PROGRAMS } from "../programs/all.ts";

/** What each client does when its session nears a limit, reaches it, or has spent its budget. */
export const levelChecks: readonly Check[] = PROGRAMS.flatMap((client) => [
  goesOn(client, "WARNING", 75, {}),
  goesOn(client, "SOFT", 85, {}),
  goesOn(client, "HARD", 92, { "x-allot-priority": "high" }),
  stops(client, "HARD", 92, {}),
  stops(client, "CRITICAL", 97, { "x-allot-priority": "high" }),
  stops(client, "budget spent", 100, {}),
  stopsFor(client, "its session's dollars", { "usd/day": "0" }, {}),
  stopsFor(client, "its session's requests", { "requests/hour": "0" }, {}),
  stopsFor(client, "the cap it has itself named", {}, { "x-allot-limit-usd": "0.000001" }),
  waits(client),
  staysLoggedIn(client),
]);

/** Tokens an hour; wide enough that a client's worst case fits at any level that lets it go. */
const LIMIT = 10_000_000;

/** One request, refused once. opencode asks for a title beside it. */
const MOST_REQUESTS: Readonly<Record<string, number>> = { opencode: 2 };

let sessions = 0;

/** A session of its own, used so far. */
async function usedBy(kit: Kit, percent: number): Promise<string> {
  sessions += 1;
  const session = `kit-level-${percent}-${sessions}`;
  await kit.ground.allot("limits", "set", `session:${session}`, "tokens/hour", String(LIMIT));
  await spend(kit.ground, session, (LIMIT * percent) / 100);
  return session;
}

function goesOn(client: ClientProgram, level: string, percent: number, headers: Record<string, string>): Check {
  const urgent = headers["x-allot-priority"];
  return {
    client: client.name,
    name: `at ${level} goes on${urgent === undefined ? "" : ` where its priority is ${urgent}`}, and the answer's header says so`,
    async run(kit) {
      const session = await usedBy(kit, percent);
      await using seat = await kit.seat(client, { headers: { "x-allot-session": session, ...headers } });
      const said = await seat.run({ prompt: "[kit:say Going on]" });
      match(said.text, /Going on/, said.message);
      const levels = paid(seat).map(({ answerHeaders }) => answerHeaders["x-allot-level"]);
      ok(levels.length > 0 && levels.every((found) => found === level), `levels said: ${levels.join(", ")}`);
      return `answered, x-allot-level: ${level}`;
    },
  };
}

function stops(client: ClientProgram, level: string, percent: number, headers: Record<string, string>): Check {
  const urgent = headers["x-allot-priority"];
  return {
    client: client.name,
    name: `at ${level} stops at once with the reason${urgent === undefined ? "" : `, priority ${urgent} too`}; the provider is not asked`,
    async run(kit) {
      const session = await usedBy(kit, percent);
      await using seat = await kit.seat(client, { headers: { "x-allot-session": session, ...headers } });
      kit.ground.visited();
      const said = await seat.run({ prompt: "[kit:say Never]" });
      const ended = performance.now();
      const tries = paid(seat);
      const statuses = tries.map(({ status }) => status);
      const shown = `${said.message} ${said.stdout} ${said.stderr}`;
      ok(said.failed, `it did not stop: ${said.text}`);
      ok(
        tries.length <= (MOST_REQUESTS[client.name] ?? 1),
        `${tries.length} requests: ${statuses.join(", ")} in ${Math.round(said.tookMs)} ms; ${tries[0]?.answer}`,
      );
      equal(kit.ground.visited().length, 0, "requests that reached the provider");
      const after = Math.round(ended - (tries[0]?.atMs ?? 0));
      ok(said.code !== null && after < 10_000, `it went on for ${after} ms after its first request`);
      // Codex has its own words for a spent quota.
      if (client.name !== "codex") match(shown, /throttled|limit/i);
      ok(!said.stdout.includes("ContextOverflow"), "it takes the refusal for an overflow of its window");
      ok(!/log ?in again|\/login|expired token/i.test(said.message), said.message);
      return `${statuses.join(", ")}; exit ${said.code}, ${after} ms after its first request; shows: ${oneLine(said.message)}`;
    },
  };
}

function stopsFor(
  client: ClientProgram,
  what: string,
  limits: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Check {
  return {
    client: client.name,
    name: `stops at once for ${what}; the provider is not asked`,
    async run(kit) {
      sessions += 1;
      const session = `kit-cap-${sessions}`;
      for (const [name, amount] of Object.entries(limits))
        await kit.ground.allot("limits", "set", `session:${session}`, name, amount);
      await using seat = await kit.seat(client, { headers: { "x-allot-session": session, ...headers } });
      kit.ground.visited();
      const said = await seat.run({ prompt: "[kit:say Never]" });
      ok(said.failed && said.code !== null, said.text);
      const statuses = paid(seat).map(({ status }) => status);
      ok(statuses.length <= (MOST_REQUESTS[client.name] ?? 1), statuses.join(", "));
      equal(kit.ground.visited().length, 0, "requests that reached the provider");
      return `${statuses.join(", ")}; exit ${said.code}; shows: ${oneLine(said.message).slice(0, 120)}`;
    },
  };
}

function waits(client: ClientProgram): Check {
  return {
    client: client.name,
    name: "at SOFT with low priority is held, and answered as soon as there is room",
    async run(kit) {
      const session = await usedBy(kit, 85);
      const headers = { "x-allot-session": session, "x-allot-priority": "low" };
      await using seat = await kit.seat(client, { headers });
      kit.ground.visited();
      const running = seat.run({ prompt: "[kit:say Waited for]", timeoutMs: 90_000 });
      await until(() => paid(seat).length > 0);
      await new Promise((resolve) => setTimeout(resolve, 4000));
      equal(kit.ground.visited().length, 0, "requests that reached the provider while it was held");
      ok(paid(seat).length <= (MOST_REQUESTS[client.name] ?? 1), `${paid(seat).length} requests while it was held`);
      const freed = performance.now();
      await kit.ground.allot("limits", "set", `session:${session}`, "tokens/hour", String(LIMIT * 10));
      const said = await running;
      match(
        said.text,
        /Waited for/,
        `${said.message} ${paid(seat)
          .map(({ status, answer }) => `${status} ${answer}`)
          .join("; ")}`,
      );
      return `held ${Math.round((freed - (paid(seat)[0]?.atMs ?? 0)) / 100) / 10} s, then answered; ${paid(seat).length} requests`;
    },
  };
}

function staysLoggedIn(client: ClientProgram): Check {
  return {
    client: client.name,
    name: "stopped in the midst of a session, goes on with it once there is room",
    async run(kit) {
      const session = await usedBy(kit, 10);
      await using seat = await kit.seat(client, { headers: { "x-allot-session": session } });
      const first = await seat.run({ prompt: "[kit:say One]" });
      ok(!first.failed, first.message);
      await spend(kit.ground, session, (LIMIT * 82) / 100);
      const resume = first.session === undefined ? {} : { resume: first.session };
      const stopped = await seat.run({ prompt: "[kit:say Two]", ...resume });
      ok(stopped.failed, `it was not stopped: ${stopped.text}`);
      await kit.ground.allot("limits", "set", `session:${session}`, "tokens/hour", String(LIMIT * 10));
      const again = await seat.run({ prompt: "[kit:recall]", ...resume });
      match(again.text, /First: kit:say One/, again.message);
      return "answered, stopped, answered; the history is whole and nobody had to log in";
    },
  };
}

function paid(seat: Seat): readonly Seat["heard"][number][] {
  return seat.heard.filter(({ method, path }) => method === "POST" && !/count_?tokens/i.test(path));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 240);
}

/** Resolves when it is so; throws after 20 s. */
async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error("it never came to that");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
