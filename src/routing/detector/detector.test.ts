import { describe, expect, test } from "vitest";
import { TASK_TYPES } from "../routing.ts";
import { choose, openDetector } from "./detector.ts";

const detector = openDetector();
const detect = (text: string) => detector.detect(text);
const typeOf = (text: string) => detect(text).type;
const kindOf = (text: string) => detect(text).kind;
const CHEAP = ["ui", "documentation", "research"];

describe("the guide's examples", () => {
  test.each([
    ["Fix the login button styling", "ui"],
    ["Implement user authentication function", "coding"],
    ["Write a README for this project", "documentation"],
    ["Fix the CSS styling", "ui"],
  ])("%s is %s", (text, type) => {
    expect(typeOf(text)).toBe(type);
  });

  test.each(["Fix the API endpoint", "fix the API endpoint.", "Please fix the api endpoint", "FIX THE API ENDPOINT"])(
    "%s goes to no cheap type",
    (text) => {
      expect(CHEAP).not.toContain(typeOf(text));
    },
  );
});

test.each([
  ["Add an endpoint that returns the open invoices as JSON", "coding"],
  ["write unit tests for the discount rules", "testing"],
  ["TypeError: x is not a function when I open the report", "debugging"],
  ["Which queue libraries for Go are maintained? compare licences", "research"],
  ["review src/billing for race conditions and list them", "analysis"],
  ["nightly job in GitHub Actions that cleans up old artifacts", "automation"],
  ["write an e2e test with Playwright", "testing"],
  ["rename the Submit button", "ui"],
  ["style guide document", "documentation"],
  ["build the invite feature and add tests", "coding"],
])("the main product decides: %s is %s", (text, type) => {
  expect(typeOf(text)).toBe(type);
});

describe("what is no task", () => {
  test.each([
    "ok, do that",
    "continue",
    "and now the tests",
    "yes",
    "go ahead",
    "try again",
    "fix it",
    "do the same",
    "ok",
  ])("%s follows something up", (text) => {
    expect(kindOf(text)).toBe("follow-up");
  });
  test.each([
    "hi",
    "Hello!",
    "thanks",
    "thank you very much",
    "good morning",
    "how are you?",
    "danke",
    "你好",
    "Спасибо",
  ])("%s is chat", (text) => {
    expect(kindOf(text)).toBe("chat");
  });
  test.each(["", "  \n\t", "...", "?!", "\0\0", "🎉"])("%j is empty and of no confidence", (text) => {
    expect(detect(text)).toMatchObject({
      kind: "empty",
      type: "coding",
      confidence: 0.125,
      simple: false,
      evidence: [],
    });
  });
  test.each([
    "readme please",
    "tests for the parser",
    "ok, now add a test for the parser",
    "thanks, please also document the retry settings",
    "continue the migration of the user api to fastify",
    "document this function",
    "fix login",
  ])("%s is a task", (text) => {
    expect(kindOf(text)).toBe("task");
  });
});

describe("other languages", () => {
  test.each([
    ["Schreibe Tests für den Parser", "de", "testing"],
    ["Behebe den Fehler in der Anmeldung", "de", "debugging"],
    ["Corrige l'erreur dans le calcul de la TVA", "fr", "debugging"],
    ["Ajoute des tests pour le module de paiement", "fr", "testing"],
    ["Escribe la documentación de la API para los usuarios", "es", "documentation"],
    ["Cambia el color del botón en la página de inicio", "es", "ui"],
    ["Scrivi i test per la classe degli utenti", "it", "testing"],
    ["Implemente uma função para validar o email do usuário", "pt", "coding"],
    ["Schrijf een handleiding voor de gebruikers van het systeem", "nl", "documentation"],
    ["Исправь ошибку в парсере", "ru", "debugging"],
    ["为解析器编写单元测试", "zh", "testing"],
    ["ボタンの色を変更して", "ja", "ui"],
    ["로그인 버튼 색상을 변경해줘", "ko", "ui"],
  ])("%s is seen as %s and as %s, with less confidence", (text, language, type) => {
    const found = detect(text);
    expect(found).toMatchObject({ language, type, kind: "task" });
    expect(found.confidence).toBeLessThan(0.7);
  });

  test.each(["Fix the login button", "add node 22 to the ci matrix", "refactor UserService", "why is it slow?"])(
    "%s is English",
    (text) => {
      expect(detect(text).language).toBe("en");
    },
  );

  test("words of no language are of a language that cannot be said, and of little confidence", () => {
    const found = detect("qwrtz plmk vbnx");
    expect(found.language).toBe("und");
    expect(found.confidence).toBeLessThan(0.4);
  });
});

describe("simple work", () => {
  test.each([
    "rename getUsr to getUser",
    "fix the typo in the readme",
    "add a docstring to parse_range",
    "make the save button green",
    "bump the timeout from 30 to 60 in client.py",
  ])("%s is simple", (text) => {
    expect(detect(text).simple).toBe(true);
  });
  test.each([
    "improve performance",
    "add dark mode",
    "the login is broken",
    "implement OAuth login",
    "Write a parser for our comment syntax, quick and without dependencies, and handle nesting, strings and escapes",
  ])("%s is not, however short or whatever keyword it has", (text) => {
    expect(detect(text).simple).toBe(false);
  });
});

test("shares add up to one and the confidence is the share of the type", () => {
  for (const text of ["Fix the CSS styling", "Schreibe Tests", "hm", "a", "what does this do", "修复错误"]) {
    const { shares, type, confidence } = detect(text);
    expect(TASK_TYPES.reduce((sum, each) => sum + shares[each], 0)).toBeCloseTo(1, 9);
    expect(confidence).toBe(shares[type]);
  }
  for (const text of ["Fix the CSS styling", "improve performance", "hm", "check the new export", "make it nicer"]) {
    const { shares, type } = detect(text);
    expect(choose(shares)).toBe(type);
  }
});

test("evidence names the words that decided, strongest first, the guide's keywords as such", () => {
  const { evidence } = detect("Fix the CSS styling");
  expect(evidence.map(({ sign }) => sign)).toContain("keyword css");
  expect(evidence[0]).toMatchObject({ type: "ui" });
  const weights = evidence.map(({ weight }) => weight);
  expect(weights).toEqual([...weights].sort((left, right) => right - left));
});

test("a cheap type that leads by less than a tenth gives way to the best premium one", () => {
  const even = { coding: 0, testing: 0, debugging: 0, documentation: 0, research: 0, analysis: 0, automation: 0.1 };
  expect(choose({ ...even, ui: 0.49, coding: 0.41 })).toBe("coding");
  expect(choose({ ...even, ui: 0.51, coding: 0.39 })).toBe("ui");
});

describe("whatever is thrown at it", () => {
  const LOG = `${"2026-01-01T10:00:00Z INFO request served in 12 ms from 10.0.0.1\n".repeat(1_600)}`;

  test("a task at the end or the start of a pasted log of 100 kB is still read", () => {
    expect(typeOf(`${LOG}\nwrite unit tests for the request parser`)).toBe("testing");
    expect(typeOf(`write unit tests for the request parser, log below\n${LOG}`)).toBe("testing");
  });

  test("what stands beyond the first 1,600 and the last 400 characters changes nothing", () => {
    const wrap = (middle: string) => `${"a b ".repeat(400)}${middle}${" c d".repeat(100)}`;
    expect(detect(wrap("write a README ".repeat(50)))).toEqual(detect(wrap("fix the crash in the parser".repeat(50))));
  });

  test.each([
    ["a word of a million letters", "x".repeat(1_000_000)],
    ["a million arrows", "→".repeat(1_000_000)],
    ["NUL and control characters", "fix\0 the \u0007 parser\u001b[31m"],
    ["lone surrogates", "\ud800 fix \udfff the parser \ud83d"],
    ["only surrogates", "\udc00".repeat(5_000)],
    ["combining marks", `e${"\u0301".repeat(5_000)}`],
    ["a run of Chinese without end", "修复错误".repeat(50_000)],
    ["right-to-left marks", "\u202eparser eht xif"],
    ["names of the prototype", "constructor __proto__ toString hasOwnProperty"],
    ["dots and slashes", "./../".repeat(40_000)],
    ["a deep path", "a/b.c/".repeat(40_000)],
    ["quotes", "'\"`".repeat(40_000)],
  ])("%s never throws", (_, text) => {
    const { shares } = detect(text);
    expect(TASK_TYPES.reduce((sum, each) => sum + shares[each], 0)).toBeCloseTo(1, 9);
  });

  test("the same text gets the same answer whatever was read in between", () => {
    const first = detect("Make the sidebar collapsible");
    detect(LOG);
    detect("\ud800");
    expect(detect("Make the sidebar collapsible")).toEqual(first);
    expect(openDetector().detect("Make the sidebar collapsible")).toEqual(first);
  });
});
