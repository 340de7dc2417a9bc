import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openApp } from "../../src/app/app.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import type { MiniTask } from "../../src/runs/plan/mini-task.ts";
import { blogTeam, type BlogRounds } from "../support/blog-team.ts";
import { allotHome, ledgerOf, reportOf, runInside, type AllotHome } from "../support/run-allot.ts";
import { DISCOUNT, discountTask, GOAL, planOf, shopRepository } from "../support/model-team-shop.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { installStandIns } from "../support/stand-in-agents/install-stand-ins.ts";
import { tempRepository } from "../support/temp-repository.ts";

/** Each agent has a host of its own, which takes seconds to start on a busy machine. */
const LONG = 240_000;

const GREET = "export const greet = (name) => `Hello, ${name}!`;\n";
const WRONG = "export const greet = (name) => `Bye, ${name}!`;\n";
const SHOUT = 'import { greet } from "./greet.js";\n\nexport const shout = (name) => greet(name).toUpperCase();\n';

function task(number: number, name: string, more: Partial<MiniTask>): MiniTask {
  const path = `src/${name}.js`;
  return {
    number,
    title: `${name}, one function`,
    tier: "small",
    model: "small",
    estimate: { inputTokens: 2_500, outputTokens: 300 },
    dependsOn: [],
    reads: [],
    writes: [{ path, action: "create" }],
    context: "A library of greetings.",
    steps: [{ text: `Create \`${path}\` with the function \`${name}\`.` }],
    snippets: [],
    criteria: [{ text: "Command 1 passes", done: false, check: { kind: "command", index: 1 } }],
    validation: [],
    contract: [],
    onFailure: [],
    next: "",
    ...more,
  };
}

const GREETS = {
  command: `node -e "import('./src/greet.js').then(({ greet }) => process.exit(greet('Ann') === 'Hello, Ann!' ? 0 : 1))"`,
  comment: "",
  timeoutMs: 60_000,
};
const SHOUTS = {
  command: `node -e "import('./src/shout.js').then(({ shout }) => process.exit(shout('Ann') === 'HELLO, ANN!' ? 0 : 1))"`,
  comment: "",
  timeoutMs: 60_000,
};

async function openField(rounds: BlogRounds) {
  const repository = tempRepository({ "package.json": '{ "type": "module" }\n', "README.md": "# Greetings\n" });
  onTestFinished(() => repository[Symbol.dispose]());
  const team = blogTeam(rounds);
  const provider = await openScriptedProvider({ script: team.script });
  onTestFinished(() => provider.close());
  const home = allotHome({
    PATH: `${await agentPrograms()}${delimiter}${process.env["PATH"] ?? ""}`,
    OPENAI_API_KEY: "sk-dummy-of-a-test-0123456789",
    ANTHROPIC_API_KEY: "sk-dummy-of-a-test-0123456789",
    OPENAI_BASE_URL: `${provider.url}/v1`,
    ANTHROPIC_BASE_URL: provider.url,
  });
  return { repository, team, provider, home };
}

/** The stand-ins, or the real programs where ALLOT_CLIENTS names the folder that they are installed in (docs/clients.md). */
async function agentPrograms(): Promise<string> {
  const real = process.env["ALLOT_CLIENTS"];
  if (real !== undefined) return join(real, "node_modules", ".bin");
  const folder = mkdtempSync(join(tmpdir(), "allot-programs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return installStandIns(folder);
}

async function makeRun(
  home: AllotHome,
  repo: string,
  tasks: readonly MiniTask[],
  env: Readonly<Record<string, string>> = {},
) {
  const all = { ...home.env, ...env };
  const readFile = (path: string): string | undefined => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  };
  const config = loadConfig({ flags: {}, env: all, cwd: home.dir, home: home.dir, readFile });
  await using app = await openApp(config, all);
  return await app.newRun("A library of greetings", repo, {
    decision: "delegate",
    verifier: "checks",
    plan: {
      goal: "A library of greetings",
      summary: "Two functions.",
      nonGoals: [],
      tasks,
      planner: "a test",
      finalChecks: [],
      notes: [],
    },
  });
}

test(
  "mini-tasks name their agents in Markdown; a failing command goes back to the same session; tokens are the provider's own",
  async () => {
    const { repository, provider, team, home } = await openField({
      greet: [{ "src/greet.js": WRONG }, { "src/greet.js": GREET }],
      shout: [{ "src/shout.js": SHOUT }],
    });
    const { id } = await makeRun(home, repository.dir, [
      task(1, "greet", { agent: "codex", validation: [GREETS] }),
      task(2, "shout", {
        agent: "claude",
        dependsOn: [1],
        reads: [{ path: "src/greet.js", optional: false, note: "" }],
        validation: [SHOUTS],
      }),
    ]);
    const report = reportOf(await runInside(home, ["resume", id, "--json"]));
    expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
    const files = readdirSync(join(repository.dir, ".allot/runs", id, "tasks"));
    const texts = files.map((name) => readFileSync(join(repository.dir, ".allot/runs", id, "tasks", name), "utf8"));
    expect(texts.map((text) => /^\*\*Agent\*\*: (\w+)$/m.exec(text)?.[1])).toEqual(["codex", "claude"]);
    expect(
      report.tasks.map(({ attempts }) =>
        attempts.map(({ agent, outcome, why }) => `${agent} ${outcome} ${why}`.trim()),
      ),
    ).toEqual([["codex refused validation-failed", "codex accepted"], ["claude accepted"]]);
    const [first, second] = report.tasks[0]?.attempts ?? [];
    expect(first?.session).toBe(second?.session);
    expect(team.prompts.filter(([name]) => name === "greet")[1]?.[1]).toContain("validation-failed");
    expect(repository.git("show", `${report.branch}:src/greet.js`)).toBe(GREET.trim());
    expect(repository.git("show", `${report.branch}:src/shout.js`)).toBe(SHOUT.trim());
    const ledger = await ledgerOf(home, id);
    const sum = (count: (usage: (typeof ledger)[number]["usage"]) => number): number =>
      ledger.reduce((all, { usage }) => all + count(usage), 0);
    const told = provider.served.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
    expect(sum(({ inputTokens }) => inputTokens)).toBe(told.reduce((all, { inputTokens }) => all + inputTokens, 0));
    expect(sum(({ outputTokens }) => outputTokens)).toBe(told.reduce((all, { outputTokens }) => all + outputTokens, 0));
  },
  LONG,
);

test(
  "--executor gives every mini-task of the small tier to that agent; its budget is the run's",
  async () => {
    const { repository, team, home } = await openField({ greet: [{ "src/greet.js": GREET }] });
    const { id, executor } = await makeRun(home, repository.dir, [task(1, "greet", { validation: [GREETS] })], {
      ALLOT_EXECUTOR: "codex",
      ALLOT_LIMIT_USD: "0.000001",
    });
    expect(executor).toBe("codex");
    const ended = await runInside(home, ["resume", id, "--json"]);
    const report = reportOf(ended);
    expect(report.state).toBe("escalated");
    expect(report.reason).toMatch(/limit|budget/i);
    expect(team.prompts).toEqual([]);
  },
  LONG,
);

test(
  "an agent that a limit stops leaves a run that goes on when there is room, in its session",
  async () => {
    const { repository, team, home } = await openField({ greet: [{ "src/greet.js": GREET }] });
    const limits = (tokens: string): void =>
      writeFileSync(
        join(home.dir, ".allot/config.json"),
        JSON.stringify({ limits: { session: { "*": { tokens_per_hour: tokens } } } }),
      );
    limits("1500");
    const { id } = await makeRun(home, repository.dir, [task(1, "greet", { agent: "codex", validation: [GREETS] })]);
    const stopped = await runInside(home, ["resume", id, "--json"]);
    expect(stopped.code).toBe(75);
    expect(stopped.stdout).toContain('"code":"limit-reached"');
    limits("none");
    const report = reportOf(await runInside(home, ["resume", id, "--json"]));
    expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
    expect(report.tasks[0]?.attempts.map(({ round, outcome }) => [round, outcome])).toEqual([[1, "accepted"]]);
    expect(team.prompts.map(([name]) => name)).toEqual(["greet"]);
  },
  LONG,
);

test(
  "planner, executor and verifier may each be an agent: a plan that does not hold and a verdict that does not fit go back into their sessions",
  async () => {
    const repository = shopRepository({});
    onTestFinished(() => repository[Symbol.dispose]());
    const asked: string[] = [];
    const task = discountTask() as { readonly title: string };
    const plan = planOf(task);
    const answers: Record<string, unknown[]> = {
      planner: [{ ...plan, tasks: [] }, plan],
      verifier: [{ verdict: "maybe" }, { verdict: "accepted", summary: "The discount is right.", findings: [] }],
    };
    const worker = blogTeam({ [firstWord(task.title)]: [{ "src/discount.js": DISCOUNT }] });
    const provider = await openScriptedProvider({
      script(seen) {
        const said = seen.messages
          .filter(({ role }) => role === "user")
          .map(({ text }) => text)
          .join("\n");
        const who = said.includes("You plan changes")
          ? "planner"
          : said.includes("You verify a finished")
            ? "verifier"
            : "worker";
        if (who === "worker") return worker.script(seen);
        asked.push(who);
        return { text: `Here it is:\n\n\`\`\`json\n${JSON.stringify(answers[who]?.shift())}\n\`\`\`` };
      },
    });
    onTestFinished(() => provider.close());
    const home = allotHome({
      PATH: `${await agentPrograms()}${delimiter}${process.env["PATH"] ?? ""}`,
      OPENAI_API_KEY: "sk-dummy-of-a-test-0123456789",
      ANTHROPIC_API_KEY: "sk-dummy-of-a-test-0123456789",
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ANTHROPIC_BASE_URL: provider.url,
    });
    const roles = [
      "--planner",
      "codex",
      "--executor",
      "claude",
      "--verifier",
      "codex",
      "--agent-model",
      "codex=gpt-5.5,claude=claude-sonnet-5-5",
    ];
    const ended = await runInside(home, [
      "run",
      GOAL,
      "--repo",
      repository.dir,
      "--yes",
      "--decision",
      "delegate",
      "--json",
      ...roles,
    ]);
    const report = reportOf(ended);
    expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
    expect(asked).toEqual(["planner", "planner", "verifier", "verifier"]);
    expect(report.tasks.map(({ attempts }) => attempts.map(({ agent, outcome }) => [agent, outcome]))).toEqual([
      [["claude", "accepted"]],
    ]);
    expect(report.verdicts.map(({ judge, summary }) => [judge, summary])).toEqual([
      ["codex", "The discount is right."],
    ]);
    expect(report.spend.byPhase.map(({ name }) => name)).toEqual(["planning", "execution", "verification"]);
  },
  LONG,
);

function firstWord(title: string): string {
  return /[\w-]+/.exec(title)?.[0] ?? "";
}

test("an agent that is not installed is told before a run is made", async () => {
  const repository = tempRepository({ "README.md": "# Greetings\n" });
  onTestFinished(() => repository[Symbol.dispose]());
  // Only git on the path, wherever else agents may be installed on this machine.
  const programs = mkdtempSync(join(tmpdir(), "allot-programs-"));
  onTestFinished(() => rmSync(programs, { recursive: true, force: true }));
  symlinkSync(execFileSync("which", ["git"], { encoding: "utf8" }).trim(), join(programs, "git"));
  const home = allotHome({ PATH: programs });
  const args = ["dispatch", "--component", "backend=Build it", "--repo", repository.dir, "--json"];
  const ended = await runInside(home, args);
  expect(ended.code).toBe(127);
  expect(ended.lines[0]).toMatchObject({ error: { code: "command-not-found" } });
  expect(ended.stdout).toContain("npm install -g @openai/codex");
  expect((await runInside(home, ["runs", "--json"])).lines[0]).toEqual({ runs: [] });
});
