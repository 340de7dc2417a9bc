import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { AllotError } from "../../../src/foundation/errors.ts";
import type { ModelRequest, ProviderName } from "../../../src/providers/provider.ts";
import { openProvider, PROVIDERS } from "../../../src/providers/providers.ts";
import { expectedOf } from "./fixture.ts";
import type { Fixture } from "./fixture.ts";

// node test/support/scripted-provider/record-fixture.ts --provider anthropic --model NAME --out FILE
//   [--prompt TEXT] [--stream] [--tool] [--wire chat] [--base-url URL]
// Makes one paid request with the key of the environment and stores the answer without secrets.

export interface Recording {
  readonly provider: ProviderName;
  readonly request: ModelRequest;
  readonly stream: boolean;
  readonly apiKey: string;
  readonly baseUrl?: string;
  readonly wire?: "responses" | "chat";
  /** ISO date. */
  readonly date: string;
}

/** Headers that say something about the answer; all others may say something about the account. */
const KEPT_HEADERS = ["content-type", "retry-after"];

/**
 * Makes one request and returns its answer as a fixture, with what our provider makes of it as the expectation (for a
 * person to look over). Neither request headers nor account headers are kept, and the key is cut out of the body.
 */
export async function recordFixture(recording: Recording): Promise<Fixture> {
  const caught: { status: number; headers: Record<string, string>; body: string }[] = [];
  const watching: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const body = await response.text();
    caught.push({ status: response.status, headers: Object.fromEntries(response.headers), body });
    return new Response(body, { status: response.status, headers: response.headers });
  };
  const provider = openProvider(recording.provider, {
    apiKey: recording.apiKey,
    fetch: watching,
    wire: recording.wire ?? "responses",
    ...(recording.baseUrl === undefined ? {} : { baseUrl: recording.baseUrl }),
  });
  const signal = AbortSignal.timeout(300_000);
  const expected = await provider
    .call(recording.request, { signal, ...(recording.stream ? { onDelta: () => {} } : {}) })
    .then(expectedOf, (error: unknown) => {
      if (!(error instanceof AllotError)) throw error;
      const { retryAfterMs } = error.details as { retryAfterMs?: number };
      return { fault: error.code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    });
  const answer = caught.at(-1);
  if (answer === undefined) throw new Error("nothing was answered");
  const body = recording.apiKey.length < 8 ? answer.body : answer.body.replaceAll(recording.apiKey, "[secret]");
  return {
    provider: recording.provider,
    ...(recording.wire === undefined ? {} : { wire: recording.wire }),
    origin: `recorded ${recording.date}`,
    stream: recording.stream,
    request: recording.request,
    status: answer.status,
    headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => KEPT_HEADERS.includes(name))),
    body: body.split("\n"),
    expected,
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      provider: { type: "string" },
      model: { type: "string" },
      out: { type: "string" },
      prompt: { type: "string", default: "Say hello in five words." },
      stream: { type: "boolean", default: false },
      tool: { type: "boolean", default: false },
      wire: { type: "string" },
      "base-url": { type: "string" },
    },
  });
  const name = values.provider as ProviderName | undefined;
  if (name === undefined || PROVIDERS[name] === undefined || values.model === undefined || values.out === undefined) {
    throw new Error(`--provider (${Object.keys(PROVIDERS).join(", ")}), --model and --out are needed`);
  }
  const tools = [
    {
      name: "weather",
      description: "The weather of a town",
      inputSchema: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
    },
  ];
  const key = PROVIDERS[name].keyVariables
    .map((variable) => process.env[variable])
    .find((value) => value !== undefined);
  const fixture = await recordFixture({
    provider: name,
    request: {
      model: values.model,
      system: "Be brief.",
      messages: [{ role: "user", content: values.prompt }],
      tools: values.tool ? tools : [],
      toolChoice: "auto",
      maxOutputTokens: 1_024,
    },
    stream: values.stream,
    apiKey: key ?? "",
    date: new Date().toISOString().slice(0, 10),
    ...(values.wire === "chat" || values.wire === "responses" ? { wire: values.wire } : {}),
    ...(values["base-url"] === undefined ? {} : { baseUrl: values["base-url"] }),
  });
  await writeFile(values.out, `${JSON.stringify(fixture, null, 2)}\n`);
  process.stdout.write(
    `${values.out}: status ${fixture.status}, ${fixture.body.length} lines. Look it over before it is committed.\n`,
  );
}
