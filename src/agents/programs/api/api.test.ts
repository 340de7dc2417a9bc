import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { askScripted } from "../../../../test/support/scripted-provider/ask-scripted.ts";
import type { Script, ScriptedAnswer } from "../../../../test/support/scripted-provider/script.ts";
import { SteppedClock } from "../../../../test/support/stepped-clock.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { nanoUsd } from "../../../foundation/units.ts";
import { VERSION } from "../../../foundation/version.ts";
import type { AgentEvent, AgentTask } from "../program.ts";
import type { AgentAsk } from "./agent-ask.ts";
import { openApiAgent } from "./api.ts";

const never = new AbortController().signal;

async function folders(): Promise<{ cwd: string; home: string; task: (prompt: string, more?: object) => AgentTask }> {
  const root = await mkdtemp(join(tmpdir(), "allot-api-agent-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const cwd = join(root, "work");
  const home = join(root, "home");
  await mkdir(join(cwd, ".git"), { recursive: true });
  await mkdir(home);
  await writeFile(join(cwd, "greet.ts"), "export const greeting = 'helo';\n");
  return {
    cwd,
    home,
    task: (prompt, more) => ({
      prompt,
      cwd,
      env: { HOME: home },
      sandbox: "workspace-write",
      timeoutMs: 60_000,
      limits: {},
      ...more,
    }),
  };
}

async function scripted(answers: readonly ScriptedAnswer[] | Script): Promise<{
  ask: AgentAsk;
  seen: Awaited<ReturnType<typeof askScripted>>["server"]["seen"];
}> {
  const script = typeof answers === "function" ? answers : (): ScriptedAnswer => answers[count++] ?? finish("done");
  let count = 0;
  const { server, ask } = await askScripted(script);
  return { ask: (request, { turn }) => ask(request, turn), seen: server.seen };
}

function call(name: string, input: unknown, text = ""): ScriptedAnswer {
  return { text, toolCalls: [{ name, input }], usage: { inputTokens: 100, outputTokens: 20 } };
}

function finish(report: string): ScriptedAnswer {
  return call("finish", { report });
}

const MEND = call("edit_file", { path: "greet.ts", old_text: "helo", new_text: "hello" }, "A letter is missing.");

test("it changes a file of its folder, tells what it did as events, and ends with its report", async () => {
  const { cwd, task } = await folders();
  const { ask, seen } = await scripted([MEND, finish("mended the greeting")]);
  const events: AgentEvent[] = [];
  const agent = openApiAgent({ ask, clock: systemClock });
  expect(await agent.detect()).toEqual({ path: "built in", version: VERSION });

  const end = await agent.work(task("Mend the greeting."), never, (event) => events.push(event));

  expect(await readFile(join(cwd, "greet.ts"), "utf8")).toBe("export const greeting = 'hello';\n");
  expect(end).toMatchObject({
    kind: "done",
    text: "mended the greeting",
    code: null,
    usage: { inputTokens: 200, outputTokens: 40, cost: 2_000 },
  });
  expect(events.map(({ kind }) => kind)).toEqual(["session", "usage", "text", "file", "usage"]);
  expect(events[3]).toEqual({ kind: "file", path: "greet.ts" });
  expect(events[4]).toMatchObject({ usage: { inputTokens: 200, outputTokens: 40 } });
  expect(seen[0]?.lastUserText).toBe("Mend the greeting.");
});

test("a session goes on with the whole conversation, and counts only what the new piece of work used", async () => {
  const { task } = await folders();
  const { ask, seen } = await scripted([MEND, finish("mended"), finish("named it, too")]);
  const agent = openApiAgent({ ask, clock: systemClock });
  const first = await agent.work(task("Mend the greeting."), never, () => {});

  const second = await agent.work(task("Say who wrote it.", { resume: first.session }), never, () => {});

  expect(second).toMatchObject({ kind: "done", text: "named it, too", session: first.session });
  expect(second.usage).toMatchObject({ inputTokens: 100, outputTokens: 20, cost: 1_000 });
  expect(seen[2]?.messages.map(({ role, text }) => [role, text])).toEqual([
    ["user", "Mend the greeting."],
    ["assistant", "A letter is missing."],
    ["tool", ""],
    ["assistant", ""],
    ["tool", ""],
    ["user", "Say who wrote it."],
  ]);
});

test("a session that is not in its home, or whose name leads elsewhere, is answered as lost and asks nothing", async () => {
  const { task, home } = await folders();
  const { ask, seen } = await scripted([]);
  const agent = openApiAgent({ ask, clock: systemClock });
  for (const resume of ["api-0123456789abcdef", "../../greet", "api-../../../etc/x"]) {
    const end = await agent.work(task("Go on.", { resume }), never, () => {});
    expect(end).toMatchObject({ kind: "session-lost", session: null, code: "session-lost" });
  }
  expect(seen).toEqual([]);
  expect(await readdir(home)).toEqual([]);
});

test("a session that was killed between an answer and its tool goes on behind that answer, which is not asked for again", async () => {
  const { cwd, home, task } = await folders();
  const stop = new AbortController();
  const { ask } = await scripted([MEND]);
  const agent = openApiAgent({
    clock: systemClock,
    ask: async (request, place) => {
      // The second call is never made: the process is stopped instead.
      if (place.turn === 2) stop.abort();
      place.signal.throwIfAborted();
      return ask(request, place);
    },
  });
  let session = "";
  const work = agent.work(task("Mend the greeting."), stop.signal, (event) => {
    if (event.kind === "session") session = event.id;
  });
  await expect(work).rejects.toMatchObject({ code: "interrupted" });
  const path = join(home, ".allot-agents", "api", "sessions", `${session}.jsonl`);
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
    "session",
    "message",
    "usage",
    "message",
    "message",
  ]);
  // As kill -9 leaves it: the tool's result torn in the middle of its line.
  await writeFile(path, `${lines.slice(0, 4).join("\n")}\n${lines[4]?.slice(0, 30)}`);
  await writeFile(join(cwd, "greet.ts"), "export const greeting = 'helo';\n");

  const again = await scripted([finish("looked, and mended")]);
  const end = await openApiAgent({ ask: again.ask, clock: systemClock }).work(
    task("Go on.", { resume: session }),
    never,
    () => {},
  );

  expect(end.kind).toBe("done");
  expect(again.seen[0]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"]);
  expect(again.seen[0]?.messages[2]?.toolResults[0]).toMatchObject({
    failed: true,
    output: "The work was interrupted here: whether this was carried out is not known. Look before you go on.",
  });
  const kept = await openApiAgent({ ask: (await scripted([finish("x")])).ask, clock: systemClock }).work(
    task("Once more.", { resume: session }),
    never,
    () => {},
  );
  expect(kept.kind).toBe("done");
});

test("no path leads out of the folder, into git's own, or over a link", async () => {
  const { cwd, home, task } = await folders();
  await symlink(home, join(cwd, "away"));
  const tries = ["../home/x.txt", "/etc/allot-x", ".git/hooks/post-commit", "away/x.txt", "node_modules/x.js"];
  const { ask, seen } = await scripted([
    { toolCalls: tries.map((path) => ({ name: "write_file", input: { path, content: "x" } })) },
    call("read_file", { path: "away/x.txt" }),
    finish("nothing"),
  ]);
  const end = await openApiAgent({ ask, clock: systemClock }).work(task("Try."), never, () => {});

  expect(end.kind).toBe("done");
  expect(seen[1]?.toolResults.map(({ failed }) => failed)).toEqual([true, true, true, true, true]);
  expect(seen[2]?.toolResults[0]).toMatchObject({ failed: true });
  expect(await readdir(home)).toEqual([".allot-agents"]);
  expect(await readdir(join(cwd, ".git"))).toEqual([]);
});

test("an agent that may only read is offered no tool that writes", async () => {
  const { task } = await folders();
  const { ask, seen } = await scripted([finish("read")]);
  await openApiAgent({ ask, clock: systemClock }).work(task("Read.", { sandbox: "read-only" }), never, () => {});
  expect(seen[0]?.tools.map(({ name }) => name)).toEqual(["list_files", "read_file", "search", "finish", "give_up"]);
});

test("it stops before the call that would follow a reached cap on tokens, dollars or turns", async () => {
  const { task } = await folders();
  const reading = (): ScriptedAnswer => call("list_files", {});
  const caps = [
    [{ tokens: 240 }, "stopped at 240 tokens; this work was given 240", 2],
    [{ nanoUsd: nanoUsd(1_500) }, "stopped at $0.000002; this work was given $0.0000015", 2],
    [{ turns: 1 }, "no end after 1 turns", 1],
  ] as const;
  for (const [limits, message, calls] of caps) {
    const { ask, seen } = await scripted(reading);
    const agent = openApiAgent({ ask, clock: systemClock });
    const end = await agent.work(task("Look.", { limits }), never, () => {});
    expect(end).toMatchObject({ kind: "over-limit", message });
    expect(seen).toHaveLength(calls);
  }
});

test("it stops when its time is up, and its session can be gone on with", async () => {
  const { task } = await folders();
  const clock = new SteppedClock(1_000);
  const agent = openApiAgent({
    clock,
    ask: (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new AllotError("interrupted", "stopped")), { once: true });
        void clock.move(30_000);
      }),
  });
  const end = await agent.work(task("Wait.", { timeoutMs: 30_000 }), never, () => {});
  expect(end).toMatchObject({ kind: "timed-out", code: "time", tookMs: 30_000 });

  const { ask } = await scripted([finish("now")]);
  const next = openApiAgent({ ask, clock: systemClock });
  expect(await next.work(task("Go on.", { resume: end.session }), never, () => {})).toMatchObject({ kind: "done" });
});

test("what the model cannot do, what a limit refuses and what a provider fails at are ends, each with its code", async () => {
  const { task } = await folders();
  const { ask } = await scripted([call("give_up", { reason: "there is no such file" })]);
  const gaveUp = await openApiAgent({ ask, clock: systemClock }).work(task("Do."), never, () => {});
  expect(gaveUp).toMatchObject({ kind: "failed", code: "gave-up", text: "there is no such file" });

  const failing = await scripted([{ error: "overloaded" }]);
  const agent = openApiAgent({ ask: failing.ask, clock: systemClock });
  expect(await agent.work(task("Do."), never, () => {})).toMatchObject({ kind: "failed", code: "provider-overloaded" });

  const refusing = openApiAgent({
    clock: systemClock,
    ask: async () => ({
      kind: "refused",
      limit: "session tokens/hour",
      level: "HARD",
      shortBy: 10,
      held: 0,
      freeAt: null,
      ownBudget: false,
      message: "the session has no room",
    }),
  });
  const refused = await refusing.work(task("Do."), never, () => {});
  expect(refused).toMatchObject({ kind: "refused", code: "limit-reached", message: "the session has no room" });
});

test("a session file of another agent, or one that is none, is lost", async () => {
  const { home, task } = await folders();
  const sessions = join(home, ".allot-agents", "api", "sessions");
  await mkdir(sessions, { recursive: true });
  await appendFile(join(sessions, "api-aaaaaaaaaaaaaaaa.jsonl"), "not json\n");
  const { ask } = await scripted([]);
  const agent = openApiAgent({ ask, clock: systemClock });
  for (const resume of ["api-aaaaaaaaaaaaaaaa", "comet-aaaaaaaaaaaaaaaa"]) {
    expect((await agent.work(task("Go on.", { resume }), never, () => {})).kind).toBe("session-lost");
  }
});
