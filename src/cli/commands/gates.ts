import { resolve } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import { alignRows } from "../../foundation/table.ts";
import { checkGates } from "../../runs/gates/check.ts";
import type { Evidence, GateResult } from "../../runs/gates/gate.ts";
import type { GateReport } from "../../runs/gates/run-gates.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";

const REFUSED = 1;
const SHOWN_PLACES = 5;
const SHOWN_LINES = 12;

/** `allot gates check`: the gates alone, on a result that somebody else made. */
export const gatesCheckCommand: Command = {
  name: "gates check",
  summary: "judges a worker's result by the gates alone; exit code 0 accepted, 1 refused",
  positionals: "",
  options: ["repo", "base", "head", "task", "report", "json"],
  examples: [
    {
      command: "allot gates check --base main --head worker/3 --task tasks/03-limit.md",
      shows: "what each gate says of the commits on worker/3",
    },
    {
      command: "allot gates check --repo ../app --base HEAD~1 --head HEAD --task task.md --json",
      shows: "the same as one JSON object",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { repo, base, head, task, report, json } = config.settings;
    const missing = Object.entries({ base, head, task }).flatMap(([name, value]) =>
      value === null ? [`--${name}`] : [],
    );
    if (base === null || head === null || task === null) {
      throw new AllotError(
        "usage",
        `gates check needs ${missing.join(", ")}; base and head are revisions, task is a mini-task's Markdown file`,
      );
    }
    const result = await checkGates({
      repo,
      base,
      head,
      task: resolve(io.cwd, task),
      ...(report === null ? {} : { report: resolve(io.cwd, report) }),
      signal: io.signal,
    });
    io.stdout.write(json ? `${JSON.stringify(result)}\n` : `${screenOf(result).join("\n")}\n`);
    return result.accepted ? 0 : REFUSED;
  },
};

const MARKS: Readonly<Record<GateResult["status"], string>> = { passed: "✓", failed: "✗", skipped: "·" };

function screenOf(report: GateReport): string[] {
  const rows = report.results.map(({ status, gate, code, message }) => [
    MARKS[status],
    gate,
    status === "failed" ? code : "",
    message,
  ]);
  const lines = alignRows(rows).flatMap((line, index) => [line, ...evidenceOf(report.results[index])]);
  const end = report.accepted ? "accepted" : `refused: ${report.codes.join(", ")}`;
  return [
    `Mini-Task ${report.task}`,
    `${report.base.slice(0, 12)}..${report.head.slice(0, 12)}`,
    "",
    ...lines,
    "",
    `${end} (${(report.tookMs / 1000).toFixed(1)} s)`,
  ];
}

function evidenceOf(result: GateResult | undefined): string[] {
  if (result === undefined || (result.status !== "failed" && result.evidence.length === 0)) return [];
  const shown = result.evidence.slice(0, SHOWN_PLACES).flatMap(lineOf);
  const rest = result.evidence.length - SHOWN_PLACES;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].map((line) => `    ${line}`);
}

function lineOf(evidence: Evidence): string[] {
  if (evidence.kind === "note") return [evidence.text];
  if (evidence.kind === "place")
    return [
      `${evidence.path}${evidence.line === undefined ? "" : `:${evidence.line}`}${evidence.text === undefined ? "" : `  ${evidence.text.trim()}`}`,
    ];
  return [
    `$ ${evidence.run.command}`,
    ...evidence.run.output
      .trimEnd()
      .split("\n")
      .slice(-SHOWN_LINES)
      .map((line) => `| ${line}`),
  ];
}
