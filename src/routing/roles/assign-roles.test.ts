import { expect, test } from "vitest";
import { assignRoles } from "./assign-roles.ts";

test("the seed's first example comes out as printed: design by Claude, routers and components by Codex", () => {
  expect(assignRoles("Build a blog system with CRUD").lines).toEqual([
    "- Architecture → **Claude** (system design)",
    "- API_CONTRACT.md → **Claude** (defining standard)",
    "- Backend (5 routers) → **Codex** (repetitive CRUD)",
    "- Frontend (10 components) → **Codex** (repetitive patterns)",
    "- Validation + integration → **Claude** (reasoning)",
  ]);
});

test("the seed's second example comes out as printed: all of it by Claude", () => {
  expect(assignRoles("Optimize this sorting algorithm").lines).toEqual([
    "- **100% Claude** — requires deep algorithmic thinking, no delegation",
  ]);
});

test("the seed's third example comes out as printed: all of it by Codex, validated by Claude", () => {
  expect(assignRoles("Add 8 endpoints matching this OpenAPI spec").lines).toEqual([
    "- **100% Codex** — spec already defined, pure generation task",
    "- Claude only validates afterward",
  ]);
});

const whoDoes = (text: string) => assignRoles(text).parts.map(({ role, rule }) => `${role}: ${rule}`);

test.each([
  [
    "Create an online shop with a React frontend",
    [
      "planner: architecture",
      "planner: architecture",
      "executor: repetitive",
      "executor: repetitive",
      "verifier: verification",
    ],
  ],
  [
    "Build a REST API for an inventory system",
    ["planner: architecture", "planner: architecture", "executor: repetitive", "verifier: verification"],
  ],
  ["Implement the backend and the frontend of the todo app per API_CONTRACT.md", ["executor: clear-spec"]],
  ["Write unit tests for every model", ["executor: repetitive"]],
  ["Implement 12 React components following the Figma design", ["executor: clear-spec"]],
  ["Generate DTOs from openapi.yaml", ["executor: clear-spec"]],
  ["Implement the interface in storage.ts for Postgres and MySQL", ["executor: defined-interface"]],
  ["Add docstrings to all functions in utils.py", ["executor: repetitive"]],
  ["Write a recursive descent parser for SQL", ["planner: deep-reasoning"]],
  ["Implement OAuth login", ["planner: ambiguous"]],
  ["Fix the typo in the footer", ["planner: small"]],
  ["Rename the variable foo to bar", ["planner: small"]],
  ["Find out why the worker sometimes hangs", ["planner: deep-reasoning"]],
  ["Fix the race condition in the job queue", ["planner: deep-reasoning"]],
  ["Design the caching strategy for the gateway", ["planner: architecture"]],
  ["Make the page nicer", ["planner: ambiguous"]],
  ["", ["planner: ambiguous"]],
  ["Write an OpenAPI spec for the orders service", ["planner: architecture"]],
  ["Add 2 fields to the form", ["planner: small"]],
  ["Add 20 endpoints to the admin API", ["executor: bulk"]],
] as const)("%s", (text, expected) => {
  expect(whoDoes(text)).toEqual(expected);
});

test("a text that asks for two things has each decided by itself", () => {
  const { parts, lines } = assignRoles("Design the permission model and add 12 endpoints matching the OpenAPI spec");
  expect(parts.map(({ name, role }) => [name, role])).toEqual([
    ["Design the permission model", "planner"],
    ["add 12 endpoints matching the OpenAPI spec", "executor"],
  ]);
  expect(lines).toEqual([
    "- Design the permission model → **Claude** (requires system design)",
    "- add 12 endpoints matching the OpenAPI spec → **Codex** (spec already defined, pure generation task)",
  ]);
});

test("a description as long as what it generates is kept", () => {
  const long = `Add 3 endpoints per the spec ${"with this very special rule that only holds on Tuesdays ".repeat(40)}`;
  expect(whoDoes(long)).toEqual(["planner: description-too-long"]);
});

test("counts that the text names stand in place of reckoned ones", () => {
  const dashboard = assignRoles("Write a React dashboard with 12 widgets and a Go API behind it");
  expect(dashboard.parts.find(({ name }) => name === "Frontend")?.detail).toBe("12 components");
  expect(assignRoles("Build a blog with 3 routers and 7 pages").parts.map(({ detail }) => detail)).toEqual([
    "",
    "",
    "3 routers",
    "7 components",
    "",
  ]);
});

test.each([
  ["Build an app with 3 endpoints", "Backend (3 endpoints) 75 executor; Frontend () 120 executor assumed 2 components"],
  ["Build a REST API with 40 endpoints", "Backend (40 endpoints) 1000 executor"],
  ["Build an API with 1 endpoint", "Backend (1 endpoint) 25 planner"],
  ["Create a microservice that returns the time", "Backend () 60 executor assumed 1 router"],
  ["Build a React frontend with 1 button", "Frontend (1 button) 60 executor"],
  ["Build an app with users, posts and tags", "Backend (3 routers) 180 executor; Frontend (6 components) 360 executor"],
  [
    "Build a shop with 2 routers and 12 endpoints",
    "Backend (2 routers) 120 executor; Frontend (14 components) 840 executor",
  ],
])("%s: what is counted is the size, and what nobody knows has none", (text, expected) => {
  const sides = assignRoles(text).parts.filter(({ name }) => name === "Backend" || name === "Frontend");
  const told = sides.map(({ name, detail, lines, role, assumed }) =>
    [`${name} (${detail}) ${lines} ${role}`, ...(assumed === undefined ? [] : [`assumed ${assumed}`])].join(" "),
  );
  expect(told.join("; ")).toBe(expected);
});

test("what is assumed is told beside the rule, and no figure stands in the list", () => {
  const { lines, reasons } = assignRoles("Create a microservice that returns the time");
  expect(lines[2]).toBe("- Backend → **Codex** (repetitive patterns)");
  expect(reasons[2]).toBe(
    "Backend goes to Codex: what repeats a pattern is handed over (repetitive patterns); about 60 lines, 11 tokens to describe, 600 to generate; nothing is said of its size, assumed: 1 router",
  );
});

test("other holders of the roles are named as such", () => {
  const model = { label: "GPT", kind: "model" as const, name: "gpt-6.1-sol" };
  const { lines } = assignRoles("Add 8 endpoints matching this OpenAPI spec", {
    planner: model,
    executor: { label: "Claude Code", kind: "agent", name: "claude" },
    verifier: model,
  });
  expect(lines).toEqual([
    "- **100% Claude Code** — spec already defined, pure generation task",
    "- GPT only validates afterward",
  ]);
});

test.each([
  [" "],
  ["\t"],
  ["\n"],
  [" \n"],
  [","],
  [", "],
  ["."],
  ["; "],
  ["! "],
  [";"],
  ["and "],
  ["then "],
  ["with a, "],
  ["twenty "],
  ["1-"],
  ["a-"],
  ["word "],
  ["- "],
])("200,000 characters of %j take no time worth telling, wherever they stand", (sign) => {
  const many = sign.repeat(200_000 / sign.length);
  const start = process.cpuUsage();
  for (const text of [many, `Build a blog${many}x`, `Build an app with ${many} end`, `Add${many}8 endpoints`])
    assignRoles(text);
  const { user } = process.cpuUsage(start);
  // What grows with the square takes minutes.
  expect(user / 1e6).toBeLessThan(5);
});
