import { describe, expect, test } from "vitest";
import { openCatalog } from "../catalog/open-catalog.ts";
import { parseRoutes } from "../config/route-settings.ts";
import { isAllotError } from "../foundation/errors.ts";
import { openStore, type Store } from "../storage/storage.ts";
import { describeOnEachStore } from "../../test/support/store-place.ts";
import { typePrompt } from "./ask-type.ts";
import { keepLesson, lessonOf } from "./lessons/lesson-store.ts";
import { openDelegator, type DelegatorOptions } from "./open-delegator.ts";
import { TaskType } from "./routing.ts";

const AS_OF = Date.parse("2026-11-21T00:00:00Z");
const clock = { now: () => AS_OF, sleep: () => Promise.resolve() };
const catalog = openCatalog({ asOf: AS_OF });
const ANN = { user: "ann", repo: "/repo" };
const BUTTON = "Fix the login button styling";

function delegatorWith(options: Partial<DelegatorOptions> = {}) {
  return openDelegator({ catalog, clock, owner: ANN, ...options });
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return isAllotError(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return "accepted";
}

describe("delegateTask", () => {
  test("answers at once, with the guide's fields", () => {
    const result = delegatorWith().delegateTask(BUTTON);
    expect(result).toMatchObject({
      type: "ui",
      agent: "comet",
      model: "haiku",
      session: "comet",
      expectedCost: 2_750_000,
    });
    expect(result.saving).toBeCloseTo(0.9667, 4);
    expect(result.reasons.length).toBeGreaterThan(2);
  });

  test.each([{ taskType: TaskType.CODING }, { taskType: "CODING" }, { task_type: "coding" }, { taskType: "code" }])(
    "takes the type from %o",
    (options) => {
      expect(delegatorWith().delegateTask("Fix the API endpoint", options)).toMatchObject({
        type: "coding",
        agent: "codex",
        model: "sonnet-4-5",
        confidence: 1,
      });
    },
  );

  test("has the guide's spelling too", () => {
    expect(delegatorWith().delegate_task("Write a README for this project").agent).toBe("claude-haiku");
  });

  test("refuses a type that does not exist", () => {
    expect(refusal(() => delegatorWith().delegateTask("x", { taskType: "codng" }))).toBe(
      'usage: taskType is "codng", which is no type of task. Did you mean coding? ' +
        "Known are ui, coding, testing, debugging, documentation, research, analysis, automation",
    );
  });

  test("at the guide's price list its Haiku is that of 2025, at a twelfth of Sonnet", () => {
    const old = openCatalog({ asOf: AS_OF, priceList: "seeds-2025-10" });
    const result = delegatorWith({ catalog: old, priceList: "seeds-2025-10" }).delegateTask(BUTTON);
    expect(result).toMatchObject({ model: "haiku", modelId: "claude-3-5-haiku-20241022", expectedCost: 6_875_000 });
    expect(result.saving).toBeCloseTo(11 / 12, 10);
    expect(result.reasons.at(-1)).toContain("the guide (seeds 004) says 80%");
  });
});

describe("a cheap model that is asked", () => {
  const routes = { user: parseRoutes("config.json", { unsure: "ask-model" }, "user"), project: null, program: null };
  const unsure = "asdf qwer";
  const detector = {
    detect: () => ({
      ...delegatorWith().delegateTask(unsure),
      kind: "task" as const,
      type: "coding" as const,
      confidence: 0.4,
      shares: {
        ui: 0.35,
        coding: 0.4,
        testing: 0.05,
        debugging: 0.05,
        documentation: 0.01,
        research: 0.04,
        analysis: 0.05,
        automation: 0.05,
      },
    }),
  };

  test("decides between types that the words leave close", async () => {
    const result = await delegatorWith({ routes, detector }).delegateWith(unsure, {}, () => Promise.resolve("UI.\n"));
    expect(result).toMatchObject({ type: "ui", agent: "comet", decision: "route" });
    expect(result.reasons[0]).toContain("a small model that was asked says ui");
  });

  test("cannot send work to a cheap model against the words", async () => {
    const result = await delegatorWith({ routes, detector }).delegateWith(unsure, {}, () =>
      Promise.resolve("documentation"),
    );
    expect(result).toMatchObject({ model: "sonnet-4-5", decision: "premium" });
  });

  test.each(["It is ui work", "", "root", "ui coding", "{}"])("is not believed when it answers %o", async (answer) => {
    const result = await delegatorWith({ routes, detector }).delegateWith(unsure, {}, () => Promise.resolve(answer));
    expect(result).toMatchObject({ decision: "premium", type: "coding", confidence: 0.4 });
  });

  test("that fails leaves the safe way", async () => {
    const result = await delegatorWith({ routes, detector }).delegateWith(unsure, {}, () =>
      Promise.reject(new Error("no")),
    );
    expect(result.decision).toBe("premium");
  });

  test.each([
    ["the words are clear", BUTTON, routes],
    ["it is not configured", unsure, undefined],
  ])("is not asked where %s", async (_when, text, configured) => {
    let asked = 0;
    const ask = (): Promise<string> => Promise.resolve(`ui${(asked += 1)}`);
    await delegatorWith(configured === undefined ? {} : { routes: configured }).delegateWith(text, {}, ask);
    expect(asked).toBe(0);
  });

  test("is shown at most 600 characters of the text", () => {
    expect(typePrompt("x".repeat(10_000)).length).toBeLessThan(1_400);
  });
});

describeOnEachStore("what the delegator learns", (openPlace) => {
  async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock });
    await work(store);
  }

  async function routed(store: Store, text: string, more: Partial<DelegatorOptions> = {}): Promise<string> {
    await using delegator = delegatorWith({ store, ...more });
    await delegator.ready;
    return delegator.delegateTask(text).type;
  }

  test("outlives the process, for its user and repository, and is forgotten on request", () =>
    withStore(async (store) => {
      await using teacher = delegatorWith({ store });
      expect(await teacher.teach(BUTTON, "coding")).toBe(true);
      const types = [
        await routed(store, BUTTON),
        await routed(store, BUTTON, { owner: { user: "bob", repo: "/repo" } }),
        await routed(store, BUTTON, { learn: false }),
        await routed(store, "Fix the CSS styling"),
      ];
      expect(types).toEqual(["coding", "ui", "ui", "ui"]);
      expect(await teacher.forget()).toBe(1);
      expect([await routed(store, BUTTON), teacher.delegateTask(BUTTON).type]).toEqual(["ui", "ui"]);
    }));

  test("keeps no word of the text", () =>
    withStore(async (store) => {
      await using delegator = delegatorWith({ store });
      await delegator.teach("Rotate the password hunter2 of Mallory", "automation");
      const rows = await store.db.selectFrom("lessons").selectAll().execute();
      expect(rows.length).toBe(1);
      expect(JSON.stringify(rows).toLowerCase()).not.toMatch(/rotate|password|hunter2|mallory/);
    }));

  test("a stated type is remembered, and a later one on the same words takes its place", () =>
    withStore(async (store) => {
      {
        await using delegator = delegatorWith({ store });
        delegator.delegateTask(BUTTON, { taskType: "coding" });
        delegator.delegateTask(BUTTON, { taskType: "testing" });
      }
      const rows = await store.db.selectFrom("lessons").select("task_type").execute();
      expect(rows).toEqual([{ task_type: "testing" }]);
    }));

  test("of another process is heard of after a refresh, and what was taught here stays", () =>
    withStore(async (store) => {
      await using here = delegatorWith({ store });
      await here.teach("Deploy the cluster", "coding");
      await using there = delegatorWith({ store });
      await there.teach(BUTTON, "coding");
      const before = here.delegateTask(BUTTON).type;
      await here.refresh();
      const types = [BUTTON, "Deploy the cluster"].map((text) => here.delegateTask(text).type);
      expect([before, ...types]).toEqual(["ui", "coding", "coding"]);
    }));

  test("is nothing where learning is off", () =>
    withStore(async (store) => {
      await using delegator = delegatorWith({ store, learn: false });
      expect(await delegator.teach(BUTTON, "coding")).toBe(false);
      expect(await store.db.selectFrom("lessons").selectAll().execute()).toEqual([]);
    }));

  test("one repository is forgotten apart from the others", () =>
    withStore(async (store) => {
      await using delegator = delegatorWith({ store });
      await delegator.teach(BUTTON, "coding");
      await delegator.teach(BUTTON, "coding", { repo: "/other" });
      expect(await delegator.forget({ repo: "/other" })).toBe(1);
      expect(delegator.lessons().map(({ repo }) => repo)).toEqual(["/repo"]);
    }));

  test("outcomes of runs send a failing type to the dear model", () =>
    withStore(async (store) => {
      for (const about of ["r/1", "r/2"]) {
        const outcome = {
          ...ANN,
          features: [],
          type: "ui",
          agent: "worker",
          model: "claude-haiku-5-5",
          at: AS_OF - 1,
        } as const;
        await keepLesson(store, lessonOf({ ...outcome, kind: "escalated", about }));
      }
      await using delegator = delegatorWith({ store });
      await delegator.ready;
      expect(delegator.delegateTask(BUTTON)).toMatchObject({ type: "ui", agent: "codex", model: "sonnet-4-5" });
    }));

  test("a store that is opened late is opened once something needs it", () =>
    withStore(async (store) => {
      let opened = 0;
      await using delegator = delegatorWith({ store: () => Promise.resolve(((opened += 1), store)) });
      delegator.delegateTask(BUTTON);
      expect(opened).toBe(0);
      await delegator.teach(BUTTON, "coding");
      expect([opened > 0, await routed(store, BUTTON)]).toEqual([true, "coding"]);
    }));
});
