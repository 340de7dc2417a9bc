import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { openServe, PROVIDER_KEYS, upstreamsAt } from "../support/gateway/open-serve.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

async function openCollector(): Promise<{ readonly url: string; readonly bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      bodies.push(body);
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

test("the gateway sends a span for each request and attempt to the collector that OpenTelemetry's variable names", async () => {
  const server = await openScriptedProvider({ script: () => ({ text: "four" }) });
  onTestFinished(() => server.close());
  const collector = await openCollector();
  const serve = await openServe({
    args: upstreamsAt(server, ["openai"]),
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  const got = await askGateway(serve.url, {
    surface: "chat",
    model: "gpt-5-mini",
    prompt: "two and two?",
    stream: false,
  });
  expect(got.status).toBe(200);
  expect(await serve.stop()).toBe(0);
  const spans = collector.bodies.join("");
  expect(spans).toContain(String(got.headers["x-allot-request-id"]));
  expect(spans).toContain('"name":"chat gpt-5-mini"');
  expect(spans).not.toContain("two and two");
  for (const key of [...Object.values(PROVIDER_KEYS), "client-key-"]) expect(spans).not.toContain(key);
});
