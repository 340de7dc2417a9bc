import { sha256 } from "../../foundation/ids.ts";
import type { WorkFinding } from "../work.ts";
import { finders } from "./join-findings.ts";

/** The part of SARIF 2.1.0 that is written here. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly SarifRun[];
}

export interface SarifRun {
  readonly tool: {
    readonly driver: {
      readonly name: string;
      readonly version?: string;
      readonly rules: readonly SarifRule[];
    };
  };
  readonly columnKind: "utf16CodeUnits";
  readonly originalUriBaseIds: { readonly SRCROOT: { readonly description: { readonly text: string } } };
  readonly results: readonly SarifResult[];
}

export interface SarifRule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly defaultConfiguration: { readonly level: SarifLevel };
  readonly properties: { readonly tags: readonly string[]; readonly "security-severity"?: string };
}

export interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: SarifLevel;
  readonly message: { readonly text: string };
  readonly locations: readonly object[];
  readonly partialFingerprints: { readonly "allotFinding/v1": string };
  readonly properties: { readonly severity: WorkFinding["severity"]; readonly foundBy: readonly string[] };
}

type SarifLevel = "error" | "warning" | "note";

const LEVELS: Readonly<Record<WorkFinding["severity"], SarifLevel>> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};

/** Middle of the band that code-scanning services give each word (critical from 9.0, high from 7.0, medium from 4.0). */
const SCORES: Readonly<Record<WorkFinding["severity"], string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  info: "0.5",
};

/**
 * Findings as SARIF 2.1.0: a run for each who found something, so that what a model says and what a scanner says are told
 * apart. Paths are relative to the root, percent-encoded; fingerprints hold when lines move, and count equal findings of
 * one file. A finding without a place stands without one. `version`: of allot. Pure and deterministic.
 */
export function sarifOf(findings: readonly WorkFinding[], version: string): SarifLog {
  const tools = new Map<string, WorkFinding[]>();
  for (const finding of findings) {
    const [tool = "model"] = finders(finding);
    tools.set(tool, [...(tools.get(tool) ?? []), finding]);
  }
  if (tools.size === 0) tools.set("model", []);
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [...tools].map(([tool, own]) => runOf(tool, own, version)),
  };
}

function runOf(tool: string, findings: readonly WorkFinding[], version: string): SarifRun {
  const rules = rulesOf(findings);
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const met = new Map<string, number>();
  const isOurs = tool === "model" || tool.startsWith("allot");
  return {
    tool: {
      driver: { name: tool === "model" ? "allot (model)" : tool, ...(isOurs ? { version } : {}), rules },
    },
    columnKind: "utf16CodeUnits",
    originalUriBaseIds: { SRCROOT: { description: { text: "The root of the repository." } } },
    results: findings.map((finding) => {
      const key = [tool, ruleId(finding), finding.place?.path ?? "", words(finding.title)].join("\0");
      const count = met.get(key) ?? 0;
      met.set(key, count + 1);
      return resultOf(finding, indexes.get(ruleId(finding)) ?? 0, `${sha256(key).slice(0, 32)}:${count}`);
    }),
  };
}

function resultOf(finding: WorkFinding, ruleIndex: number, fingerprint: string): SarifResult {
  const { title, detail, severity, place } = finding;
  return {
    ruleId: ruleId(finding),
    ruleIndex,
    level: LEVELS[severity],
    message: { text: detail.trim() === "" ? title : `${title}\n\n${detail}` },
    locations: place === null ? [] : [locationOf(place)],
    partialFingerprints: { "allotFinding/v1": fingerprint },
    properties: { severity, foundBy: finders(finding) },
  };
}

function locationOf({ path, firstLine, lastLine }: NonNullable<WorkFinding["place"]>): object {
  const startLine = Math.max(1, firstLine);
  return {
    physicalLocation: {
      artifactLocation: { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: "SRCROOT" },
      region: { startLine, endLine: Math.max(startLine, lastLine) },
    },
  };
}

/** A scanner's own rule; what a model finds goes by what it looked at. */
function ruleId(finding: WorkFinding): string {
  return finding.rule ?? words(finding.aspect ?? "finding");
}

/** Each rule once, in the order of its name, as severe as the worst it found. */
function rulesOf(findings: readonly WorkFinding[]): readonly SarifRule[] {
  const worst = new Map<string, WorkFinding>();
  for (const finding of findings) {
    const known = worst.get(ruleId(finding));
    if (known === undefined || Number(SCORES[finding.severity]) > Number(SCORES[known.severity]))
      worst.set(ruleId(finding), finding);
  }
  return [...worst.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { severity, rule, title, aspect }]) => {
      const isSecurity = aspect === null || words(aspect) === "security";
      return {
        id,
        shortDescription: { text: rule === null ? `What a model says about ${aspect ?? "the code"}` : title },
        defaultConfiguration: { level: LEVELS[severity] },
        properties: {
          tags: [isSecurity ? "security" : words(aspect ?? "finding")],
          ...(isSecurity ? { "security-severity": SCORES[severity] } : {}),
        },
      };
    });
}

/** Lower case, dashes between words. */
function words(text: string): string {
  return (
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join("-") ?? "finding"
  );
}
