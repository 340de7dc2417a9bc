import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contractProject, SHOP } from "../../test/support/contract-project.ts";
import { SteppedClock } from "../../test/support/stepped-clock.ts";
import { isNothingCompared, type ContractReport, type ValidateOptions } from "./contract.ts";
import { validateContract } from "./validate-contract.ts";
import { watchContract } from "./watch-contract.ts";

const FOUND = [
  "server missing GET /api/carts/{cartId}/items API_CONTRACT.md:7 -",
  "client unknown-path PUT /api/cart/{}/items API_CONTRACT.md:7 frontend/src/api.tsx:3",
];

function told({ findings }: ContractReport): string[] {
  return findings.map(({ side, kind, method, path, contract, code }) =>
    [
      side,
      kind,
      method,
      path,
      contract === null ? "-" : `${contract.file}:${contract.line}`,
      code === null ? "-" : `${code.file}:${code.line}`,
    ].join(" "),
  );
}

async function validated(root: string, options: Partial<ValidateOptions> = {}): Promise<ContractReport> {
  return validateContract({ root, ...options });
}

test("contract, server and client are held against each other, each finding with its places", async () => {
  const root = contractProject();
  const report = await validated(root, {
    contract: "API_CONTRACT.md",
    servers: ["backend"],
    clients: ["frontend/src"],
  });
  expect(told(report)).toEqual(FOUND);
  expect(report.routes.map(({ method, path, file, line }) => `${method} ${path} ${file}:${line}`)).toEqual([
    "GET /api/carts backend/server.js:4",
    "POST /api/carts backend/server.js:5",
  ]);
});

test("servers and clients that nobody names are found by what their files import", async () => {
  expect(told(await validated(contractProject(), { contract: "API_CONTRACT.md" }))).toEqual(FOUND);
});

test("where one side is named, that one alone is read", async () => {
  const report = await validated(contractProject(), { contract: "API_CONTRACT.md", clients: ["frontend"] });
  expect([told(report), report.routes]).toEqual([[FOUND[1]], []]);
});

test("what the contract was held against is told; nothing at all is no agreement", async () => {
  const root = contractProject();
  const both = await validated(root, { contract: "API_CONTRACT.md" });
  expect([both.compared, isNothingCompared(both)]).toEqual([{ server: true, client: true }, false]);
  const none = await validated(root, { contract: "API_CONTRACT.md", clients: ["backend"] });
  expect([none.compared, isNothingCompared(none)]).toEqual([{ server: false, client: false }, true]);
});

test("without a contract the client is held against the server", async () => {
  const report = await validated(contractProject(), { servers: ["backend"], clients: ["frontend"] });
  expect(told(report)).toEqual(["client unknown-path PUT /api/cart/{}/items - frontend/src/api.tsx:3"]);
});

test("a workspace outside of the root is read as a root of its own", async () => {
  const [root, elsewhere] = [contractProject(), contractProject()];
  const report = await validated(root, { contract: "API_CONTRACT.md", servers: [join(elsewhere, "backend")] });
  expect(report.routes[0]?.file).toBe(`${elsewhere}/backend/server.js`);
});

test("the root's own name may go through a link", async () => {
  const root = contractProject();
  const link = `${root}-link`;
  symlinkSync(root, link);
  const report = await validated(link, { contract: join(link, "API_CONTRACT.md"), servers: [join(link, "backend")] });
  rmSync(link);
  expect(told(report)).toEqual([FOUND[0]]);
});

test("the same files give the same report", async () => {
  const root = contractProject();
  const options = { contract: "API_CONTRACT.md" };
  expect(await validated(root, options)).toEqual(await validated(root, options));
});

test.each([
  [{ servers: ["back"] }, "file-not-found", /no server folder "back"/],
  [{ clients: ["API_CONTRACT.md"] }, "file-not-found", /"API_CONTRACT.md" is no folder/],
  [{ contract: "API.md" }, "file-not-found", /"API.md" is not there/],
  [{ contract: "backend" }, "file-not-found", /"backend" is a folder/],
  [{ contract: "backend/package.json" }, "input-invalid", /no endpoint can be read out of backend\/package.json/],
] as const)("what cannot be read is told by its name: %o", async (options, code, message) => {
  const asked = validated(contractProject(), options);
  await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
});

test("watching tells a report at once and one after each change, and a fault as a value", async () => {
  const root = contractProject();
  const clock = new SteppedClock(0);
  const stop = new AbortController();
  const options = { root, contract: "API_CONTRACT.md", servers: ["backend"] };
  const reports = watchContract(options, { clock, signal: stop.signal });
  const next = async (): Promise<unknown> => {
    const coming = reports.next();
    let isThere = false;
    void coming.then(() => (isThere = true));
    while (!isThere) await clock.move(1000);
    const { value } = await coming;
    return value instanceof Error ? value.message : value === undefined ? undefined : told(value);
  };
  expect(await next()).toEqual([FOUND[0]]);
  const server = SHOP["backend/server.js"] ?? "";
  const route = 'carts.get("/:cartId/items", (request, response) => response.json([]));\n';
  writeFileSync(join(root, "backend/server.js"), server.replace('app.use("', `${route}app.use("`));
  expect(await next()).toEqual([]);
  rmSync(join(root, "API_CONTRACT.md"));
  expect(await next()).toMatch(/"API_CONTRACT.md" is not there/);
  stop.abort();
  expect(await reports.next()).toEqual({ done: true, value: undefined });
});
