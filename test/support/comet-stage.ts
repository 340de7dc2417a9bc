import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { openCometAgent } from "../../src/agents/programs/comet/comet.ts";
import { findBrowser } from "../../src/agents/programs/comet/browser/find-browser.ts";
import type { AgentEnd, AgentEvent, AgentTask } from "../../src/agents/programs/program.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import { call, CHECKOUT, type Turn } from "./mending-model.ts";
import { askScripted } from "./scripted-provider/ask-scripted.ts";

/** The browser of this machine, and why tests that need one are skipped where there is none. */
export async function browserHere(): Promise<{ readonly path: string } | { readonly skip: string }> {
  const found = await findBrowser({
    searchPath: process.env["PATH"] ?? "",
    userHome: homedir(),
    platform: process.platform,
    variables: process.env,
  });
  return found.kind === "found" ? { path: found.path } : { skip: `no browser here: ${found.message}` };
}

export interface CometTrial {
  readonly cwd: string;
  readonly home: string;
  readonly end: AgentEnd;
  readonly events: readonly AgentEvent[];
  /** What the tools of each turn answered, in order. */
  readonly outputs: readonly string[];
}

export interface CometCase {
  /** Files of the folder; absent: the bundled page. */
  readonly files?: Readonly<Record<string, string>>;
  readonly turns: readonly Turn[];
  readonly task?: Partial<AgentTask>;
  readonly browser?: string;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AgentEvent) => void;
}

/** A folder and a home that are gone after the test. */
export async function cometFolders(
  files?: CometCase["files"],
): Promise<{ readonly cwd: string; readonly home: string }> {
  const root = await mkdtemp(join(tmpdir(), "allot-comet-"));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const [cwd, home] = [join(root, "work"), join(root, "home")];
  await mkdir(home, { recursive: true });
  if (files === undefined) await cp(CHECKOUT, cwd, { recursive: true });
  for (const [path, text] of Object.entries(files ?? {})) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), text);
  }
  return { cwd, home };
}

/** Lets comet work with a scripted model and the real browser. */
export async function tryComet(trial: CometCase): Promise<CometTrial> {
  const { cwd, home } = await cometFolders(trial.files);
  const outputs: string[] = [];
  let turn = 0;
  const { ask } = await askScripted((seen) => {
    const output = seen.toolResults.map((result) => result.output).join("\n");
    if (turn > 0) outputs.push(output);
    return trial.turns[turn++]?.(output, seen) ?? call("finish", { report: "done" });
  });
  const events: AgentEvent[] = [];
  const agent = openCometAgent({
    ask: (request, place) => ask(request, place.turn),
    clock: systemClock,
    ...(trial.browser === undefined ? {} : { browser: trial.browser }),
  });
  const end = await agent.work(
    {
      prompt: "Mend the page.",
      cwd,
      env: { HOME: home, PATH: process.env["PATH"] ?? "", ALLOT_TEST_SECRET: "sk-never-to-be-seen" },
      sandbox: "workspace-write",
      timeoutMs: 120_000,
      limits: {},
      ...trial.task,
    },
    trial.signal ?? new AbortController().signal,
    (event) => {
      events.push(event);
      trial.onEvent?.(event);
    },
  );
  return { cwd, home, end, events, outputs };
}
