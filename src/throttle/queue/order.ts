import { PRIORITIES, type Priority } from "../throttle.ts";

/** A waiting call as far as its place in the queue goes. */
export interface Waiting {
  readonly id: string;
  readonly session: string;
  readonly priority: Priority;
  /** Place of its lane: 0 goes first. */
  readonly lane: number;
  readonly enteredAt: number;
}

/** What a session has had out of the queue lately. */
export interface Turns {
  readonly count: number;
  readonly lastAt: number;
}

export interface OrderSettings {
  /** Waiting so long is worth one priority more, up to high. */
  readonly ageMs: number;
}

/** As far as waiting lifts a call; only those that are critical by themselves stand above. */
const TOP_BY_AGE = PRIORITIES.indexOf("high");

/**
 * The waiting calls in the order in which they go.
 *
 * Within a session: by priority, one more for each `ageMs` of waiting, then shorter lanes, then first come first served.
 * Between sessions: by the highest priority that waits there, where the time since the session's last turn ages, not each
 * call's own: ten old calls of one session do not all pass the one of another. Then who had fewer turns lately, then
 * first come first served. So a steady stream of high priority delays the others and never starves them.
 *
 * Pure.
 */
export function orderOf<Call extends Waiting>(
  waiting: readonly Call[],
  turns: ReadonlyMap<string, Turns>,
  now: number,
  settings: OrderSettings,
): readonly Call[] {
  const lines = [...Map.groupBy(waiting, ({ session }) => session)].map(([session, calls]) =>
    lineOf(calls, turns.get(session), now, settings),
  );
  const order: Call[] = [];
  while (order.length < waiting.length) {
    const first = lines.reduce((a, b) => (comesBefore(b, a) ? b : a));
    const head = first.calls[first.next];
    if (head === undefined) break;
    order.push(head);
    first.next += 1;
    first.turns += 1;
    first.rank = first.restRanks[first.next] ?? -1;
  }
  return order;
}

/** A session's calls in its own order, and how far they have been put into everybody's. */
interface Line<Call extends Waiting> {
  readonly calls: readonly Call[];
  /** The highest priority from each of them on: the session's rank once those before have had their turn. */
  readonly restRanks: readonly number[];
  next: number;
  turns: number;
  rank: number;
}

function lineOf<Call extends Waiting>(
  waiting: readonly Call[],
  turns: Turns | undefined,
  now: number,
  { ageMs }: OrderSettings,
): Line<Call> {
  const rankOf = ({ priority }: Waiting, since: number): number => {
    const own = PRIORITIES.indexOf(priority);
    return Math.max(own, Math.min(TOP_BY_AGE, own + Math.floor(Math.max(0, now - since) / ageMs)));
  };
  const calls = waiting.toSorted(
    (a, b) => rankOf(b, b.enteredAt) - rankOf(a, a.enteredAt) || a.lane - b.lane || byArrival(a, b),
  );
  const restRanks: number[] = [];
  for (let place = calls.length - 1, highest = -1; place >= 0; place -= 1) {
    highest = Math.max(highest, PRIORITIES.indexOf(calls[place]?.priority ?? "low"));
    restRanks[place] = highest;
  }
  const rank = calls.reduce(
    (top, call) => Math.max(top, rankOf(call, Math.max(call.enteredAt, turns?.lastAt ?? 0))),
    -1,
  );
  return { calls, restRanks, next: 0, turns: turns?.count ?? 0, rank };
}

function comesBefore(a: Line<Waiting>, b: Line<Waiting>): boolean {
  const [headA, headB] = [a.calls[a.next], b.calls[b.next]];
  if (headA === undefined || headB === undefined) return headA !== undefined;
  return (b.rank - a.rank || a.turns - b.turns || headA.lane - headB.lane || byArrival(headA, headB)) < 0;
}

function byArrival(a: Waiting, b: Waiting): number {
  return a.enteredAt - b.enteredAt || (a.id < b.id ? -1 : 1);
}
