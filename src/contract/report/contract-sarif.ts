import { sha256 } from "../../foundation/ids.ts";
import type { Finding, FindingKind, Place } from "../contract.ts";

/** What each kind of finding says, for those who list rules. */
const RULES: Readonly<Record<string, string>> = {
  "server/missing": "The contract promises an endpoint that the server does not serve",
  "server/method-mismatch": "The server serves a path of the contract by another method",
  "server/param-name": "A path parameter has another name in the code than in the contract",
  "server/param-count": "A path has more or fewer parameters in the code than in the contract",
  "server/undocumented": "The server serves what the contract does not name",
  "client/unknown-path": "The client calls a path that nobody promises",
  "client/method-mismatch": "The client calls a path by a method that it does not have",
  "client/undocumented": "The client calls what the server serves and the contract does not name",
};

/** What nobody is hurt by yet is a warning; the rest breaks at run time. */
const WARNINGS: readonly FindingKind[] = ["undocumented", "param-name"];

/**
 * Findings as SARIF 2.1.0: a rule for each side and kind, the place in the code first and the one in the contract beside it
 * (the only one where the code has none). Fingerprints hold when lines move. `version`: of allot. Pure and deterministic.
 */
export function contractSarif(findings: readonly Finding[], version: string): object {
  const ids = [...new Set(findings.map(ruleOf))].toSorted();
  const rules = ids.map((id) => ({
    id: `contract/${id}`,
    shortDescription: { text: RULES[id] ?? id },
    defaultConfiguration: { level: WARNINGS.some((kind) => id.endsWith(`/${kind}`)) ? "warning" : "error" },
    properties: { tags: ["api-contract"] },
  }));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "allot contract", version, rules } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { description: { text: "The root that was given." } } },
        results: findings.map((finding) => resultOf(finding, ids.indexOf(ruleOf(finding)))),
      },
    ],
  };
}

function resultOf(finding: Finding, ruleIndex: number): object {
  const { side, kind, method, path, code, contract, suggestion } = finding;
  const places = [code, contract].filter((place) => place !== null);
  const [first, ...related] = places;
  return {
    ruleId: `contract/${ruleOf(finding)}`,
    ruleIndex,
    level: WARNINGS.includes(kind) ? "warning" : "error",
    message: { text: `${method} ${path}: ${kind}. ${suggestion}` },
    locations: first === undefined ? [] : [locationOf(first)],
    relatedLocations: related.map((place, index) => ({ id: index + 1, ...locationOf(place) })),
    partialFingerprints: { "allotContract/v1": sha256([side, kind, method, path].join("\0")).slice(0, 32) },
    properties: { side, method, path },
  };
}

function locationOf({ file, line }: Place): object {
  const uri = file.split("/").map(encodeURIComponent).join("/");
  const artifactLocation = file.startsWith("/") ? { uri: `file://${uri}` } : { uri, uriBaseId: "SRCROOT" };
  return { physicalLocation: { artifactLocation, region: { startLine: Math.max(1, line) } } };
}

function ruleOf({ side, kind }: Finding): string {
  return `${side}/${kind}`;
}
