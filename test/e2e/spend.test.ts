/** The commands that show and bound what is spent, on a real store that real ledger functions have filled. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { displayWidth } from "../../src/foundation/table.ts";
import type { EntryFacts } from "../../src/ledger/chain.ts";
import { book } from "../../src/ledger/ledger.ts";
import { BOOKS } from "../../src/storage/exclusive.ts";
import { openStore } from "../../src/storage/storage.ts";
import { type AllotHome, allotHome, type Ended, runAllot, runInside } from "../support/run-allot.ts";

interface Spent {
  readonly session: string;
  readonly model: string;
  readonly tokens: number;
  readonly usd: number;
  readonly minutesAgo: number;
  readonly agent?: string;
  readonly type?: string;
}

const WORK: readonly Spent[] = [
  {
    session: "background",
    model: "claude-haiku-4-5",
    tokens: 30_000,
    usd: 0.12,
    minutesAgo: 5,
    agent: "claude-haiku",
    type: "documentation",
  },
  {
    session: "codex",
    model: "claude-sonnet-4-5",
    tokens: 85_000,
    usd: 1.9,
    minutesAgo: 12,
    agent: "codex",
    type: "coding",
  },
  {
    session: "codex",
    model: "claude-sonnet-4-5",
    tokens: 8000,
    usd: 0.5,
    minutesAgo: 3 * 1440,
    agent: "codex",
    type: "debugging",
  },
];

/** A home whose ledger holds this work. */
async function homeWith(work: readonly Spent[]): Promise<AllotHome> {
  const home = allotHome();
  await using store = await openStore({ path: dbOf(home), clock: systemClock });
  const entries = work.map((spent, index): EntryFacts => ({
    entry_key: `settle:call-${index}`,
    kind: "settlement",
    call_key: `call-${index}`,
    run_id: "",
    task: "",
    phase: "direct",
    tier: "big",
    session_id: spent.session,
    provider: "anthropic",
    model: spent.model,
    input_tokens: spent.tokens,
    cache_read_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    nano_usd: Math.round(spent.usd * 1e9),
    price_version: "test",
    price_assumed: 0,
    usage_estimated: 0,
    note: "",
    hold_tokens: null,
    hold_nano_usd: null,
    agent: spent.agent ?? null,
    task_type: spent.type ?? null,
    project: null,
    api_key: null,
    requested_model: null,
    service: null,
    scope_keys: JSON.stringify(["global:", `session:${spent.session}`]),
    at: systemClock.now() - spent.minutesAgo * 60_000,
  }));
  await store.transaction((trx) => book(trx, "writer", entries), BOOKS);
  return home;
}

function dbOf(home: AllotHome): string {
  return join(home.dir, ".allot", "allot.db");
}

/** A list in the one object that a command printed. */
function listIn(ended: Ended, name: string): Record<string, unknown>[] {
  const list = ended.lines[0]?.[name];
  if (!Array.isArray(list)) throw new Error(`no list "${name}" was printed:\n${ended.stdout}${ended.stderr}`);
  return list as Record<string, unknown>[];
}

/** A home with another screen or another environment. */
function withEnv(home: AllotHome, env: Readonly<Record<string, string>>): AllotHome {
  return { ...home, env: { ...home.env, ...env } };
}

describe("allot usage", () => {
  test("adds up the last day by session, dearest first, for programs in dollars and nano-dollars", async () => {
    const { lines, code } = await runInside(await homeWith(WORK), ["usage", "--json"]);
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({
      by: "session",
      rows: [
        { name: "codex", calls: 1, tokens: 85_000, cost_usd: 1.9, cost_nano_usd: 1_900_000_000 },
        { name: "background", calls: 1, tokens: 30_000, cost_usd: 0.12 },
      ],
      total: { calls: 2, tokens: 115_000, cost_nano_usd: 2_020_000_000 },
    });
  });

  test.each([
    ["model", ["claude-sonnet-4-5", "claude-haiku-4-5"]],
    ["agent", ["codex", "claude-haiku"]],
    ["task", ["coding", "debugging", "documentation"]],
  ])("by %s since a week, or since a date", async (by, names) => {
    const home = await homeWith(WORK);
    const week = await runInside(home, ["usage", "--by", by, "--since", "7d", "--json"]);
    expect(listIn(week, "rows").map((row) => row["name"])).toEqual(names);
    const dated = await runInside(home, ["usage", "--by", by, "--since", "2020-01-01", "--json"]);
    expect(listIn(dated, "rows").length).toBe(names.length);
  });

  test("by day has a row a day, oldest first", async () => {
    const { lines } = await runInside(await homeWith(WORK), ["usage", "--by", "day", "--since", "30d", "--json"]);
    const rows = lines[0]?.["rows"] as { name: string; cost_nano_usd: number }[];
    expect(rows[0]?.cost_nano_usd).toBe(500_000_000);
    expect(rows.every(({ name }) => /^\d{4}-\d{2}-\d{2}$/.test(name))).toBe(true);
  });

  test.each([40, 60, 80, 120])(
    "fits a screen of %i columns, without colours where nobody wants them",
    async (columns) => {
      const home = withEnv(await homeWith(WORK), { COLUMNS: String(columns), NO_COLOR: "1" });
      for (const command of [["usage"], ["limits"], ["watch", "--once"]]) {
        const { stdout } = await runInside(home, command);
        expect(stdout).not.toContain("\u001b");
        for (const line of stdout.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(stdout).toContain("tokens");
      }
    },
  );

  test("says what to do where nothing was spent", async () => {
    const { stdout, code } = await runInside(allotHome(), ["usage"]);
    expect([code, stdout.includes("nothing was spent")]).toEqual([0, true]);
  });

  test("an instant that is none is named with what would be one", async () => {
    const { stderr, code } = await runInside(allotHome(), ["usage", "--since", "yesterday"]);
    expect(code).toBe(64);
    expect(stderr).toContain('--since is "yesterday"');
    expect(stderr).toContain("7d");
  });
});

describe("allot limits", () => {
  test("by default are the guide's, with the figures of whoever has used most", async () => {
    const { lines } = await runInside(await homeWith(WORK), ["limits", "--json"]);
    const limits = lines[0]?.["limits"] as Record<string, unknown>[];
    expect(limits.map((limit) => [limit["scope"], limit["name"], limit["limit"]])).toEqual([
      ["session", "tokens/hour", 100_000],
      ["session", "tokens/day", 1_000_000],
      ["session", "usd/hour", 5],
      ["session", "usd/day", 50],
      ["global", "tokens/hour", 500_000],
      ["global", "tokens/day", 5_000_000],
      ["global", "usd/month", 1000],
    ]);
    expect(limits[0]).toMatchObject({ of: "codex", used: 85_000, held: 0, level: "SOFT", origin: "default" });
    expect(lines[0]).toMatchObject({
      thresholds: { warning: 0.7, soft: 0.8, hard: 0.9, critical: 0.95 },
      timeZone: "UTC",
      stops: [],
    });
  });

  test("set stands above defaults until reset, for one session, for each, for thresholds and the zone", async () => {
    const home = await homeWith(WORK);
    for (const change of [
      ["session:codex", "tokens/hour", "200k"],
      ["session", "usd/day", "$0.50"],
      ["threshold", "soft", "85%"],
      ["time-zone", "Europe/Berlin"],
    ]) {
      expect((await runInside(home, ["limits", "set", ...change])).code).toBe(0);
    }
    const { lines } = await runInside(home, ["limits", "--session", "codex", "--json"]);
    const limits = lines[0]?.["limits"] as Record<string, unknown>[];
    expect(limits.find((limit) => limit["name"] === "tokens/hour" && limit["scope"] === "session")).toMatchObject({
      caps: "codex",
      limit: 200_000,
      level: "NONE",
      origin: "stored",
    });
    expect(limits.find((limit) => limit["name"] === "usd/day")).toMatchObject({ limit: 0.5, level: "CRITICAL" });
    expect(lines[0]).toMatchObject({ thresholds: { soft: 0.85 }, timeZone: "Europe/Berlin" });
    expect((await runInside(home, ["limits", "reset", "--all"])).stdout).toBe("reset 4 changes\n");
    const after = await runInside(home, ["limits", "--json"]);
    expect(listIn(after, "limits").length).toBe(7);
  });

  test("set to none for one session takes that of each from it, and from nobody else", async () => {
    const home = await homeWith(WORK);
    await runInside(home, ["limits", "set", "session:codex", "tokens/hour", "none"]);
    const codex = await runInside(home, ["limits", "--session", "codex", "--json"]);
    expect(listIn(codex, "limits").map((limit) => `${String(limit["scope"])} ${String(limit["name"])}`)).toEqual([
      "session tokens/day",
      "session usd/hour",
      "session usd/day",
      "global tokens/hour",
      "global tokens/day",
      "global usd/month",
    ]);
    const other = await runInside(home, ["limits", "--session", "background", "--json"]);
    expect(listIn(other, "limits")[0]).toMatchObject({ name: "tokens/hour", limit: 100_000 });
  });

  test.each([
    [["sesion", "tokens/hour", "5"], "Did you mean session"],
    [["session", "token/hour", "5"], '"token/hour" is no limit'],
    [["session", "tokens/hour", "5x"], "write 200000"],
    [["session", "tokens/hour", "1.5"], "no whole number"],
    [["session", "usd/day", "five"], "no amount of dollars"],
    [["threshold", "soft", "95%"], "hard"],
    [["threshold", "soft", "2"], "0.85"],
    [["time-zone", "Mars/Base"], "Mars/Base"],
    [["session", "tokens/hour"], "takes three words"],
  ])("set %j is refused and changes nothing", async (words, said) => {
    const home = allotHome();
    const { code, stderr } = await runInside(home, ["limits", "set", ...words]);
    expect(code).toBe(64);
    expect(stderr).toContain(said);
    if (!existsSync(dbOf(home))) return;
    const after = await runInside(home, ["limits", "--json"]);
    expect(listIn(after, "limits").every((limit) => limit["origin"] === "default")).toBe(true);
  });
});

describe("allot ledger", () => {
  test("verify says sound, and after a change of one amount what was changed", async () => {
    const home = await homeWith(WORK);
    expect(await runInside(home, ["ledger", "verify"])).toMatchObject({
      code: 0,
      stdout: "3 entries in 1 chain: sound\n",
    });
    {
      await using store = await openStore({ path: dbOf(home), clock: systemClock });
      await store.db.updateTable("ledger").set({ nano_usd: 1 }).where("sequence", "=", 2).execute();
    }
    const changed = await runInside(home, ["ledger", "verify", "--json"]);
    expect(changed.code).toBe(65);
    expect(changed.lines[0]).toMatchObject({ sound: false });
    expect(changed.stdout).toContain("hash-differs");
  });

  test("export writes every entry, and no file that is there already", async () => {
    const home = await homeWith(WORK);
    const jsonl = await runInside(home, ["ledger", "export"]);
    expect(jsonl.lines.map((line) => line["nano_usd"])).toEqual([500_000_000, 1_900_000_000, 120_000_000]);
    const file = join(home.dir, "ledger.csv");
    expect((await runInside(home, ["ledger", "export", "--format", "csv", "--out", file])).code).toBe(0);
    const again = await runInside(home, ["ledger", "export", "--format", "csv", "--out", file]);
    expect(again.code).toBe(64);
    expect(again.stderr).toContain("is there already");
  });

  test("reprice shows another day's prices and writes nothing before --apply", async () => {
    const home = await homeWith(WORK);
    const { lines } = await runInside(home, ["ledger", "reprice", "--as-of", "2025-10-15", "--json"]);
    expect(lines[0]).toMatchObject({ was_nano_usd: 2_520_000_000, corrections: 0 });
    const now = lines[0]?.["now_nano_usd"] as number;
    expect(now).toBe(93_000 * 3000 + 30_000 * 1000);
    const applied = await runInside(home, ["ledger", "reprice", "--as-of", "2025-10-15", "--apply", "--json"]);
    expect(applied.lines[0]).toMatchObject({ corrections: 3 });
    const usage = await runInside(home, ["usage", "--since", "30d", "--json"]);
    expect(usage.lines[0]).toMatchObject({ total: { cost_nano_usd: now } });
    expect((await runInside(home, ["ledger", "verify"])).code).toBe(0);
  });
});

describe("allot exec", () => {
  const script = "console.log(process.env.SESSION_ID, process.env.CLAUDE_MODEL, process.env.LLM_DEFAULT_PROVIDER)";

  test("sets session, model and provider as the guide's exports do, and passes on what the program prints", async () => {
    const home = allotHome();
    const claude = await runAllot(home, [
      "exec",
      "--session",
      "background",
      "--model",
      "claude-3-5-haiku-20241022",
      "--",
      process.execPath,
      "-e",
      script,
    ]);
    expect(claude.stdout).toBe("background claude-3-5-haiku-20241022 undefined\n");
    const local = await runAllot(home, [
      "exec",
      "--session",
      "dev",
      "--provider",
      "ollama",
      "--",
      process.execPath,
      "-e",
      script,
    ]);
    expect(local.stdout).toBe("dev undefined ollama\n");
  });

  test("ends as the program ends: its code, 128 and the signal, 127 where there is none", async () => {
    const home = allotHome();
    const codeOf = async (...command: string[]): Promise<number> =>
      (await runAllot(home, ["exec", "--", ...command])).code;
    expect(await codeOf(process.execPath, "-e", "process.exit(7)")).toBe(7);
    expect(await codeOf("sh", "-c", "kill -9 $$")).toBe(137);
    expect(await codeOf("no-such-program-here")).toBe(127);
    expect((await runInside(home, ["exec"])).code).toBe(64);
  });

  test("nested ones each have a budget under the other's", async () => {
    const home = allotHome();
    const main = join(import.meta.dirname, "../../src/cli/main.ts");
    const inner = [process.execPath, main, "exec", "--limit-usd", "1", "--", process.execPath, "-e", "0"];
    expect((await runAllot(home, ["exec", "--limit-usd", "2", "--", ...inner])).code).toBe(0);
    await using store = await openStore({ path: dbOf(home), clock: systemClock });
    const budgets = await store.db.selectFrom("budgets").selectAll().orderBy("opened_at").execute();
    expect(budgets.map(({ nano_usd }) => nano_usd)).toEqual([2_000_000_000, 1_000_000_000]);
    expect(budgets[1]?.parent_id).toBe(budgets[0]?.id);
    expect(budgets.every(({ closed_at }) => closed_at !== null)).toBe(true);
  });
});

test("allot queue lists what waits in other processes, and cancels it", async () => {
  const home = await homeWith(WORK);
  {
    await using store = await openStore({ path: dbOf(home), clock: systemClock });
    const at = systemClock.now() - 90_000;
    await store.db
      .insertInto("queue")
      .values({
        id: "call-9",
        session_id: "background",
        run_id: null,
        priority: "low",
        lane: "immediate",
        agent: "",
        model: "claude-haiku-4-5",
        tokens: 4000,
        nano_usd: 20_000_000,
        level: "SOFT",
        limit_name: "session:background tokens/hour",
        owner: "somebody",
        state: "waiting",
        entered_at: at,
        seen_at: at,
        deadline_at: null,
        left_at: null,
      })
      .execute();
  }
  const listed = await runInside(home, ["queue", "--json"]);
  expect(listed.lines[0]?.["queue"]).toMatchObject([
    { position: 1, id: "call-9", session: "background", priority: "low", usd: 0.02 },
  ]);
  expect((await runInside(home, ["queue"])).stdout).toContain("2 min");
  expect((await runInside(home, ["queue", "cancel", "call-9"])).code).toBe(0);
  expect((await runInside(home, ["queue"])).stdout).toBe("nothing waits\n");
  expect((await runInside(home, ["queue", "cancel", "call-9"])).code).toBe(64);
});
