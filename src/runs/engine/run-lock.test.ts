import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../foundation/clock.ts";
import { formatIdentity, processIdentity } from "../../foundation/process-identity.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { claimRun } from "./run-lock.ts";

let dir: string;
let store: Store;
let now = 1_000_000;
const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };

beforeEach(async () => {
  now = 1_000_000;
  dir = mkdtempSync(join(tmpdir(), "allot-lock-"));
  store = await openStore({ path: join(dir, "store.db"), clock });
  await store.db
    .insertInto("runs")
    .values({
      id: "r",
      goal: "g",
      repo: "/r",
      state: "planned",
      created_at: 1,
      updated_at: 1,
      owner: null,
      options: "{}",
      base_rev: null,
      branch: null,
      report: null,
      exit_code: null,
    })
    .execute();
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const owner = async () =>
  (await store.db.selectFrom("runs").select("owner").where("id", "=", "r").executeTakeFirstOrThrow()).owner;
const setOwner = (text: string) => store.db.updateTable("runs").set({ owner: text }).where("id", "=", "r").execute();

test("a claimed run is refused to everybody else until it is given back", async () => {
  const claim = await claimRun(store, "r");
  await expect(claimRun(store, "r")).rejects.toMatchObject({
    code: "run-busy",
    details: { runId: "r", pid: process.pid },
  });
  await claim[Symbol.asyncDispose]();
  expect(await owner()).toBeNull();
  await (await claimRun(store, "r"))[Symbol.asyncDispose]();
});

test("of many who claim at the same time one wins", async () => {
  const claims = await Promise.allSettled(Array.from({ length: 10 }, () => claimRun(store, "r")));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a stopped owner keeps its run, a dead one loses it at once", async () => {
  const child = spawn("sleep", ["60"]);
  await new Promise((resolve) => child.once("spawn", resolve));
  await setOwner(`${formatIdentity(processIdentity(child.pid))}|${now}|x`);
  child.kill("SIGSTOP");
  await expect(claimRun(store, "r")).rejects.toThrow(new RegExp(`process ${child.pid} works on run r`));
  now += 86_400_000;
  await expect(claimRun(store, "r")).rejects.toMatchObject({ code: "run-busy" });
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  await using _claim = await claimRun(store, "r");
  expect(await owner()).toContain(formatIdentity(processIdentity()));
});

test("an owner on another machine keeps its run while it gives signs of life", async () => {
  await setOwner(`other-machine|boot|77|1|${now}|x`);
  now += 60_000;
  await expect(claimRun(store, "r")).rejects.toThrow(/process 77 on other-machine/);
  now += 300_000;
  await using _claim = await claimRun(store, "r");
});

test("who gives back a run that another took over leaves it to them", async () => {
  const claim = await claimRun(store, "r");
  await setOwner("other-machine|boot|77|1|1|x");
  await claim[Symbol.asyncDispose]();
  expect(await owner()).toBe("other-machine|boot|77|1|1|x");
});

test("an unknown run is said to be unknown", async () => {
  await expect(claimRun(store, "nope")).rejects.toMatchObject({ code: "run-not-found" });
});
