import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Script, ScriptedAnswer } from "../../test/support/scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import { describeOnEachStore, type OpenPlace } from "../../test/support/store-place.ts";
import type { AllotConfig } from "../config/define-config.ts";
import { ThrottleConfig } from "../config/define-config.ts";
import { systemClock } from "../foundation/clock.ts";
import { AllotError } from "../foundation/errors.ts";
import { fromUsd } from "../foundation/units.ts";
import { openStore, type Store } from "../storage/storage.ts";
import { createClient, type ClientOptions, getThrottler, type Throttler } from "./library.ts";
import type { Client } from "../client/client.ts";

interface Trial {
  readonly server: ScriptedProvider;
  readonly env: Readonly<Record<string, string>> & { readonly HOME: string };
  client(options?: ClientOptions): Client;
  throttler(config?: AllotConfig | ThrottleConfig): Throttler;
  /** Everything that was opened is closed; then `look` sees the store. */
  afterwards<T>(look: (db: Store["db"]) => Promise<T>): Promise<T>;
}

async function openTrial(openPlace: OpenPlace, script: Script | ScriptedAnswer): Promise<Trial> {
  const server = await openScriptedProvider({
    script: typeof script === "function" ? script : () => script,
    models: ["llama3:8b", "qwen3-coder:30b"],
  });
  const place = await openPlace();
  const env = {
    HOME: place.folder,
    ALLOT_HOME: join(place.folder, ".allot"),
    ALLOT_DB: "url" in place.settings ? place.settings.url : place.settings.path,
    ANTHROPIC_API_KEY: "sk-test-0123456789",
    ANTHROPIC_BASE_URL: server.urls.anthropic,
    OLLAMA_HOST: server.url,
  };
  mkdirSync(env.ALLOT_HOME);
  const open: AsyncDisposable[] = [];
  const closeAll = async (): Promise<void> => {
    for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
  };
  onTestFinished(async () => {
    await closeAll();
    await server.close();
    await place[Symbol.asyncDispose]();
  });
  const kept = <T extends AsyncDisposable>(made: T): T => {
    open.push(made);
    return made;
  };
  return {
    server,
    env,
    client: (options = {}) => kept(createClient({ env, cwd: place.folder, ...options })),
    throttler: (config) => kept(getThrottler(config, { env, cwd: place.folder })),
    async afterwards(look) {
      await closeAll();
      await using store = await openStore({ ...place.settings, clock: systemClock });
      return await look(store.db);
    },
  };
}

const HELLO = { max_tokens: 256, messages: [{ role: "user" as const, content: "Hello!" }] };
const USAGE = { inputTokens: 1_000, outputTokens: 100 };

describeOnEachStore("the library", (openPlace) => {
  test("ALLOT_FALLBACK lets another model answer, and ledger and delegations tell it", async () => {
    const { client, env, afterwards } = await openTrial(openPlace, ({ wire }) =>
      wire === "anthropic" ? { error: "overloaded" } : { text: "Qwen here.", usage: USAGE },
    );
    const made = client({ env: { ...env, ALLOT_FALLBACK: "local" } });
    const { allot } = await made.messages.create({ ...HELLO, model: "sonnet", task_type: "coding" });
    expect([allot.provider, allot.model, allot.requested_model]).toEqual(["ollama", "qwen3-coder:30b", "sonnet"]);
    const { rows, delegations } = await afterwards(async (db) => ({
      rows: await db.selectFrom("ledger").select(["model", "requested_model", "note"]).execute(),
      delegations: await db.selectFrom("delegation_minutes").selectAll().execute(),
    }));
    expect(rows.at(-1)).toEqual({
      model: "qwen3-coder:30b",
      requested_model: "sonnet",
      note: "instead of anthropic/claude-sonnet-5-5: provider-overloaded",
    });
    expect(delegations).toMatchObject([
      { task_type: "coding", provider: "ollama", requests: 1, answered: 1, fell_back: 1, attempts: allot.attempts },
    ]);
  });

  test("an analysis is answered out of the cache for the next program too, at no cost", async () => {
    const { client, server, afterwards } = await openTrial(openPlace, { text: "It adds.", usage: USAGE });
    const request = { ...HELLO, model: "haiku", task_type: "analysis" };
    await client().messages.create(request);
    const { content, allot } = await client().messages.create(request);
    expect([content, allot.cached, allot.cost]).toEqual([[{ type: "text", text: "It adds." }], true, 0]);
    expect(server.seen).toHaveLength(1);
    const { rows, delegations } = await afterwards(async (db) => ({
      rows: await db.selectFrom("ledger").select("model").execute(),
      delegations: await db.selectFrom("delegation_minutes").select(["requests", "cached"]).execute(),
    }));
    expect(rows).toHaveLength(1);
    expect(delegations.reduce((sum, { requests }) => sum + requests, 0)).toBe(2);
    expect(delegations.reduce((sum, { cached }) => sum + cached, 0)).toBe(1);
  });

  test("without any set-up but a key, the guide's request is answered and counted", async () => {
    const { client, throttler, afterwards } = await openTrial(openPlace, { text: "Hello to you.", usage: USAGE });
    const response = await client().messages.create({
      ...HELLO,
      model: "claude-sonnet-4-5-20250929",
      session_id: "my_session",
      priority: "normal",
    });
    expect(response.content).toEqual([{ type: "text", text: "Hello to you." }]);
    const stats = await throttler().getStats("my_session");
    expect(stats).toMatchObject({
      session_id: "my_session",
      tokens_hour: 1_100,
      tokens_day: 1_100,
      cost_hour: 0.0045,
      cost_day: 0.0045,
      requests_hour: 1,
      throttle_level: "NONE",
    });
    expect(stats.limits.map(({ scope, name, limit }) => `${scope} ${name} ${limit}`)).toEqual([
      "session tokens/hour 100000",
      "session tokens/day 1000000",
      "session usd/hour 5",
      "session usd/day 50",
      "global tokens/hour 500000",
      "global tokens/day 5000000",
      "global usd/month 1000",
    ]);
    const rows = await afterwards((db) =>
      db.selectFrom("usage_history").select(["session_id", "tokens_used", "cost"]).execute(),
    );
    expect(rows).toEqual([{ session_id: "my_session", tokens_used: 1_100, cost: 0.0045 }]);
  });

  test("figures of all: everybody together, and each session of the day", async () => {
    const { client, throttler } = await openTrial(openPlace, { text: "ok", usage: USAGE });
    const one = client();
    for (const session_id of ["a", "b", "b"]) await one.messages.create({ ...HELLO, model: "sonnet-4-5", session_id });
    const { global, sessions } = await throttler().getStats();
    expect(global).toMatchObject({ tokens_hour: 3_300, tokens_day: 3_300, tokens_month: 3_300, cost_month: 0.0135 });
    expect(Object.entries(sessions).map(([name, { tokens_hour }]) => [name, tokens_hour])).toEqual([
      ["a", 1_100],
      ["b", 2_200],
    ]);
  });

  test("SESSION_ID, CLAUDE_MODEL and LLM_DEFAULT_PROVIDER work as the guide says", async () => {
    const { client, env, server } = await openTrial(openPlace, { text: "ok", usage: USAGE });
    const cheap = client({
      env: { ...env, CLAUDE_MODEL: "claude-3-5-haiku-20241022", SESSION_ID: "background_worker" },
    });
    expect((await cheap.messages.create(HELLO)).allot).toMatchObject({
      session: "background_worker",
      model: "claude-3-5-haiku-20241022",
    });
    const premium = client();
    expect((await premium.messages.create(HELLO)).allot.model).toBe("claude-sonnet-4-5-20250929");
    const free = client({ env: { ...env, LLM_DEFAULT_PROVIDER: "ollama", SESSION_ID: "dev_session" } });
    const answer = await free.messages.create({ ...HELLO, model: "claude-sonnet-4-5-20250929" });
    expect(answer.allot).toMatchObject({
      session: "dev_session",
      provider: "ollama",
      model: "qwen3-coder:30b",
      cost: 0,
    });
    expect(server.seen.map(({ wire }) => wire)).toEqual(["anthropic", "anthropic", "ollama"]);
  });

  test("limits in the guide's words hold, and a throttled request says so in the guide's words", async () => {
    const { client, throttler } = await openTrial(openPlace, {
      text: "ok",
      usage: { inputTokens: 900, outputTokens: 20 },
    });
    const config = { limits: new ThrottleConfig({ tokens_per_hour: 1_000 }) };
    const one = client({ config });
    await one.messages.create({ ...HELLO, model: "sonnet-4-5", session_id: "s" });
    const fault = await one.messages
      .create({ ...HELLO, model: "sonnet-4-5", session_id: "s" })
      .catch((e: unknown) => e);
    expect(fault).toBeInstanceOf(AllotError);
    expect((fault as AllotError).message).toMatch(/^Request throttled: HARD\. Token limit exceeded\. /);
    expect((fault as AllotError).details).toMatchObject({
      limit: "session tokens/hour",
      scope: "session:s",
      level: "HARD",
      used: 920,
      cheaper: { provider: "ollama", model: "llama3:8b" },
    });
    expect((await throttler(config).getStats("s")).throttle_level).toBe("HARD");
    expect((await throttler(new ThrottleConfig({ tokens_per_hour: 1_150 })).getStats("s")).throttle_level).toBe("SOFT");
    expect(await throttler().getStats("s")).toMatchObject({ tokens_hour: 920, throttle_level: "NONE" });
    const free = await one.messages.create({ ...HELLO, provider: "ollama", model: "llama3:8b", session_id: "s" });
    expect(free.allot.cost).toBe(0);
  });

  test("clients of one process share one store and its figures, and the last one closes it", async () => {
    const { client, throttler } = await openTrial(openPlace, { text: "ok", usage: USAGE });
    const many = [client(), client(), client()];
    await Promise.all(many.map((one) => one.messages.create({ ...HELLO, model: "sonnet-4-5", session_id: "shared" })));
    for (const one of many) await one[Symbol.asyncDispose]();
    expect((await throttler().getStats("shared")).tokens_hour).toBe(3_300);
  });

  test("what throttling did is in throttle_events, once for each call", async () => {
    const { client, afterwards } = await openTrial(openPlace, {
      text: "ok",
      usage: { inputTokens: 900, outputTokens: 20 },
    });
    const one = client({ config: { limits: { session: { tokens_per_hour: 1_000 } } } });
    const ask = { ...HELLO, model: "sonnet-4-5", session_id: "s" };
    await one.messages.create(ask);
    await one.messages.create(ask).catch(() => {});
    const rows = await afterwards((db) =>
      db.selectFrom("throttle_events").select(["session_id", "level", "action", "used", "limit_value"]).execute(),
    );
    expect(rows).toEqual([{ session_id: "s", level: "HARD", action: "blocked", used: 920, limit_value: 1_000 }]);
  });

  test("sixty calls at once through three clients never pass the limit, and the ledger has what was served", async () => {
    const { client, throttler, server, afterwards } = await openTrial(openPlace, (seen) => ({
      text: "ok",
      usage: { inputTokens: 60 + (seen.number % 7), outputTokens: 20 + (seen.number % 50) },
    }));
    const config = { limits: { session: { tokens_per_hour: 8_000 } } };
    const clients = [client({ config }), client({ config }), client({ config })];
    const calls = Array.from({ length: 60 }, async (_, index) =>
      clients[index % 3]?.messages
        .create({
          max_tokens: 100,
          messages: [{ role: "user", content: `Question ${index}` }],
          model: "sonnet-4-5",
          session_id: "s",
        })
        .then(
          () => "answered",
          (error: unknown) => (error instanceof AllotError ? error.code : "other"),
        ),
    );
    const ends = await Promise.all(calls);
    expect(new Set(ends)).toEqual(new Set(["answered", "limit-reached"]));
    const { tokens_hour } = await throttler(config).getStats("s");
    const served = server.served.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
    expect(tokens_hour).toBe(served);
    expect(tokens_hour).toBeLessThanOrEqual(8_000);
    const rows = await afterwards((db) => db.selectFrom("ledger").select(["call_key", "hold_tokens"]).execute());
    expect(rows).toHaveLength(ends.filter((end) => end === "answered").length);
  });

  test("a low request waits while others hold the room, and goes when they are done with less", async () => {
    const waits = Promise.withResolvers<void>();
    const { client, server, afterwards } = await openTrial(openPlace, async ({ lastUserText }) => {
      if (lastUserText === "long") await waits.promise;
      return { text: lastUserText, usage: { inputTokens: 60, outputTokens: 40 } };
    });
    const one = client({ config: { limits: { session: { tokens_per_hour: 10_000 } } } });
    const ask = { model: "sonnet-4-5", session_id: "s" } as const;
    const done: string[] = [];
    const long = one.messages.create({ ...ask, max_tokens: 8_200, messages: [{ role: "user", content: "long" }] });
    void long.then(() => done.push("long"));
    await expect.poll(() => server.seen.length, { timeout: 10_000 }).toBe(1);
    const queued: string[] = [];
    const low = await one.messages.create(
      { ...ask, max_tokens: 200, messages: [{ role: "user", content: "low" }], priority: "low", max_wait_ms: 30_000 },
      {
        onQueued: ({ level, limit }) => {
          queued.push(`${level} ${limit}`);
          waits.resolve();
        },
      },
    );
    done.push("low");
    expect(low.allot).toMatchObject({ level: "NONE", priority: "low" });
    expect([queued, done]).toEqual([["SOFT session tokens/hour"], ["long", "low"]]);
    const events = await afterwards((db) => db.selectFrom("throttle_events").select("action").execute());
    expect(events).toEqual([{ action: "queued" }]);
  });

  test("a program under a budget of its starter stops before it has used it up", async () => {
    const { client, env, afterwards } = await openTrial(openPlace, ({ maxOutputTokens = 0 }) => ({
      text: "ok",
      usage: { inputTokens: 60, outputTokens: Math.min(100, maxOutputTokens) },
    }));
    await afterwards(async (db) => {
      const capped = {
        tokens: null,
        nano_usd: fromUsd(0.01),
        requests: null,
        reserved: 0,
        opened_at: Date.now(),
      } as const;
      const budget = { id: "of-the-starter", parent_id: null, name: "--limit-usd 0.01", session_id: "s", ...capped };
      await db.insertInto("budgets").values(budget).execute();
    });
    const child = client({ env: { ...env, ALLOT_BUDGET: "of-the-starter" } });
    let cost = 0;
    let fault: unknown;
    for (let turn = 0; turn < 20 && fault === undefined; turn += 1) {
      const messages = [{ role: "user" as const, content: `Question ${turn}` }];
      await child.messages.create({ max_tokens: 100, messages, model: "sonnet-4-5" }).then(
        ({ allot }) => {
          cost += allot.cost_nano_usd;
        },
        (error: unknown) => {
          fault = error;
        },
      );
    }
    expect(fault).toMatchObject({ code: "limit-reached", details: { scope: "budget:of-the-starter" } });
    expect(cost).toBeGreaterThan(fromUsd(0.007));
    expect(cost).toBeLessThanOrEqual(fromUsd(0.01));
  });

  test("a store that cannot be opened is tried again with the next request", async () => {
    const { client, env } = await openTrial(openPlace, { text: "ok", usage: USAGE });
    const folder = join(env.HOME, "later");
    writeFileSync(folder, "in the way");
    const one = client({ env: { ...env, ALLOT_DB: join(folder, "allot.db") } });
    const ask = { ...HELLO, model: "sonnet-4-5" };
    await expect(one.messages.create(ask)).rejects.toThrow(/later/);
    rmSync(folder);
    expect((await one.messages.create(ask)).content).toEqual([{ type: "text", text: "ok" }]);
  });

  test("a configuration that is wrong is named when the client is made", async () => {
    const { client, env } = await openTrial(openPlace, { text: "no" });
    writeFileSync(join(env["ALLOT_HOME"] ?? "", "config.json"), '{"limits": {"session": {"tokens_per_hour": "many"}}}');
    expect(() => client()).toThrow(/limits\.session\.tokens_per_hour is "many"/);
  });
});
