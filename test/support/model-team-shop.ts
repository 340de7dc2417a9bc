import { onTestFinished } from "vitest";
import { tempRepository, type TempRepository } from "./temp-repository.ts";

/** A small shop in JavaScript, with tests of its own, as the team's runs work on it. */
export function shopRepository(more: Readonly<Record<string, string>> = {}): TempRepository {
  const repository = tempRepository({
    "package.json": '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
    "README.md": "# Shop\n\nSums up orders.\n",
    "src/totals.js": TOTALS,
    "src/labels.js": LABELS,
    "test/totals.test.js": TOTALS_TEST,
    ...more,
  });
  onTestFinished(() => repository[Symbol.dispose]());
  return repository;
}

const TOTALS = `/** Sum of all lines of an order, in cents. */
export function total(lines) {
  return lines.reduce((sum, { price, count }) => sum + price * count, 0);
}
`;

const LABELS = `export function label(name) {
  return name.trim();
}
`;

const TOTALS_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { total } from "../src/totals.js";

test("an order is the sum of its lines", () => {
  assert.equal(total([{ price: 250, count: 2 }, { price: 100, count: 1 }]), 600);
});
`;

/** What mini-task 1 of the plan is to become. */
export const DISCOUNT = `/** The amount less so many percent, in whole cents. */
export function discount(amount, percent) {
  return Math.round((amount * (100 - percent)) / 100);
}
`;

/** Takes nothing off. */
export const WRONG_DISCOUNT = DISCOUNT.replace("100 - percent", "100 - 0");

/** Wrong in another way: exported under another name. */
export const MISNAMED_DISCOUNT = DISCOUNT.replace("function discount", "function reduce");

/** What mini-task 2 is to become. */
export const DISCOUNT_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { discount } from "../src/discount.js";

test("ten percent off 250 are 225", () => {
  assert.equal(discount(250, 10), 225);
});
`;

const CHECK_DISCOUNT = `node --input-type=module -e "const { discount } = await import('./src/discount.js'); if (discount(250, 10) !== 225) { console.error('discount(250, 10) is ' + discount(250, 10)); process.exit(1); }"`;

/** A mini-task that makes `src/discount.js`. */
export function discountTask(more: object = {}): object {
  return {
    title: "Add the discount function",
    tier: "small",
    reads: [{ path: "src/totals.js", first: 1, last: 4 }],
    writes: [{ path: "src/discount.js", action: "create" }],
    context: "The shop sums orders in cents in src/totals.js. Discounts get a module of their own.",
    steps: [
      {
        text: "Create `src/discount.js` with one exported function `discount(amount, percent)`; it returns `Math.round((amount * (100 - percent)) / 100)`.",
      },
    ],
    criteria: [
      {
        text: "`src/discount.js` defines `discount`",
        check: { kind: "defines", path: "src/discount.js", names: ["discount"] },
      },
      { text: "Ten percent off 250 are 225", check: { kind: "command", index: 1 } },
    ],
    validation: [{ command: CHECK_DISCOUNT, comment: "ten percent off", timeoutSeconds: 30 }],
    contract: [{ path: "src/discount.js", name: "discount", signature: "(amount, percent)" }],
    ...more,
  };
}

/** A mini-task that tests what mini-task 1 made. */
export function discountTestTask(more: object = {}): object {
  return {
    title: "Test the discount function",
    tier: "small",
    dependsOn: [1],
    reads: [{ path: "src/discount.js" }],
    writes: [{ path: "test/discount.test.js", action: "create" }],
    context: "Tests are run by node:test; each file of src has one file of tests.",
    steps: [{ text: "Create `test/discount.test.js` with one test: `discount(250, 10)` equals `225`." }],
    criteria: [
      { text: "The test asserts 225", check: { kind: "contains", path: "test/discount.test.js", text: "225" } },
      { text: "The new test passes", check: { kind: "command", index: 1 } },
    ],
    validation: [{ command: "node --test test/discount.test.js", comment: "the new test", timeoutSeconds: 30 }],
    ...more,
  };
}

export function planOf(...tasks: readonly object[]): object {
  return { summary: "Discounts in a module of their own.", tasks, finalChecks: [], notes: [] };
}

export const GOAL =
  "Add a function discount(amount, percent) in src/discount.js and a test for it in test/discount.test.js";
