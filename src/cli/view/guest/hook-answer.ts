import type { LimitLine } from "../../../app/figures/limits-report.ts";
import { formatCount } from "../../../foundation/units.ts";

/** How near the session is to its tightest limit. */
export interface Reached {
  readonly limit: LimitLine;
  /** Whether its next call would be refused. */
  readonly stops: boolean;
}

/**
 * What Claude Code is told at an event; undefined: nothing. A prompt is warned of and, at a limit, not taken; a tool call at a
 * limit ends the turn. Pure. Source of the answers' shape: Claude Code's hooks as version 2.1.329 was seen to take them.
 */
export function hookAnswer(event: string, reached: Reached | undefined): object | undefined {
  if (reached === undefined) return undefined;
  const { limit, stops } = reached;
  if (stops) {
    const reason = `allot: ${usedText(limit)}; calls are refused until it frees up${fromText(limit)}. See: allot limits`;
    return event === "UserPromptSubmit" ? { decision: "block", reason } : { continue: false, stopReason: reason };
  }
  if (event !== "UserPromptSubmit" && event !== "SessionStart") return undefined;
  const when = fromText(limit);
  const warning = `allot: ${usedText(limit)}${when === "" ? "" : `; it frees up${when}`}`;
  const advice = `${warning}. Keep answers short, and hand well-defined work over with allot's tools (plan, delegate).`;
  return { systemMessage: warning, hookSpecificOutput: { hookEventName: event, additionalContext: advice } };
}

function usedText({ scope, of, measure, window, limit, share, level }: LimitLine): string {
  const whose = of === "" ? "all sessions" : `${scope} ${of}`;
  const amount = measure === "usd" ? `$${limit}` : `${formatCount(limit)} ${measure}`;
  return `${whose} at ${Math.floor(share * 100)}% of ${amount} per ${window} (${level})`;
}

function fromText({ resets_at }: LimitLine): string {
  return resets_at === null ? "" : `, from ${resets_at.slice(11, 16)} UTC on`;
}
