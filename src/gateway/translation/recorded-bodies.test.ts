import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { randomFrom } from "../../../test/support/seeded-random.ts";
import { answerWith } from "../../../test/support/translating-server.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { asList, asObject, asText } from "../../providers/json.ts";
import type { Json } from "../../providers/json.ts";
import { repairHistory } from "./repair-history.ts";
import type { SurfaceName } from "./translation.ts";
import { TRANSLATIONS } from "./translations.ts";

/* Bodies as real clients sent them, and what becomes of them when any value in them is another. */

const FOLDER = join(import.meta.dirname, "../../../test/clients/recorded");

interface Recorded {
  readonly file: string;
  readonly surface: SurfaceName;
  readonly body: Json;
}

const RECORDED: readonly Recorded[] = readdirSync(FOLDER).flatMap((file) =>
  asList(asObject(JSON.parse(readFileSync(join(FOLDER, file), "utf8")))["requests"])
    .map(asObject)
    .map((request) => ({ file, surface: surfaceOf(asText(request["path"])), body: asObject(request["body"]) })),
);

function surfaceOf(path: string): SurfaceName {
  if (path.endsWith("/messages")) return "anthropic-messages";
  if (path.endsWith("/chat/completions")) return "openai-chat";
  return path.endsWith("/responses") ? "openai-responses" : "gemini";
}

test("every recorded request is read whole: each tool, and turns in an order that everybody takes", () => {
  expect(new Set(RECORDED.map(({ surface }) => surface)).size).toBe(4);
  for (const { surface, body } of RECORDED) {
    const { messages, tools, system } = TRANSLATIONS[surface].readRequest(body, { provider: "x", model: "m" });
    expect(system.length).toBeGreaterThan(50);
    expect(messages.map(({ role }) => role[0]).join("")).toMatch(/^u(at)*$/);
    const named = [...JSON.stringify(body["tools"] ?? []).matchAll(/"name":"([\w-]+)"/g)].map((found) => found[1]);
    for (const { name } of tools) expect(JSON.stringify(body)).toContain(`"name":"${name}"`);
    if (surface !== "openai-responses")
      expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(named.slice(0, 3)));
    expect(repairHistory(surface, "anthropic", body)).toBe(undefined);
  }
});

test("whatever stands in a body, it is read, or refused as wrong, and its answer is written", () => {
  const random = randomFrom(4_711);
  const junk = [
    null,
    undefined,
    0,
    -1,
    1.5,
    true,
    "",
    "x",
    [],
    {},
    [null],
    [[]],
    { type: "text" },
    [{ type: 7 }],
    "a".repeat(999),
  ];
  const answer = answerWith({ text: "ok", thinking: "hm", toolCalls: [{ id: "", name: "", input: 7 }] });
  let refused = 0;
  for (let round = 0; round < 4_000; round += 1) {
    const { surface, body } = RECORDED[Math.floor(random() * RECORDED.length)] as Recorded;
    const mutant = asObject(mutated(body, junk, random));
    const about = { id: "1", model: "m", at: 0, inputTokens: 1, includeUsage: true, request: mutant };
    try {
      TRANSLATIONS[surface].readRequest(mutant, { provider: "anthropic", model: "m" });
    } catch (error) {
      if (!isAllotError(error) || error.code !== "usage") throw error;
      refused += 1;
    }
    repairHistory(surface, "openai", mutant);
    TRANSLATIONS[surface].body(answer, about);
    TRANSLATIONS[surface].stream(about, () => {}).end(answer);
  }
  expect(refused).toBeGreaterThan(50);
});

/** The value with one place in it, anywhere, holding something else. */
function mutated(value: unknown, junk: readonly unknown[], random: () => number): unknown {
  const inner = value !== null && typeof value === "object" ? Object.keys(value) : [];
  if (inner.length === 0 || random() < 0.15) return junk[Math.floor(random() * junk.length)];
  const key = inner[Math.floor(random() * inner.length)] as string;
  const place = (value as Record<string, unknown>)[key];
  const changed = mutated(place, junk, random);
  if (!Array.isArray(value)) return { ...asObject(value), [key]: changed };
  return value.map((item: unknown, index) => (String(index) === key ? changed : item));
}
