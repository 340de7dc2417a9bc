/** docs/gateway.md against the gateway: its examples run, its tables hold. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { allotIn, CLIENT_KEY, openServe, type Serve, serveHome, upstreamsAt } from "../support/gateway/open-serve.ts";
import type { SurfaceName } from "../support/gateway/surfaces.ts";
import type { Script } from "../support/scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PAGE = readFileSync(join(ROOT, "docs/gateway.md"), "utf8");
const ANSWER = { text: "Hello from the script." };
const PROVIDERS = ["anthropic", "openai", "xai", "google", "ollama"] as const;

async function openBoth(
  home = serveHome(),
  script: Script = () => ANSWER,
): Promise<{ readonly serve: Serve; readonly provider: ScriptedProvider }> {
  const provider = await openScriptedProvider({ script });
  onTestFinished(() => provider.close());
  return { provider, serve: await openServe({ home, args: upstreamsAt(provider, PROVIDERS) }) };
}

/** The fenced examples of a language. */
function examples(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map((found) => found[1] ?? "");
}

/** The packages of an example that are not installed here; the clients' kit has them. */
function missing(code: string): string[] {
  const names = [...code.matchAll(/from "([^"]+)"/g)].map((found) => found[1] ?? "");
  return names.filter((name) => {
    try {
      import.meta.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}

async function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "", ALLOT_KEY: CLIENT_KEY };
    execFile(program, [...args], { cwd: ROOT, env, encoding: "utf8", timeout: 50_000 }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

test("the page's examples for SDKs and curl get an answer through the gateway", async () => {
  const { serve, provider } = await openBoth();
  const here = (code: string): string => code.replaceAll("http://127.0.0.1:7878", serve.url);
  const programs = examples("js").filter((code) => missing(code).length === 0);
  const commands = examples("sh").filter((code) => code.startsWith("curl "));
  expect([programs.length, commands.length]).toEqual([3, 2]);
  for (const code of programs) {
    expect(await output(process.execPath, ["--input-type=module", "-e", here(code)])).toContain(
      "Hello from the script.",
    );
  }
  for (const code of commands) expect(await output("bash", ["-c", here(code)])).toContain("Hello from the script.");
  expect(new Set(provider.served.map(({ wire }) => wire.split("-")[0]))).toEqual(
    new Set(["anthropic", "openai", "google", "xai"]),
  );
});

/** "| chat completions | 403 |" */
function statedStatus(row: string): number {
  return Number(new RegExp(`^\\| ${row}[^|]*\\| (\\d{3})`, "m").exec(PAGE)?.[1]);
}

test.each([
  ["anthropic", "Messages", "billing_error", {}],
  ["responses", "Responses", "insufficient_quota", {}],
  ["chat", "chat completions", "insufficient_quota", {}],
  ["gemini", "Gemini", "PERMISSION_DENIED", {}],
  ["ollama", "Ollama", "error", {}],
  ["anthropic", "opencode", "error", { "user-agent": "opencode/1.18.33" }],
] as const)(
  "%s: a budget that is spent stops the client as the page says of %s",
  async (surface, row, word, headers) => {
    // A model of this machine is stopped by limits of its own only.
    const home = serveHome({ limits: { session: { tokens_total: 1 }, provider: { ollama: { tokens_total: 1 } } } });
    const { serve, provider } = await openBoth(home);
    const got = await askGateway(serve.url, { surface, model: MODELS[surface], prompt: "hi", stream: true, headers });
    expect(got.status).toBe(statedStatus(row));
    expect(got.raw).toContain(word);
    expect(got.headers["retry-after"]).toBeUndefined();
    expect(got.headers["x-allot-limit"]).toMatch(/^(session:\S+|provider:ollama) tokens\/ever$/);
    expect(provider.served).toEqual([]);
  },
);

const MODELS: Readonly<Record<SurfaceName, string>> = {
  anthropic: "claude-haiku-4-5",
  chat: "gpt-5-mini",
  responses: "gpt-5-mini",
  gemini: "gemini-2.5-flash",
  ollama: "llama3.2",
};

async function keyWith(serve: Serve, ...args: string[]): Promise<{ readonly key: string; readonly id: string }> {
  return JSON.parse(await allotIn(serve.home, "key", "create", "a", "--json", ...args)) as { key: string; id: string };
}

function ask(serve: Serve, key: string, model = "claude-haiku-4-5", headers: Record<string, string> = {}) {
  const authorization = `Bearer ${key}`;
  return askGateway(serve.url, {
    surface: "anthropic",
    model,
    prompt: "hi",
    stream: false,
    headers: { authorization, ...headers },
  });
}

test("a key's models, session, project and own limit hold, and a revoked key is out within a second", async () => {
  const { serve } = await openBoth();
  const bound = await keyWith(serve, "--models", "claude-haiku-4*,openai/*", "--session", "s", "--project", "p");
  const answered = await ask(serve, bound.key, undefined, { "x-allot-session": "other", "x-allot-project": "other" });
  expect(answered.status).toBe(200);
  expect((await ask(serve, bound.key, "haiku")).status).toBe(402);
  expect((await ask(serve, bound.key, "claude-opus-4-1")).raw).toContain("may not use claude-opus-4-1");
  const poor = await keyWith(serve, "--limit-usd", "0");
  const refused = await ask(serve, poor.key);
  expect([refused.status, refused.headers["x-allot-limit"]]).toEqual([402, `key:${poor.id} usd/day`]);
  await allotIn(serve.home, "key", "revoke", bound.id);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect((await ask(serve, bound.key)).status).toBe(401);
  await serve.stop();
  const usage = JSON.parse(await allotIn(serve.home, "usage", "--by", "session", "--json")) as {
    rows: { name?: string }[];
  };
  expect(JSON.stringify(usage.rows)).toContain('"s"');
  expect(JSON.stringify(usage.rows)).not.toContain("other");
});

test("a fallback that the key does not allow is not asked, one that it allows is, and the headers say so", async () => {
  const { serve, provider } = await openBoth(serveHome(), ({ wire }) =>
    wire === "anthropic" ? { error: "overloaded" } : ANSWER,
  );
  const headers = { "x-allot-fallback": "gpt-5-mini" };
  const bound = await keyWith(serve, "--models", "claude-*");
  const refused = await ask(serve, bound.key, "claude-opus-4-1", headers);
  expect(refused.status).toBeGreaterThanOrEqual(500);
  expect(provider.served.filter(({ wire }) => wire !== "anthropic")).toEqual([]);
  const wider = await keyWith(serve, "--models", "claude-*,openai/gpt-5-mini");
  const answered = await ask(serve, wider.key, "claude-haiku-4-5", headers);
  expect([answered.status, answered.headers["x-allot-model"]]).toEqual([200, "openai/gpt-5-mini"]);
  expect(answered.headers["x-allot-requested-model"]).toBe("claude-haiku-4-5");
  expect(answered.headers["x-allot-fallback"]).toMatch(/^anthropic\/claude-haiku-4-5: overload/);
});

test("a key's priority is the most urgent that its clients may ask for", async () => {
  const { serve } = await openBoth(serveHome({ limits: { session: { tokens_total: 1 } } }));
  const usual = await keyWith(serve);
  expect((await ask(serve, usual.key, undefined, { "x-allot-priority": "critical" })).status).toBe(402);
  const critical = await keyWith(serve, "--priority", "critical");
  expect((await ask(serve, critical.key, undefined, { "x-allot-priority": "critical" })).status).toBe(200);
});
