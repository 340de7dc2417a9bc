import { expect, test } from "vitest";
import { GATES } from "../gates/gates.ts";
import { lintPlan } from "../plan/lint.ts";
import { parseTaskFile, printTaskFile } from "../plan/task-file.ts";
import { sideOf } from "./component-side.ts";
import { orderComponents, type ComponentsOrder } from "./order-components.ts";

const CONTRACT = { path: "API_CONTRACT.md", text: "# Contract\n" };
const FILES = ["API_CONTRACT.md", "README.md", "src/routes/index.ts"];

function order(parts: Partial<ComponentsOrder> = {}) {
  return orderComponents({
    components: [
      {
        name: "backend",
        text: "Implement the backend routers per API_CONTRACT.md, properly etc.",
        paths: [],
        checks: [],
      },
      { name: "frontend", text: "Build the pages", paths: ["web", "package.json"], checks: ["npm test"] },
    ],
    contract: CONTRACT,
    agent: "codex",
    files: FILES,
    ...parts,
  });
}

test("components become a plan that the linter accepts, whatever words they are ordered with", () => {
  const { plan } = order().overrides;
  const facts = { files: new Set(FILES), texts: new Map<string, string>(), gates: new Set(GATES.map(({ id }) => id)) };
  expect(lintPlan(plan, facts).filter(({ severity }) => severity === "error")).toEqual([]);
  expect(plan.tasks.map(({ agent, dependsOn, writes }) => [agent, dependsOn, writes])).toEqual([
    ["codex", [], [{ path: "backend/**", action: "create" }]],
    [
      "codex",
      [],
      [
        { path: "web/**", action: "create" },
        { path: "package.json", action: "create" },
      ],
    ],
  ]);
});

test("its mini-tasks read back from their files as they were", () => {
  for (const task of order().overrides.plan.tasks) expect(parseTaskFile(printTaskFile(task), "task.md")).toEqual(task);
});

test("which side of the contract each keeps stands in the run", () => {
  const { components } = order().overrides;
  expect(components.parts).toEqual([
    { name: "backend", task: 1, side: "server", folders: ["backend"] },
    { name: "frontend", task: 2, side: "client", folders: ["web", "package.json"] },
  ]);
});

test("paths that belong to two components are refused, as is a name that is no folder's", () => {
  const two = (paths: readonly string[], others: readonly string[]) =>
    order({
      components: [
        { name: "one", text: "One", paths, checks: [] },
        { name: "two", text: "Two", paths: others, checks: [] },
      ],
    });
  expect(() => two(["src"], ["src/routes"])).toThrow("src/routes belongs to one and to two");
  expect(() => two(["../x"], [])).toThrow("leaves the tree");
  expect(() => order({ components: [{ name: "../x", text: "X", paths: [], checks: [] }] })).toThrow(
    "no name of a component",
  );
});

test("files that are there are edited, and an existing folder is one whatever its name looks like", () => {
  const { plan } = order({
    components: [{ name: "api", text: "Routes", paths: ["src/routes/index.ts", "v1.2"], checks: [] }],
    files: [...FILES, "v1.2/a.ts"],
  }).overrides;
  expect(plan.tasks[0]?.writes).toEqual([
    { path: "src/routes/index.ts", action: "edit" },
    { path: "v1.2/**", action: "create" },
  ]);
});

test.each([
  ["backend", "", "server"],
  ["frontend", "call the API", "client"],
  ["web-ui", "", "client"],
  ["ordersService", "", "server"],
  ["posts", "Implement the routers for posts", "server"],
  ["posts", "Implement the pages for posts", "client"],
  ["core", "Write the domain model", undefined],
  ["core", "Implement API_CONTRACT.md with tests", undefined],
  ["api-docs", "Write the docs of the backend's API", "neither"],
  ["infra", "Deploy the server", "neither"],
  ["docs-service", "", "server"],
] as const)("%s (%s) is on the side: %s", (name, text, side) => {
  expect(sideOf(name, text)).toBe(side);
});
