import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openAgentHome } from "./agent-home.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "allot-home-"));
  mkdirSync(join(folder, "user/.codex"), { recursive: true });
  mkdirSync(join(folder, "user/.claude"), { recursive: true });
  writeFileSync(join(folder, "user/.codex/auth.json"), '{"token":"t"}');
  writeFileSync(join(folder, "user/.codex/config.toml"), 'model = "x"');
});
afterEach(() => rmSync(folder, { recursive: true }));

const userEnv = (): Record<string, string> => ({
  PATH: "/usr/bin",
  HOME: join(folder, "user"),
  OPENAI_API_KEY: "sk-secret",
  ANTHROPIC_API_KEY: "sk-other",
  GITHUB_TOKEN: "ghp",
});

test("a home of an agent's own gets the way to programs and none of the user's keys", async () => {
  const home = join(folder, "home");
  const env = await openAgentHome({ agent: "codex", home, userEnv: userEnv(), login: false });
  expect(env).toEqual({ PATH: "/usr/bin", HOME: home, TMPDIR: join(home, "tmp"), TERM: "dumb", CI: "1" });
  expect(() => lstatSync(join(home, ".codex/auth.json"))).toThrow("ENOENT");
});

test("the user's login is linked and nothing else of the user's settings, also where the home is opened again", async () => {
  const home = join(folder, "home");
  await openAgentHome({ agent: "codex", home, userEnv: userEnv(), login: true });
  await openAgentHome({ agent: "codex", home, userEnv: userEnv(), login: true });
  expect(lstatSync(join(home, ".codex/auth.json")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(home, ".codex/auth.json"), "utf8")).toBe('{"token":"t"}');
  expect(() => lstatSync(join(home, ".codex/config.toml"))).toThrow("ENOENT");
});

test("a login that stands in a variable is passed on to the agent whose it is", async () => {
  const own = { ...userEnv(), CLAUDE_CODE_OAUTH_TOKEN: "oat" };
  const claude = await openAgentHome({ agent: "claude", home: join(folder, "a"), userEnv: own, login: true });
  const codex = await openAgentHome({ agent: "codex", home: join(folder, "b"), userEnv: own, login: true });
  expect(claude["CLAUDE_CODE_OAUTH_TOKEN"]).toBe("oat");
  expect(codex["CLAUDE_CODE_OAUTH_TOKEN"]).toBeUndefined();
});

test("where the user is not logged in nothing is linked", async () => {
  const home = join(folder, "home");
  await openAgentHome({ agent: "claude", home, userEnv: userEnv(), login: true });
  expect(() => lstatSync(join(home, ".claude/.credentials.json"))).toThrow("ENOENT");
});
