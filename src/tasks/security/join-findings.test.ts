import { expect, test } from "vitest";
import type { WorkFinding } from "../work.ts";
import { joinFindings } from "./join-findings.ts";

const told = (by: string, title: string, line: number, more: Partial<WorkFinding> = {}): WorkFinding => ({
  title,
  detail: "",
  severity: "medium",
  aspect: "security",
  place: { path: "src/a.py", firstLine: line, lastLine: line },
  by,
  rule: by === "model" ? null : "B608",
  ...more,
});
const shown = (findings: readonly WorkFinding[]): readonly string[] =>
  findings.map(({ severity, title, by, place }) => `${severity} ${place?.firstLine ?? "-"} ${title} (${by})`);

test("what a scanner and the model say of one statement is one finding, as severe as the worse says", () => {
  const joined = joinFindings(
    [told("bandit", "Possible SQL injection vector through string-based query construction.", 12)],
    [told("model", "SQL injection in find_user", 11, { severity: "high", detail: "The name goes into the query." })],
  );
  expect(shown(joined)).toEqual([
    "high 12 Possible SQL injection vector through string-based query construction. (bandit, model)",
  ]);
  expect(joined[0]).toMatchObject({ rule: "B608", detail: "model: The name goes into the query." });
});

test("other topics, other places and other files stay apart", () => {
  const scanned = [told("bandit", "Possible SQL injection", 12)];
  const asked = [
    told("model", "Weak hash md5", 12),
    told("model", "SQL injection", 30),
    told("model", "SQL injection", 12, { place: { path: "src/b.py", firstLine: 12, lastLine: 12 } }),
    told("model", "SQL injection anywhere", 1, { place: { path: "src/a.py", firstLine: 1, lastLine: 200 } }),
    told("model", "SQL injection", 12, { place: null }),
  ];
  expect(joinFindings(scanned, asked)).toHaveLength(6);
});

test("two things that one scanner says of one line are two", () => {
  expect(joinFindings([told("bandit", "SQL injection", 3), told("bandit", "SQL in a shell", 3)], [])).toHaveLength(2);
});

test("two scanners that agree are named both, the model last", () => {
  const joined = joinFindings(
    [told("bandit", "SQL injection", 3), told("allot-rules", "SQL put together from values", 3)],
    [told("model", "SQL injection risk", 3)],
  );
  expect(joined.map(({ by }) => by)).toEqual(["bandit, allot-rules, model"]);
});

test("the worst stand first, then by path and line", () => {
  const joined = joinFindings(
    [told("x", "Weak md5", 9), told("x", "SQL", 2, { severity: "critical" })],
    [told("model", "Open redirect", 4), told("model", "Anything", 1, { place: null, severity: "low" })],
  );
  expect(shown(joined)).toEqual([
    "critical 2 SQL (x)",
    "medium 4 Open redirect (model)",
    "medium 9 Weak md5 (x)",
    "low - Anything (model)",
  ]);
});
