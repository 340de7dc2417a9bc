import { expect, test } from "vitest";
import type { Clock } from "../foundation/clock.ts";
import { awakeSleep } from "./awake-time.ts";

/** A clock whose sleeps end at once, and which is asleep for an hour in its second sleep where it is told so. */
function fakeClock(sleepsThrough: boolean): Clock & { slept: number[] } {
  let now = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: (ms) => {
      slept.push(ms);
      now += sleepsThrough && slept.length === 2 ? 3_600_000 : ms;
      return Promise.resolve();
    },
  };
}

test("awake time passes like the clock's", async () => {
  const clock = fakeClock(false);
  await awakeSleep(2500, clock);
  expect(clock.slept).toEqual([1000, 1000, 500]);
});

test("an hour that the machine sleeps through does not use the time up", async () => {
  const clock = fakeClock(true);
  await awakeSleep(4000, clock);
  expect(clock.slept).toEqual([1000, 1000, 1000, 1000]);
});

test("a clock that is set back does not hold it up", async () => {
  let now = 1_000_000;
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve(void (now -= 10)) };
  await awakeSleep(5, clock);
  expect(now).toBeLessThan(1_000_000);
});
