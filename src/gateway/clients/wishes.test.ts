import { expect, test } from "vitest";
import type { KeyFacts } from "../keys/keys.ts";
import { wishesOf } from "./wishes.ts";

const KEY: KeyFacts = {
  id: "work-1",
  name: "claude",
  expiresAt: null,
  session: "me",
  project: null,
  models: null,
  priority: "normal",
};

const OTHERS = { "x-allot-budget": "other", "x-allot-project": "other", "x-allot-priority": "critical" };

test("a client of an open gateway names budget and project, and no higher priority than its key's", () => {
  const wishes = wishesOf(OTHERS, KEY, { priority: "normal", budget: "small" });
  expect(wishes).toEqual({ budget: "other", project: "other", priority: "normal" });
});

test("a client of a work's own gateway draws on the work's budget, files under its project, whatever it says", () => {
  const bound = { priority: "normal", budget: "small", bound: true } as const;
  expect(wishesOf(OTHERS, KEY, bound)).toEqual({ budget: "small", priority: "normal" });
  expect(wishesOf(OTHERS, { ...KEY, project: "shop" }, { ...bound, budget: undefined })).toEqual({
    project: "shop",
    priority: "normal",
  });
});
