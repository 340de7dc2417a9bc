import { expect, test } from "vitest";
import { HOUR, openWorkTrial } from "../../../test/support/work-trial.ts";
import { nanoUsd } from "../../foundation/units.ts";

const FILES = {
  "shop/till.py":
    "def gross(net, rate):\n    return net * rate\n\n\ndef refund(line):\n    token = 'ghp_' + line\n    return -line\n",
};
const WRONG = "## shop/till.py\n\n### `gross(amount)`\n\nAdds.\n\n### `discount(line)`\n\nTakes off.\n";
const RIGHT = "## shop/till.py\n\n### `gross(net, rate)`\n\nAdds.\n\n### `refund(line)`\n\nGives back.\n";

test("differences are told to the model once, and its correction is taken", async () => {
  const trial = await openWorkTrial({ files: FILES, answer: (_, number) => (number === 1 ? WRONG : RIGHT) });
  const result = await trial.run({ kind: "document", variant: "api" });
  expect(trial.asked).toHaveLength(2);
  expect(trial.asked[1]?.prompt).toContain("gross: def gross(net, rate)");
  expect(trial.asked[1]?.prompt).toContain("- Documented signature differs: gross");
  expect(trial.asked[1]?.prompt).toContain("- Documented name does not exist: discount");
  expect(trial.asked[1]?.prompt).toContain("- Exported and not documented: refund");
  expect(trial.asked[1]?.prompt).toContain("return -line");
  expect(result.text).toContain("Documented 2 of 2 exports.");
  expect(result.text).not.toContain("discount");
  expect([result.findings, result.calls, result.cost, result.complete]).toEqual([[], 2, 2_000, true]);

  const again = await trial.run({ kind: "document", variant: "api" });
  expect([trial.asked.length, again.calls, again.cachedCalls, again.text.includes("### `refund(line)`")]).toEqual([
    2,
    0,
    2,
    true,
  ]);
});

test("what the further ask leaves wrong is told in the result", async () => {
  const trial = await openWorkTrial({ files: FILES, answer: () => WRONG });
  const result = await trial.run({ kind: "document", variant: "api", cacheTtlMs: HOUR });
  expect(trial.asked).toHaveLength(2);
  expect(result.findings.map(({ title, by }) => [title, by])).toEqual([
    ["Documented name does not exist: discount", "allot-docs"],
    ["Documented signature differs: gross", "allot-docs"],
    ["Exported and not documented: refund", "allot-docs"],
  ]);
  expect(result.text).toContain("Documented 1 of 2 exports. 2 statements do not fit the code.");
  expect(result.text).toContain("Corrections were asked for once and did not fit the code better.");
});

test("documents that are right are asked for once only", async () => {
  const trial = await openWorkTrial({ files: FILES, answer: () => RIGHT });
  const result = await trial.run({ kind: "document", variant: "api" });
  expect([trial.asked.length, result.findings.length]).toEqual([1, 0]);
  expect(result.text).toContain("Every exported name is documented, and every documented name is in the code.");
});

test("a guide need not name every export, and says nothing wrong", async () => {
  const trial = await openWorkTrial({ files: FILES, answer: () => WRONG });
  const result = await trial.run({ kind: "document", variant: "guide" });
  expect(result.findings.map(({ rule }) => rule)).toEqual(["unknown-name", "signature-differs"]);
});

test("a provider that fails at the correction costs nothing but the correction", async () => {
  const trial = await openWorkTrial({
    files: FILES,
    answer: (_, number) =>
      number === 1 ? WRONG : { kind: "failed", code: "provider-overloaded", message: "busy", cost: nanoUsd(0) },
  });
  const result = await trial.run({ kind: "document", variant: "api" });
  expect(result.complete).toBe(true);
  expect(result.text).toContain("Not corrected: busy.");
});
