import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PRIORITIES, type Priority } from "../throttle.ts";
import { laneOf } from "./lanes.ts";
import { orderOf, type Turns, type Waiting } from "./order.ts";

const MINUTE = 60_000;
const SETTINGS = { ageMs: MINUTE };

/** A call of its own session, unless that is named. */
function call(id: string, enteredAt: number, more: Partial<Waiting> = {}): Waiting {
  return { id, session: `s-${id}`, priority: "low", lane: 0, enteredAt, ...more };
}

function order(calls: readonly Waiting[], now: number, turns: Readonly<Record<string, Turns>> = {}): string {
  return orderOf(calls, new Map(Object.entries(turns)), now, SETTINGS)
    .map(({ id }) => id)
    .join(" ");
}

describe("waiting calls go", () => {
  test("by priority, then first come first served", () => {
    const calls = [
      call("a", 1),
      call("b", 2, { priority: "high" }),
      call("c", 0, { priority: "normal" }),
      call("d", 0),
      call("e", 3, { priority: "critical" }),
      call("f", 1, { priority: "high" }),
    ];
    expect(order(calls, 10)).toBe("e f b c d a");
  });

  test("in turns between sessions, so that a heavy one does not hold up a light one", () => {
    const heavy = ["h1", "h2", "h3"].map((id, place) => call(id, place, { session: "heavy" }));
    expect(order([...heavy, call("light", 50)], 60)).toBe("h1 light h2 h3");
  });

  test("after those whose sessions had fewer turns lately", () => {
    const calls = [call("h4", 0, { session: "heavy" }), call("light", 50)];
    expect(order(calls, 60, { heavy: { count: 3, lastAt: 55 } })).toBe("light h4");
  });

  test("shorter lanes first, among the same priority", () => {
    const calls = [call("long", 0, { lane: 2 }), call("quick", 5), call("middle", 2, { lane: 1 })];
    expect(order(calls, 10)).toBe("quick middle long");
  });
});

describe("waiting lifts a call", () => {
  test("by one priority each minute, up to high", () => {
    const now = 10 * MINUTE;
    const old = call("old", now - MINUTE);
    const fresh = call("fresh", now - 1, { priority: "normal" });
    expect(order([fresh, old], now)).toBe("old fresh");
    expect(order([fresh, call("young", now - MINUTE + 1)], now)).toBe("fresh young");
    const critical = call("now", now, { priority: "critical" });
    expect(order([call("ancient", 0), critical], now)).toBe("now ancient");
  });

  test("from its session's last turn on, where others wait too", () => {
    const now = 10 * MINUTE;
    const calls = [call("h9", 0, { session: "heavy" }), call("fresh", now - 5, { priority: "normal" })];
    expect(order(calls, now, { heavy: { count: 1, lastAt: now - 10 } })).toBe("fresh h9");
    expect(order(calls, now, { heavy: { count: 1, lastAt: now - MINUTE } })).toBe("fresh h9");
    expect(order(calls, now, { heavy: { count: 1, lastAt: now - 2 * MINUTE } })).toBe("h9 fresh");
  });

  test("within its session by its own wait, so that its own urgent ones do not starve it", () => {
    const now = 10 * MINUTE;
    const session = "a";
    const calls = [call("low", now - 3 * MINUTE, { session }), call("high", now - 1, { session, priority: "high" })];
    expect(order(calls, now, { a: { count: 100, lastAt: now - 1 } })).toBe("low high");
  });
});

test("nobody starves: beside a stream of high priority of others and of its own, a low call goes within minutes", () => {
  let waiting: Waiting[] = [call("patient", 0, { session: "own" })];
  const turns = new Map<string, Turns>();
  let wentAt: number | undefined;
  for (let second = 1; second <= 1200 && wentAt === undefined; second += 1) {
    const now = second * 1000;
    waiting.push(call(`x${second}`, now, { session: "other", priority: "high" }));
    waiting.push(call(`y${second}`, now, { session: "own", priority: "high" }));
    const [first] = orderOf(waiting, turns, now, SETTINGS);
    waiting = waiting.filter(({ id }) => id !== first?.id);
    turns.set(first?.session ?? "", { count: (turns.get(first?.session ?? "")?.count ?? 0) + 1, lastAt: now });
    if (first?.id === "patient") wentAt = second;
  }
  expect(wentAt).toBeLessThanOrEqual(125);
});

test("every call is in the order once, and a session's own ones of one priority in the order in which they came", () => {
  const calls = fc.array(
    fc.record({
      session: fc.constantFrom("a", "b", "c"),
      priority: fc.constantFrom<Priority>(...PRIORITIES),
      enteredAt: fc.nat(200_000),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(calls, (drawn) => {
      const waiting = drawn.map((one, number): Waiting => ({ ...one, id: `c${100 + number}`, lane: 0 }));
      const ordered = orderOf(waiting, new Map([["a", { count: 2, lastAt: 100_000 }]]), 200_000, SETTINGS);
      expect(ordered.map(({ id }) => id).toSorted()).toEqual(waiting.map(({ id }) => id).toSorted());
      const kind = ({ session, priority }: Waiting): string => `${session} ${priority}`;
      for (const own of Map.groupBy(ordered, kind).values()) {
        expect(own.map(({ enteredAt }) => enteredAt)).toEqual(
          own.map(({ enteredAt }) => enteredAt).toSorted((a, b) => a - b),
        );
      }
    }),
  );
});

test.each([
  [undefined, "immediate"],
  [0, "immediate"],
  [29_999, "immediate"],
  [30_000, "short"],
  [60_000, "short"],
  [60_001, "background"],
  [3_600_000, "background"],
])("a call expected to take %s ms goes the %s way", (expectedMs, lane) => {
  expect(laneOf(expectedMs).name).toBe(lane);
});
