import { canonicalJson, sha256 } from "../../foundation/ids.ts";
import type { Evidence, GateResult } from "./gate.ts";

const MAX_OUTPUT_LINES = 40;

/**
 * One hash for "the same failure again": which gates failed with which codes at which places, and what the commands
 * said. Times, temporary paths, addresses, ports and line numbers inside outputs do not count. "" when nothing failed.
 */
export function fingerprintOf(results: readonly GateResult[]): string {
  const failed = results.filter(({ status }) => status === "failed");
  if (failed.length === 0) return "";
  const parts = failed.map(({ gate, code, message, evidence }) => ({
    gate,
    code,
    message: steady(message),
    evidence: evidence.map(outline),
  }));
  return sha256(canonicalJson(parts)).slice(0, 16);
}

function outline(evidence: Evidence): unknown {
  if (evidence.kind === "note") return steady(evidence.text);
  if (evidence.kind === "place") return [evidence.path, steady(evidence.text ?? "")];
  const { command, exitCode, timedOut, output } = evidence.run;
  return [command, exitCode, timedOut, telling(output)];
}

/** Lines that say what failed, without what differs from run to run. */
function telling(output: string): string[] {
  const lines = output
    .split("\n")
    .map(steady)
    .filter((line) => line.trim() !== "");
  const said = lines.filter((line) => /error|fail|expect|assert|not ok|actual|exception|✖|✗|×/i.test(line));
  return (said.length > 0 ? said : lines).slice(-MAX_OUTPUT_LINES);
}

function steady(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-9;]*m/g, "")
    .replaceAll(/(?:\/[\w.@+-]+){2,}\/(?=[\w.@+-]+)/g, "")
    .replaceAll(/0x[0-9a-f]+/gi, "0x")
    .replaceAll(/\b\d+(?:\.\d+)?\s?(?:ms|s|secs?|seconds?|m)\b/g, "TIME")
    .replaceAll(/duration_ms:? [\d.]+/g, "TIME")
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "DATE")
    .replaceAll(/:\d+(?::\d+)?\b/g, "")
    .replaceAll(/\bline \d+/g, "line")
    .replaceAll(/allot-[\w-]+/g, "");
}
