import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allotHome, runAllot, type AllotHome, type Ended } from "../support/run-allot.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A home whose temporary folder is its own, so that the sample project can be found. */
function demoHome(): AllotHome & { tmp: string } {
  const home = allotHome();
  const tmp = join(home.dir, "tmp");
  mkdirSync(tmp);
  return { ...home, tmp, env: { PATH: home.env["PATH"] ?? "", HOME: home.dir, TMPDIR: tmp } };
}

function sampleIn(tmp: string): string {
  const [name] = readdirSync(tmp).filter((entry) => entry.startsWith("allot-sample-"));
  return join(tmp, name ?? "no sample project was made");
}

function git(repo: string, ...args: string[]): string {
  return execFileSync("git", ["-C", repo, ...args], { encoding: "utf8" }).trim();
}

test("in an empty home the demo ends accepted, shows plan, mini-tasks, gates, verdict and costs, and its branch passes the sample's own tests", async () => {
  const home = demoHome();
  const ended = await runAllot(home, ["demo"]);
  expect(ended.stderr).toBe("");
  expect(ended.code).toBe(0);

  const screen = ended.stdout;
  expect(screen).toContain("Plan by offline planner: delegate");
  expect(screen).toMatch(/mini-task +tier +tokens +forecast +time +after/);
  expect(screen).toContain("Checks that will be run");
  expect(screen).toContain("✔ accepted  Split src/todo.js into focused modules");
  expect(screen).toMatch(/✔ {2}6 {2}Turn src\/todo\.js into the front +exact +gates (\d+)\/\1 +0 tok +\$0/);
  expect(screen).toMatch(/✔ {2}node --test +16 passed, as before/);
  expect(screen).toContain("✔ verdict by checks alone, no model asked");
  expect(screen).toMatch(/phase +calls +tokens in +tokens out +cost\n +total +0 +0 +0 +\$0/);
  expect(screen).toMatch(/all by the big model +~\$\d/);
  expect(screen.endsWith("\n")).toBe(true);
  expect(screen).not.toContain("\u001b");

  const sample = sampleIn(home.tmp);
  const [branch] = git(sample, "for-each-ref", "--format=%(refname:short)", "refs/heads/allot").split("\n");
  expect(git(sample, "status", "--porcelain")).toBe("");
  expect(readFileSync(join(sample, "src/todo.js"), "utf8").split("\n")).toHaveLength(565);
  git(sample, "checkout", "--quiet", branch ?? "");
  const tests = execFileSync(process.execPath, ["--test", "--test-reporter=tap"], {
    cwd: sample,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  expect(tests).toContain("# pass 16");
  expect(tests).toContain("# fail 0");
  expect(readFileSync(join(sample, "src/todo.js"), "utf8").split("\n").length).toBeLessThan(160);
});

test("started by npm, it says what to type next with npm start", async () => {
  const home = demoHome();
  const env = { ...home.env, npm_lifecycle_event: "start", npm_package_name: "allot" };
  const ended = await runAllot({ dir: home.dir, env }, ["demo"]);
  expect(ended.stdout).toMatch(/take it +npm start -- land \S+ --merge/);
  expect(ended.stdout).not.toMatch(/ allot (land|show|run|undo) /);
});

test("as JSON every line parses, and the last is the report", async () => {
  const ended: Ended = await runAllot(demoHome(), ["demo", "--json"]);
  const lines = ended.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string });
  expect(lines[0]?.kind).toBe("run-started");
  expect(lines.at(-1)).toMatchObject({ kind: "report", report: { state: "accepted", spend: { total: { cost: 0 } } } });
});

test(
  "the sources can be built, and the built program finds sample, version and its own parts",
  { timeout: 120_000 },
  () => {
    const home = demoHome();
    const built = join(home.dir, "package");
    mkdirSync(built);
    cpSync(join(ROOT, "package.json"), join(built, "package.json"));
    cpSync(join(ROOT, "sample"), join(built, "sample"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(built, "node_modules"));
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), [
      "-p",
      join(ROOT, "tsconfig.build.json"),
      "--outDir",
      join(built, "dist"),
    ]);
    expect(existsSync(join(built, "dist/dispatch/call-host-main.js"))).toBe(true);
    const main = join(built, "dist/cli/main.js");
    const say = (...args: string[]): string =>
      execFileSync(process.execPath, [main, ...args], { cwd: home.dir, env: home.env, encoding: "utf8" });
    expect(say("--version")).toMatch(/^allot \d+\.\d+\.\d+\n$/);
    expect(say("demo")).toContain("✔ accepted");
  },
);
