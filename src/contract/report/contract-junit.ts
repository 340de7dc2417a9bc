import type { ContractReport, Finding, Place } from "../contract.ts";

interface Case {
  readonly name: string;
  readonly place: Place | null;
  readonly finding?: Finding;
  /** Nothing was there to hold it against. */
  readonly isSkipped?: boolean;
}

/**
 * A report as JUnit XML: a suite for the server with a case for each endpoint of the contract and each undocumented route, one
 * for the client with a case for each method and path it calls. A finding is a failure; what could not be followed is told in
 * the suite's output. Pure and deterministic; no times, nothing was run.
 */
export function contractJunit(report: ContractReport): string {
  const suites = [
    { name: "server", cases: serverCases(report) },
    { name: "client", cases: casesOf(report.calls, "client", report.findings) },
  ];
  const failures = report.findings.length;
  const tests = suites.reduce((sum, { cases }) => sum + cases.length, 0);
  const unresolved = report.unresolved.map(({ file, line, reason }) => `${file}:${line}: ${reason}\n`).join("");
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="allot contract validate" tests="${tests}" failures="${failures}" errors="0">`,
    ...suites.flatMap(({ name, cases }) => suiteLines(name, cases)),
    ...(unresolved === ""
      ? []
      : [
          '  <testsuite name="unresolved" tests="0" failures="0" errors="0">',
          `    <system-out>${xml(unresolved)}</system-out>`,
          "  </testsuite>",
        ]),
    "</testsuites>",
    "",
  ].join("\n");
}

/** Without a server no endpoint has passed: each is told as skipped. */
function serverCases({ endpoints, findings, compared }: ContractReport): readonly Case[] {
  const cases = casesOf(endpoints, "server", findings);
  return compared?.server === false ? cases.map((one) => ({ ...one, isSkipped: true })) : cases;
}

function casesOf(
  asked: readonly (Place & { readonly method: string; readonly path: string })[],
  side: Finding["side"],
  findings: readonly Finding[],
): readonly Case[] {
  const own = findings.filter((finding) => finding.side === side);
  const cases = new Map<string, Case>();
  for (const finding of own) {
    const name = `${finding.method} ${finding.path}`;
    const key = cases.has(name) ? `${name} (${finding.kind})` : name;
    cases.set(key, { name: key, place: finding.code ?? finding.contract, finding });
  }
  for (const one of asked) {
    const name = `${one.method} ${one.path}`;
    if (!cases.has(name)) cases.set(name, { name, place: one });
  }
  return [...cases.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function suiteLines(name: string, cases: readonly Case[]): readonly string[] {
  const failures = cases.filter(({ finding }) => finding !== undefined).length;
  return [
    `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" errors="0"${skippedOf(cases)}>`,
    ...cases.flatMap((one) => caseLines(name, one)),
    "  </testsuite>",
  ];
}

function skippedOf(cases: readonly Case[]): string {
  const skipped = cases.filter(({ isSkipped }) => isSkipped === true).length;
  return skipped === 0 ? "" : ` skipped="${skipped}"`;
}

function caseLines(suite: string, { name, place, finding, isSkipped }: Case): readonly string[] {
  const where = place === null ? "" : ` file="${xml(place.file)}" line="${place.line}"`;
  const opening = `    <testcase classname="contract.${suite}" name="${xml(name)}"${where}`;
  if (isSkipped === true)
    return [`${opening}>`, '      <skipped message="no server was found to hold it against"/>', "    </testcase>"];
  if (finding === undefined) return [`${opening}/>`];
  const places = [
    finding.contract === null ? [] : [`contract: ${finding.contract.file}:${finding.contract.line}`],
    finding.code === null ? [] : [`code: ${finding.code.file}:${finding.code.line}`],
  ].flat();
  return [
    `${opening}>`,
    `      <failure type="${finding.kind}" message="${xml(finding.suggestion)}">${xml(places.join("\n"))}</failure>`,
    "    </testcase>",
  ];
}

/** Text that may stand in XML, attributes included; characters that XML does not know are left out. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;");
}
