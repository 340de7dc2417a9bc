import { openApp } from "../../app/app.ts";
import { clip } from "../../foundation/table.ts";
import { formatUsd } from "../../foundation/units.ts";
import { isOwnerGone } from "../../runs/engine/run-lock.ts";
import type { RunRow } from "../../runs/run-store.ts";
import { tellAbandonedRuns } from "../abandoned-runs.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";
import { programName } from "../program-name.ts";
import { fitTable } from "../view/fit.ts";

const MOST = 50;

/** `allot runs`: the newest runs, what became of them, what they cost. */
export const runsCommand: Command = {
  name: "runs",
  summary: "the newest runs: state, cost, branch",
  positionals: "",
  options: ["json", "db"],
  examples: [{ command: "allot runs", shows: "what was run, and what can be resumed" }],
  async run(input, io) {
    await using app = await openApp(loadCommandConfig(input, io), io.env);
    await tellAbandonedRuns(app, io);
    const rows = await app.runs.list({ limit: MOST });
    const now = app.clock.now();
    const lines = await Promise.all(
      rows.map(async (row) => {
        const calls = await app.runs.paidCalls(row.spec.id);
        return { row, cost: calls.reduce((sum, { cost }) => sum + cost, 0) };
      }),
    );
    if (app.config.settings.json) {
      io.stdout.write(
        `${JSON.stringify({
          runs: lines.map(({ row, cost }) => ({
            id: row.spec.id,
            goal: row.spec.goal,
            repo: row.spec.repo,
            branch: row.spec.branch,
            state: row.state,
            working: isWorking(row, now),
            exitCode: row.exitCode ?? null,
            createdAt: new Date(row.spec.createdAt).toISOString(),
            costNanoUsd: cost,
          })),
        })}\n`,
      );
      return 0;
    }
    if (lines.length === 0) {
      io.stdout.write(`no runs yet; ${programName(io.env)} run "GOAL" --repo DIR makes one\n`);
      return 0;
    }
    const table = lines.map(({ row, cost }) => [
      row.spec.id,
      stateText(row, now),
      formatUsd(cost as Parameters<typeof formatUsd>[0]),
      clip(row.spec.goal, 60),
      row.spec.repo,
    ]);
    const columns = io.stdout.columns ?? Number.POSITIVE_INFINITY;
    const giving = [
      { column: 4, least: 12 },
      { column: 3, least: 12 },
    ];
    const screen = fitTable([["run", "state", "cost", "goal", "repository"], ...table], {
      columns,
      align: ["left", "left", "right"],
      giving,
    });
    io.stdout.write(`${screen.join("\n")}\n`);
    if (rows.some((row) => isOpen(row, now)))
      io.stdout.write(`\nplanned or stopped runs go on with: ${programName(io.env)} resume RUN\n`);
    return 0;
  },
};

function isWorking(row: RunRow, now: number): boolean {
  return row.owner !== undefined && !isOwnerGone(row.owner, now);
}

function isOpen(row: RunRow, now: number): boolean {
  return (row.state === "planning" || row.state === "planned" || row.state === "running") && !isWorking(row, now);
}

/** A plan that waits for its user is not stopped; one whose process died is. */
function stateText(row: RunRow, now: number): string {
  const waits = row.state === "planned" && row.owner === undefined;
  return isOpen(row, now) && !waits ? "stopped" : row.state;
}
