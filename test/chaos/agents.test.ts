import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { settledEver } from "../../src/ledger/use-minutes.ts";
import { type AgentField, openAgentField } from "../support/agents/agent-field.ts";
import { gatedScript } from "../support/agents/gated-script.ts";
import { player } from "../clients/player.ts";

/** Each starts several processes, which takes seconds on a busy machine. */
const TIMEOUT = 240_000;

describe.each(["codex", "claude"])("%s", (agent) => {
  test(
    "works on when the worker is killed, and the next life follows it to the same end",
    async () => {
      const gate = gatedScript(player, 2);
      await using field = await openAgentField({ script: gate.script });
      const work = field.work({ key: "run-1/1/1/work/1", agent, prompt: "[kit:write note.txt From the kit]" });
      const worker = field.worker(work);
      await gate.reached();
      worker.child.kill("SIGKILL");
      await worker.ended;
      gate.open();

      const { end, events } = await field.carryOut(work);

      expect(end.kind).toBe("done");
      expect(readFileSync(join(work.task.cwd, "note.txt"), "utf8")).toBe("From the kit\n");
      expect(events.filter(({ kind }) => kind === "file")).toHaveLength(1);
      expect(field.provider.served).toHaveLength(2);
      expect(end.spent).toMatchObject({ tokens: 2_200, calls: 2, differs: null });
      expect(await field.carryOut(work)).toEqual({ end, events });
      expect(field.provider.served).toHaveLength(2);
    },
    TIMEOUT,
  );

  test(
    "is ended when its host is killed, and its session is gone on with by the next one",
    async () => {
      const gate = gatedScript(player, 2);
      await using field = await openAgentField({ script: gate.script });
      const work = field.work({ key: "run-1/1/1/work/1", agent, prompt: "[kit:write note.txt From the kit]" });
      const worker = field.worker(work);
      await gate.reached();
      const { host, agent: process_ } = await field.processes(work.key);
      process.kill(host, "SIGKILL");
      worker.child.kill("SIGKILL");
      await worker.ended;
      gate.open();

      const { end, events } = await field.carryOut(work);

      expect(end.kind).toBe("done");
      expect(isRunning(process_)).toBe(false);
      const sessions = events.flatMap((event) => (event.kind === "session" ? [event.id] : []));
      expect(new Set(sessions).size).toBe(1);
      expect(end.session).toBe(sessions[0]);
      // The resumed session remembers its first answer.
      expect(field.provider.seen.at(-1)?.messages.some(({ toolCalls }) => toolCalls.length > 0)).toBe(true);
      const counted = await settledEver(field.store.db, "run:run-1");
      expect(counted.tokens).toBe(end.spent.tokens);
    },
    TIMEOUT,
  );

  test(
    "is stopped with its worker, and goes on with the same session when it is wanted again",
    async () => {
      const gate = gatedScript(player, 2);
      await using field = await openAgentField({ script: gate.script });
      const work = field.work({ key: "run-1/1/1/work/1", agent, prompt: "[kit:write note.txt From the kit]" });
      const stop = new AbortController();
      const first = field.carryOut(work, stop.signal);
      await gate.reached();
      const { agent: process_ } = await field.processes(work.key);
      stop.abort();
      await expect(first).rejects.toMatchObject({ code: "interrupted" });
      expect(isRunning(process_)).toBe(false);
      gate.open();

      const { end, events } = await field.carryOut(work);

      expect(end.kind).toBe("done");
      expect(new Set(events.flatMap((event) => (event.kind === "session" ? [event.id] : []))).size).toBe(1);
    },
    TIMEOUT,
  );
});

describe("work of which nobody can say what became", () => {
  test(
    "is unknown, counted at its hold, and not begun again",
    async () => {
      await using field = await openAgentField({ script: player });
      const begun = join(field.folder, "begun");
      programs(field, `echo x >> '${begun}'; exec sleep 300`);
      const work = field.work({
        key: "run-1/1/1/work/1",
        agent: "claude",
        prompt: "[kit:say Hello]",
        gateway: "own-login",
        limits: { tokens: 7_000 },
        env: { PATH: `${join(field.folder, "silent")}:${process.env["PATH"]}` },
      });
      const worker = field.worker(work);
      const { host, agent } = await field.processes(work.key);
      await until(() => existsSync(begun));
      process.kill(host, "SIGKILL");
      await until(() => worker.said.length > 0);

      expect(worker.said[0]?.["end"]).toMatchObject({ kind: "unknown", session: null });
      expect(isRunning(agent)).toBe(false);
      const { end } = await field.carryOut(work);
      expect(end.kind).toBe("unknown");
      expect(readFileSync(begun, "utf8")).toBe("x\n");
      const rows = await field.store.db.selectFrom("ledger").select(["kind", "input_tokens", "nano_usd"]).execute();
      expect(rows.map((row) => ({ ...row }))).toEqual([{ kind: "unknown", input_tokens: 7_000, nano_usd: 0 }]);
    },
    TIMEOUT,
  );
});

describe("secrets", () => {
  test(
    "stand in no process's arguments, in no row and in no log while an agent works",
    async () => {
      const gate = gatedScript(player, 1);
      await using field = await openAgentField({ script: gate.script });
      const work = field.work({ key: "run-1/1/1/work/1", agent: "claude", prompt: "[kit:say Hello]" });
      const running = field.carryOut(work);
      await gate.reached();
      const { agent, host } = await field.processes(work.key);
      const key = /ANTHROPIC_AUTH_TOKEN=([^\0]+)/.exec(readFileSync(`/proc/${agent}/environ`, "utf8"))?.[1] ?? "";
      expect(key).toMatch(/^allot-/);
      const lines = readdirSync("/proc").flatMap((pid) => (/^\d+$/.test(pid) ? [argumentsOf(pid)] : []));
      const own = readFileSync(`/proc/${host}/environ`, "utf8");
      gate.open();
      await running;
      const rows = JSON.stringify([
        await field.store.db.selectFrom("agent_works").selectAll().execute(),
        await field.store.db.selectFrom("agent_work_events").selectAll().execute(),
        await field.store.db.selectFrom("ledger").selectAll().execute(),
        await field.store.db.selectFrom("gateway_keys").selectAll().execute(),
      ]);
      const log = readFileSync(join(field.store.folder, "agent-hosts.log"), "utf8");
      for (const secret of [key, "sk-upstream-0123456789"]) {
        expect(lines.some((line) => line.includes(secret))).toBe(false);
        expect(rows.includes(secret)).toBe(false);
        expect(log.includes(secret)).toBe(false);
        expect(own.includes(secret)).toBe(false);
      }
    },
    TIMEOUT,
  );
});

function programs(field: AgentField, script: string): void {
  const folder = join(field.folder, "silent");
  mkdirSync(folder);
  const text = `#!/bin/sh\ncase "$1" in --version|--help) echo 2.1.329; exit 0;; esac\n${script}\n`;
  writeFileSync(join(folder, "claude"), text, { mode: 0o755 });
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(20);
}
