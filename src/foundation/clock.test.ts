import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("the machine's clock tells epoch milliseconds", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test("a sleep ends after its time", async () => {
  const before = performance.now();
  await systemClock.sleep(20);
  expect(performance.now() - before).toBeGreaterThanOrEqual(18);
});

test("a sleep that is aborted rejects at once with the signal's reason", async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(new Error("stopped by the user"));
  await expect(sleeping).rejects.toThrow("stopped by the user");
});

test("a sleep with a signal that is aborted already never starts", async () => {
  await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
});

test("a sleep that ended leaves no listener on the signal", async () => {
  const controller = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = controller.signal;
  controller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(controller.signal, args);
  };
  controller.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(controller.signal, args);
  };
  await systemClock.sleep(1, controller.signal);
  expect(listeners).toBe(0);
});
