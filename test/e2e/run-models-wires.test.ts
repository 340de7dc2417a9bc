import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  DISCOUNT,
  DISCOUNT_TEST,
  discountTask,
  discountTestTask,
  GOAL,
  planOf,
  shopRepository,
} from "../support/model-team-shop.ts";
import { openTeam, writes } from "../support/model-team.ts";
import { testsPassedOn, userState } from "../support/model-team-run.ts";
import { allotHome, ledgerOf, reportOf, runAllot } from "../support/run-allot.ts";
import type { ProviderUrlName } from "../support/scripted-provider/scripted-provider.ts";
import type { ScriptedUsage, WireName } from "../support/scripted-provider/script.ts";

/** Nano-dollars a token, as the provider publishes them; a wire without a class of tokens has no rate for it. */
interface Rates {
  readonly input: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly output: number;
}

interface WireCase {
  readonly wire: WireName;
  readonly provider: ProviderUrlName;
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly big: string;
  readonly small: string;
  readonly rates: { readonly big: Rates; readonly small: Rates };
  /** The wire names no reasoning tokens: they stand among the output. */
  readonly reasoningUntold?: true;
  /** What all seven calls cost together, in dollars: worked out by hand. */
  readonly dollars: number;
}

/** Every call uses the same, as far as the wire can say it. */
const USED = { inputTokens: 1000, cacheReadTokens: 300, cacheWrite5mTokens: 40, outputTokens: 80 } as const;

const CASES: readonly WireCase[] = [
  {
    wire: "anthropic",
    provider: "anthropic",
    env: { ANTHROPIC_API_KEY: "sk-dummy-of-a-test" },
    big: "claude-sonnet-5-5",
    small: "claude-haiku-5-5",
    rates: {
      big: { input: 2000, cacheRead: 100, cacheWrite: 2500, output: 10_000 },
      small: { input: 100, cacheRead: 10, cacheWrite: 125, output: 500 },
    },
    dollars: 0.009382,
  },
  {
    wire: "openai-responses",
    provider: "openai",
    env: { OPENAI_API_KEY: "sk-dummy-of-a-test" },
    big: "gpt-6.1-sol",
    small: "gpt-6-luna",
    rates: { big: { input: 2000, cacheRead: 100, output: 10_000 }, small: { input: 100, cacheRead: 10, output: 500 } },
    dollars: 0.009062,
  },
  {
    wire: "openai-chat",
    provider: "openai-compatible",
    env: { OPENAI_COMPATIBLE_API_KEY: "sk-dummy-of-a-test" },
    args: ["--big", "house-big", "--small", "house-small"],
    big: "house-big",
    small: "house-small",
    rates: { big: { input: 4000, cacheRead: 400, output: 20_000 }, small: { input: 200, cacheRead: 50, output: 600 } },
    dollars: 0.018212,
  },
  {
    wire: "xai-responses",
    provider: "xai",
    env: { XAI_API_KEY: "xai-dummy-of-a-test" },
    big: "grok-4.7",
    small: "grok-build-0.1",
    rates: { big: { input: 2000, cacheRead: 500, output: 6000 }, small: { input: 1000, cacheRead: 200, output: 2000 } },
    dollars: 0.01277,
  },
  {
    wire: "google",
    provider: "google",
    env: { GEMINI_API_KEY: "dummy-of-a-test" },
    big: "gemini-3.1-pro-preview",
    small: "gemini-3.5-flash-lite",
    rates: { big: { input: 2000, cacheRead: 200, output: 12_000 }, small: { input: 300, cacheRead: 30, output: 2500 } },
    dollars: 0.011096,
  },
  {
    wire: "ollama",
    provider: "ollama",
    env: {},
    big: "qwen3-coder:30b",
    small: "qwen3:8b",
    rates: { big: { input: 0, output: 0 }, small: { input: 0, output: 0 } },
    reasoningUntold: true,
    dollars: 0,
  },
];

/** Models that no price list knows get theirs from the user's own file. */
const OWN_PRICES = {
  "house-big": {
    provider: "openai-compatible",
    tier: "big",
    input: 4,
    output: 20,
    cache_read: 0.4,
    context_window: 200_000,
  },
  "house-small": {
    provider: "openai-compatible",
    tier: "small",
    input: 0.2,
    output: 0.6,
    cache_read: 0.05,
    context_window: 200_000,
  },
};

describe.each(CASES)("a run over the wire format $wire", (wire) => {
  test("is planned, carried out with tools, judged and accepted, and its ledger is the provider's bill", async () => {
    const repository = shopRepository();
    repository.write("src/labels.js", "export const label = (name) => name;\n");
    repository.git("add", "src/labels.js");
    repository.write("notes.txt", "the user is not done\n");
    const before = userState(repository.dir);
    const { rates } = wire;
    const team = await openTeam(
      {
        plan: planOf(discountTask(), discountTestTask()),
        workers: {
          1: [writes({ "src/discount.js": DISCOUNT })],
          2: [writes({ "test/discount.test.js": DISCOUNT_TEST })],
        },
        usage: usedOver(wire),
        reasoning: "Let me think about the shop.",
      },
      wire,
    );
    const home = allotHome(wire.env);
    writeFileSync(join(home.dir, ".allot/config.json"), JSON.stringify({ models: OWN_PRICES }));
    const ended = await runAllot(home, [
      "run",
      GOAL,
      "--repo",
      repository.dir,
      "--yes",
      "--json",
      "--decision",
      "delegate",
      "--upstream",
      `${wire.provider}=${team.provider.urls[wire.provider]}`,
      ...(wire.args ?? []),
    ]);
    expect({ unexpected: team.unexpected, leftOver: team.leftOver(), stderr: ended.stderr }).toEqual({
      unexpected: [],
      leftOver: [],
      stderr: "",
    });
    const report = reportOf(ended);
    expect([ended.code, report.state, report.reason]).toEqual([0, "accepted", ""]);
    expect(team.asked).toEqual(["planner", "small 1", "small 2", "judge"]);
    expect(new Set(team.provider.served.map((served) => served.wire))).toEqual(new Set([wire.wire]));
    expect(team.requests("planner")[1]?.toolResults[0]?.output).toContain("3\t  return lines.reduce");

    expect(testsPassedOn(repository, report.branch)).toBe(2);
    expect(repository.git("show", `${report.branch}:src/discount.js`)).toBe(DISCOUNT.trimEnd());
    expect(userState(repository.dir)).toEqual(before);

    const ledger = await ledgerOf(home, report.run);
    const bill = team.provider.served.map(({ model, usage }) => ({
      model,
      usage: booked(usage),
      cost: costOf(usage, model === wire.big ? rates.big : rates.small),
    }));
    expect(ledger.map(({ model, usage, cost }) => ({ model, usage, cost }))).toEqual(bill);
    expect(report.spend.total).toMatchObject({ calls: 7, cost: Math.round(wire.dollars * 1e9) });
    expect(report.spend.byPhase.map(({ name, calls }) => [name, calls])).toEqual([
      ["planning", 2],
      ["execution", 4],
      ["verification", 1],
    ]);
    expect(report.spend.byTier.map(({ name, calls }) => [name, calls])).toEqual([
      ["big", 3],
      ["small", 4],
    ]);
  });
});

function usedOver({ rates: { big: rates }, reasoningUntold }: WireCase): Partial<ScriptedUsage> {
  return {
    ...USED,
    ...(reasoningUntold === true ? { reasoningTokens: 0 } : {}),
    cacheReadTokens: rates.cacheRead === undefined ? 0 : USED.cacheReadTokens,
    cacheWrite5mTokens: rates.cacheWrite === undefined ? 0 : USED.cacheWrite5mTokens,
  };
}

function booked({ toolUsePromptTokens: _none, ...usage }: ScriptedUsage): object {
  return { ...usage, estimated: false };
}

function costOf(usage: ScriptedUsage, rates: Rates): number {
  return (
    usage.inputTokens * rates.input +
    usage.cacheReadTokens * (rates.cacheRead ?? 0) +
    usage.cacheWrite5mTokens * (rates.cacheWrite ?? 0) +
    usage.outputTokens * rates.output
  );
}
