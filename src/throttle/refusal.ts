import { formatCount, formatUsd, nanoUsd } from "../foundation/units.ts";
import { limitName } from "./limits.ts";
import type { Limit, Measure, Refused } from "./throttle.ts";

const EXCEEDED: Readonly<Record<Measure, string>> = {
  tokens: "Token limit exceeded.",
  nanoUsd: "Cost limit exceeded.",
  requests: "Request limit exceeded.",
};

/**
 * A refusal for people. Its first sentence is the guide's: "Request throttled: HARD. Token limit exceeded." Then which limit of
 * whom, how far it is used, when there is room again, and what to do.
 */
export function refusalText(refused: Refused, now: number, cheaper?: string): string {
  const { limit, scopeKey } = refused.limit;
  if (refused.why === "stopped") return stoppedText(refused);
  const used = refused.limit.settled + refused.limit.held;
  const held = refused.limit.held > 0 ? `, ${amountText(limit, refused.limit.held)} of it held` : "";
  const sentences = [
    `Request throttled: ${refused.level}. ${EXCEEDED[limit.measure]}`,
    `Limit ${limitName(limit)} for ${spender(scopeKey)}: ${amountText(limit, used)} of ${amountText(limit, limit.amount)} used${held}.`,
    ...(refused.why === "room" ? [`This call may need ${amountText(limit, refused.shortBy)} more than is left.`] : []),
    waitText(refused, now),
    `What helps: ${whatHelps(refused, cheaper).join("; ")}.`,
  ];
  return sentences.join(" ");
}

/** The guard's stop has no end of its own and no limit to raise: somebody looks at it and lets the session go on. */
function stoppedText({ level, limit, reason }: Refused): string {
  const why = reason === undefined ? "" : ` ${reason}`;
  const session = limit.scopeKey.slice(limit.scopeKey.indexOf(":") + 1);
  return `Request throttled: ${level}. Stopped by the runaway guard.${why} What helps: look at what the session does, then \`allot limits resume ${session}\`.`;
}

/** "84,000 tokens", "$4.75", "12 requests". */
export function amountText(limit: Pick<Limit, "measure">, amount: number): string {
  if (limit.measure === "nanoUsd") return formatUsd(nanoUsd(amount));
  return `${formatCount(amount)} ${limit.measure}`;
}

/** "session my_session", "all sessions". */
export function spender(scopeKey: string): string {
  return scopeKey === "global:" ? "all sessions" : scopeKey.replace(":", " ");
}

function waitText(refused: Refused, now: number): string {
  if (refused.freeAt === null) return "Waiting does not help.";
  const at = new Date(refused.freeAt).toISOString().replace(/\.\d+Z$/, "Z");
  // As much may come free at any moment: what is held is given back but for what is used of it.
  if (refused.limit.held > 0 && refused.shortBy <= refused.limit.held)
    return `Room again once less is held, else in ${durationText(Math.max(0, refused.freeAt - now))} (${at}) if nothing else is spent.`;
  return `Room again in ${durationText(Math.max(0, refused.freeAt - now))} (${at}) if nothing else is spent.`;
}

function whatHelps(refused: Refused, cheaper: string | undefined): readonly string[] {
  const helps: string[] = [];
  if (refused.freeAt !== null) helps.push("wait");
  if (refused.why === "level") helps.push(refused.level === "HARD" ? "priority high" : "priority critical");
  if (refused.why === "room") helps.push("a smaller max_tokens");
  if (cheaper !== undefined) helps.push(`the cheaper ${cheaper}`);
  helps.push("`allot limits` shows and changes limits");
  return helps;
}

/** "45 s", "12 min", "3 h 5 min", "9 d 16 h". */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  if (minutes >= 48 * 60) {
    const hours = Math.ceil(minutes / 60);
    return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}
