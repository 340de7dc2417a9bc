import { expect, test } from "vitest";
import { openCatalog } from "../catalog/open-catalog.ts";
import { parseRoutes } from "../config/route-settings.ts";
import { isAllotError } from "../foundation/errors.ts";
import { DEFAULT_TABLE, dearRow, routeTable } from "./route-table.ts";

const catalog = openCatalog({ asOf: Date.parse("2026-11-21T00:00:00Z") });
const resolve = (name: string) => catalog.resolve(name);

function table(user: object | null, project: object | null = null, program: object | null = null) {
  return routeTable(
    {
      user: user === null ? null : parseRoutes("/home/config.json", user, "user"),
      project: project === null ? null : parseRoutes("/repo/allot.config.json", project, "project"),
      program: program === null ? null : parseRoutes("defineConfig", program, "user"),
    },
    resolve,
  );
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return isAllotError(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return "accepted";
}

test("without configuration it is the guide's table", () => {
  expect(table(null)).toEqual(DEFAULT_TABLE);
});

test("a row changes what it states and keeps the rest", () => {
  const { rows, changedBy } = table({ ui: { model: "haiku-4-5" } });
  expect(rows.ui).toEqual({ type: "ui", agent: "comet", model: "haiku-4-5", session: "comet", simpleModel: null });
  expect(changedBy).toEqual({ ui: "/home/config.json" });
});

test("another agent brings its own model and session", () => {
  const changed = table({ agents: { grok: { model: "grok-beta" } }, analysis: { agent: "grok" } });
  expect(changed.rows.analysis).toMatchObject({ agent: "grok", model: "grok-beta", session: "grok" });
});

test("a program's rows stand above the project's, and those above the user's", () => {
  const { rows } = table(
    { coding: { model: "opus" }, ui: { model: "sonnet" } },
    { coding: { model: "haiku" } },
    { ui: { model: "fable" } },
  );
  expect([rows.coding.model, rows.ui.model]).toEqual(["haiku", "fable"]);
});

test("an agent or a model that does not exist is named with what is near", () => {
  expect(refusal(() => table({ ui: { agent: "commet" } }))).toContain(
    'config-invalid: /home/config.json: routes.ui.agent is "commet", an agent that is not known. Did you mean comet?',
  );
  expect(refusal(() => table({ coding: { model: "sonet-4-5" } }))).toContain(
    'config-invalid: /home/config.json: routes.coding.model: model "sonet-4-5" is not in the catalogue.',
  );
});

test("a project may send work to a cheaper model of the user's own table", () => {
  expect(table(null, { coding: { model: "haiku" }, testing: { simple_model: "haiku" } }).rows).toMatchObject({
    coding: { agent: "codex", model: "haiku" },
    testing: { model: "sonnet-4-5", simpleModel: "haiku" },
  });
});

test.each([
  [{ ui: { model: "sonnet-4-5" } }, "routes.ui names sonnet-4-5, which is dearer than haiku"],
  [{ ui: { agent: "codex" } }, "routes.ui names sonnet-4-5, which is dearer than haiku"],
  [{ coding: { model: "openai-compatible/x" } }, "a model that your own routing table does not use"],
  [{ coding: { model: "ollama/qwen3" } }, "a model that your own routing table does not use"],
  [{ coding: { model: "gpt-6-luna" } }, "a model that your own routing table does not use"],
  [{ coding: { simple_model: "gpt-6-luna" } }, "a model that your own routing table does not use"],
  [{ coding: { agent: "evil" } }, 'routes.coding.agent is "evil", an agent that is not known'],
])("a project's %o is refused: it would cost more, or send work elsewhere", (project, message) => {
  expect(refusal(() => table(null, project))).toContain(message);
});

test("a project cannot take away a simple model that saves the user money", () => {
  expect(refusal(() => table({ coding: { simple_model: "haiku" } }, { coding: { simple_model: null } }))).toContain(
    "takes the simple model away",
  );
});

test("a cheap agent's dear neighbour takes its work on the premium model, a dear one keeps it", () => {
  expect([
    dearRow(DEFAULT_TABLE, "ui"),
    dearRow(DEFAULT_TABLE, "research"),
    dearRow(DEFAULT_TABLE, "testing"),
  ]).toMatchObject([
    { agent: "codex", session: "codex", model: "sonnet-4-5" },
    { agent: "claude-sonnet", session: "claude-sonnet", model: "sonnet-4-5" },
    { agent: "codex", session: "codex", model: "sonnet-4-5" },
  ]);
});
