/** allot as a guest in Claude Code and Codex: what `allot connect` puts there, and what `allot hook` answers. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type AllotHome, allotHome, runInside } from "../support/run-allot.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

function read(home: AllotHome, path: string): string {
  return readFileSync(join(home.dir, path), "utf8");
}

function write(home: AllotHome, path: string, content: string): string {
  mkdirSync(dirname(join(home.dir, path)), { recursive: true });
  writeFileSync(join(home.dir, path), content);
  return content;
}

/** Every file of a home but allot's own, with what stands in it. */
function filesOf(home: AllotHome): Record<string, string> {
  const files = readdirSync(home.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(home.dir.length + 1));
  const others = paths.filter((path) => !path.startsWith(".allot/"));
  return Object.fromEntries(others.toSorted().map((path) => [path, read(home, path)]));
}

test("connect gives Claude Code the tools, the skill with its scripts, the hook and the status line, and takes all of it back", async () => {
  const home = allotHome();
  const ended = await runInside(home, ["connect", "claude", "--write", "--key", "k-1", "--json"]);
  expect(ended.code).toBe(0);
  const settings = JSON.parse(read(home, ".claude/settings.json")) as {
    hooks: Record<string, { hooks: { type: string; command: string }[] }[]>;
    statusLine: { command: string };
  };
  expect(Object.keys(settings.hooks)).toEqual(["SessionStart", "UserPromptSubmit", "PreToolUse"]);
  expect(settings.hooks["PreToolUse"]?.[0]?.hooks[0]?.command).toMatch(/main\.ts hook$/);
  expect(settings.statusLine.command).toMatch(/main\.ts statusline$/);
  const tools = JSON.parse(read(home, ".claude.json")) as {
    mcpServers: { allot: { command: string; args: string[] } };
  };
  expect(tools.mcpServers.allot.args.at(-1)).toBe("mcp");
  expect(read(home, ".claude/skills/orchestrate/SKILL.md")).toMatch(/^---\nname: orchestrate\ndescription: /);
  expect(read(home, ".claude/skills/orchestrate/SKILL.md")).toContain(
    `bash ${home.dir}/.claude/skills/orchestrate/scripts/validate-contract.sh API_CONTRACT.md BACKEND FRONTEND`,
  );
  expect(read(home, ".claude/skills/orchestrate/api_contract_template.md")).toContain("| GET |");
  await runInside(home, ["connect", "claude", "--undo"]);
  expect(filesOf(home)).toEqual({});
});

test("hooks, servers and a status line of the user's own stay, to the byte once all is taken back", async () => {
  const home = allotHome();
  const settings = write(
    home,
    ".claude/settings.json",
    `{
  "statusLine": { "type": "command", "command": "mine" },
  "hooks": {
    "PreToolUse": [
      { "matcher": "Bash", "hooks": [{ "type": "command", "command": "check.sh" }] }
    ]
  }
}
`,
  );
  const own = write(home, ".claude.json", '{"mcpServers":{"mine":{"command":"x"}},"numStartups":3}');
  await runInside(home, ["connect", "claude", "--write", "--key", "k-1"]);
  await runInside(home, ["connect", "claude", "--write", "--key", "k-2"]);
  const written = JSON.parse(read(home, ".claude/settings.json")) as {
    statusLine: unknown;
    hooks: Record<string, { matcher?: string }[]>;
  };
  expect(written.statusLine).toEqual({ type: "command", command: "mine" });
  expect(written.hooks["PreToolUse"]?.map(({ matcher }) => matcher)).toEqual(["Bash", undefined]);
  expect(Object.keys((JSON.parse(read(home, ".claude.json")) as { mcpServers: object }).mcpServers)).toEqual([
    "mine",
    "allot",
  ]);
  await runInside(home, ["connect", "claude", "--undo"]);
  expect(read(home, ".claude/settings.json")).toBe(settings);
  expect(read(home, ".claude.json")).toBe(own);
});

test("a hook that the user adds afterwards stays when allot's is taken out", async () => {
  const home = allotHome();
  await runInside(home, ["connect", "claude", "--write", "--key", "k-1"]);
  const path = join(home.dir, ".claude/settings.json");
  const settings = JSON.parse(readFileSync(path, "utf8")) as { hooks: { PreToolUse: object[] } };
  settings.hooks.PreToolUse.push({ hooks: [{ type: "command", command: "later.sh" }] });
  writeFileSync(path, JSON.stringify(settings));
  await runInside(home, ["connect", "claude", "--undo"]);
  const left = JSON.parse(readFileSync(path, "utf8")) as { hooks: object };
  expect(left.hooks).toEqual({ PreToolUse: [{ hooks: [{ type: "command", command: "later.sh" }] }] });
});

test("--no-guest connects the gateway alone", async () => {
  const home = allotHome();
  await runInside(home, ["connect", "claude", "--write", "--no-guest", "--key", "k-1"]);
  expect(Object.keys(filesOf(home))).toEqual([".claude/settings.json"]);
  expect(Object.keys(JSON.parse(read(home, ".claude/settings.json")) as object)).toEqual(["env"]);
});

test("connect gives Codex the tools and the skill of who is delegated to", async () => {
  const home = allotHome();
  await runInside(home, ["connect", "codex", "--write", "--key", "k-1"]);
  expect(read(home, ".codex/config.toml")).toMatch(/\n\[mcp_servers\.allot\]\ncommand = ".*"\nargs = \[.*"mcp"\]\n/);
  expect(read(home, ".agents/skills/claude-orchestrated/SKILL.md")).toMatch(/^---\nname: claude-orchestrated\n/);
});

test.each([
  ["gemini", ".gemini/settings.json", "mcpServers"],
  ["opencode", ".config/opencode/opencode.json", "mcp"],
])("connect gives %s the tools", async (client, file, key) => {
  const home = allotHome();
  await runInside(home, ["connect", client, "--write", "--key", "k-1"]);
  const settings = JSON.parse(read(home, file)) as Record<string, { allot: object }>;
  expect(JSON.stringify(settings[key]?.allot)).toContain('"mcp"');
});

test("with --repo the skill and the tools go into a project, by the name of everybody's own allot, and no key does", async () => {
  const home = allotHome();
  const project = join(home.dir, "project");
  mkdirSync(project);
  const shown = await runInside(home, ["connect", "claude", "--repo", project]);
  expect(shown.stdout).toContain(`${project}/.claude/skills/orchestrate/SKILL.md`);
  expect(existsSync(join(project, ".claude"))).toBe(false);
  await runInside(home, ["connect", "claude", "--repo", project, "--write"]);
  expect(JSON.parse(readFileSync(join(project, ".mcp.json"), "utf8"))).toEqual({
    mcpServers: { allot: { command: "allot", args: ["mcp"] } },
  });
  expect(readFileSync(join(project, ".claude/skills/orchestrate/SKILL.md"), "utf8")).toContain(
    "bash .claude/skills/orchestrate/scripts/validate-contract.sh",
  );
  expect(JSON.stringify(filesOf(home))).not.toContain("ANTHROPIC_AUTH_TOKEN");
  await runInside(home, ["connect", "claude", "--repo", project, "--undo"]);
  expect(filesOf(home)).toEqual({});
  expect(readdirSync(project)).toEqual([]);
  const none = await runInside(home, ["connect", "gemini", "--repo", project, "--write"]);
  expect(none.code).toBe(64);
});

test("a project's own link leads nothing of allot's out of it, and a project that is not there is not made", async () => {
  const home = allotHome();
  write(home, "mine.txt", "mine");
  mkdirSync(join(home.dir, "project/.claude/skills/orchestrate"), { recursive: true });
  symlinkSync(join(home.dir, "mine.txt"), join(home.dir, "project/.claude/skills/orchestrate/SKILL.md"));
  const linked = await runInside(home, ["connect", "claude", "--write", "--repo", join(home.dir, "project")]);
  expect(linked.code).toBe(65);
  expect(linked.stderr).toContain("SKILL.md leads out of");
  expect(read(home, "mine.txt")).toBe("mine");
  expect(existsSync(join(home.dir, "project/.mcp.json"))).toBe(false);
  const nowhere = await runInside(home, ["connect", "claude", "--write", "--repo", join(home.dir, "nope")]);
  expect(nowhere.code).toBe(66);
  expect(existsSync(join(home.dir, "nope"))).toBe(false);
});

test("the scripts of the skill call allot, and say what is missing where there is none", async () => {
  const home = allotHome();
  const project = join(home.dir, "project");
  mkdirSync(project);
  await runInside(home, ["connect", "claude", "--repo", project, "--write"]);
  const bin = join(home.dir, "bin");
  write(home, "bin/allot", '#!/bin/sh\necho "$@"\n');
  execFileSync("chmod", ["+x", join(bin, "allot")]);
  const script = (name: string, args: readonly string[], path: string) =>
    execFileSync("/bin/bash", [join(project, ".claude/skills/orchestrate/scripts", name), ...args], {
      cwd: project,
      env: { PATH: path },
      encoding: "utf8",
      stdio: "pipe",
    });
  const path = `${bin}:/usr/bin:/bin`;
  expect(script("validate-contract.sh", ["API_CONTRACT.md", "server", "web"], path)).toBe(
    "contract validate API_CONTRACT.md server web\n",
  );
  expect(script("measure-tokens.sh", ["--by", "day"], path)).toBe("measure --by day\n");
  expect(() => script("measure-tokens.sh", [], "/usr/bin:/bin")).toThrow(/allot is not installed/);
});

/** What `allot hook` answers to an event, as Claude Code calls it. */
async function hook(home: AllotHome, event: object | string, ...flags: string[]) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, "hook", ...flags], {
    cwd: home.dir,
    env: home.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(typeof event === "string" ? event : JSON.stringify(event));
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** A home in which session s1 has used so much of its limit of 1,000 tokens an hour: 0 requests of 1 a day are free at 100. */
async function usedHome(share: "none" | "all"): Promise<AllotHome> {
  const home = allotHome();
  const amount = share === "all" ? "0" : "1000";
  await runInside(home, ["limits", "set", "session:s1", "tokens/hour", amount]);
  return home;
}

test("a hook says nothing where there is no store yet, and nothing while the limits are far", async () => {
  const event = { session_id: "s1", hook_event_name: "UserPromptSubmit", prompt: "hi" };
  expect(await hook(allotHome(), event)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await hook(await usedHome("none"), event)).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("at a limit a prompt is not taken and a tool call ends the turn, but for critical work", async () => {
  const home = await usedHome("all");
  const prompt = await hook(home, { session_id: "s1", hook_event_name: "UserPromptSubmit" });
  expect(prompt.code).toBe(0);
  expect(JSON.parse(prompt.stdout)).toEqual({
    decision: "block",
    reason: expect.stringMatching(
      /^allot: session s1 at 100% of 0 tokens per hour \(CRITICAL\); calls are refused/,
    ) as string,
  });
  const tool = await hook(home, { session_id: "s1", hook_event_name: "PreToolUse", tool_name: "Bash" });
  expect(JSON.parse(tool.stdout)).toMatchObject({
    continue: false,
    stopReason: expect.stringContaining("s1") as string,
  });
  const other = await hook(home, { session_id: "s2", hook_event_name: "UserPromptSubmit" });
  expect(other.stdout).toBe("");
  const critical = await hook(home, { session_id: "s1", hook_event_name: "PreToolUse" }, "--priority", "critical");
  expect(critical.stdout).toBe("");
});

test("what is no event, and a store that cannot be read, stop nobody", async () => {
  const home = allotHome();
  expect((await hook(home, "no json")).code).toBe(0);
  write(home, ".allot/allot.db", "no database at all, but long enough to be looked at as one".repeat(20));
  const broken = await hook(home, { session_id: "s1", hook_event_name: "PreToolUse" });
  expect(broken).toMatchObject({ code: 1, stdout: "" });
  expect(broken.stderr).toMatch(/^allot hook: /);
});
