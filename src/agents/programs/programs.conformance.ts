import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agentScript } from "../../../test/support/agents/agent-script.ts";
import { gatedScript } from "../../../test/support/agents/gated-script.ts";
import type { Script } from "../../../test/support/scripted-provider/script.ts";
import { openScriptedProvider } from "../../../test/support/scripted-provider/scripted-provider.ts";
import { systemClock } from "../../foundation/clock.ts";
import type { AgentEnd, AgentEvent, AgentTask } from "./program.ts";
import { openProgram } from "./programs.ts";
import { markedProcesses, WORK_MARK } from "./stray-processes.ts";

/** An agent under test. */
export interface Contender {
  readonly agent: string;
  /** A folder with its program, first on the search path; absent: it is built in. */
  readonly programs?: string;
  readonly model: string;
  /** Sentences of the suite that do not hold for it, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** What every agent behind the port must do, each with a model that is played by a scripted provider on loopback. */
export function agentConformance(title: string, contender: Contender, unavailable?: string): void {
  describe.skipIf(unavailable !== undefined)(
    unavailable === undefined ? title : `${title} (skipped: ${unavailable})`,
    () => {
      const check = (name: string, body: () => Promise<void>): void => {
        const reason = contender.skip?.[name];
        test.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (skipped: ${reason})`, body, 120_000);
      };
      conversations(contender, check);
      bounds(contender, check);
      faults(contender, check);
    },
  );
}

type Check = (name: string, body: () => Promise<void>) => void;

function conversations(contender: Contender, check: Check): void {
  check("answers in a session that it names, counted as its provider counts it", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end, events } = await place.work("[kit:say Hello there]");
    expect(end).toMatchObject({ kind: "done", text: "Hello there", code: null, message: null });
    expect(events).toContainEqual({ kind: "session", id: end.session });
    expect(tokensOf(end)).toEqual(place.billed());
    const usage = events.findLast((event) => event.kind === "usage");
    expect(usage?.usage).toMatchObject({ inputTokens: end.usage.inputTokens, outputTokens: end.usage.outputTokens });
  });

  check("writes a file in its folder, and tells of it", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end, events } = await place.work("[kit:write note.txt From the kit]");
    expect(end.kind).toBe("done");
    expect(readFileSync(join(place.cwd, "note.txt"), "utf8")).toBe("From the kit\n");
    const files = events.flatMap((event) => (event.kind === "file" ? [event.path] : []));
    expect(files.map((path) => path.endsWith("note.txt"))).toEqual([true]);
    expect(tokensOf(end)).toEqual(place.billed());
  });

  check("goes on with a session that remembers, and counts the second call alone", async () => {
    await using place = await openPlace(contender, agentScript);
    const first = await place.work("[kit:say One]");
    place.billed();
    const second = await place.work("[kit:recall]", { resume: first.end.session ?? "" });
    expect(second.end.text).toMatch(/^First: kit:say One$/m);
    expect(second.end.session).toBe(first.end.session);
    expect(tokensOf(second.end)).toEqual(place.billed());
  });

  check("tells that a session is lost, and asks nothing", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end } = await place.work("[kit:recall]", { resume: "0199a213-81c0-7800-8aa1-bbab2a035a53" });
    expect(end.kind).toBe("session-lost");
    expect(tokensOf(end)).toEqual({ input: 0, output: 0 });
    expect(place.seen()).toBe(0);
  });

  check("takes a prompt that begins with a dash and is longer than any argument", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end } = await place.work(`--version\n${"words and more words\n".repeat(15_000)}[kit:say Long]`);
    expect(end).toMatchObject({ kind: "done", text: "Long" });
  });
}

function bounds(contender: Contender, check: Check): void {
  check("writes nothing where it may only read", async () => {
    await using place = await openPlace(contender, agentScript);
    await place.work("[kit:write note.txt From the kit]", { sandbox: "read-only" });
    expect(readdirSync(place.cwd)).toEqual([]);
  });

  check("is stopped when its time is up, and nothing that it started lives on", async () => {
    const gate = gatedScript(agentScript, 1);
    await using place = await openPlace(contender, gate.script);
    const { end } = await place.work("[kit:say Never]", { timeoutMs: 2_500 });
    expect(end.kind).toBe("timed-out");
    expect(await place.leftovers()).toEqual([]);
    gate.open();
  });

  check("is stopped by whoever asked for it, and nothing that it started lives on", async () => {
    const gate = gatedScript(agentScript, 1);
    await using place = await openPlace(contender, gate.script);
    const stop = new AbortController();
    const working = place.work("[kit:say Never]", {}, stop.signal);
    await gate.reached();
    stop.abort();
    await expect(working).rejects.toMatchObject({ code: "interrupted" });
    expect(await place.leftovers()).toEqual([]);
    gate.open();
  });

  check("is stopped in the middle when it has used its tokens", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end } = await place.work("[kit:endless slow]", { limits: { tokens: 4_000 } });
    expect(end.kind).toBe("over-limit");
    expect(place.seen()).toBeLessThanOrEqual(6);
  });

  check("is stopped in the middle when it has had its turns", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end } = await place.work("[kit:endless slow]", { limits: { turns: 3 } });
    expect(end.kind).toBe("over-limit");
    expect(place.seen()).toBeLessThanOrEqual(5);
  });
}

function faults(contender: Contender, check: Check): void {
  check("ends at once where the gateway tells it that a limit is reached", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end } = await place.work("[kit:refuse limit]");
    expect(end.code).toBe("limit-reached");
    expect(place.seen()).toBe(1);
  });

  check("tells where its key is refused", async () => {
    await using place = await openPlace(contender, agentScript);
    const { end } = await place.work("[kit:refuse key]");
    expect(end).toMatchObject({ kind: "failed", code: "provider-auth" });
  });

  check("tells that it is not installed", async () => {
    await using place = await openPlace({ ...contender, programs: "/nowhere" }, agentScript);
    expect(await place.program.detect()).toBeNull();
    await expect(place.work("[kit:say Hello]")).rejects.toMatchObject({ code: "command-not-found" });
  });

  check("says which version is installed", async () => {
    await using place = await openPlace(contender, agentScript);
    const found = await place.program.detect();
    expect(found?.version).toMatch(/^\d+\.\d+\.\d+/);
  });
}

/** A throw-away home and folder, and a provider. */
interface Place extends AsyncDisposable {
  readonly cwd: string;
  readonly program: NonNullable<ReturnType<typeof openProgram>>;
  work(
    prompt: string,
    more?: Partial<AgentTask>,
    signal?: AbortSignal,
  ): Promise<{ readonly end: AgentEnd; readonly events: readonly AgentEvent[] }>;
  /** What the provider would bill since the last time of asking. */
  billed(): { readonly input: number; readonly output: number };
  /** How many answers were asked for. */
  seen(): number;
  /** Processes that belong to the work and still live. */
  leftovers(): Promise<readonly number[]>;
}

async function openPlace({ agent, programs, model }: Contender, script: Script): Promise<Place> {
  const provider = await openScriptedProvider({ script });
  const folder = mkdtempSync(join(tmpdir(), "allot-agent-place-"));
  const [home, cwd, temporary] = [join(folder, "home"), join(folder, "work"), join(folder, "tmp")];
  for (const each of [home, cwd, temporary]) mkdirSync(each);
  const searchPath = programs === "/nowhere" ? programs : [programs, process.env["PATH"]].filter(Boolean).join(":");
  const program = openProgram(agent, { searchPath, clock: systemClock });
  if (program === undefined) throw new Error(`no agent is named ${agent}`);
  const mark = `conformance-${folder}`;
  let counted = 0;
  return {
    cwd,
    program,
    async work(prompt, more = {}, signal = new AbortController().signal) {
      const events: AgentEvent[] = [];
      const task: AgentTask = {
        prompt,
        cwd,
        env: { PATH: searchPath, HOME: home, TMPDIR: temporary, [WORK_MARK]: mark },
        model,
        gateway: { url: provider.url, key: "allot-test-key" },
        sandbox: "workspace-write",
        timeoutMs: 110_000,
        limits: {},
        ...more,
      };
      const end = await program.work(task, signal, (event) => events.push(event));
      return { end, events };
    },
    billed() {
      const served = provider.served.slice(counted);
      counted = provider.served.length;
      const sum = (pick: (usage: (typeof served)[number]["usage"]) => number): number =>
        served.reduce((total, { usage }) => total + pick(usage), 0);
      return { input: sum(({ inputTokens }) => inputTokens), output: sum(({ outputTokens }) => outputTokens) };
    },
    seen: () => provider.seen.length,
    leftovers: () => markedProcesses(mark),
    async [Symbol.asyncDispose]() {
      await provider.close();
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

function tokensOf({ usage }: AgentEnd): { readonly input: number; readonly output: number } {
  return { input: usage.inputTokens, output: usage.outputTokens };
}
