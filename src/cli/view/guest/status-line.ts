import type { LimitLine } from "../../../app/figures/limits-report.ts";
import { formatUsd, fromUsd } from "../../../foundation/units.ts";
import { durationText } from "../../../throttle/refusal.ts";
import type { Paint } from "../colour.ts";
import { levelText, percent } from "../spend/bars.ts";

/** What Claude Code says on a status line's standard input, as far as it is told. */
export interface Told {
  readonly session?: string;
  readonly usd?: number;
  readonly plan?: readonly PlanWindow[];
}

/** A window of a subscription's own limits. */
export interface PlanWindow {
  readonly name: "5 h" | "week";
  /** 0 to 1. */
  readonly used: number;
  /** Epoch ms, where it is told. */
  readonly resetsAt?: number;
}

/** Reads it patiently: fields come and go with versions. Pure; never throws. */
export function toldByClaude(text: string): Told {
  const said = objectOf(parsed(text));
  const session = said["session_id"];
  const usd = objectOf(said["cost"])["total_cost_usd"];
  const windows = objectOf(said["rate_limits"]);
  const plan = [windowOf("5 h", windows["five_hour"]), windowOf("week", windows["seven_day"])].flatMap(
    (window) => window ?? [],
  );
  return {
    ...(typeof session === "string" && session !== "" ? { session } : {}),
    ...(typeof usd === "number" && Number.isFinite(usd) && usd >= 0 && usd < 1_000_000 ? { usd } : {}),
    ...(plan.length === 0 ? {} : { plan }),
  };
}

/**
 * "$0.42 · WARNING · 24.0% left of session tokens/hour, frees in 12 min". With a plan, what is left of its tightest window stands
 * beside; without figures of allot's own, only what Claude Code said. Pure.
 */
export function statusLine(
  { usd, plan }: Told,
  limits: readonly LimitLine[] | undefined,
  { paint: p, now }: { readonly paint: Paint; readonly now: number },
): string {
  const tightest = limits?.reduce<LimitLine | undefined>(
    (a, b) => (a === undefined || b.share > a.share ? b : a),
    undefined,
  );
  const window = plan?.reduce<PlanWindow | undefined>(
    (a, b) => (a === undefined || b.used > a.used ? b : a),
    undefined,
  );
  const parts = [
    usd === undefined ? "allot" : formatUsd(fromUsd(usd)),
    ...(tightest === undefined ? [] : [levelText(tightest.level, p), limitText(tightest, now)]),
    ...(window === undefined ? [] : [windowText(window, now)]),
  ];
  return parts.join(" · ");
}

function limitText({ scope, name, share, resets_at }: LimitLine, now: number): string {
  const frees =
    share > 0.5 && resets_at !== null ? `, frees in ${durationText(Math.max(0, Date.parse(resets_at) - now))}` : "";
  return `${percent(Math.max(0, 1 - share))} left of ${scope === "global" ? "all sessions'" : scope} ${name}${frees}`;
}

function windowText({ name, used, resetsAt }: PlanWindow, now: number): string {
  const frees = used > 0.5 && resetsAt !== undefined ? `, frees in ${durationText(Math.max(0, resetsAt - now))}` : "";
  return `${percent(Math.max(0, 1 - used))} left of the plan's ${name}${frees}`;
}

/** Its share in percent; when it resets as epoch seconds, or as an instant's text. */
function windowOf(name: PlanWindow["name"], value: unknown): PlanWindow | undefined {
  const { used_percentage: used, resets_at: resets } = objectOf(value);
  if (typeof used !== "number" || !Number.isFinite(used)) return undefined;
  const at = typeof resets === "number" ? resets * 1000 : typeof resets === "string" ? Date.parse(resets) : Number.NaN;
  return { name, used: used / 100, ...(Number.isNaN(at) ? {} : { resetsAt: at }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
}
