/** `allot key create | list | revoke` on a real store. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { displayWidth } from "../../src/foundation/table.ts";
import { allotHome, runAllot, runInside } from "../support/run-allot.ts";

test("a key is made with all that was asked for, shown once, and listed without it", async () => {
  const home = allotHome();
  const args = [
    "--expires-in",
    "30d",
    "--limit-usd",
    "5",
    "--limit",
    "tokens/hour=200k",
    "--models",
    "claude-*, gpt-5",
  ];
  const made = await runInside(home, [
    "key",
    "create",
    "ci",
    ...args,
    "--session",
    "s",
    "--project",
    "p",
    "--priority",
    "low",
    "--json",
  ]);
  expect(made.code).toBe(0);
  const { key, id, expires_at: expiresAt, ...facts } = made.lines[0] ?? {};
  expect(key).toMatch(/^allot-[A-Za-z0-9]{40}$/);
  expect(Date.parse(String(expiresAt)) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
  expect(facts).toEqual({
    name: "ci",
    session: "s",
    project: "p",
    models: ["claude-*", "gpt-5"],
    priority: "low",
    limits: [
      { name: "usd/day", amount: 5 },
      { name: "tokens/hour", amount: 200_000 },
    ],
  });
  const listed = await runInside(home, ["key", "list", "--json"]);
  expect(listed.lines[0]?.["keys"]).toMatchObject([{ id, ...facts, state: "works", revoked_at: null }]);
  expect(listed.stdout).not.toContain(String(key));
  const store = readFileSync(join(home.dir, ".allot/allot.db")).toString("latin1");
  const journal = join(home.dir, ".allot/allot.db-wal");
  expect(store + (existsSync(journal) ? readFileSync(journal).toString("latin1") : "")).not.toContain(
    String(key).slice(6),
  );
  const limits = (await runInside(home, ["limits", "--json"])).lines[0]?.["limits"];
  expect(limits).toContainEqual(expect.objectContaining({ scope: "key", caps: id, name: "usd/day", limit: 5 }));
});

test("the variables of one's own calls do not bind a key", async () => {
  const home = allotHome({ SESSION_ID: "mine", ALLOT_PRIORITY: "low", ALLOT_LIMIT_USD: "3" });
  const made = await runInside(home, ["key", "create", "a", "--json"]);
  expect(made.lines[0]).toMatchObject({ session: null, priority: "high", limits: [] });
});

test("a revoked key leaves the list, and --all shows it", async () => {
  const home = allotHome();
  await runInside(home, ["key", "create", "laptop"]);
  await runInside(home, ["key", "create", "phone"]);
  const revoked = await runInside(home, ["key", "revoke", "laptop"]);
  expect(revoked.stdout).toMatch(/^key [0-9a-z]{8} \(laptop\) is revoked; it stops working within a second\n$/);
  const listed = await runInside(home, ["key", "list"]);
  expect(listed.stdout).not.toContain("laptop");
  expect(listed.stdout).toContain("phone");
  expect(listed.stdout).toContain("1 revoked or expired; allot key list --all shows them");
  expect((await runInside(home, ["key", "list", "--all"])).stdout).toMatch(/laptop +revoked/);
});

test("the list is aligned and fits the screen", async () => {
  const home = allotHome({ COLUMNS: "60" });
  await runInside(home, [
    "key",
    "create",
    "a-rather-long-name-of-a-key",
    "--models",
    "claude-*,gpt-5,gemini-*",
    "--limit-usd",
    "5",
  ]);
  await runInside(home, ["key", "create", "b", "--expires-in", "12h"]);
  const lines = (await runInside(home, ["key", "list"])).stdout.trimEnd().split("\n");
  expect(lines.filter((line) => displayWidth(line) > 60)).toEqual([]);
  const at = lines[0]?.indexOf("works") ?? -1;
  expect(lines.slice(1).map((line) => line.slice(at, at + 3))).toEqual(["yes", "for"]);
});

test("listing makes no store", async () => {
  const home = allotHome();
  expect((await runInside(home, ["key", "list"])).stdout).toBe("no keys; allot key create NAME makes one\n");
  expect(existsSync(join(home.dir, ".allot/allot.db"))).toBe(false);
});

test.each([
  [["key", "create"], "key create takes one name"],
  [["key", "create", "a", "b"], "key create takes one name"],
  [["key", "create", "a", "--expires-in", "30"], '--expires-in is "30", expected a duration'],
  [["key", "create", "a", "--limit", "usd/dya=5"], "Did you mean usd/day?"],
  [["key", "create", "a", "--limit", "usd"], "expected WHAT=AMOUNT"],
  [["key", "create", "a", "--limit", "usd/day=x"], '"x" is no amount of dollars'],
  [["key", "create", "a", "--limit", "usd/day=none"], "leave it out"],
  [["key", "create", "a", "--limit-usd", "1", "--limit", "usd/day=5"], "say the same"],
  [["key", "create", "a", "--models", "gpt-5,,x"], "a model's name is"],
  [["key", "create", "a", "--priority", "urgent"], "expected one of low, normal, high, critical"],
  [["key", "create", "  "], "the key's name is"],
  [["key", "revoke"], "key revoke takes one id or name"],
  [["key", "revoke", "nobody"], "there is no key nobody"],
  [["key"], "is not a command. Did you mean key"],
])("%j is refused", async (args, message) => {
  const ended = await runInside(allotHome(), args);
  expect(ended.code).toBe(64);
  expect(ended.stderr).toContain(message);
});

test("the command line's own process makes and revokes keys", async () => {
  const home = allotHome();
  const made = await runAllot(home, ["key", "create", "laptop", "--json"]);
  expect(made.code).toBe(0);
  const revoked = await runAllot(home, ["key", "revoke", String(made.lines[0]?.["id"]), "--json"]);
  expect(revoked.lines[0]).toMatchObject({ revoked: { id: made.lines[0]?.["id"], name: "laptop" } });
});
