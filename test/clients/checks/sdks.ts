import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Check, Kit } from "../kit.ts";
import { versionOf } from "../program.ts";

/** SDKs that are no dependencies of allot: used as their users do, from the clients' folder. (The others: test/e2e/gateway-sdks.test.ts.) */
export const sdkChecks: readonly Check[] = [
  {
    client: "genai",
    name: "@google/genai answers, streams, counts tokens, lists models",
    async run(kit) {
      const { GoogleGenAI } = await load<Genai>(kit, "@google/genai");
      const client = new GoogleGenAI({ apiKey: kit.ground.key, httpOptions: { baseUrl: kit.ground.url } });
      const ask = { model: "gemini-2.5-pro", contents: "[kit:say Good morning]" };
      const said = await client.models.generateContent(ask);
      equal(said.text, "Good morning");
      equal(said.usageMetadata?.promptTokenCount, 1000);
      let streamed = "";
      for await (const chunk of await client.models.generateContentStream(ask)) streamed += chunk.text ?? "";
      equal(streamed, "Good morning");
      ok(((await client.models.countTokens(ask)).totalTokens ?? 0) > 0);
      const names: string[] = [];
      for await (const model of await client.models.list()) names.push(model.name ?? "");
      ok(names.includes("models/gemini-2.5-pro"), names.slice(0, 3).join(", "));
      const paths = kit.ground.provider.seen.filter(({ wire }) => wire === "google").map(({ path }) => path);
      return `${versionOf(kit.clients, "@google/genai")}; ${names.length} models; ${paths.at(-1)}`;
    },
  },
  {
    client: "genai",
    name: "@google/genai served by Anthropic",
    async run(kit) {
      const { GoogleGenAI } = await load<Genai>(kit, "@google/genai");
      const client = new GoogleGenAI({ apiKey: kit.ground.key, httpOptions: { baseUrl: kit.ground.url } });
      const ask = { model: "claude-sonnet-5-5", contents: "[kit:say Good evening]" };
      let streamed = "";
      for await (const chunk of await client.models.generateContentStream(ask)) streamed += chunk.text ?? "";
      equal(streamed, "Good evening");
      equal(kit.ground.provider.served.at(-1)?.wire, "anthropic");
      return "streamed";
    },
  },
  {
    client: "ollama",
    name: "the ollama client answers, streams, lists models",
    async run(kit) {
      const { Ollama } = await load<OllamaModule>(kit, "ollama");
      const client = new Ollama({ host: kit.ground.url, headers: { Authorization: `Bearer ${kit.ground.key}` } });
      const ask = { model: "scripted-model", messages: [{ role: "user", content: "[kit:say Good morning]" }] };
      equal((await client.chat(ask)).message.content, "Good morning");
      let streamed = "";
      for await (const part of await client.chat({ ...ask, stream: true })) streamed += part.message.content;
      equal(streamed, "Good morning");
      const { models } = await client.list();
      ok(
        models.some(({ name }) => name === "scripted-model"),
        models
          .map(({ name }) => name)
          .join(", ")
          .slice(0, 200),
      );
      return `${versionOf(kit.clients, "ollama")}; ${models.length} models`;
    },
  },
  {
    client: "ollama",
    name: "the ollama client served by Anthropic",
    async run(kit) {
      const { Ollama } = await load<OllamaModule>(kit, "ollama");
      const client = new Ollama({ host: kit.ground.url, headers: { Authorization: `Bearer ${kit.ground.key}` } });
      const ask = { model: "claude-sonnet-5-5", messages: [{ role: "user", content: "[kit:say Good evening]" }] };
      let streamed = "";
      for await (const part of await client.chat({ ...ask, stream: true })) streamed += part.message.content;
      equal(streamed, "Good evening");
      equal(kit.ground.provider.served.at(-1)?.wire, "anthropic");
      return "streamed";
    },
  },
  {
    client: "xai",
    name: "@ai-sdk/xai answers and streams",
    async run(kit) {
      const { createXai } = await load<XaiModule>(kit, "@ai-sdk/xai");
      const { generateText, streamText } = await load<AiModule>(kit, "ai");
      const xai = createXai({ apiKey: kit.ground.key, baseURL: `${kit.ground.url}/xai/v1` });
      const prompt = "[kit:say Good morning]";
      equal((await generateText({ model: xai("grok-4"), prompt })).text, "Good morning");
      let streamed = "";
      for await (const piece of streamText({ model: xai("grok-4"), prompt }).textStream) streamed += piece;
      equal(streamed, "Good morning");
      const wires = kit.ground.provider.served.slice(-2).map(({ wire }) => wire);
      deepEqual(wires, ["xai-responses", "xai-responses"]);
      return `${versionOf(kit.clients, "@ai-sdk/xai")}; ${wires[0]}`;
    },
  },
];

interface Genai {
  readonly GoogleGenAI: new (options: object) => {
    readonly models: {
      generateContent(ask: object): Promise<{ text?: string; usageMetadata?: { promptTokenCount?: number } }>;
      generateContentStream(ask: object): Promise<AsyncIterable<{ text?: string }>>;
      countTokens(ask: object): Promise<{ totalTokens?: number }>;
      list(): Promise<AsyncIterable<{ name?: string }>>;
    };
  };
}

interface OllamaModule {
  readonly Ollama: new (options: object) => {
    chat(ask: object & { stream: true }): Promise<AsyncIterable<{ message: { content: string } }>>;
    chat(ask: object): Promise<{ message: { content: string } }>;
    list(): Promise<{ models: readonly { name: string }[] }>;
  };
}

interface XaiModule {
  createXai(options: object): (model: string) => unknown;
}

interface AiModule {
  generateText(ask: object): Promise<{ text: string }>;
  streamText(ask: object): { textStream: AsyncIterable<string> };
}

/** A package of the clients' folder, as a program beside it would import it. */
async function load<Module>(kit: Kit, name: string): Promise<Module> {
  const folder = join(kit.clients, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly module?: string };
  const entry = join(folder, about.module ?? "");
  const file =
    about.module !== undefined && existsSync(entry)
      ? entry
      : createRequire(join(kit.clients, "package.json")).resolve(name);
  return (await import(pathToFileURL(file).href)) as Module;
}
