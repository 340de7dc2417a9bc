import { expect, test } from "vitest";
import type { ContractReport } from "../contract.ts";
import { contractJunit } from "./contract-junit.ts";
import { contractSarif } from "./contract-sarif.ts";

const REPORT: ContractReport = {
  routes: [{ method: "GET", path: "/teams", file: "src/a b.py", line: 3, framework: "flask" }],
  calls: [{ method: "GET", path: "/teams", file: "web/api.ts", line: 8, by: "fetch" }],
  endpoints: [
    { method: "GET", path: "/teams", file: "API.md", line: 1 },
    { method: "POST", path: "/teams/{id}", file: "API.md", line: 2 },
  ],
  findings: [
    {
      side: "server",
      kind: "missing",
      method: "POST",
      path: "/teams/{id}",
      contract: { file: "API.md", line: 2 },
      code: null,
      closest: null,
      suggestion: 'Add "it" <soon>.',
    },
    {
      side: "client",
      kind: "undocumented",
      method: "GET",
      path: "/export",
      contract: null,
      code: { file: "web/a b.ts", line: 9 },
      closest: null,
      suggestion: "Describe it.",
    },
  ],
  unresolved: [{ file: "web/x.ts", line: 4, reason: "a & b" }],
};

test("SARIF has a rule a side and kind, and the one place there is", () => {
  expect(contractSarif(REPORT.findings, "1.2.3")).toMatchObject({
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "allot contract",
            version: "1.2.3",
            rules: [{ id: "contract/client/undocumented" }, { id: "contract/server/missing" }],
          },
        },
        results: [
          {
            ruleId: "contract/server/missing",
            ruleIndex: 1,
            level: "error",
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: "API.md", uriBaseId: "SRCROOT" },
                  region: { startLine: 2 },
                },
              },
            ],
            relatedLocations: [],
          },
          {
            ruleId: "contract/client/undocumented",
            ruleIndex: 0,
            level: "warning",
            locations: [{ physicalLocation: { artifactLocation: { uri: "web/a%20b.ts" } } }],
          },
        ],
      },
    ],
  });
});

test("a finding's fingerprint holds when its line moves", () => {
  const moved = REPORT.findings.map((finding) => ({ ...finding, contract: { file: "API.md", line: 99 } }));
  expect(fingerprints(contractSarif(moved, "1"))).toEqual(fingerprints(contractSarif(REPORT.findings, "1")));
});

function fingerprints(sarif: object): unknown {
  const [run] = (sarif as { runs: { results: { partialFingerprints: unknown }[] }[] }).runs;
  return run?.results.map(({ partialFingerprints }) => partialFingerprints);
}

test("JUnit has a case for each endpoint and call, and what failed of them", () => {
  expect(contractJunit(REPORT)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="allot contract validate" tests="4" failures="2" errors="0">
  <testsuite name="server" tests="2" failures="1" errors="0">
    <testcase classname="contract.server" name="GET /teams" file="API.md" line="1"/>
    <testcase classname="contract.server" name="POST /teams/{id}" file="API.md" line="2">
      <failure type="missing" message="Add &quot;it&quot; &lt;soon&gt;.">contract: API.md:2</failure>
    </testcase>
  </testsuite>
  <testsuite name="client" tests="2" failures="1" errors="0">
    <testcase classname="contract.client" name="GET /export" file="web/a b.ts" line="9">
      <failure type="undocumented" message="Describe it.">code: web/a b.ts:9</failure>
    </testcase>
    <testcase classname="contract.client" name="GET /teams" file="web/api.ts" line="8"/>
  </testsuite>
  <testsuite name="unresolved" tests="0" failures="0" errors="0">
    <system-out>web/x.ts:4: a &amp; b&#10;</system-out>
  </testsuite>
</testsuites>
`);
});
