import { cpSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, onTestFinished, test } from "vitest";
import { runAllot, allotHome, type AllotHome } from "../support/run-allot.ts";
import { tempRepository, type TempRepository } from "../support/temp-repository.ts";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "src/cli/main.ts");

// Answers are JSON of many shapes; each test says what it expects of its own.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = Record<string, any>;

/** allot's sample project as a repository of its own. */
function sampleRepository(): TempRepository {
  const repository = tempRepository({ "README.md": "# Sample\n" });
  onTestFinished(() => repository[Symbol.dispose]());
  cpSync(join(ROOT, "sample/todo"), repository.dir, { recursive: true });
  repository.commit("sample");
  return repository;
}

/** The protocol's own client, connected to `allot mcp` as an agent would start it. */
async function connected(home: AllotHome, repo: string, ...flags: string[]) {
  const client = new Client({ name: "test", version: "1.0.0" });
  const args = ["--disable-warning=ExperimentalWarning", MAIN, "mcp", "--repo", repo, ...flags];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    cwd: repo,
    env: { ...home.env },
    stderr: "pipe",
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  /** A tool's structured answer; throws with its text where it is a fault. */
  const call = async (name: string, given: Record<string, unknown> = {}): Promise<Answer> => {
    const answer = await client.callTool({ name, arguments: given });
    if (answer.isError === true) throw new Error(textOf(answer));
    expect(JSON.parse(textOf(answer))).toEqual(answer.structuredContent);
    return answer.structuredContent as Answer;
  };
  return { client, call };
}

function textOf(answer: unknown): string {
  const [first] = (answer as { content: { type: string; text?: string }[] }).content;
  return first?.text ?? "";
}

test("the protocol's own client lists seven tools, each with a description and a schema of what it takes", async () => {
  const { client } = await connected(allotHome(), sampleRepository().dir);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    "route",
    "plan",
    "delegate",
    "run_status",
    "usage",
    "limits",
    "contract_validate",
  ]);
  for (const tool of tools) {
    expect(tool.description?.length).toBeGreaterThan(60);
    expect(tool.inputSchema.type).toBe("object");
  }
  expect(client.getServerVersion()?.name).toBe("allot");
  expect(client.getInstructions()).toContain("well-defined");
});

test("route answers as the command of that name does", async () => {
  const home = allotHome();
  const { call } = await connected(home, sampleRepository().dir);
  const routed = await call("route", { text: "Fix the login button styling" });
  const typed = await runAllot(home, ["route", "Fix the login button styling", "--json"]);
  expect(routed).toEqual(typed.lines[0]);
  expect(routed).toMatchObject({ type: "ui", agent: "comet" });
});

test("a goal that was planned is carried out in the background, and its status ends with the accepted branch", async () => {
  const home = allotHome({ ALLOT_MAX_LINES: "200" });
  const repository = sampleRepository();
  const before = repository.git("status", "--porcelain");
  const { call } = await connected(home, repository.dir, "--offline");
  const planned = await call("plan", { goal: "Split src/todo.js into focused modules" });
  expect(planned).toMatchObject({ kind: "planned", forecastUsd: 0 });
  expect(planned["tasks"].length).toBeGreaterThan(2);
  expect(repository.git("branch", "--list", "allot/*")).toBe("");

  const started = await call("delegate", { run: planned["run"] });
  expect(started["run"]).toBe(planned["run"]);
  const ended = await waited(call, String(planned["run"]));
  expect(ended).toMatchObject({ state: "accepted", costUsd: 0, result: { state: "accepted" } });
  expect(ended["tasks"].every(({ state }: { state: string }) => state === "integrated")).toBe(true);
  expect(repository.git("rev-parse", `allot/${planned["run"]}`)).toBe(ended["result"].head);
  expect(repository.git("status", "--porcelain")).toBe(before);

  const again = await call("delegate", { run: planned["run"] }).catch((error: Error) => error.message);
  expect(again).toContain("run-state");
  const all = await call("run_status");
  expect(all["runs"][0]).toMatchObject({ run: planned["run"], state: "accepted" });
});

/** The status once nothing more happens; a loaded machine may take several waits. */
async function waited(call: (name: string, given: Record<string, unknown>) => Promise<Answer>, run: string) {
  for (let waits = 0; waits < 4; waits += 1) {
    const status = await call("run_status", { run, wait_seconds: 20 });
    if (status["result"] !== null) return status;
  }
  throw new Error(`run ${run} did not end`);
}

test("usage and limits tell what the ledger and the throttle hold", async () => {
  const { call } = await connected(allotHome(), sampleRepository().dir);
  expect(await call("usage", { by: "model", hours: 1 })).toMatchObject({ by: "model", rows: [], total: { calls: 0 } });
  const limits = await call("limits");
  expect(
    limits["limits"].find(
      (one: Answer) => one["scope"] === "session" && one["window"] === "hour" && one["measure"] === "tokens",
    ),
  ).toMatchObject({ limit: 100_000, origin: "default" });
});

test("contract_validate names what the server lacks, with the place in the contract", async () => {
  const repository = tempRepository({
    "API_CONTRACT.md": "# API\n\n### GET /api/posts\n\n### GET /api/posts/{id}\n",
    "server/app.js":
      'const express = require("express");\nconst app = express();\napp.get("/api/posts", (req, res) => res.json([]));\napp.listen(3000);\n',
  });
  onTestFinished(() => repository[Symbol.dispose]());
  const { call } = await connected(allotHome(), repository.dir);
  const report = await call("contract_validate", { contract: "API_CONTRACT.md", servers: ["server"] });
  expect(report).toMatchObject({
    ok: false,
    findings: [
      {
        side: "server",
        kind: "missing",
        method: "GET",
        path: "/api/posts/{id}",
        contract: { file: "API_CONTRACT.md", line: 5 },
      },
    ],
  });
  repository.write("server/app.js", "module.exports = {};\n");
  expect(await call("contract_validate", { contract: "API_CONTRACT.md" })).toMatchObject({
    ok: false,
    note: "nothing was compared: no server and no client was found; name them",
    findings: [],
  });
});

test("what a caller names outside of the server's folder is refused, and a fault is an answer, not a broken connection", async () => {
  const repository = sampleRepository();
  const { call } = await connected(allotHome(), repository.dir);
  const outside = await call("contract_validate", { root: "../.." }).catch((error: Error) => error.message);
  expect(outside).toMatch(/^path-escapes: \.\.\/\.\. is outside of /);
  const elsewhere = await call("plan", { goal: "Add a flag", repo: "/" }).catch((error: Error) => error.message);
  expect(elsewhere).toMatch(/^path-escapes: /);
  const nothing = await call("run_status", { run: "no-such" }).catch((error: Error) => error.message);
  expect(nothing).toBe('run-not-found: no run "no-such"; there are no runs yet');
  const both = await call("delegate", {}).catch((error: Error) => error.message);
  expect(both).toMatch(/^usage: delegate takes a goal, or the run/);
  const servers = await call("contract_validate", { servers: ["../outside"] }).catch((error: Error) => error.message);
  expect(servers).toMatch(/^path-escapes: \.\.\/outside is outside of /);
  const much = await call("plan", { goal: "Add a flag", limit_usd: 1e300 }).catch((error: Error) => error.message);
  expect(much).toContain("limit_usd");
  expect((await call("limits"))["timeZone"]).toBeDefined();
});

test("runs of other repositories are not told of, and what was said of the server's surroundings holds for the runs it starts", async () => {
  const home = allotHome({ ALLOT_MAX_LINES: "200" });
  const own = sampleRepository();
  const other = sampleRepository();
  const moved = join(home.dir, "moved");
  const { call } = await connected(home, own.dir, "--offline", "--home", moved);
  const elsewhere = await connected(home, other.dir, "--offline", "--home", moved);
  const started = await call("delegate", { goal: "Split src/todo.js into focused modules" });
  expect((await waited(call, String(started["run"])))["state"]).toBe("accepted");
  expect(await elsewhere.call("run_status")).toEqual({ runs: [] });
  const asked = await elsewhere.call("run_status", { run: started["run"] }).catch((error: Error) => error.message);
  expect(asked).toMatch(/^path-escapes: /);
});

test("a limit that a caller names only lowers the configured one", async () => {
  const home = allotHome();
  const repository = sampleRepository();
  const { call } = await connected(home, repository.dir, "--offline", "--limit-usd", "0.50");
  const higher = await call("plan", { goal: "Split src/todo.js into focused modules", limit_usd: 100 });
  const lower = await call("plan", { goal: "Split src/todo.js into focused modules", limit_usd: 0.25 });
  const shown = await Promise.all([higher, lower].map(({ run }) => runAllot(home, ["show", String(run), "--json"])));
  expect(shown.map(({ lines }) => lines[0]?.["spec"]).map((spec) => (spec as Answer)["limit"])).toEqual([
    500_000_000, 250_000_000,
  ]);
});

test("allot mcp --json lists the tools without serving them", async () => {
  const ended = await runAllot(allotHome(), ["mcp", "--json"]);
  expect(ended.code).toBe(0);
  expect(((ended.lines[0]?.["tools"] ?? []) as { name: string }[]).map(({ name }) => name)).toContain("delegate");
});
