import type { IncomingHttpHeaders } from "node:http";
import { AllotError } from "../../foundation/errors.ts";
import { fromUsd, type NanoUsd } from "../../foundation/units.ts";
import { taskTypeOf } from "../../routing/task-type.ts";
import { PRIORITIES, type Priority } from "../../throttle/throttle.ts";
import { nameIn } from "./identity.ts";
import type { KeyFacts } from "../keys/keys.ts";

/** What a client wishes by allot's own headers. */
export interface Wishes {
  readonly priority: Priority;
  readonly taskType?: string;
  readonly project?: string;
  readonly budget?: string;
  readonly capNanoUsd?: NanoUsd;
  /** The answer may be one that was given before, and may be given again for so long. */
  readonly cacheMs?: number;
  /** Set where the client says so itself; an empty list: nobody else. */
  readonly fallback?: readonly string[];
}

/** What holds where a client says nothing. */
export interface WishDefaults {
  readonly priority: Priority;
  readonly budget: string | undefined;
  /** Opened for one piece of work: budget and project are the work's, and no client says others. */
  readonly bound?: boolean;
}

/** Reads allot's headers. Throws `usage` that names header, value, and what would be right. Pure. */
export function wishesOf(headers: IncomingHttpHeaders, key: KeyFacts, defaults: WishDefaults): Wishes {
  const stated = headers["x-allot-priority"];
  const priority = stated === undefined ? defaults.priority : priorityOf(String(stated));
  const task = nameIn(headers["x-allot-task"]);
  const taskType = task === undefined ? undefined : taskTypeOf(task, "the header x-allot-task");
  const { bound = false } = defaults;
  const project = key.project ?? (bound ? undefined : nameIn(headers["x-allot-project"]));
  const budget = (bound ? undefined : nameIn(headers["x-allot-budget"])) ?? defaults.budget;
  const cap = headers["x-allot-limit-usd"];
  const fallback = headers["x-allot-fallback"];
  const cache = headers["x-allot-cache"];
  const cacheMs = cache === undefined ? undefined : lifetimeOf(String(cache));
  return {
    priority: mostUrgent(priority, key.priority),
    ...(taskType === undefined ? {} : { taskType }),
    ...(project === undefined ? {} : { project }),
    ...(budget === undefined ? {} : { budget }),
    ...(cap === undefined ? {} : { capNanoUsd: capOf(String(cap)) }),
    ...(cacheMs === undefined ? {} : { cacheMs }),
    ...(fallback === undefined ? {} : { fallback: listOf(String(fallback)) }),
  };
}

function priorityOf(written: string): Priority {
  const found = PRIORITIES.find((priority) => priority === written.trim().toLowerCase());
  if (found !== undefined) return found;
  throw wrong("x-allot-priority", written, `one of ${PRIORITIES.join(", ")}`);
}

/** A key's clients may ask for no more than the key allows. */
function mostUrgent(asked: Priority, allowed: Priority): Priority {
  return PRIORITIES.indexOf(asked) > PRIORITIES.indexOf(allowed) ? allowed : asked;
}

function capOf(written: string): NanoUsd {
  if (/^\$?\d+(\.\d{1,9})?$/.test(written.trim())) return fromUsd(Number(written.trim().replace("$", "")));
  throw wrong("x-allot-limit-usd", written, "dollars like 0.25");
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** undefined: not out of the cache. */
function lifetimeOf(written: string): number | undefined {
  const text = written.trim().toLowerCase();
  if (text === "off" || text === "no" || text === "0") return undefined;
  const [, amount = "", unit = ""] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  if (text === "on") return UNIT_MS["h"];
  if (amount === "") throw wrong("x-allot-cache", written, "a time like 1h or 30m, on or off");
  return Number(amount) * (UNIT_MS[unit] ?? 0);
}

function listOf(written: string): readonly string[] {
  return written
    .split(/,|->|→/)
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "none" && name !== "off");
}

function wrong(header: string, value: string, wanted: string): AllotError {
  return new AllotError("usage", `the header ${header} is "${value.slice(0, 80)}"; ${wanted} is wanted`);
}

/** Does a key let its clients use that model? Patterns have a `*`. Pure. */
export function mayUse({ models }: KeyFacts, names: readonly string[]): boolean {
  if (models === null) return true;
  return names.some((name) => models.some((pattern) => matches(pattern, name)));
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern
    .toLowerCase()
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(name.toLowerCase());
}
