import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { SAMPLE_AT, sampleFallback, sampleTrace } from "../../../test/support/sample-trace.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { systemClock } from "../../foundation/clock.ts";
import { openSpans } from "./open-spans.ts";
import { spanSettings } from "./span-settings.ts";

interface Sent {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Span {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code?: number; readonly message?: string };
  readonly events?: readonly { readonly name: string }[];
}

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function openCollector(answer: number): Promise<{ url: string; sent: Sent[] }> {
  const sent: Sent[] = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      sent.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(answer, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent };
}

function spansIn(sent: readonly Sent[]): readonly Span[] {
  return sent.flatMap(({ body }) => {
    const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  });
}

function attributesOf(span: Span | undefined): Record<string, unknown> {
  return Object.fromEntries(span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? []);
}

const open = (url: string, clock = new SteppedClock(SAMPLE_AT)) =>
  openSpans({ endpoint: `${url}/v1/traces`, headers: { "x-team": "a" }, resource: { "service.name": "allot" }, clock });

test("a request is a server span with a client span for each attempt under it, at their true times", async () => {
  const collector = await openCollector(200);
  const spans = open(collector.url);
  spans.note(sampleFallback());
  await spans[Symbol.asyncDispose]();
  expect(collector.sent).toHaveLength(1);
  expect(collector.sent[0]?.path).toBe("/v1/traces");
  expect(collector.sent[0]?.headers).toMatchObject({ "content-type": "application/json", "x-team": "a" });
  const all = spansIn(collector.sent);
  expect(all.map(({ name, kind }) => [name, kind])).toEqual([
    ["chat claude-sonnet-4-5", 3],
    ["chat gpt-5-mini", 3],
    ["allot anthropic-messages", 2],
  ]);
  const [first, second, request] = all;
  expect(request?.parentSpanId).toBe(undefined);
  expect([first?.parentSpanId, second?.parentSpanId]).toEqual([request?.spanId, request?.spanId]);
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
  const times = ({ startTimeUnixNano, endTimeUnixNano }: Span): number[] =>
    [startTimeUnixNano, endTimeUnixNano].map((nanos) => Number(BigInt(nanos) / 1_000_000n) - SAMPLE_AT);
  expect(all.map(times)).toEqual([
    [0, 1_000],
    [1_500, 4_000],
    [0, 4_010],
  ]);
});

test("spans speak the conventions of generative AI", async () => {
  const collector = await openCollector(200);
  const spans = open(collector.url);
  spans.note(sampleFallback({ served: { provider: "xai", model: "grok-4" } }));
  await spans[Symbol.asyncDispose]();
  const [first, second, request] = spansIn(collector.sent);
  expect(attributesOf(request)).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "x_ai",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.response.model": "grok-4",
    "gen_ai.conversation.id": "default",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
    "http.response.status_code": 200,
    "allot.request.id": "req-2",
    "allot.fallback": "anthropic/claude-sonnet-4-5 is rate-limited",
    "allot.cost_usd": 0.004,
  });
  expect(attributesOf(request)).not.toHaveProperty("error.type");
  expect(attributesOf(first)).toMatchObject({
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "error.type": "provider-rate-limited",
    "http.response.status_code": 429,
  });
  expect(attributesOf(first)).not.toHaveProperty("gen_ai.response.model");
  expect(first?.status).toEqual({ code: 2, message: "too many requests" });
  expect(attributesOf(second)).toMatchObject({
    "gen_ai.request.model": "gpt-5-mini",
    "gen_ai.response.model": "gpt-5-mini",
    "gen_ai.response.time_to_first_chunk": 0.3,
  });
  expect(second?.status.code ?? 0).toBe(0);
});

test("input counts what a cache gave and took, as the conventions ask", async () => {
  const collector = await openCollector(200);
  const spans = open(collector.url);
  spans.note(sampleTrace());
  await spans[Symbol.asyncDispose]();
  expect(attributesOf(spansIn(collector.sent)[0])).toMatchObject({
    "gen_ai.usage.input_tokens": 1600,
    "gen_ai.usage.output_tokens": 400,
    "gen_ai.usage.cache_read.input_tokens": 500,
    "gen_ai.usage.cache_creation.input_tokens": 100,
    "gen_ai.usage.reasoning.output_tokens": 50,
  });
});

test("an attempt that was passed over is an event, not a span", async () => {
  const collector = await openCollector(200);
  const spans = open(collector.url);
  const [skipped, answered] = sampleFallback().attempts;
  if (skipped === undefined || answered === undefined) throw new Error("the sample has two attempts");
  spans.note(sampleFallback({ attempts: [{ ...skipped, outcome: "skipped" }, answered] }));
  await spans[Symbol.asyncDispose]();
  const all = spansIn(collector.sent);
  expect(all.map(({ name }) => name)).toEqual(["chat gpt-5-mini", "allot anthropic-messages"]);
  expect(all[1]?.events?.map(({ name }) => name)).toEqual(["allot.attempt.skipped"]);
});

test("a failed request is an error with its code, at every text cut to a bearable length", async () => {
  const collector = await openCollector(200);
  const spans = open(collector.url);
  const trace = sampleTrace({
    outcome: "failed",
    status: 502,
    code: "provider-overloaded",
    message: "x".repeat(9_000),
  });
  spans.note({ ...trace, project: "p".repeat(9_000) });
  await spans[Symbol.asyncDispose]();
  const request = spansIn(collector.sent).at(-1);
  expect(request?.status).toEqual({ code: 2, message: "x".repeat(500) });
  expect(attributesOf(request)).toMatchObject({
    "error.type": "provider-overloaded",
    "allot.project": "p".repeat(500),
  });
});

test("spans go out in batches within about a second", async () => {
  const collector = await openCollector(200);
  const clock = new SteppedClock(SAMPLE_AT);
  await using spans = open(collector.url, clock);
  for (let n = 0; n < 100; n += 1) spans.note(sampleTrace({ id: `req-${n}` }));
  expect(collector.sent).toHaveLength(0);
  await clock.move(1_000);
  await expect.poll(() => collector.sent.length, { timeout: 10_000 }).toBe(1);
  expect(spansIn(collector.sent)).toHaveLength(200);
});

test("a collector that refuses is left alone for half a minute, and then tried again", async () => {
  const collector = await openCollector(400);
  const clock = new SteppedClock(SAMPLE_AT);
  await using spans = open(collector.url, clock);
  spans.note(sampleTrace());
  await clock.move(1_000);
  await expect.poll(() => collector.sent.length, { timeout: 10_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (let n = 0; n < 1_000; n += 1) spans.note(sampleTrace());
  await clock.move(29_000);
  expect(collector.sent).toHaveLength(1);
  await clock.move(2_000);
  spans.note(sampleTrace());
  await clock.move(1_000);
  await expect.poll(() => collector.sent.length, { timeout: 10_000 }).toBe(2);
});

test("a collector that is not there delays neither requests nor the end", async () => {
  const spans = openSpans({
    endpoint: "http://127.0.0.1:9/v1/traces",
    headers: {},
    resource: {},
    clock: systemClock,
  });
  const began = performance.now();
  for (let n = 0; n < 100_000; n += 1) spans.note(sampleTrace());
  await spans[Symbol.asyncDispose]();
  expect(performance.now() - began).toBeLessThan(5_000);
});

test("where spans go is said by OpenTelemetry's own variables", () => {
  const resource = { "service.name": "allot" };
  expect(spanSettings({})).toBe(undefined);
  expect(spanSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" })).toEqual({
    endpoint: "http://localhost:4318/v1/traces",
    headers: {},
    resource,
  });
  expect(
    spanSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:1/ignored",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://collector.example/mine/traces",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc, x-a=1,broken",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-a=2",
      OTEL_RESOURCE_ATTRIBUTES: "team=a,service.name=ignored",
      OTEL_SERVICE_NAME: "gateway",
    }),
  ).toEqual({
    endpoint: "https://collector.example/mine/traces",
    headers: { authorization: "Bearer abc", "x-a": "2" },
    resource: { team: "a", "service.name": "gateway" },
  });
  expect(spanSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://h:4318/base/" })?.endpoint).toBe(
    "http://h:4318/base/v1/traces",
  );
  expect(spanSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://h:1", OTEL_SDK_DISABLED: "true" })).toBe(undefined);
  expect(spanSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://h:1", OTEL_TRACES_EXPORTER: "none" })).toBe(undefined);
  expect(() => spanSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4318" })).toThrow("OTEL_EXPORTER_OTLP_ENDPOINT");
});
