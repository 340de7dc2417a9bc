import type { ContractReport, Finding } from "../../../contract/contract.ts";
import type { ContractPart } from "./contract-facts.ts";

/** Findings that break a contract. What a server serves besides is said, and refuses nothing: the contract promises no less. */
function breaks({ side, kind }: Finding): boolean {
  return side === "client" || kind !== "undocumented";
}

/**
 * What breaks the contract in the part that a component keeps; code that neither serves nor calls is the server's side, else nothing
 * could ever be wrong with it. What is missing counts where no other component could have it; the whole is judged when all parts
 * are together. Pure.
 */
export function brokenByPart(report: ContractReport, part: ContractPart): readonly Finding[] {
  const sides = new Set(part.side === undefined ? sidesIn(report) : [part.side]);
  return report.findings.filter(
    (finding) => breaks(finding) && sides.has(finding.side) && (part.alone || finding.kind !== "missing"),
  );
}

function sidesIn({ routes, calls }: ContractReport): readonly Finding["side"][] {
  if (routes.length === 0 && calls.length === 0) return ["server"];
  return [...(routes.length > 0 ? (["server"] as const) : []), ...(calls.length > 0 ? (["client"] as const) : [])];
}

/** All that breaks the contract. Pure. */
export function breaksWhole(report: ContractReport): readonly Finding[] {
  return report.findings.filter(breaks);
}

/** What breaks the contract now and did not before. Pure. */
export function newlyBroken(head: ContractReport, base: ContractReport | undefined): readonly Finding[] {
  const before = new Set((base?.findings ?? []).map(nameOf));
  return head.findings.filter((finding) => breaks(finding) && !before.has(nameOf(finding)));
}

function nameOf({ side, kind, method, path }: Finding): string {
  return `${side} ${kind} ${method} ${path}`;
}

/** What is to be said of a contract that should be kept and cannot be read in the tree. Pure. */
export function unreadableText(path: string): string {
  return `no endpoint can be read out of ${path} as it stands with this result, so that nothing could be checked; what it refers to has to be committed`;
}

/** A finding in a sentence: what is wrong, both places, what to change. Pure. */
export function findingText({ side, kind, method, path, contract, code, closest, suggestion }: Finding): string {
  const at = code === null ? "" : ` (${code.file}:${code.line})`;
  const promised = contract === null ? "" : `, ${contract.file}:${contract.line}`;
  const near = closest === null ? "" : `; the closest is ${closest.method} ${closest.path}`;
  return `${WORDS[kind]}: ${method} ${path}, ${side}${at}${promised}${near}. ${suggestion}`;
}

const WORDS: Readonly<Record<Finding["kind"], string>> = {
  missing: "missing",
  "method-mismatch": "wrong method",
  "param-name": "wrong parameter name",
  "param-count": "wrong number of parameters",
  undocumented: "not in the contract",
  "unknown-path": "unknown path",
};
