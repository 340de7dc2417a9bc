import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freeAt, leavesAt, minuteOf, windowStart } from "./windows.ts";

function at(iso: string): number {
  return Date.parse(iso);
}

function startOf(window: Parameters<typeof windowStart>[0], now: string, zone = "UTC"): string {
  return new Date(windowStart(window, at(now), zone) * 60_000).toISOString();
}

describe("a rolling window", () => {
  test.each([
    ["hour", "2026-03-10T11:30:00.000Z"],
    ["5h", "2026-03-10T07:30:00.000Z"],
    ["day", "2026-03-09T12:30:00.000Z"],
    ["week", "2026-03-03T12:30:00.000Z"],
  ] as const)("of %s begins in the minute that is still partly in it", (window, start) => {
    expect(startOf(window, "2026-03-10T12:30:00.000Z")).toBe(start);
    expect(startOf(window, "2026-03-10T12:30:59.999Z")).toBe(start);
  });

  test("lets a minute go when all of it has left, and not a millisecond earlier", () => {
    const spent = at("2026-03-10T12:30:20.000Z");
    const leaves = leavesAt("hour", minuteOf(spent), spent, "UTC");
    expect(leaves).toBe(at("2026-03-10T13:31:00.000Z"));
    expect(windowStart("hour", Number(leaves) - 1, "UTC")).toBe(minuteOf(spent));
    expect(windowStart("hour", Number(leaves), "UTC")).toBe(minuteOf(spent) + 1);
  });

  test.each([
    ["the night clocks go forward", "2026-03-29T08:00:00Z", "2026-03-28T08:00:00.000Z"],
    ["the night clocks go back", "2026-10-25T08:00:00Z", "2026-10-24T08:00:00.000Z"],
  ])("of a day is 24 hours long, also in %s", (_night, now, start) => {
    expect(startOf("day", now, "Europe/Berlin")).toBe(start);
  });
});

test("what never ends begins at the beginning, and nothing leaves it", () => {
  expect(windowStart("ever", at("2026-03-10T12:30:00Z"), "UTC")).toBe(0);
  expect(leavesAt("ever", 5, at("2026-03-10T12:30:00Z"), "UTC")).toBe(null);
});

describe("a calendar month", () => {
  // Zone, an instant, the first instant of its month there, the first of the next.
  test.each([
    ["UTC", "2026-03-10T12:00:00Z", "2026-03-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z"],
    // Clocks go forward on 29 March: begun in winter time, ended in summer time.
    ["Europe/Berlin", "2026-03-10T12:00:00Z", "2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"],
    // Back on 25 October.
    ["Europe/Berlin", "2026-10-31T12:00:00Z", "2026-09-30T22:00:00.000Z", "2026-10-31T23:00:00.000Z"],
    // Forward on 8 March, back on Sunday 1 November: the first day of a month.
    ["America/New_York", "2026-03-10T12:00:00Z", "2026-03-01T05:00:00.000Z", "2026-04-01T04:00:00.000Z"],
    ["America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00.000Z", "2026-12-01T05:00:00.000Z"],
    ["America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T04:00:00.000Z", "2026-12-01T05:00:00.000Z"],
    ["Asia/Kolkata", "2026-03-31T18:29:59Z", "2026-02-28T18:30:00.000Z", "2026-03-31T18:30:00.000Z"],
    ["Asia/Kolkata", "2026-03-31T18:30:00Z", "2026-03-31T18:30:00.000Z", "2026-04-30T18:30:00.000Z"],
    // Half an hour of summer time, which ends on 5 April and begins on 4 October.
    ["Australia/Lord_Howe", "2026-04-05T12:00:00Z", "2026-03-31T13:00:00.000Z", "2026-04-30T13:30:00.000Z"],
    ["Australia/Lord_Howe", "2026-10-04T12:00:00Z", "2026-09-30T13:30:00.000Z", "2026-10-31T13:00:00.000Z"],
    // Ends on 5 April, begins on 27 September; 13 hours ahead, so that the month begins in UTC's last.
    ["Pacific/Auckland", "2026-03-31T10:59:59Z", "2026-02-28T11:00:00.000Z", "2026-03-31T11:00:00.000Z"],
    ["Pacific/Auckland", "2026-04-10T00:00:00Z", "2026-03-31T11:00:00.000Z", "2026-04-30T12:00:00.000Z"],
    ["Pacific/Auckland", "2026-09-27T00:00:00Z", "2026-08-31T12:00:00.000Z", "2026-09-30T11:00:00.000Z"],
    // The first day of October 2017 began at 1 o'clock there: clocks went forward at midnight.
    ["America/Asuncion", "2017-10-05T00:00:00Z", "2017-10-01T04:00:00.000Z", "2017-11-01T03:00:00.000Z"],
    ["UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
  ])("in %s at %s is from %s to %s", (zone, now, from, until) => {
    expect(startOf("month", now, zone)).toBe(from);
    expect(leavesAt("month", 0, at(now), zone)).toBe(at(until));
  });

  test("is known anew after its end, and before its beginning", () => {
    const zone = "Europe/Paris";
    expect(startOf("month", "2026-05-31T21:59:59.999Z", zone)).toBe("2026-04-30T22:00:00.000Z");
    expect(startOf("month", "2026-05-31T22:00:00.000Z", zone)).toBe("2026-05-31T22:00:00.000Z");
    expect(startOf("month", "2026-05-31T21:59:59.999Z", zone)).toBe("2026-04-30T22:00:00.000Z");
  });

  test("of a zone that does not exist is a fault", () => {
    expect(() => windowStart("month", 0, "Europe/Berlni")).toThrow(RangeError);
  });
});

describe("room again", () => {
  const now = at("2026-03-10T12:00:00Z");
  const minutesAgo = (minutes: number): number => minuteOf(now) - minutes;
  const hour = { window: "hour", amount: 100, held: 0 } as const;

  test("is now where it fits", () => {
    expect(freeAt({ ...hour, wanted: 40, buckets: [{ minute: minutesAgo(5), amount: 60 }] }, now, "UTC")).toBe(now);
  });

  test("is when the oldest minutes that are in the way have left", () => {
    const buckets = [
      { minute: minutesAgo(50), amount: 30 },
      { minute: minutesAgo(20), amount: 30 },
      { minute: minutesAgo(10), amount: 30 },
    ];
    expect(freeAt({ ...hour, wanted: 40, buckets }, now, "UTC")).toBe(at("2026-03-10T12:11:00Z"));
    expect(freeAt({ ...hour, wanted: 41, buckets }, now, "UTC")).toBe(at("2026-03-10T12:41:00Z"));
    expect(freeAt({ ...hour, wanted: 100, buckets }, now, "UTC")).toBe(at("2026-03-10T12:51:00Z"));
  });

  test("comes last for what is held, as if it were spent now", () => {
    const buckets = [{ minute: minutesAgo(50), amount: 30 }];
    expect(freeAt({ ...hour, held: 60, wanted: 40, buckets }, now, "UTC")).toBe(at("2026-03-10T12:11:00Z"));
    expect(freeAt({ ...hour, held: 60, wanted: 41, buckets }, now, "UTC")).toBe(at("2026-03-10T13:01:00Z"));
  });

  test("never comes for more than the limit, nor in a window without end", () => {
    expect(freeAt({ ...hour, wanted: 101, buckets: [] }, now, "UTC")).toBe(null);
    const buckets = [{ minute: 0, amount: 90 }];
    expect(freeAt({ ...hour, window: "ever", wanted: 11, buckets }, now, "UTC")).toBe(null);
  });

  test("is the first instant at which it fits, for any minutes: not a millisecond earlier", () => {
    const minutes = fc.array(fc.record({ ago: fc.nat(59), amount: fc.nat(40) }), { maxLength: 12 });
    fc.assert(
      fc.property(minutes, fc.nat(100), fc.nat(59_999), (drawn, wanted, into) => {
        const at = now + into;
        const buckets = drawn
          .map(({ ago, amount }) => ({ minute: minutesAgo(ago), amount }))
          .toSorted((a, b) => a.minute - b.minute);
        const usedAt = (when: number): number =>
          buckets.reduce(
            (sum, { minute, amount }) => (minute >= windowStart("hour", when, "UTC") ? sum + amount : sum),
            0,
          );
        const free = freeAt({ ...hour, wanted, buckets }, at, "UTC");
        expect(usedAt(Number(free)) + wanted).toBeLessThanOrEqual(100);
        if (free !== at) expect(usedAt(Number(free) - 1) + wanted).toBeGreaterThan(100);
      }),
    );
  });

  test("of a month comes with the next one", () => {
    const figures = {
      window: "month",
      amount: 100,
      held: 0,
      wanted: 41,
      buckets: [{ minute: minutesAgo(5), amount: 60 }],
    } as const;
    expect(freeAt(figures, now, "Europe/Berlin")).toBe(at("2026-03-31T22:00:00Z"));
  });
});
