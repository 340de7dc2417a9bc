import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { linkSignals } from "./linked-signal.ts";

test("a linked signal aborts when the first of the others does, with its reason", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const { signal } = linkSignals([first.signal, second.signal]);
  expect(signal.aborted).toBe(false);
  second.abort("the second");
  first.abort("the first");
  expect([signal.aborted, signal.reason]).toEqual([true, "the second"]);
  expect(linkSignals([AbortSignal.abort("long ago")]).signal.reason).toBe("long ago");
});

test("a signal that lives as long as the program keeps nothing of links that were let go", () => {
  const lasting = new AbortController();
  const links = Array.from({ length: 100 }, () => linkSignals([lasting.signal]));
  for (const { unlink } of links) unlink();
  expect(getEventListeners(lasting.signal, "abort")).toHaveLength(0);
  lasting.abort();
  expect(links.map(({ signal }) => signal.aborted)).not.toContain(true);
});
