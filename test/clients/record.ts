/** node test/clients/record.ts --clients DIR: records what the real clients send, into recorded/, for tests of who asks. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { player } from "./player.ts";
import { runClient, versionOf } from "./program.ts";
import type { ClientProgram } from "./program.ts";
import { claudeCode } from "./programs/claude-code.ts";
import { codex } from "./programs/codex.ts";
import { geminiCli } from "./programs/gemini-cli.ts";
import { opencode } from "./programs/opencode.ts";

interface Recording {
  readonly name: string;
  readonly client: ClientProgram;
  readonly prompt: string;
  readonly model?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const HINTS = { CLAUDE_CODE_GATEWAY_HINT_HEADERS: "1" };

const RECORDINGS: readonly Recording[] = [
  { name: "claude-code", client: claudeCode, prompt: "[kit:delegate Deep words]" },
  { name: "claude-code-hints", client: claudeCode, prompt: "[kit:delegate Deep words]", env: HINTS },
  { name: "codex-function-tools", client: codex, prompt: "[kit:write note.txt Words]" },
  { name: "codex-namespaces", client: codex, prompt: "[kit:delegate Deep words]", model: "gpt-6.1-sol" },
  { name: "gemini-cli", client: geminiCli, prompt: "[kit:delegate Deep words]" },
  { name: "gemini-cli-router", client: geminiCli, prompt: "[kit:say Words]", model: "" },
  { name: "opencode-chat", client: opencode, prompt: "[kit:delegate Deep words]" },
  { name: "opencode-messages", client: opencode, prompt: "[kit:say Words]", model: "messages/claude-sonnet-5-5" },
  { name: "opencode-responses", client: opencode, prompt: "[kit:say Words]", model: "responses/gpt-5.5" },
];

const { values } = parseArgs({ options: { clients: { type: "string" } } });
if (values.clients === undefined)
  throw new Error("--clients DIR is needed: the folder whose node_modules has the clients");
const { clients } = values;

for (const { name, client, prompt, model, env } of RECORDINGS) {
  const provider = await openScriptedProvider({ script: player });
  const home = mkdtempSync(join(tmpdir(), "allot-record-"));
  const work = join(home, "work");
  mkdirSync(work);
  const place = {
    url: provider.url,
    key: "sk-recorded",
    home,
    work,
    headers: {},
    ...(env === undefined ? {} : { env }),
  };
  const answered = await runClient(client, clients, place, { prompt, ...(model === undefined ? {} : { model }) });
  await provider.close();
  if (answered.failed) throw new Error(`${name}: ${answered.message}\n${answered.stderr}`);
  const requests = provider.seen.map(({ path, query, headers, body }) => ({
    method: "POST",
    path,
    query,
    headers: withoutSecrets(headers),
    body: shortened(body, home) as object,
  }));
  const record = {
    client: client.name,
    version: versionOf(clients, client.package),
    session: answered.session,
    requests,
  };
  writeFileSync(join(import.meta.dirname, "recorded", `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.stdout.write(`${name}: ${requests.length} requests\n`);
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  const secret = /^(authorization|x-api-key|x-goog-api-key|cookie)$/;
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== "host" && name !== "content-length")
      .map(([name, value]) => [name, secret.test(name) ? "(a key)" : value]),
  );
}

/** The body's shape with long texts cut, tools by their first lines, and the recording machine's folder named HOME. */
function shortened(value: unknown, home: string): unknown {
  if (typeof value === "string") {
    const text = value.replaceAll(home, "HOME");
    // JSON inside a text keeps its form: sessions stand there.
    return text.length > 160 && !text.startsWith("{") ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
  }
  if (Array.isArray(value)) return value.map((item) => shortened(item, home));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !["input_schema", "parameters", "parametersJsonSchema"].includes(name))
      .map(([name, item]) => [name, shortened(item, home)]),
  );
}
