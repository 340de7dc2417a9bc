import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createClient, getThrottler } from "../../src/app/library.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { describeOnEachStore } from "../support/store-place.ts";

const FROM_SOURCE = join(import.meta.dirname, "../support/allot-from-source.ts");

/** Ten calls that are answered, one after the other, then one that is not. */
const PROGRAM = `
  import { createClient } from "allot";
  const client = createClient();
  const ask = (content) =>
    client.messages.create({ model: "sonnet-4-5", max_tokens: 500, messages: [{ role: "user", content }], session_id: "s" });
  for (let turn = 0; turn < 10; turn += 1) await ask("answered " + turn);
  await ask("silence");
`;

describeOnEachStore("a program that is killed in the middle of a paid call", (openPlace) => {
  test("loses nothing: what was answered counts once, what was under way at its hold, and the rest goes on", async () => {
    const server = await openScriptedProvider({
      script: ({ lastUserText }) =>
        lastUserText === "silence" ? { silence: "all" } : { text: "ok", usage: { inputTokens: 60, outputTokens: 40 } },
    });
    const place = await openPlace();
    onTestFinished(async () => {
      await server.close();
      await place[Symbol.asyncDispose]();
    });
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: place.folder,
      ALLOT_HOME: join(place.folder, ".allot"),
      ALLOT_DB: "url" in place.settings ? place.settings.url : place.settings.path,
      ANTHROPIC_API_KEY: "sk-test-0123456789",
      ANTHROPIC_BASE_URL: server.urls.anthropic,
    };
    const programs: ChildProcess[] = [1, 2].map(() =>
      spawn(process.execPath, ["--import", FROM_SOURCE, "--input-type=module", "--eval", PROGRAM], {
        env,
        stdio: "ignore",
      }),
    );
    onTestFinished(() => {
      for (const program of programs) program.kill("SIGKILL");
    });
    const silent = (): number => server.seen.filter(({ lastUserText }) => lastUserText === "silence").length;
    await expect.poll(silent, { timeout: 30_000 }).toBe(2);
    await Promise.all(
      programs.map(async (program) => {
        const gone = once(program, "exit");
        program.kill("SIGKILL");
        await gone;
      }),
    );

    await using throttler = getThrottler(undefined, { env, cwd: place.folder });
    await using client = createClient({ env, cwd: place.folder });
    const messages = [{ role: "user" as const, content: "goes on" }];
    await client.messages.create({ model: "sonnet-4-5", max_tokens: 500, messages, session_id: "s" });
    const { tokens_hour } = await throttler.getStats("s");
    await client[Symbol.asyncDispose]();
    await throttler[Symbol.asyncDispose]();

    await using store = await openStore({ ...place.settings, clock: systemClock });
    const rows = await store.db.selectFrom("ledger").select(["kind", "entry_key", "hold_tokens"]).execute();
    expect(rows.filter(({ kind }) => kind === "settlement")).toHaveLength(21);
    const unknown = rows.filter(({ kind }) => kind === "unknown");
    expect(unknown).toHaveLength(2);
    expect(new Set(rows.map(({ entry_key }) => entry_key)).size).toBe(23);
    const held = unknown.reduce((sum, { hold_tokens }) => sum + Number(hold_tokens), 0);
    expect(held).toBeGreaterThan(1_000);
    expect(tokens_hour).toBe(21 * 100 + held);
    expect(await store.db.selectFrom("leases").selectAll().where("tokens", ">", 0).execute()).toEqual([]);
  });
});
