import { expect, test } from "vitest";
import { nanoUsd } from "../../foundation/units.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import type { Plan } from "../plan/plan.ts";
import { compare, type ComparisonFacts } from "./comparison.ts";
import type { PaidCall } from "./spend.ts";

const usage = (inputTokens: number, outputTokens: number): TokenUsage => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: 0,
  estimated: false,
});

/** $3 and $15 per million tokens. */
const sonnet = ({ inputTokens, outputTokens }: TokenUsage) => nanoUsd(inputTokens * 3_000 + outputTokens * 15_000);
const haiku = ({ inputTokens, outputTokens }: TokenUsage) => nanoUsd(inputTokens * 250 + outputTokens * 1_250);

const FACTS: ComparisonFacts = {
  bigLabel: "Sonnet",
  standIn: false,
  priceBig: sonnet,
  touchedTokens: 10_000,
  addedTokens: 2_000,
  singles: [{ label: "Sonnet", price: sonnet, successRate: undefined }],
};

const plan = (tasks: Partial<MiniTask>[]): Plan => ({
  goal: "g",
  summary: "",
  nonGoals: [],
  tasks: tasks as MiniTask[],
  planner: "Sonnet",
  finalChecks: [],
  notes: [],
});

const call = (tier: "small" | "big", used: TokenUsage): PaidCall => ({
  task: "1",
  phase: "execution",
  tier,
  model: tier,
  purpose: "work-1",
  state: "done",
  usage: used,
  cost: tier === "big" ? sonnet(used) : haiku(used),
});

test("all-big is every call at the big model's price, with a tenth either way", () => {
  const calls = [call("big", usage(60_000, 22_000)), call("small", usage(18_000, 6_000))];
  const { actual, allBig, saved } = compare(FACTS, plan([{ tier: "small" }]), calls, true);
  expect(actual).toBe(510_000_000 + 12_000_000);
  expect(allBig).toMatchObject({ cost: 654_000_000, low: 588_600_000, high: 719_400_000 });
  expect(saved).toEqual({ amount: 132_000_000, percent: 20 });
});

test("exact steps are counted at what their file estimates for a model, to about half", () => {
  const exact = { tier: "exact", estimate: { inputTokens: 10_000, outputTokens: 4_000 } } as const;
  const { actual, allBig } = compare({ ...FACTS, touchedTokens: 0, addedTokens: 0 }, plan([exact]), [], true);
  expect(actual).toBe(0);
  expect(allBig).toMatchObject({ cost: 90_000_000, low: 45_000_000, high: 135_000_000 });
});

test("nothing is called saved for a result that was not accepted", () => {
  expect(compare(FACTS, plan([{ tier: "small" }]), [call("small", usage(1_000, 100))], false).saved).toBeUndefined();
});

test("delegating that cost more than all-big is shown as a negative saving", () => {
  const dear = { ...call("small", usage(0, 1_000)), cost: nanoUsd(30_000_000) };
  expect(compare(FACTS, plan([{ tier: "small" }]), [dear], true).saved).toEqual({ amount: -15_000_000, percent: -100 });
});

test("the best single model is the cheapest per accepted result, its failures billed again", () => {
  const singles = [
    { label: "Sonnet", price: sonnet, successRate: undefined },
    { label: "Haiku", price: haiku, successRate: 0.5 },
  ];
  // Haiku: 3 x 10,000 in + 2,000 out = $0.01; at half its tasks right, $0.02. Sonnet: $0.12.
  expect(
    compare({ ...FACTS, singles }, plan([{ tier: "small" }]), [call("small", usage(1, 1))], true).bestSingle,
  ).toMatchObject({
    model: "Haiku",
    cost: 20_000_000,
    low: 10_000_000,
    high: 30_000_000,
  });
});
