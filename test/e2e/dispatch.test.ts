import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "../../src/cli/cli.ts";
import { expect, onTestFinished, test } from "vitest";
import {
  BLOG_CONTRACT,
  blogTeam,
  FRONTEND,
  INCOMPLETE_BACKEND,
  MENDED_BACKEND,
  UNMENDED_BACKEND,
  type BlogRounds,
} from "../support/blog-team.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import {
  allotHome,
  eventsOf,
  ledgerOf,
  reportOf,
  runIdOf,
  runInside,
  type AllotHome,
  type Ended,
} from "../support/run-allot.ts";
import { installStandIns } from "../support/stand-in-agents/install-stand-ins.ts";
import { tempRepository } from "../support/temp-repository.ts";

/** Each agent has a host of its own, which takes seconds to start on a busy machine. */
const LONG = 240_000;

const BACKEND = ["--component", "backend=Implement the backend routers per API_CONTRACT.md"];
const PAGES = ["--component", "frontend=Implement the pages that call the API per API_CONTRACT.md"];

async function openBlog(
  rounds: BlogRounds,
  options: { readonly delayMs?: number; readonly isContractCommitted?: boolean } = {},
) {
  const { isContractCommitted = true } = options;
  const repository = tempRepository({
    "README.md": "# Blog\n",
    ...(isContractCommitted ? { "API_CONTRACT.md": BLOG_CONTRACT } : {}),
  });
  repository.write("API_CONTRACT.md", BLOG_CONTRACT);
  onTestFinished(() => repository[Symbol.dispose]());
  const team = blogTeam(rounds, options);
  const provider = await openScriptedProvider({ script: team.script });
  onTestFinished(() => provider.close());
  const programs = await agentPrograms();
  const home: AllotHome = allotHome({
    PATH: `${programs}${delimiter}${process.env["PATH"] ?? ""}`,
    OPENAI_API_KEY: "sk-dummy-of-a-test-0123456789",
    ANTHROPIC_API_KEY: "sk-dummy-of-a-test-0123456789",
    OPENAI_BASE_URL: `${provider.url}/v1`,
    ANTHROPIC_BASE_URL: provider.url,
  });
  const args = (...more: string[]) => ["dispatch", "--repo", repository.dir, "--json", ...more];
  const dispatch = (...more: string[]) => runInside(home, args(...more));
  return { repository, team, provider, home, args, dispatch };
}

/** The stand-ins, or the real programs where ALLOT_CLIENTS names the folder that they are installed in (docs/clients.md). */
async function agentPrograms(): Promise<string> {
  const real = process.env["ALLOT_CLIENTS"];
  if (real !== undefined) return join(real, "node_modules", ".bin");
  const folder = mkdtempSync(join(tmpdir(), "allot-programs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return installStandIns(folder);
}

test(
  "a blog's back end and front end are built at the same time, and a missing endpoint is mended in the same session",
  async () => {
    const { repository, team, home, dispatch } = await openBlog({
      backend: [INCOMPLETE_BACKEND, MENDED_BACKEND],
      frontend: [FRONTEND],
    });
    const ended = await dispatch(...BACKEND, ...PAGES, "--agent-model", "gpt-5.5");
    const report = reportOf(ended);
    expect({ state: report.state, reason: report.reason, code: ended.code }).toEqual({
      state: "accepted",
      reason: "",
      code: 0,
    });
    expect(report.components?.map(({ name, side, state, rounds }) => [name, side, state, rounds])).toEqual([
      ["backend", "server", "accepted", 2],
      ["frontend", "client", "accepted", 1],
    ]);
    const [backend, frontend] = report.tasks;
    expect(backend?.attempts.map(({ outcome, why }) => [outcome, why])).toEqual([
      ["refused", "api-contract-broken"],
      ["accepted", ""],
    ]);
    expect(backend?.attempts[1]?.session).toBe(backend?.attempts[0]?.session);
    expect(frontend?.attempts.map(({ outcome }) => outcome)).toEqual(["accepted"]);
    const mending = team.prompts.filter(([name]) => name === "backend")[1]?.[1] ?? "";
    expect(mending).toContain("missing: GET /api/posts/{id}/comments/");
    expect(mending).not.toContain("# Mini-Task");
    expect(report.checks.map(({ command, passed, why }) => [command, passed, why])).toEqual([
      ["allot contract validate API_CONTRACT.md", true, "6 endpoints, all kept"],
    ]);
    const files = repository.git("ls-tree", "-r", "--name-only", report.branch).split("\n");
    expect(files).toEqual([
      "API_CONTRACT.md",
      "README.md",
      "backend/main.py",
      "backend/routers/__init__.py",
      "backend/routers/comments.py",
      "backend/routers/posts.py",
      "frontend/src/api.js",
    ]);
    expect(report.isolation?.parts.map(({ name }) => name)).toEqual(["backend", "frontend"]);
    // Side by side: the front end began before the back end was done.
    const order = eventsOf(ended, "task-started").map(({ task, round }) => `${task}/${round}`);
    expect(order.slice(0, 2).toSorted()).toEqual(["1/1", "2/1"]);
    expect(repository.git("status", "--porcelain")).toBe("");
    const ledger = await ledgerOf(home, report.run);
    // Two calls a round: the files, then the word.
    expect(ledger.map(({ task }) => task).toSorted()).toEqual(["1", "1", "1", "1", "2", "2"]);
    expect(report.spend.total).toMatchObject({ calls: 6 });
    // Left behind until it is landed: a run's own branch is nobody's decision yet.
    expect(await leftovers(home)).toEqual(["backend unmerged", "frontend unmerged"]);
    expect((await runInside(home, ["land", report.run, "--commit", "--json"])).code).toBe(0);
    expect(await leftovers(home)).toEqual(["backend merged", "frontend merged"]);
    expect(await leftovers(home, "--clean")).toEqual(["backend merged removed", "frontend merged removed"]);
    expect(readdirSync(join(home.dir, ".allot/workspaces"))).toEqual([]);
  },
  LONG,
);

test(
  "a third failing round goes to the user, with what is wrong and where the work is kept",
  async () => {
    const { team, home, dispatch } = await openBlog(
      { backend: [INCOMPLETE_BACKEND, UNMENDED_BACKEND, {}] },
      { isContractCommitted: false },
    );
    const ended = await dispatch(...BACKEND, "--agent-model", "gpt-5.5");
    const report = reportOf(ended);
    expect({ state: report.state, code: ended.code }).toEqual({ state: "escalated", code: 3 });
    const [backend] = report.tasks;
    expect(backend?.attempts.map(({ round, outcome, why }) => [round, outcome, why])).toEqual([
      [1, "refused", "api-contract-broken"],
      [2, "refused", "api-contract-broken"],
      [3, "refused", "api-contract-broken"],
    ]);
    expect(new Set(backend?.attempts.map(({ session }) => session)).size).toBe(1);
    expect(report.reason).toContain("still refused after 2 fix rounds");
    expect(report.reason).toContain("missing: GET /api/posts/{id}/comments/");
    const dir = backend?.hosted?.dir ?? "";
    expect(report.reason).toContain(dir);
    expect(existsSync(join(dir, "backend/main.py"))).toBe(true);
    expect(await leftovers(home, "--clean")).toEqual(["backend unmerged"]);
    expect(await leftovers(home, "--clean", `${report.run}/backend`)).toEqual(["backend unmerged removed"]);
    expect(existsSync(dir)).toBe(false);
    // The same failure again comes with what the round had changed instead.
    expect(team.prompts.map(([, prompt]) => prompt)[2]).toContain("+# looked at again");
  },
  LONG,
);

test(
  "a lost session is rebuilt from the record: the task, what was delivered, what is wrong",
  async () => {
    const { team, home, args } = await openBlog({ backend: [INCOMPLETE_BACKEND, MENDED_BACKEND] });
    const ended = await watched(
      home,
      args(...BACKEND, "--agent", "claude", "--agent-model", "claude-sonnet-5-5"),
      (line) => {
        if (!line.includes('"kind":"gates"')) return;
        for (const run of readdirSync(join(home.dir, ".allot/workspaces")))
          rmSync(join(home.dir, ".allot/workspaces", run, ".homes/backend/.claude"), { recursive: true, force: true });
      },
    );
    const report = reportOf(ended);
    expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
    const sessions = report.tasks[0]?.attempts.map(({ session }) => session);
    expect(sessions).toHaveLength(2);
    expect(sessions?.[0]).not.toBe(sessions?.[1]);
    const rebuilt = team.prompts.at(-1)?.[1] ?? "";
    expect(rebuilt).toContain("# Mini-Task 1: Component backend");
    expect(rebuilt).toContain("`backend/routers/comments.py`");
    expect(rebuilt).toContain("missing: GET /api/posts/{id}/comments/");
  },
  LONG,
);

test(
  "what only the whole lacks goes back to the component whose it is, into its session",
  async () => {
    const own = (files: Readonly<Record<string, string>>, folder: string) =>
      Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace("backend", folder), text]));
    const both = { ...INCOMPLETE_BACKEND, ...MENDED_BACKEND };
    const { "backend/routers/posts.py": postsFile = "", "backend/routers/comments.py": commentsFile = "" } = both;
    const alone = (name: string) =>
      `from fastapi import FastAPI\n\nfrom routers import ${name}\n\napp = FastAPI()\napp.include_router(${name}.router, prefix="/api/posts")\n`;
    const incomplete = INCOMPLETE_BACKEND["backend/routers/comments.py"] ?? "";
    const { team, dispatch, repository } = await openBlog({
      posts: [own({ "backend/main.py": alone("posts"), "backend/routers/posts.py": postsFile }, "posts")],
      comments: [
        own({ "backend/main.py": alone("comments"), "backend/routers/comments.py": incomplete }, "comments"),
        own({ "backend/routers/comments.py": commentsFile }, "comments"),
      ],
    });
    const components = [
      "--component",
      "posts=Implement the posts routers",
      "--component",
      "comments=Implement the comments routers",
    ];
    const report = reportOf(await dispatch(...components, "--agent-model", "gpt-5.5"));
    expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
    const [, comments, fix] = report.tasks;
    expect(comments?.attempts.map(({ outcome }) => outcome)).toEqual(["accepted"]);
    expect(fix?.title).toBe("Fix round 1: mend what the verdict found");
    expect(fix?.attempts.map(({ outcome }) => outcome)).toEqual(["accepted"]);
    expect(fix?.attempts[0]?.session).toBe(comments?.attempts[0]?.session);
    expect(team.prompts.map(([name]) => name).toSorted()).toEqual(["comments", "comments", "posts"]);
    expect(team.prompts.at(-1)?.[1]).toContain("missing: GET /api/posts/{id}/comments/");
    expect(report.verdicts.map(({ accepted }) => accepted)).toEqual([false, true]);
    expect(repository.git("show", `${report.branch}:comments/routers/comments.py`)).toContain("list_comments");
  },
  LONG,
);

test(
  "a dispatch that is stopped by Ctrl-C stops its agent, and resuming goes on with its session",
  async () => {
    const { home, args } = await openBlog(
      { backend: [{ ...INCOMPLETE_BACKEND, ...MENDED_BACKEND }] },
      { delayMs: 3_000 },
    );
    const stopped = await endedAt(home, args(...BACKEND, "--agent-model", "gpt-5.5"), '"works in session', "SIGINT");
    expect(stopped.stdout).toContain('"code":"interrupted"');
    const run = runIdOf(stopped);
    const report = reportOf(await runInside(home, ["resume", run, "--json"]));
    expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
  },
  LONG,
);

test(
  "a dispatch that is killed while its agent works goes on with that agent, and nothing is asked or paid twice",
  async () => {
    const { team, provider, home, args } = await openBlog(
      { backend: [{ ...INCOMPLETE_BACKEND, ...MENDED_BACKEND }] },
      { delayMs: 3_000 },
    );
    const killed = await endedAt(home, args(...BACKEND, "--agent-model", "gpt-5.5"), '"works in session', "SIGKILL");
    expect(killed.signal).toBe("SIGKILL");
    const run = runIdOf(killed);
    const ended = await runInside(home, ["resume", run, "--json"]);
    const report = reportOf(ended);
    expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
    expect(team.prompts.map(([name]) => name)).toEqual(["backend"]);
    expect(provider.seen).toHaveLength(2);
    expect(await ledgerOf(home, run)).toHaveLength(2);
  },
  LONG,
);

async function leftovers(home: AllotHome, ...args: string[]): Promise<readonly string[]> {
  const [{ workspaces } = {}] = (await runInside(home, ["workspaces", "--json", ...args])).lines;
  return (workspaces as { component: string; state: string; removed: boolean }[]).map(
    ({ component, state, removed }) => `${component} ${state}${removed ? " removed" : ""}`,
  );
}

/** Runs a command inside this process and shows each piece of what it prints to `see`, as it comes. */
async function watched(home: AllotHome, args: readonly string[], see: (text: string) => void): Promise<Ended> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let [out, err] = ["", ""];
  stdout.on("data", (data: Buffer) => {
    out += data.toString();
    see(data.toString());
  });
  stderr.on("data", (data: Buffer) => (err += data.toString()));
  const signal = new AbortController().signal;
  const code = await runCli(args, { stdout, stderr, stdin, env: home.env, cwd: home.dir, signal });
  return { code, stdout: out, stderr: err, lines: linesOf(out) };
}

/** Runs a command as a process of its own and sends it a signal when `sign` has been printed. */
async function endedAt(
  home: AllotHome,
  args: readonly string[],
  sign: string,
  how: "SIGINT" | "SIGKILL",
): Promise<Ended & { signal: string | null }> {
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    env: home.env,
    cwd: home.dir,
  });
  let [out, err, told] = ["", "", false];
  child.stdout.on("data", (data: Buffer) => {
    out += data.toString();
    if (!told && out.includes(sign)) told = child.kill(how);
  });
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return { code: code ?? -1, signal, stdout: out, stderr: err, lines: linesOf(out) };
}

function linesOf(text: string): Record<string, unknown>[] {
  return text.split("\n").flatMap((line) => (line.startsWith("{") && line.endsWith("}") ? [JSON.parse(line)] : []));
}
