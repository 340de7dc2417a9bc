import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempRepository, type TempRepository } from "../../../../test/support/temp-repository.ts";
import { openRunRepository } from "../../../workspaces/run-repository.ts";
import { gitFacts } from "../facts/git-facts.ts";
import { readTaskForGates } from "../facts/loose-task.ts";
import type { GateResult } from "../gate.ts";
import { apiContract } from "./api-contract.ts";
import { contractFacts, type ContractPart, type ContractRequest } from "./contract-facts.ts";

const CONTRACT = `# API contract

| Method | Path |
|---|---|
| GET | /api/posts |
| GET | /api/posts/{id} |
`;
const SERVER = `from fastapi import FastAPI

app = FastAPI()


@app.get("/api/posts")
def posts():
    return []


@app.get("/api/posts/{id}")
def post(id: int):
    return {}
`;
const WITHOUT_ONE = SERVER.slice(0, SERVER.indexOf('\n\n@app.get("/api/posts/{id}")'));
const TASK = readTaskForGates("# Mini-Task 1: Change the server\n\n**Model**: small\n", "task.md");

async function judge(repository: TempRepository, contract: ContractRequest | "auto"): Promise<GateResult> {
  const folder = mkdtempSync(join(tmpdir(), "allot-api-contract-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const own = await openRunRepository({ userRepo: repository.dir, dir: join(folder, "run.git") });
  const [base, head] = ["HEAD~1", "HEAD"].map((name) => repository.git("rev-parse", name));
  await using facts = await gitFacts({
    repository: own,
    base: base ?? "",
    head: head ?? "",
    task: TASK,
    contract,
    lineage: false,
  });
  return await apiContract.check(facts);
}

function change(files: Readonly<Record<string, string>>, changes: Readonly<Record<string, string>>): TempRepository {
  const repository = tempRepository(files);
  onTestFinished(() => repository[Symbol.dispose]());
  for (const [path, text] of Object.entries(changes)) repository.write(path, text);
  repository.commit("the result");
  return repository;
}

const PROJECT = { "API_CONTRACT.md": CONTRACT, "server/app.py": SERVER, "README.md": "# Blog\n" };
const part = (side: ContractPart["side"], alone = true): ContractPart => ({ side, folders: ["server"], alone });
const agreed = (of: ContractPart): ContractRequest => ({ path: "API_CONTRACT.md", text: CONTRACT, part: of });

test("a change that takes a promised endpoint away is refused, with the endpoint and where it is promised", async () => {
  const result = await judge(change(PROJECT, { "server/app.py": WITHOUT_ONE }), "auto");
  expect([result.status, result.code]).toEqual(["failed", "api-contract-broken"]);
  expect(result.message).toContain("missing: GET /api/posts/{id}");
  expect(result.evidence).toContainEqual({ kind: "place", path: "API_CONTRACT.md", line: 6 });
});

test("what was missing before is nobody's fault now", async () => {
  const changes = { "server/app.py": `${WITHOUT_ONE}\n# a remark\n` };
  const result = await judge(change({ ...PROJECT, "server/app.py": WITHOUT_ONE }, changes), "auto");
  expect(result.status).toBe("passed");
});

test("a change that touches neither routes nor calls is not looked at", async () => {
  const result = await judge(change(PROJECT, { "README.md": "# The blog\n" }), "auto");
  expect([result.status, result.message]).toEqual(["skipped", "nothing that API_CONTRACT.md speaks of is changed"]);
});

test("a project without a contract is not looked at", async () => {
  const { "API_CONTRACT.md": _, ...rest } = PROJECT;
  expect((await judge(change(rest, { "server/app.py": WITHOUT_ONE }), "auto")).status).toBe("skipped");
});

test("who changes the contract first leaves the code to those who come after", async () => {
  const result = await judge(change(PROJECT, { "API_CONTRACT.md": `${CONTRACT}| POST | /api/posts |\n` }), "auto");
  expect(result.status).toBe("passed");
});

test("a component of the server's side keeps all of it, whether the contract is committed or not", async () => {
  const { "API_CONTRACT.md": _, ...uncommitted } = PROJECT;
  const empty = { ...uncommitted, "server/app.py": "" };
  expect((await judge(change(empty, { "server/app.py": SERVER }), agreed(part("server")))).status).toBe("passed");
  const missing = await judge(change(empty, { "server/app.py": WITHOUT_ONE }), agreed(part("server")));
  expect(missing.message).toContain("missing: GET /api/posts/{id}");
});

test("where several components serve, what one lacks may be another's", async () => {
  const repository = change({ ...PROJECT, "server/app.py": "" }, { "server/app.py": WITHOUT_ONE });
  expect((await judge(repository, agreed(part("server", false)))).status).toBe("passed");
});

test("what a server serves besides the contract is no fault, what a client calls besides is one", async () => {
  const more = `${SERVER}\n\n@app.get("/health")\ndef health():\n    return {}\n`;
  const served = await judge(
    change({ ...PROJECT, "server/app.py": "" }, { "server/app.py": more }),
    agreed(part("server")),
  );
  expect(served.status).toBe("passed");
  const client = change({ "README.md": "" }, { "server/api.js": 'export const all = () => fetch("/api/pots");\n' });
  const called = await judge(client, agreed(part("client")));
  expect([called.status, called.code]).toEqual(["failed", "api-contract-broken"]);
  expect(called.message).toContain("GET /api/pots");
});

const NO_CODE = { "core/model.py": "posts = []\n" };
const other = (side: ContractPart["side"], alone = true): ContractPart => ({ side, folders: ["core"], alone });

test("a component that could have served and does nothing lacks all of the contract", async () => {
  const { "server/app.py": _, ...rest } = PROJECT;
  const silent = await judge(change(rest, NO_CODE), agreed(other(undefined)));
  expect([silent.status, silent.code]).toEqual(["failed", "api-contract-broken"]);
  expect(silent.message).toContain("missing: GET /api/posts");
});

test("a component that does nothing lacks nothing where others serve, and is not said to have kept it", async () => {
  const said = "API_CONTRACT.md: 2 endpoints; nothing of them is served or called here, the whole is judged in the end";
  const inTree = await judge(change(PROJECT, NO_CODE), agreed(other(undefined)));
  expect([inTree.status, inTree.message]).toEqual(["passed", said]);
  const { "server/app.py": _, ...rest } = PROJECT;
  const inDispatch = await judge(change(rest, NO_CODE), agreed(other(undefined, false)));
  expect([inDispatch.status, inDispatch.message]).toEqual(["passed", said]);
});

test("a component's contract that cannot be read is not kept", async () => {
  const request = { path: "API_CONTRACT.md", text: "# API contract\n\nWe serve posts.\n", part: part("server") };
  const result = await judge(change(PROJECT, NO_CODE), request);
  expect([result.status, result.code]).toEqual(["failed", "api-contract-broken"]);
  expect(result.message).toContain("no endpoint can be read out of API_CONTRACT.md");
});

test("a component's own files are read as code where they are code, and else are nobody's side", async () => {
  const own = (folders: string[]): ContractRequest => agreed({ side: "server", folders, alone: true });
  const empty = change({ ...PROJECT, "server/app.py": "" }, { "server/app.py": SERVER });
  expect((await judge(empty, own(["server/app.py", "README.md"]))).status).toBe("passed");
  expect((await judge(empty, own(["README.md"]))).status).toBe("failed");
});

test("of a whole in which a component has to serve and none does, every endpoint is missing", async () => {
  const told = async (files: Readonly<Record<string, string>>, whole: ContractRequest["whole"]) => {
    const { "server/app.py": _, ...rest } = PROJECT;
    const repository = change(rest, files);
    const folder = mkdtempSync(join(tmpdir(), "allot-api-contract-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const own = await openRunRepository({ userRepo: repository.dir, dir: join(folder, "run.git") });
    const [base = "", head = ""] = ["HEAD~1", "HEAD"].map((name) => repository.git("rev-parse", name));
    const facts = contractFacts(
      own,
      { base, head },
      { path: "API_CONTRACT.md", text: CONTRACT, ...(whole && { whole }) },
    );
    return (await facts.report("head"))?.findings.map(({ kind, method, path }) => `${kind} ${method} ${path}`);
  };
  const all = ["missing GET /api/posts", "missing GET /api/posts/{id}"];
  const nothing = { "posts/main.py": "x = 1\n", "comments/main.py": "y = 1\n" };
  const parts = (...sides: readonly (ContractPart["side"] | "neither")[]) =>
    ["posts", "comments"].map((name, index) => ({ side: sides[index], folders: [name] }));
  expect(await told(nothing, parts("server", "server"))).toEqual(all);
  expect(await told(nothing, parts("client", undefined))).toEqual(all);
  expect(await told(nothing, parts("client", "neither"))).toEqual([]);
  const calls = { "posts/a.js": 'fetch("/api/posts");\n', "comments/b.js": 'fetch("/api/pots");\n' };
  expect(await told(calls, parts(undefined, undefined))).toEqual(["unknown-path GET /api/pots"]);
});
