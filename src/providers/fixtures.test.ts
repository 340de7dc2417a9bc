import { readdirSync, readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { expectedOf, replay } from "../../test/support/scripted-provider/fixture.ts";
import type { Fixture } from "../../test/support/scripted-provider/fixture.ts";
import { recordFixture } from "../../test/support/scripted-provider/record-fixture.ts";
import { openScriptedProvider } from "../../test/support/scripted-provider/scripted-provider.ts";
import { faultOf } from "./conformance/trial.conformance.ts";
import { openProvider } from "./providers.ts";

const FOLDER = new URL("../../test/support/scripted-provider/fixtures/", import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

function load(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Fixture;
}

function call(fixture: Fixture): Promise<unknown> {
  const provider = openProvider(fixture.provider, {
    apiKey: "k",
    baseUrl: "http://127.0.0.1:9",
    fetch: replay(fixture),
    ...(fixture.wire === undefined ? {} : { wire: fixture.wire }),
  });
  const options = { signal: new AbortController().signal, ...(fixture.stream ? { onDelta: () => {} } : {}) };
  return provider.call(fixture.request, options).then(expectedOf);
}

const ANSWERS = NAMES.filter((name) => !("fault" in load(name).expected));
const FAULTS = NAMES.filter((name) => "fault" in load(name).expected);

test.each(ANSWERS)("the kept answer %s is read and billed as expected", async (name) => {
  const fixture = load(name);
  expect(await call(fixture)).toEqual(fixture.expected);
});

test.each(FAULTS)("the kept refusal %s has the expected code", async (name) => {
  const fixture = load(name);
  const fault = await faultOf(call(fixture));
  const { retryAfterMs } = fault.details as { retryAfterMs?: number };
  expect({ fault: fault.code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }).toEqual(fixture.expected);
});

test.each(["anthropic-cache-stream.json", "openai-responses-stream.json"])(
  "events of an unknown kind are no harm to %s",
  async (name) => {
    const fixture = load(name);
    const novelty = ["event: response.novelty", 'data: {"type":"response.novelty","novelty":{"of":"next year"}}', ""];
    const body = fixture.body.flatMap((line, index) =>
      line === "" && index < fixture.body.length - 2 ? [line, ...novelty] : [line],
    );
    expect(await call({ ...fixture, body })).toEqual(fixture.expected);
  },
);

test("an event of a known kind that cannot be read is malformed", async () => {
  const fixture = load("anthropic-cache-stream.json");
  const body = fixture.body.map((line) =>
    line.replace('{"type":"text_delta","text":"Let me"}', '{"type":"text_delta"}'),
  );
  expect((await faultOf(call({ ...fixture, body }))).code).toBe("provider-malformed");
});

test("every kept answer says where it comes from", () => {
  for (const name of NAMES)
    expect(load(name).origin).toMatch(/^(recorded \d{4}-\d\d-\d\d|written to the published format)$/);
});

test("a recorded answer carries no key and no account header, and replays to the same answer", async () => {
  const server = await openScriptedProvider({ script: (seen) => ({ text: `You sent ${seen.headers["x-api-key"]}.` }) });
  onTestFinished(() => server.close());
  for (const stream of [false, true]) {
    const fixture = await recordFixture({
      provider: "anthropic",
      request: {
        model: "m",
        system: "",
        messages: [{ role: "user", content: "Hi" }],
        tools: [],
        toolChoice: "auto",
        maxOutputTokens: 9,
      },
      stream,
      apiKey: "sk-secret-of-the-recorder",
      baseUrl: server.url,
      date: "2026-11-21",
    });
    expect(JSON.stringify(fixture.body)).not.toContain("sk-secret-of-the-recorder");
    expect(Object.keys(fixture.headers)).toEqual(["content-type"]);
    expect(await call(fixture)).toMatchObject({ finish: "stop", model: "m" });
  }
});
