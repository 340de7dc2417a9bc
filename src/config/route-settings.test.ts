import { expect, test } from "vitest";
import { isAllotError } from "../foundation/errors.ts";
import { loadConfig } from "./load-config.ts";
import { parseRoutes } from "./route-settings.ts";

const PATH = "/home/ann/.allot/config.json";

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return isAllotError(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return "accepted";
}

test("a row, an agent and the rest of the section come through with their own names", () => {
  const written = {
    ui: { agent: "grok", simple_model: null },
    coding: { model: "opus", session: "deep" },
    agents: { grok: { model: "grok-beta" } },
    premium: "opus",
    sure_from: 0.8,
    unsure: "ask-model",
    ask_model: "haiku",
  };
  expect(parseRoutes(PATH, written, "user")).toEqual({
    path: PATH,
    rows: { ui: { agent: "grok", simpleModel: null }, coding: { model: "opus", session: "deep" } },
    agents: { grok: { model: "grok-beta" } },
    premium: "opus",
    sureFrom: 0.8,
    unsure: "ask-model",
    askModel: "haiku",
  });
});

test.each([
  [{ codng: {} }, "routes.codng is not known. Did you mean coding? Known are"],
  [{ ui: "haiku" }, 'routes.ui is "haiku", expected an object with agent'],
  [{ ui: { modle: "x" } }, "routes.ui.modle is not known. Did you mean model?"],
  [{ ui: { model: "" } }, 'routes.ui.model is "", expected the name or alias of a model'],
  [{ ui: { agent: "rm -rf /" } }, 'routes.ui.agent is "rm -rf /", expected a name of letters'],
  [{ agents: { grok: {} } }, "routes.agents.grok.model is missing, expected the name or alias of a model"],
  [{ sure_from: 65 }, "routes.sure_from is 65, expected a share from 0 to 1"],
  [{ unsure: "maybe" }, 'routes.unsure is "maybe", expected one of premium, ask, ask-model'],
])("%o is refused, naming what would be right", (written, message) => {
  expect(refusal(() => parseRoutes(PATH, written, "user"))).toContain(`config-invalid: ${PATH}: ${message}`);
});

test.each(["agents", "premium", "sure_from", "unsure", "ask_model"])(
  "a project's file cannot state routes.%s, because a stranger may have written it",
  (key) => {
    expect(refusal(() => parseRoutes("/repo/allot.config.json", { [key]: "x" }, "project"))).toContain(
      `routes.${key} is the user's to state, not the project's`,
    );
  },
);

test("a project's file cannot count a type's work under another session", () => {
  expect(refusal(() => parseRoutes("/repo/allot.config.json", { ui: { session: "x" } }, "project"))).toContain(
    "routes.ui.session is the user's to state",
  );
});

test("the configuration keeps apart what the user, the project and the program say of routes", () => {
  const files: Record<string, string> = {
    [PATH]: '{"routes": {"ui": {"model": "sonnet"}}}',
    "/repo/allot.config.json": '{"routes": {"coding": {"model": "haiku"}}}',
  };
  const config = loadConfig({
    flags: {},
    env: {},
    cwd: "/repo",
    home: "/home/ann",
    readFile: (path) => files[path],
    program: { routes: { research: { model: "opus" } } },
  });
  expect([config.routes.user?.rows, config.routes.project?.rows, config.routes.program?.rows]).toEqual([
    { ui: { model: "sonnet" } },
    { coding: { model: "haiku" } },
    { research: { model: "opus" } },
  ]);
});
