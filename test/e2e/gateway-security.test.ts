import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import {
  allotIn,
  CLIENT_KEY,
  freePort,
  openServe,
  PROVIDER_KEYS,
  type Serve,
  serveHome,
  tryServe,
  upstreamsAt,
} from "../support/gateway/open-serve.ts";
import { ATTACKS } from "../support/gateway/attacks.ts";
import { head, openSocket, type RawAnswer, sendRaw } from "../support/gateway/raw-socket.ts";
import { openScriptedProvider, type ScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

const MB = 1024 * 1024;

const ASK = { surface: "chat", model: "gpt-5", stream: false, prompt: "hello" } as const;
const BODY = JSON.stringify({
  model: "gpt-5",
  max_completion_tokens: 50,
  messages: [{ role: "user", content: "hello" }],
});

async function gateway(): Promise<{ serve: Serve; server: ScriptedProvider }> {
  const server = await openScriptedProvider({ script: () => ({ text: "hello" }) });
  onTestFinished(() => server.close());
  const serve = await openServe({ args: upstreamsAt(server, ["anthropic", "openai", "xai", "google", "ollama"]) });
  return { serve, server };
}

/** It still answers its clients, in good time. */
async function expectAlive(serve: Serve): Promise<void> {
  expect(serve.running()).toBe(true);
  const got = await askGateway(serve.url, ASK);
  expect(got).toMatchObject({ status: 200, text: "hello" });
  expect(got.tookMs).toBeLessThan(2_000);
}

describe("a client without a right to be there", () => {
  test("is refused with 401 on every surface, in the surface's own words, and no provider hears of it", async () => {
    const { serve, server } = await gateway();
    const bearers: Record<string, string>[] = [
      { authorization: "" },
      { authorization: "Bearer wrong" },
      { authorization: `Bearer ${CLIENT_KEY}x` },
      { authorization: `Bearer ${CLIENT_KEY.slice(0, -1)}` },
      { authorization: `Basic ${Buffer.from(`user:${CLIENT_KEY}`).toString("base64")}` },
      { authorization: "", "x-api-key": PROVIDER_KEYS.OPENAI_API_KEY },
    ];
    const asked = [
      ["anthropic", "claude-sonnet-5-5", "authentication_error"],
      ["chat", "gpt-5", "invalid_api_key"],
      ["responses", "gpt-5", "invalid_api_key"],
      ["gemini", "gemini-2.5-pro", "UNAUTHENTICATED"],
      ["ollama", "qwen", "error"],
    ] as const;
    for (const headers of bearers) {
      for (const [surface, model, words] of asked) {
        const got = await askGateway(serve.url, { ...ASK, surface, model, headers });
        expect({ surface, headers, status: got.status }).toEqual({ surface, headers, status: 401 });
        expect(got.raw).toContain(words);
      }
    }
    for (const path of ["/v1/models", "/api/tags", "/v1beta/models", "/api/version", "/v1/models/gpt-5"])
      expect({ path, status: (await fetch(serve.url + path)).status }).toEqual({ path, status: 401 });
    expect(server.visits).toEqual([]);
    expect((await fetch(`${serve.url}/healthz`)).status).toBe(200);
  });

  test("is let in by every form in which clients show their key", async () => {
    const { serve, server } = await gateway();
    const forms: Record<string, string>[] = [
      { authorization: `Bearer ${CLIENT_KEY}` },
      { authorization: `bearer  ${CLIENT_KEY}` },
      { "x-api-key": CLIENT_KEY },
      { "x-goog-api-key": CLIENT_KEY },
      { "api-key": CLIENT_KEY },
      { "x-allot-key": CLIENT_KEY },
      // The client's own key for its provider beside it.
      { "x-allot-key": CLIENT_KEY, authorization: "Bearer sk-the-clients-own" },
    ];
    for (const headers of forms) {
      const got = await askGateway(serve.url, { ...ASK, headers: { authorization: "", ...headers } });
      expect({ headers, status: got.status }).toEqual({ headers, status: 200 });
    }
    expect((await fetch(`${serve.url}/v1beta/models?key=${CLIENT_KEY}`)).status).toBe(200);
    // Where a key is set for the provider, it is asked with that one alone.
    for (const { headers } of server.visits.filter(({ method }) => method === "POST"))
      expect(headers["authorization"]).toBe(`Bearer ${PROVIDER_KEYS.OPENAI_API_KEY}`);
  });

  test("has its key stopped within a second of being revoked, or when it expires", async () => {
    const { serve } = await gateway();
    const made = async (...args: string[]): Promise<{ readonly key: string; readonly id: string }> =>
      JSON.parse(await allotIn(serve.home, "key", "create", ...args, "--json")) as { key: string; id: string };
    const lasting = await made("lasting");
    const short = await made("short", "--expires-in", "10s");
    const ask = async ({ key }: { readonly key: string }): Promise<number> =>
      (await askGateway(serve.url, { ...ASK, headers: { authorization: `Bearer ${key}` } })).status;
    expect(await ask(lasting)).toBe(200);
    expect(await ask(short)).toBe(200);
    await allotIn(serve.home, "key", "revoke", "lasting");
    await sleep(1_100);
    expect(await ask(lasting)).toBe(401);
    await vi.waitFor(async () => expect(await ask(short)).toBe(401), { timeout: 20_000, interval: 250 });
  }, 60_000);
});

describe("a page that a browser shows", () => {
  test("reaches nothing under a name that is not this machine's, or from another site, key or not", async () => {
    const { serve, server } = await gateway();
    const { port } = serve;
    const own = {
      "content-type": "application/json",
      "content-length": String(BODY.length),
      authorization: `Bearer ${CLIENT_KEY}`,
    };
    const hosts = [
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `evil.example#localhost:${port}`,
      `localhost@evil.example:${port}`,
      "0.0.0.0",
      "169.254.169.254",
      "",
    ];
    for (const host of hosts) {
      const answer = await sendRaw(port, [head("/v1/chat/completions", { host, ...own }), BODY]);
      expect({ host, status: answer.status }).toEqual({ host, status: 403 });
      const list = await sendRaw(port, [head("/v1/models", { host, authorization: own.authorization }, "GET")]);
      expect({ host, status: list.status }).toEqual({ host, status: 403 });
    }
    const origins = [
      "https://evil.example",
      "http://localhost.evil.example",
      "null",
      "file://",
      "chrome-extension://abc",
    ];
    for (const origin of origins) {
      const answer = await sendRaw(port, [
        head("/v1/chat/completions", { host: `127.0.0.1:${port}`, origin, ...own }),
        BODY,
      ]);
      expect({ origin, status: answer.status }).toEqual({ origin, status: 403 });
      const preflight = head(
        "/v1/chat/completions",
        { host: `127.0.0.1:${port}`, origin, "access-control-request-method": "POST" },
        "OPTIONS",
      );
      const allowed = await sendRaw(port, [preflight]);
      expect(allowed.status).toBe(403);
      expect(allowed.text.toLowerCase()).not.toContain("access-control-allow");
    }
    for (const path of ["/metrics", "/healthz"]) {
      const answer = await sendRaw(port, [head(path, { host: "evil.example" }, "GET")]);
      expect({ path, status: answer.status }).toEqual({ path, status: 403 });
    }
    expect(server.visits).toEqual([]);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost", `LOCALHOST:${port}`, `[::1]:${port}`]) {
      const answer = await sendRaw(port, [head("/v1/chat/completions", { host, ...own }), BODY]);
      expect({ host, status: answer.status }).toEqual({ host, status: 200 });
    }
  });
});

describe("what is no request", () => {
  test("a body of 33 MB is answered 413, announced or not, on every surface, and 31 MB go through", async () => {
    const { serve, server } = await gateway();
    await expectAlive(serve);
    const large = Buffer.alloc(33 * MB, 0x20);
    for (const [surface, model] of [
      ["chat", "gpt-5"],
      ["anthropic", "claude-sonnet-5-5"],
      ["gemini", "gemini-2.5-pro"],
    ] as const) {
      const answer = await postWhole(serve, surface, model, large, true);
      expect({ surface, status: answer.status }).toEqual({ surface, status: 413 });
      const chunked = await postWhole(serve, surface, model, large, false);
      expect({ surface, status: chunked.status }).toEqual({ surface, status: 413 });
    }
    expect(server.served).toHaveLength(1);
    const fits = JSON.stringify({ ...(JSON.parse(BODY) as object), padding: "x".repeat(31 * MB) });
    const got = await askGateway(serve.url, { ...ASK, body: fits });
    expect(got.status).toBe(200);
    await expectAlive(serve);
  });

  test("garbage, floods, deep or broken JSON and shapes that smuggle are turned away, and the gateway stays alive and flat", async () => {
    const { serve, server } = await gateway();
    for (let warm = 0; warm < 50; warm += 1) await expectAlive(serve);
    let before = 0;
    for (let round = 0; round < 3; round += 1) {
      for (const { name, send, right, passes } of ATTACKS) {
        const asked = server.served.length;
        const { status, text } = await send(serve.port);
        if (!serve.running()) throw new Error(`${name} ended the gateway: ${serve.printed()}`);
        expect({ name, status, text: right.includes(status) ? "" : text.slice(0, 300) }).toEqual({
          name,
          status: right.includes(status) ? status : right[0],
          text: "",
        });
        if (passes !== undefined)
          expect({ name, asked: server.served.length > asked }).toEqual({ name, asked: passes });
      }
      await expectAlive(serve);
      if (round === 0) before = serve.memory();
    }
    expect(serve.memory() - before).toBeLessThan(60 * MB);
    // A name out of a path stays one segment of the path.
    const walked = server.visits.filter(({ path }) => path.includes("admin"));
    expect(new Set(walked.map(({ path }) => path))).toEqual(
      new Set(["/google/v1beta/models/..%2F..%2F..%2Fadmin:generateContent"]),
    );
  }, 120_000);

  test("five hundred requests that never end keep nobody else waiting, and are let go", async () => {
    const { serve } = await gateway();
    await expectAlive(serve);
    const before = serve.memory();
    const auth = { host: `127.0.0.1:${serve.port}`, authorization: `Bearer ${CLIENT_KEY}` };
    const slow = Array.from({ length: 500 }, (_, index) => {
      if (index % 3 === 0) return openSocket(serve.port, "POST /v1/chat/compl");
      if (index % 3 === 1)
        return openSocket(
          serve.port,
          `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${serve.port}\r\nx-slow: `,
        );
      return openSocket(serve.port, `${head("/v1/chat/completions", { ...auth, "content-length": "1000" })}{"model":`);
    });
    for (let drop = 0; drop < 5; drop += 1) {
      for (const socket of slow) socket.write("a");
      await expectAlive(serve);
      await sleep(100);
    }
    expect(serve.memory() - before).toBeLessThan(60 * MB);
    for (const socket of slow) socket.destroy();
    await expectAlive(serve);
  });
});

describe("a gateway whose upstream is itself", () => {
  test("does not start, however its own address is written", async () => {
    const port = await freePort();
    const spellings = [
      `http://localhost:${port}/v1`,
      `http://[::1]:${port}`,
      `http://127.1:${port}`,
      `http://0.0.0.0:${port}`,
    ];
    const ended = await Promise.all(
      spellings.map((url) => tryServe(["--port", String(port), "--upstream", `anthropic=${url}`])),
    );
    for (const [index, { code, printed }] of ended.entries()) {
      expect({ url: spellings[index], code, printed }).toMatchObject({ url: spellings[index], code: 78 });
      expect(printed).toContain("this gateway itself");
    }
    const byVariable = await tryServe(["--port", String(port)], { ANTHROPIC_BASE_URL: `http://localhost:${port}` });
    expect(byVariable.code).toBe(78);
  });

  test("through another hop notices the circle and says so, at once", async () => {
    const ports = [await freePort(), await freePort()] as const;
    const home = serveHome();
    const [one] = await Promise.all(
      ports.map((port, index) =>
        openServe({
          home,
          port,
          args: ["--upstream", `openai=http://127.0.0.1:${ports[1 - index]}/v1`],
          env: { OPENAI_API_KEY: CLIENT_KEY },
        }),
      ),
    );
    const got = await askGateway(one!.url, ASK);
    expect(got.status).toBeGreaterThanOrEqual(500);
    expect(got.tookMs).toBeLessThan(20_000);
    expect(one!.running()).toBe(true);
  });
});

describe("secrets", () => {
  test("stand in no output, error, log, trace, store file or process list, whatever goes wrong", async () => {
    const server = await openScriptedProvider({
      script: ({ headers, lastUserText }) =>
        lastUserText === "echo"
          ? {
              error: {
                status: 401,
                body: JSON.stringify({ error: { message: `bad key ${JSON.stringify(headers)}` } }),
              },
            }
          : lastUserText === "cut"
            ? { text: "half an answer that is cut", cutAfter: 3 }
            : { text: "hello" },
    });
    onTestFinished(() => server.close());
    const home = serveHome();
    const made = JSON.parse(await allotIn(home, "key", "create", "laptop", "--json")) as { key: string };
    const serve = await openServe({ home, args: upstreamsAt(server, ["anthropic", "openai", "xai", "google"]) });
    const said: string[] = [];
    for (const [surface, model] of [
      ["anthropic", "claude-sonnet-5-5"],
      ["chat", "gpt-5"],
      ["responses", "gpt-5"],
      ["gemini", "gemini-2.5-pro"],
    ] as const) {
      for (const prompt of ["hello", "echo", "cut"]) {
        for (const key of [CLIENT_KEY, made.key, `${made.key}-wrong`]) {
          for (const stream of [true, false]) {
            const headers = { authorization: `Bearer ${key}` };
            const got = await askGateway(serve.url, { surface, model, stream, prompt, headers });
            said.push(got.raw, JSON.stringify(got.headers));
          }
        }
      }
    }
    said.push(await (await fetch(`${serve.url}/metrics`)).text());
    const lines = commandLines(serve.pid);
    expect(await serve.stop()).toBe(0);
    said.push(
      serve.printed(),
      ...lines,
      await allotIn(home, "usage", "--json"),
      await allotIn(home, "key", "list", "--json"),
    );
    const places = new Map([
      ...filesIn(home.dir),
      ...said.map((text, index): [string, Buffer] => [`answer ${index}`, Buffer.from(text)]),
    ]);
    const secrets = [CLIENT_KEY, made.key, ...Object.values(PROVIDER_KEYS)];
    const found = [...places].flatMap(([place, bytes]) =>
      secrets.filter((secret) => bytes.includes(secret)).map((secret) => `${secret} stands in ${place}`),
    );
    expect(found).toEqual([]);
    expect([...places.keys()].some((place) => place.endsWith("allot.db"))).toBe(true);
    expect([...places.keys()].some((place) => place.includes("trace"))).toBe(true);
    expect(lines.length).toBeGreaterThan(0);
  });
});

/** What anybody on the machine can read of the process and its children. */
function commandLines(pid: number): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter((child) => child !== "");
  return [pid, ...children.map(Number)].map((id) => readFileSync(`/proc/${id}/cmdline`, "latin1"));
}

/** Every file below a folder, with its bytes. */
function filesIn(dir: string): [string, Buffer][] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path)]);
}

function postWhole(
  serve: Serve,
  surface: "chat" | "anthropic" | "gemini",
  model: string,
  body: Buffer,
  announced: boolean,
): Promise<RawAnswer> {
  const path =
    surface === "chat"
      ? "/v1/chat/completions"
      : surface === "anthropic"
        ? "/v1/messages"
        : `/v1beta/models/${model}:generateContent`;
  const headers = {
    host: `127.0.0.1:${serve.port}`,
    authorization: `Bearer ${CLIENT_KEY}`,
    "content-type": "application/json",
  };
  if (announced)
    return sendRaw(serve.port, [head(path, { ...headers, "content-length": String(body.length) }), body], {
      quietMs: 500,
    });
  const chunk = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]);
  return sendRaw(serve.port, [head(path, { ...headers, "transfer-encoding": "chunked" }), chunk], { quietMs: 500 });
}
