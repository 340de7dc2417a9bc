import { expect, test } from "vitest";
import type { WorkFinding } from "../work.ts";
import { sarifOf, type SarifLog } from "./sarif.ts";

const INJECTION: WorkFinding = {
  title: "SQL is put together from values",
  detail: "Use placeholders.",
  severity: "high",
  aspect: "security",
  place: { path: "src/ä b/users#1.py", firstLine: 12, lastLine: 14 },
  by: "model",
  rule: null,
};
const SECRET: WorkFinding = {
  ...INJECTION,
  title: "Hard-coded secret (aws access key)",
  severity: "critical",
  place: { path: "src/keys.py", firstLine: 3, lastLine: 3 },
  by: "allot-secrets, model",
  rule: "aws-access-key",
};
const VAGUE: WorkFinding = {
  ...INJECTION,
  title: "Logging is thin",
  detail: "",
  severity: "info",
  aspect: "Style",
  place: null,
};

/** What the schema of SARIF 2.1.0 demands of the parts that are written here. */
function faultsIn(log: SarifLog): readonly string[] {
  const faults: string[] = [];
  const demand = (holds: boolean, what: string): void => void (holds || faults.push(what));
  demand(log.version === "2.1.0", "version");
  demand(URL.canParse(log.$schema), "$schema is a URI");
  demand(log.runs.length > 0, "runs");
  for (const { tool, results } of log.runs) {
    const { name, rules } = tool.driver;
    demand(name !== "", "a driver has a name");
    demand(new Set(rules.map(({ id }) => id)).size === rules.length, "ids of rules are unique");
    for (const rule of rules)
      demand(["none", "note", "warning", "error"].includes(rule.defaultConfiguration.level), "level of a rule");
    for (const result of results) {
      demand(["none", "note", "warning", "error"].includes(result.level), "level");
      demand(result.message.text !== "", "a message has a text");
      demand(
        Number.isInteger(result.ruleIndex) && rules[result.ruleIndex]?.id === result.ruleId,
        "ruleIndex names the rule",
      );
      demand(
        Object.values(result.partialFingerprints).every((value) => typeof value === "string"),
        "fingerprints are texts",
      );
      for (const location of result.locations as {
        physicalLocation: {
          artifactLocation: { uri: string; uriBaseId: string };
          region: { startLine: number; endLine: number };
        };
      }[]) {
        const { artifactLocation, region } = location.physicalLocation;
        demand(
          URL.canParse(artifactLocation.uri, "file:///root/") &&
            !/^[a-z]+:|^\//i.test(artifactLocation.uri) &&
            !/[ #?\\]/.test(artifactLocation.uri),
          "a relative URI reference",
        );
        demand(artifactLocation.uriBaseId === "SRCROOT", "uriBaseId");
        demand(
          Number.isInteger(region.startLine) && region.startLine >= 1 && region.endLine >= region.startLine,
          "lines from 1",
        );
      }
    }
  }
  return faults;
}

test("findings become SARIF that fits the schema, a run for each who found something", () => {
  const log = sarifOf([INJECTION, SECRET, VAGUE], "1.2.3");
  expect(faultsIn(log)).toEqual([]);
  expect(
    log.runs.map(({ tool, results }) => [tool.driver.name, results.map(({ ruleId, level }) => `${ruleId} ${level}`)]),
  ).toEqual([
    ["allot (model)", ["security error", "style note"]],
    ["allot-secrets", ["aws-access-key error"]],
  ]);
  expect(log.runs[0]?.results[0]?.locations).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: "src/%C3%A4%20b/users%231.py", uriBaseId: "SRCROOT" },
        region: { startLine: 12, endLine: 14 },
      },
    },
  ]);
  expect(log.runs[0]?.results[1]?.locations).toEqual([]);
  expect(log.runs[1]?.results[0]?.properties).toEqual({ severity: "critical", foundBy: ["allot-secrets", "model"] });
});

test("fingerprints hold when lines move, and tell equal findings of one file apart", () => {
  const print = (findings: readonly WorkFinding[]): readonly unknown[] =>
    sarifOf(findings, "1").runs.flatMap(({ results }) =>
      results.map((result) => result.partialFingerprints["allotFinding/v1"]),
    );
  const moved = { ...INJECTION, place: { path: "src/ä b/users#1.py", firstLine: 40, lastLine: 42 } };
  expect(print([moved])).toEqual(print([INJECTION]));
  expect(new Set(print([INJECTION, moved])).size).toBe(2);
  expect(print([{ ...INJECTION, place: { path: "src/b.py", firstLine: 12, lastLine: 14 } }])).not.toEqual(
    print([INJECTION]),
  );
});

test("no findings are one empty run", () => {
  const log = sarifOf([], "1");
  expect(faultsIn(log)).toEqual([]);
  expect(log.runs.map(({ results }) => results)).toEqual([[]]);
});

test("lines that no file has are brought to the first", () => {
  const log = sarifOf([{ ...INJECTION, place: { path: "a.py", firstLine: 0, lastLine: 0 } }], "1");
  expect(faultsIn(log)).toEqual([]);
});
