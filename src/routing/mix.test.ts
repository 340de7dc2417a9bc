import { expect, test } from "vitest";
import { openCatalog } from "../catalog/open-catalog.ts";
import { isAllotError } from "../foundation/errors.ts";
import { fromUsd } from "../foundation/units.ts";
import type { CostFacts } from "./expected-cost.ts";
import { EXPECTED_WORK } from "./expected-work.ts";
import { estimateAtSaving, estimateMix, guideEstimate, parseMix, withMistakes, type DaySize } from "./mix.ts";
import { resolverFor } from "./open-delegator.ts";
import { DEFAULT_TABLE } from "./route-table.ts";

const AS_OF = Date.parse("2026-11-21T00:00:00Z");
const GUIDES = parseMix("ui=50,coding=30,docs=20");
const DAY: DaySize = { kind: "cost", cost: fromUsd(18) };

function factsOf(priceList: string): CostFacts {
  const catalog = openCatalog({ asOf: AS_OF, priceList });
  return { catalog, resolve: resolverFor(catalog, priceList), table: DEFAULT_TABLE };
}

const today = factsOf("current");
const dollars = (amounts: readonly number[]): number[] => amounts.map((amount) => amount / 1e9);

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return isAllotError(error, "usage") ? error.message : String(error);
  }
  return "accepted";
}

test("a mix is read in any order, with short names and percent signs", () => {
  expect(parseMix(" docs=20%, UI=50 ,coding=30.0")).toEqual([
    { type: "documentation", permille: 200 },
    { type: "ui", permille: 500 },
    { type: "coding", permille: 300 },
  ]);
});

test.each([
  ["ui=50", "the shares of --mix add up to 50%, expected 100%"],
  ["ui", '--mix has "ui", expected TYPE=PERCENT'],
  ["ui=-5,coding=105", '--mix has "ui=-5"'],
  ["uix=50,coding=50", '--mix is "uix", which is no type of task. Did you mean ui?'],
  ["docs=50,documentation=50", "--mix names documentation twice"],
  ["", '--mix has "", expected'],
])("the mix %o is refused with what would be right", (text, message) => {
  expect(refusal(() => parseMix(text))).toContain(message);
});

test("the guide's own figures for its own day: $3, $5.40, $0.72, together $9.12", () => {
  const guide = guideEstimate(GUIDES, DAY, today);
  expect(dollars(guide?.parts.map(({ delegated }) => delegated) ?? [])).toEqual([3, 5.4, 0.72]);
  expect(guide?.delegated).toBe(fromUsd(9.12));
});

test("another day or another mix is not the guide's", () => {
  expect(guideEstimate(GUIDES, { kind: "cost", cost: fromUsd(20) }, today)).toBeUndefined();
  expect(guideEstimate(parseMix("ui=40,coding=40,docs=20"), DAY, today)).toBeUndefined();
});

test("at 80% saved, half of $18 leaves $1.80 and the day costs $7.92", () => {
  const right = estimateAtSaving("right", GUIDES, fromUsd(18), 0.8, today);
  expect(dollars(right.parts.map(({ delegated }) => delegated))).toEqual([1.8, 5.4, 0.72]);
  expect([right.delegated, right.saving]).toEqual([fromUsd(7.92), 0.56]);
});

test("at the prices of October 2025 the day costs $6.45, because Haiku stands there at a twelfth of Sonnet", () => {
  const old = estimateMix("old", GUIDES, DAY, factsOf("seeds-2025-10"), EXPECTED_WORK);
  expect(dollars(old.parts.map(({ delegated }) => delegated))).toEqual([0.75, 5.4, 0.3]);
});

test("at today's prices it costs $5.82", () => {
  expect(estimateMix("today", GUIDES, DAY, today, EXPECTED_WORK).delegated).toBe(fromUsd(5.82));
});

test("a day of tasks is counted at the tokens expected of each type", () => {
  const day = estimateMix("today", parseMix("ui=50,debugging=50"), { kind: "tasks", tasks: 10 }, today, EXPECTED_WORK);
  // Five times 15,000 + 2,500 tokens and five times 40,000 + 2,500, at $3 and $15 a million on Sonnet.
  expect(dollars(day.parts.map(({ premium }) => premium))).toEqual([0.4125, 0.7875]);
  expect(day.parts[0]?.delegated).toBe(fromUsd(0.01375));
});

test("work sent too cheap is paid twice, work sent too dear at the premium price", () => {
  const day = estimateAtSaving("day", parseMix("ui=50,coding=50"), fromUsd(10), 0.8, today);
  const wrong = withMistakes(day, today, { tooCheap: 0.1, tooDear: 0.25, source: "" });
  // $5 of UI: $1, and a quarter of the $4 saved; $5 of coding, and a tenth of it done cheaply before at a fifth.
  expect(wrong).toEqual({ tooCheap: 0.05, tooDear: 0.125, delegated: fromUsd(7.1), saving: 1 - 7.1 / 10 });
});
