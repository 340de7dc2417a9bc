import { formatCount, formatUsd } from "../../foundation/units.ts";
import type { RunEvent } from "../../runs/events.ts";
import { shownCommand } from "./fit.ts";
import { failedCodes, gateCount } from "./run-state.ts";

/** One line for people where the screen is no terminal; undefined for events that say nothing new there. */
export function plainLine(event: RunEvent): string | undefined {
  switch (event.kind) {
    case "run-started":
      return `run ${event.run}: ${event.goal}\n  ${event.models}`;
    case "decided":
      return `decided: ${event.decision}${event.reasons.map((reason) => `\n  - ${reason}`).join("")}`;
    case "planning":
      return event.what;
    case "plan-ready":
      return `plan by ${event.planner}: ${event.tasks.length} mini-tasks in ${event.folder}`;
    case "baseline":
      return `before: ${event.result} (${shownCommand(event.command, 100)})`;
    case "task-started":
      return `task ${event.task}, round ${event.round}: ${event.title} [${event.model}]${event.evidence === "none" ? "" : ` (${event.evidence})`}`;
    case "call-settled":
      return `  call ${event.task}: ${event.model}, ${formatCount(event.inputTokens)} in + ${formatCount(event.outputTokens)} out = ${formatUsd(event.cost)}${event.replayed ? " (found again, not paid again)" : ""}`;
    case "agent-did":
      return `  ${event.agent} ${event.task}: ${shownCommand(event.what, 120)}`;
    case "gates":
      return `task ${event.task}: gates ${gateCount(event.results)} ${event.accepted ? "passed" : `refused: ${failedCodes(event.results)}`}`;
    case "task-done":
      return event.outcome === "accepted" ? undefined : `task ${event.task} ${event.outcome}: ${event.reason}`;
    case "integrated":
      return `task ${event.task} integrated${event.merged ? " (merged, gates passed again)" : ""}: ${event.rev.slice(0, 12)}`;
    case "final-check":
      return `${event.check.passed ? "passed" : "FAILED"}: ${shownCommand(event.check.command, 100)}: ${event.check.why}`;
    case "verdict":
      return `verdict ${event.round}: ${event.verdict.accepted ? "accepted" : "rejected"} by ${event.verdict.judge}: ${event.verdict.summary}`;
    case "note":
      return `note: ${event.text}`;
    case "run-ended":
      return `run ${event.state}${event.state === "accepted" ? `: branch ${event.branch}` : ""}${event.reason === "" ? "" : `: ${event.reason}`}`;
  }
}
