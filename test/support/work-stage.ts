import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import { runCli } from "../../src/cli/cli.ts";
import { type AllotHome, allotHome, type Ended } from "./run-allot.ts";
import type { Script, ScriptedAnswer, SeenRequest } from "./scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "./scripted-provider/scripted-provider.ts";
import type { TempRepository } from "./temp-repository.ts";
import { workRepository } from "./work-repository.ts";

/** A repository, a provider that speaks every wire, and a home that knows keys for Grok and Claude. */
export interface WorkStage {
  readonly repository: TempRepository;
  readonly provider: ScriptedProvider;
  readonly home: AllotHome;
  /** Runs one line inside this process, in the repository; words are split as a shell would, without its variables. */
  say(line: string): Promise<Ended>;
}

export async function openWorkStage(script: Script = readCode, repository = workRepository()): Promise<WorkStage> {
  const provider = await openScriptedProvider({ script });
  onTestFinished(async () => {
    await provider.close();
    repository[Symbol.dispose]();
  });
  const home = allotHome({
    COLUMNS: "100",
    OLLAMA_HOST: "http://127.0.0.1:9",
    XAI_API_KEY: "xai-dummy-of-a-test",
    XAI_BASE_URL: provider.urls.xai,
    ANTHROPIC_API_KEY: "sk-dummy-of-a-test",
    ANTHROPIC_BASE_URL: provider.urls.anthropic,
  });
  return { repository, provider, home, say: (line) => runIn(home, repository.dir, wordsOf(line)) };
}

/** As `runInside`, in a folder of its own; standard input is a pipe that must stay untouched. */
async function runIn(home: AllotHome, cwd: string, args: readonly string[]): Promise<Ended> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const [out, err] = [textOf(stdout), textOf(stderr)];
  stdin.write("left for others\n");
  const signal = new AbortController().signal;
  const code = await runCli(args, { stdout, stderr, stdin, env: home.env, cwd, signal });
  stdout.end();
  stderr.end();
  if (stdin.readableLength !== "left for others\n".length) throw new Error("standard input was read");
  const text = await out;
  const lines = text.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
  return { code, stdout: text, stderr: await err, lines };
}

async function textOf(stream: PassThrough): Promise<string> {
  let text = "";
  for await (const part of stream.setEncoding("utf8")) text += part as string;
  return text;
}

/** "llm x --a="b c"" as ["x", "--a=b c"]; the program's name in front may be there or not. */
function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
  return words[0] === "llm" || words[0] === "allot" ? words.slice(1) : words;
}

/** Paths that stand in a prompt, in their order. */
export function pathsIn({ lastUserText }: SeenRequest): readonly string[] {
  return [
    ...new Set(
      [...lastUserText.matchAll(/(?:[\w-]+\/)+[\w-]+\.(?:py|js)\b/g)].map(([path]) => path.replace(/^[ab]\//, "")),
    ),
  ];
}

/** Paths whose code stands in a prompt, in their order. */
export function shownIn({ lastUserText }: SeenRequest): readonly string[] {
  return [...lastUserText.matchAll(/^## ((?:[\w-]+\/)*[\w-]+\.(?:py|js))/gm)].map(([, path = ""]) => path);
}

/** Answers as a model does that read what it was given: Markdown for documentation, else JSON with one finding. */
export function readCode(seen: SeenRequest): ScriptedAnswer {
  const path = shownIn(seen)[0] ?? pathsIn(seen)[0] ?? "shop/core.py";
  if (seen.system.includes("reference documentation")) {
    const names = seen.lastUserText.matchAll(/^(?:def|class|export function) (\w+)/gm);
    const entries = [...names].map(([, name = ""]) => `### \`${name}\`\n\n\`${name}\` sums an order.\n`);
    return { text: `## ${path}\n\n${entries.join("\n")}` };
  }
  const finding = {
    title: "Loops in loops",
    detail: "Each part of each line is visited; keep a sum instead.",
    severity: "medium",
    aspect: "performance",
    path,
    firstLine: 1,
    lastLine: 2,
  };
  return { text: JSON.stringify({ summary: `${path} sums orders.`, findings: [finding] }) };
}
