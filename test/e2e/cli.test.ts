import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { ERRORS } from "../../src/foundation/errors.ts";
import { displayWidth } from "../../src/foundation/table.ts";
import { allotHome, runInside, type AllotHome } from "../support/run-allot.ts";
import { tempRepository } from "../support/temp-repository.ts";

/** No key, no Ollama: an address where nothing listens. */
const alone = (): AllotHome => allotHome({ OLLAMA_HOST: "http://127.0.0.1:9", COLUMNS: "80" });

const bigModule = `${Array.from({ length: 40 }, (_, index) => `export function ${"abcd"[index % 4]}${index}(value) {\n  const doubled = value * 2;\n  return doubled + ${index};\n}\n`).join("\n")}`;
const project = () => tempRepository({ "src/big.js": bigModule, "package.json": '{"type":"module"}\n' });

test.each(COMMANDS.map((command) => [command.name, command] as const))(
  "help of %s fits 80 columns and has its examples",
  async (name, command) => {
    const ended = await runInside(alone(), [...name.split(" "), "--help"]);
    expect(ended.code).toBe(0);
    for (const { command: example, shows } of command.examples) {
      expect(ended.stdout).toContain(example);
      expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain(shows);
    }
    const prose = ended.stdout.split("\n").filter((line) => !line.startsWith("  allot ") && !line.startsWith("  --"));
    expect(Math.max(...prose.map(displayWidth))).toBeLessThanOrEqual(80);
    expect((await runInside(alone(), ["help", ...name.split(" ")])).stdout).toBe(ended.stdout);
  },
);

test("the program's help names every command and says where to begin", async () => {
  const ended = await runInside(alone(), ["--help"]);
  expect(ended.code).toBe(0);
  for (const { name } of COMMANDS) expect(ended.stdout).toContain(`  ${name}`);
  expect(ended.stdout).toContain("Begin with\n  demo");
});

test.each([
  ["an unknown command", ["rum"], "usage", '"rum" is not a command. Did you mean run? allot --help lists them.'],
  ["a missing goal", ["run"], "usage", "allot run needs a goal, in quotes"],
  [
    "an unquoted goal",
    ["run", "Fix", "the", "bug"],
    "usage",
    'takes one goal and got 3 words; put it in quotes: "Fix the bug"',
  ],
  ["an unknown flag", ["run", "x", "--yess"], "usage", "--yess is not an option of this command. Did you mean --yes?"],
  ["a word too many", ["runs", "extra"], "usage", 'allot runs takes no "extra", only options'],
  ["a bad amount", ["run", "x", "--limit-usd", "much"], "usage", '--limit-usd is "much", expected dollars'],
  ["a missing id", ["resume"], "usage", "allot resume takes the id of one run; allot runs lists them"],
  ["an unknown run", ["show", "nope"], "run-not-found", 'no run "nope"; there are no runs yet'],
  [
    "a folder that is not there",
    ["run", "x", "--repo", "/nowhere/at/all"],
    "not-a-repository",
    "/nowhere/at/all does not exist",
  ],
  ["a folder without a repository", ["run", "x", "--repo", "."], "not-a-repository", "is not a git repository"],
  ["two ways to land", ["land", "nope", "--merge", "--commit"], "usage", "give one of --merge, --commit and --pr"],
  ["gates without a task", ["gates", "check", "--base", "main"], "usage", "gates check needs --head, --task"],
  ["a key as an argument", ["run", "x", "--api-key", "sk-1"], "usage", "keys are read from the environment only"],
] as const)("%s ends with its code and says what would be right", async (_, args, code, message) => {
  const ended = await runInside(alone(), args);
  expect(ended.stderr).toContain(message);
  expect(ended.code).toBe(ERRORS[code].exitCode);
  const asJson = await runInside(alone(), [...args, "--json"]);
  if (args.includes("--api-key" as never)) return;
  expect(asJson.lines.at(-1)).toMatchObject({ error: { code: args[0] === "rum" ? "usage" : code } });
});

test("a repository without commits is told apart", async () => {
  using repository = tempRepository({});
  repository.git("update-ref", "-d", "HEAD");
  const ended = await runInside(alone(), ["run", "Split src/big.js", "--repo", repository.dir]);
  expect(ended.code).toBe(66);
  expect(ended.stderr).toContain("has no commits yet; commit something first");
});

test("a model that is not in the catalogue names the way to any model", async () => {
  using repository = project();
  const ended = await runInside(alone(), ["run", "Fix it", "--big", "nosuch", "--repo", repository.dir]);
  expect(ended.code).toBe(64);
  expect(ended.stderr).toContain(
    'model "nosuch" is not in the catalogue. Any name works with its provider in front: ollama/nosuch',
  );
});

test("without a key, a goal that is no split says what is missing and how to set it, and changes nothing", async () => {
  using repository = project();
  const home = alone();
  const ended = await runInside(home, ["run", "Fix the login bug in src/big.js", "--repo", repository.dir]);
  expect(ended.code).toBe(3);
  expect(ended.stdout).toContain("No plan could be made, and nothing was changed:");
  expect(ended.stdout).toContain("export ANTHROPIC_API_KEY=...");
  expect(ended.stdout).toContain("ollama pull");
  expect(repository.git("status", "--porcelain")).toBe("");
  expect(repository.git("for-each-ref", "refs/heads/allot")).toBe("");

  const asJson = await runInside(home, ["run", "Fix the login bug in src/big.js", "--repo", repository.dir, "--json"]);
  expect(asJson.stdout.trimEnd().split("\n")).toHaveLength(asJson.lines.length);
  expect(asJson.lines.at(-1)).toMatchObject({
    kind: "report",
    report: { state: "escalated", tasks: [], reason: expect.stringContaining("not to split a module") },
  });
});

test("a wish that names nothing is asked back, with the way to say it", async () => {
  using repository = project();
  const ended = await runInside(alone(), ["run", "make it better", "--repo", repository.dir]);
  expect(ended.code).toBe(3);
  expect(ended.stdout).toContain("A question before anything is spent: What exactly shall be changed");
  expect(ended.stdout).toContain("Say it in the goal and start again");
});

test(
  "with uncommitted work a plan waits for approval, is carried out by resume, landed and taken back, and the work stays",
  { timeout: 120_000 },
  async () => {
    using repository = project();
    repository.write("package.json", '{"type":"module","private":true}\n');
    const home = alone();
    const say = (...args: string[]) => runInside(home, args);
    const planned = await say(
      "run",
      "Split src/big.js into focused modules",
      "--repo",
      repository.dir,
      "--max-lines",
      "90",
    );
    expect(planned.code).toBe(3);
    expect(planned.stdout).toContain("Not carried out: without --yes the plan waits for approval");
    const id = /allot resume (\S+)/.exec(planned.stdout)?.[1] ?? "";
    expect((await say("runs")).stdout).toMatch(new RegExp(`${id} +planned`));

    const resumed = await say("resume", id);
    expect(resumed.stdout).toContain("✔ accepted");
    expect(resumed.code).toBe(0);
    expect((await say("show", id)).stdout).toContain(`# Run ${id}: accepted`);
    expect((await say("land", id, "--merge")).stdout).toContain("landed on main");
    expect((await say("undo", id)).stdout).toContain("reverted ");
    expect((await say("undo", id)).stdout).toContain("set aside as refs/allot/undone/");
    expect(repository.git("status", "--porcelain")).toBe("M package.json");
  },
);

test("models, config and templates print tables, and JSON for programs", async () => {
  const home = alone();
  expect((await runInside(home, ["models", "--tier", "small", "--provider", "anthropic"])).stdout).toContain(
    "claude-haiku",
  );
  const config = await runInside(home, ["config"]);
  expect(config.stdout).toMatch(/call_timeout +1m +default/);
  expect(config.stdout).toContain("a run here would use: no model");
  expect((await runInside(home, ["templates"])).stdout).toContain("split-module");
  for (const command of ["models", "config", "templates", "runs"]) {
    const asJson = await runInside(home, [command, "--json"]);
    expect(asJson.code).toBe(0);
    expect(asJson.lines).toHaveLength(1);
  }
});
