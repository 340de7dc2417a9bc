import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VALIDATE_CONTRACT_SCRIPT } from "../../src/contract/scripts/validate-contract-script.ts";
import { contractProject, SHOP } from "../support/contract-project.ts";
import { allotHome, runAllot, runInside } from "../support/run-allot.ts";

test("allot contract validate ends with 65 where contract and code differ, and shows what to change", async () => {
  const root = contractProject();
  const { code, stdout } = await runAllot(
    allotHome(),
    ["contract", "validate", "API_CONTRACT.md", "backend", "frontend"],
    root,
  );
  expect(code).toBe(65);
  expect(stdout).toBe(`API_CONTRACT.md: 3 endpoints; server: 2 routes; client: 2 calls

server
  missing  GET  /api/carts/{cartId}/items
    contract API_CONTRACT.md:7
    Add a route for GET /api/carts/{cartId}/items; the closest is GET /api/carts
    (backend/server.js:4), which has one parameter less.

client
  unknown-path  PUT  /api/cart/{}/items
    code frontend/src/api.tsx:3, contract API_CONTRACT.md:7
    Call GET /api/carts/{cartId}/items (API_CONTRACT.md:7), the closest that the contract has, or
    add PUT /api/cart/{}/items there.

2 findings
`);
});

test("without a finding it ends with 0; as JSON it holds routes, calls, findings and unresolved", async () => {
  const root = contractProject();
  const ended = await runAllot(allotHome(), [
    "contract",
    "validate",
    "--root",
    root,
    "--client",
    "frontend",
    "--server",
    "backend",
    "--json",
  ]);
  expect([ended.code, Object.keys(ended.lines[0] ?? {})]).toEqual([
    65,
    ["routes", "calls", "endpoints", "findings", "unresolved", "compared"],
  ]);
  writeFileSync(join(root, "frontend/src/api.tsx"), 'fetch("/api/carts");\n');
  const mended = await runAllot(allotHome(), [
    "contract",
    "validate",
    "--root",
    root,
    "--server",
    "backend",
    "--client",
    "frontend",
  ]);
  expect([mended.code, mended.stdout.trimEnd().split("\n").at(-1)]).toEqual([0, "no finding"]);
});

test("a contract that nothing was held against is no success, in any form", async () => {
  const root = contractProject();
  for (const folder of ["backend", "frontend"]) rmSync(join(root, folder), { recursive: true });
  const ended = await runAllot(allotHome(), ["contract", "validate", "--junit", "out.xml"], root);
  expect([ended.code, ended.stdout]).toEqual([
    65,
    `API_CONTRACT.md: 3 endpoints; server: 0 routes; client: 0 calls

nothing was compared: no server and no client was found; name them: --server DIR, --client DIR
`,
  ]);
  expect(readFileSync(join(root, "out.xml"), "utf8")).toContain('tests="3" failures="0" errors="0" skipped="3"');
});

test("SARIF and JUnit are written to files, or here", async () => {
  const root = contractProject();
  const home = allotHome();
  const command = ["contract", "validate", "API_CONTRACT.md", "backend"];
  await runAllot(home, [...command, "--sarif", "out/found.sarif", "--junit", "out/found.xml"], root);
  expect(readFileSync(join(root, "out/found.sarif"), "utf8")).toContain('"ruleId": "contract/server/missing"');
  expect(readFileSync(join(root, "out/found.xml"), "utf8")).toContain('failures="1"');
  const here = await runAllot(home, [...command, "--sarif", "-"], root);
  expect(JSON.parse(here.stdout)).toMatchObject({ version: "2.1.0" });
});

test("what is not there is told with its name and the code for it", async () => {
  const { code, stderr } = await runAllot(
    allotHome(),
    ["contract", "validate", "API_CONTRACT.md", "server"],
    contractProject(),
  );
  expect([code, stderr]).toEqual([66, expect.stringContaining("there is no server folder")]);
});

test("allot contract init writes a contract to fill in, and never over one", async () => {
  const root = contractProject({});
  const home = allotHome();
  const first = await runAllot(home, ["contract", "init"], root);
  expect([first.code, first.stdout]).toEqual([0, "wrote API_CONTRACT.md\n"]);
  const written = readFileSync(join(root, "API_CONTRACT.md"), "utf8");
  expect(written).toMatch(/^# API contract: /);
  const second = await runAllot(home, ["contract", "init"], root);
  expect([second.code, readFileSync(join(root, "API_CONTRACT.md"), "utf8")]).toEqual([73, written]);
});

test("an empty name is no name", async () => {
  const home = allotHome();
  const [init, extract] = [
    await runInside(home, ["contract", "init", ""]),
    await runInside(home, ["contract", "extract", " "]),
  ];
  expect([init.code, init.stderr]).toEqual([
    64,
    "allot: allot contract init got an empty name: init FILE, or nothing for API_CONTRACT.md\n",
  ]);
  expect([extract.code, extract.stderr]).toEqual([64, "allot: allot contract extract needs a folder: extract DIR\n"]);
});

test("what allot contract extract writes, allot contract validate finds no fault in", async () => {
  const root = contractProject();
  const home = allotHome();
  for (const file of ["MADE.md", "made.json", "made.yaml"]) {
    const made = await runAllot(home, ["contract", "extract", "backend", "--output", file], root);
    expect([made.code, existsSync(join(root, file))]).toEqual([0, true]);
    const checked = await runAllot(home, ["contract", "validate", file, "backend"], root);
    expect([file, checked.code]).toEqual([file, 0]);
  }
});

test("the workflow's script asks allot, and ends as it ends", async () => {
  const root = contractProject({ ...SHOP, "validate-contract.sh": VALIDATE_CONTRACT_SCRIPT });
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  writeFileSync(join(root, "allot"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  const run = (...args: readonly string[]): { readonly code: unknown; readonly text: string } => {
    try {
      const env = { ...allotHome().env, ALLOT: join(root, "allot") };
      const stdout = execFileSync("sh", ["validate-contract.sh", ...args], { cwd: root, env, stdio: "pipe" });
      return { code: 0, text: stdout.toString() };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: Buffer; stderr: Buffer };
      return { code: status, text: `${stdout}${stderr}` };
    }
  };
  expect(run("API_CONTRACT.md", "backend", "frontend")).toMatchObject({ code: 65 });
  expect(run("API_CONTRACT.md")).toEqual({
    code: 64,
    text: "usage: validate-contract.sh CONTRACT BACKEND [FRONTEND] [options of allot contract validate]\n",
  });
});
