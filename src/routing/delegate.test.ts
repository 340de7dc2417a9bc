import { describe, expect, test } from "vitest";
import { openCatalog } from "../catalog/open-catalog.ts";
import { delegate, type DelegationWishes, type RoutingFacts } from "./delegate.ts";
import { openDetector } from "./detector/detector.ts";
import { EXPECTED_WORK } from "./expected-work.ts";
import type { Lesson } from "./lessons/lesson.ts";
import { lessonOf } from "./lessons/lesson-store.ts";
import { textFeatures } from "./lessons/text-features.ts";
import { DEFAULT_TABLE } from "./route-table.ts";
import { TASK_TYPES, type Detection, type TaskType } from "./routing.ts";

const AS_OF = Date.parse("2026-11-21T00:00:00Z");
const DAY_MS = 24 * 3_600_000;
const catalog = openCatalog({ asOf: AS_OF });

/** A detector that says one thing of every text. */
function says(type: TaskType, confidence: number, more: Partial<Detection> = {}): RoutingFacts["detector"] {
  const rest = (1 - confidence) / (TASK_TYPES.length - 1);
  const shares = Object.fromEntries(TASK_TYPES.map((each) => [each, each === type ? confidence : rest]));
  return {
    detect: () => ({
      type,
      confidence,
      shares: shares as Record<TaskType, number>,
      kind: "task",
      simple: false,
      language: "en",
      evidence: [],
      ...more,
    }),
  };
}

function route(detector: RoutingFacts["detector"], wishes: DelegationWishes = {}, facts: Partial<RoutingFacts> = {}) {
  return delegate(
    "some text",
    {
      detector,
      table: DEFAULT_TABLE,
      catalog,
      resolve: (name) => catalog.resolve(name),
      work: EXPECTED_WORK,
      lessons: [],
      now: AS_OF,
      ...facts,
    },
    wishes,
  );
}

function ended(kind: Lesson["kind"], about: string, more: Partial<Lesson> = {}): Lesson {
  const whose = { user: "ann", repo: "/repo", features: [], agent: "worker", at: AS_OF - DAY_MS };
  return { ...lessonOf({ ...whose, type: "ui", model: "claude-haiku-5-5", kind, about }), ...more };
}

describe("the guide's table", () => {
  test.each([
    ["ui", "comet", "haiku", "comet"],
    ["coding", "codex", "sonnet-4-5", "codex"],
    ["testing", "codex", "sonnet-4-5", "codex"],
    ["debugging", "codex", "sonnet-4-5", "codex"],
    ["documentation", "claude-haiku", "haiku", "claude-haiku"],
    ["research", "claude-haiku", "haiku", "claude-haiku"],
    ["analysis", "claude-sonnet", "sonnet-4-5", "claude-sonnet"],
    ["automation", "codex", "sonnet-4-5", "codex"],
  ] as const)("sends %s work to %s on %s, session %s", (type, agent, model, session) => {
    expect(route(says(type, 0.95))).toMatchObject({ type, agent, model, session, decision: "route", confidence: 0.95 });
  });
});

describe("confidence", () => {
  test("at the threshold a cheap type is trusted", () => {
    expect(route(says("ui", 0.6))).toMatchObject({ decision: "route", agent: "comet", model: "haiku" });
  });

  test("below it the work of a cheap type goes to the likeliest dear route", () => {
    expect(route(says("ui", 0.59))).toMatchObject({
      type: "ui",
      decision: "premium",
      agent: "codex",
      model: "sonnet-4-5",
    });
  });

  test("below it the work of a dear type stays where it is, and is said to be unsure", () => {
    expect(route(says("analysis", 0.4))).toMatchObject({ decision: "premium", agent: "claude-sonnet" });
  });

  test("where so configured, it goes back to the user instead", () => {
    const asked = route(says("ui", 0.59), {}, { table: { ...DEFAULT_TABLE, unsure: "ask" } });
    expect(asked).toMatchObject({ decision: "ask", model: "sonnet-4-5" });
  });

  test("a higher threshold sends more work the safe way", () => {
    const careful = { table: { ...DEFAULT_TABLE, sureFrom: 0.9 } };
    expect(route(says("documentation", 0.89), {}, careful).decision).toBe("premium");
  });
});

describe("text with nothing to go by", () => {
  test.each(["empty", "chat", "follow-up"] as const)("%s text asks the user, and names the dear way", (kind) => {
    expect(route(says("research", 0.9, { kind }))).toMatchObject({ kind, decision: "ask", model: "sonnet-4-5" });
  });

  test("a follow-up inherits the type before, and how sure that was", () => {
    const followUp = says("research", 0.9, { kind: "follow-up" });
    expect(route(followUp, { previous: { type: "ui", confidence: 0.8 } })).toMatchObject({
      type: "ui",
      confidence: 0.8,
      agent: "comet",
      decision: "route",
    });
  });

  test("a follow-up to unsure work is as unsure", () => {
    const followUp = says("research", 0.9, { kind: "follow-up" });
    expect(route(followUp, { previous: { type: "ui", confidence: 0.4 } }).decision).toBe("premium");
  });

  test("empty text inherits nothing", () => {
    expect(route(says("coding", 0.125, { kind: "empty" }), { previous: "ui" }).decision).toBe("ask");
  });
});

describe("what the caller states", () => {
  test("a type overrides the words, is sure, and is said as the reason", () => {
    const stated = route(says("documentation", 0.99), { taskType: "coding" });
    expect(stated).toMatchObject({ type: "coding", confidence: 1, model: "sonnet-4-5", decision: "route" });
    expect(stated.reasons[0]).toBe("You said that it is coding work.");
  });

  test("a session takes the place of the agent's", () => {
    expect(route(says("ui", 0.9), { session: "mine" }).session).toBe("mine");
  });

  test("critical work of a cheap type goes to the dear model", () => {
    expect(route(says("documentation", 0.99), { priority: "critical" })).toMatchObject({
      model: "sonnet-4-5",
      agent: "claude-sonnet",
      priority: "critical",
    });
  });

  test("text that can wait is of low priority, unless said otherwise", () => {
    const priorities = [
      route(says("documentation", 0.99)).priority,
      route(says("coding", 0.99)).priority,
      route(says("documentation", 0.99), { priority: "high" }).priority,
    ];
    expect(priorities).toEqual(["low", "normal", "high"]);
  });
});

describe("simple work", () => {
  const withSimple = (type: TaskType): Partial<RoutingFacts> => ({
    table: {
      ...DEFAULT_TABLE,
      rows: { ...DEFAULT_TABLE.rows, [type]: { ...DEFAULT_TABLE.rows[type], simpleModel: "haiku" } },
    },
  });

  test("takes the row's simple model where it has one", () => {
    expect(route(says("coding", 0.9, { simple: true }), {}, withSimple("coding")).model).toBe("haiku");
  });

  test("keeps the row's model by the guide's table, which has none", () => {
    expect(route(says("coding", 0.9, { simple: true })).model).toBe("sonnet-4-5");
  });

  test.each([
    ["unsure", says("coding", 0.5, { simple: true }), "coding"],
    ["a bug", says("debugging", 0.9, { simple: true }), "debugging"],
  ] as const)("is never done by it where it is %s", (_what, detector, type) => {
    expect(route(detector, {}, withSimple(type)).model).toBe("sonnet-4-5");
  });
});

describe("money", () => {
  test("costs the expected tokens at the catalogue's price, and saves against the premium model", () => {
    const ui = route(says("ui", 0.9));
    expect(ui.expected).toMatchObject({ inputTokens: 15_000, outputTokens: 2_500, cost: 2_750_000 });
    expect(ui.expected.saving).toBeCloseTo(1 - 2.75 / 82.5, 10);
  });

  test("lists each other model once, cheapest first, without the chosen one", () => {
    const { elsewhere } = route(says("ui", 0.9));
    const costs = elsewhere.map(({ cost }) => cost);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(elsewhere.map(({ model }) => model)).toContain("sonnet-4-5");
    expect(elsewhere.map(({ model }) => model)).not.toContain("haiku");
    expect(new Set(elsewhere.map(({ model }) => model)).size).toBe(elsewhere.length);
  });

  test("an unknown price is the dearest of its provider and said, never nothing", () => {
    const rows = { ...DEFAULT_TABLE.rows, ui: { ...DEFAULT_TABLE.rows.ui, model: "anthropic/claude-next" } };
    const unknown = route(says("ui", 0.9), {}, { table: { ...DEFAULT_TABLE, rows } });
    expect(unknown.expected.cost).toBeGreaterThan(82_500_000);
    expect(unknown.reasons).toContain(
      "The price of anthropic/claude-next is not known: it is counted at the dearest rates of anthropic.",
    );
  });
});

test("a default provider on this machine takes the call, which is said; the model's own says nothing", () => {
  const notes = (defaultProvider: string) =>
    route(says("ui", 0.9), {}, { defaultProvider }).reasons.filter((reason) => reason.includes("LLM_DEFAULT_PROVIDER"));
  expect(notes("ollama")).toEqual([
    "LLM_DEFAULT_PROVIDER is ollama: the client makes the call there, and it costs nothing.",
  ]);
  expect([notes("openai").length, notes("anthropic").length]).toEqual([1, 0]);
});

describe("outcomes", () => {
  const owner = { user: "ann", repo: "/repo" };
  const twice = [ended("escalated", "a"), ended("escalated", "b")];

  test("two escalations in a repository send its work of that type to the dear model, with the reason", () => {
    const promoted = route(says("ui", 0.95), owner, { lessons: twice });
    expect(promoted).toMatchObject({ type: "ui", agent: "codex", model: "sonnet-4-5", decision: "route" });
    expect(promoted.reasons.join(" ")).toContain("redone 0 and escalated 2 times of 2 in the last 30 days");
  });

  test("one escalation, or as many accepted tasks, change nothing", () => {
    const mixed = [...twice, ended("accepted", "c"), ended("accepted", "d")];
    const models = [[twice[0] as Lesson], mixed].map((lessons) => route(says("ui", 0.95), owner, { lessons }).model);
    expect(models).toEqual(["haiku", "haiku"]);
  });

  test("they count in their own repository, for their user, type and model, and for 30 days only", () => {
    const lessons = twice;
    const models = [
      route(says("ui", 0.95), { ...owner, repo: "/other" }, { lessons }).model,
      route(says("ui", 0.95), { ...owner, user: "bob" }, { lessons }).model,
      route(says("documentation", 0.95), owner, { lessons }).model,
      route(says("ui", 0.95), owner, { lessons: twice.map((l) => ({ ...l, model: "claude-haiku-4-5" })) }).model,
      route(says("ui", 0.95), owner, { lessons, now: AS_OF + 30 * DAY_MS }).model,
    ];
    expect(models).toEqual(["haiku", "haiku", "haiku", "haiku", "haiku"]);
  });

  test("no outcome makes dear work cheap", () => {
    const accepted = Array.from({ length: 30 }, (_, n) =>
      ended("accepted", String(n), { type: "debugging", model: "claude-haiku-5-5" }),
    );
    expect(route(says("debugging", 0.95), owner, { lessons: accepted }).model).toBe("sonnet-4-5");
  });

  test("no outcome changes a type", () => {
    const lessons = [ended("accepted", "x", { type: "coding", features: textFeatures("some text") })];
    expect(route(says("ui", 0.95), owner, { lessons }).type).toBe("ui");
  });
});

describe("the shipped detector with the guide's table", () => {
  const detector = openDetector();
  const real = (text: string): ReturnType<typeof delegate> =>
    delegate(text, {
      detector,
      table: DEFAULT_TABLE,
      catalog,
      resolve: (name) => catalog.resolve(name),
      work: EXPECTED_WORK,
      lessons: [],
      now: AS_OF,
    });

  test.each([
    ["Fix the login button styling", "ui", "comet", "haiku", "comet"],
    ["Implement user authentication function", "coding", "codex", "sonnet-4-5", "codex"],
    ["Write a README for this project", "documentation", "claude-haiku", "haiku", "claude-haiku"],
    ["Fix the CSS styling", "ui", "comet", "haiku", "comet"],
  ])("routes the guide's example %o as the guide says", (text, type, agent, model, session) => {
    expect(real(text)).toMatchObject({ type, agent, model, session, decision: "route" });
  });

  test.each(["Fix the API endpoint", "fix the api endpoints", "Please fix the API endpoint!", "FIX THE API ENDPOINT"])(
    "%o is never sent to a cheap model",
    (text) => {
      expect(real(text)).toMatchObject({ agent: "codex", model: "sonnet-4-5" });
    },
  );

  test.each(["", "   ", "hi", "ok, do that", "\u0000\u001B[31m", "🙂", "x".repeat(100_000), "{{}}<script>"])(
    "%o gets an answer",
    (text) => {
      expect(["route", "premium", "ask"]).toContain(real(text).decision);
    },
  );
});
