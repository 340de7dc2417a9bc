import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { formatIdentity, parseIdentity, probe, processIdentity } from "./process-identity.ts";

let child: ChildProcess | undefined;

afterEach(async () => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
});

async function sleeper(): Promise<{ readonly child: ChildProcess; readonly pid: number }> {
  const started = spawn("sleep", ["60"]);
  child = started;
  await once(started, "spawn");
  if (started.pid === undefined) throw new Error("sleep did not start");
  return { child: started, pid: started.pid };
}

describe("a process's identity", () => {
  test("names this machine and this process", () => {
    expect(processIdentity()).toMatchObject({ machine: hostname(), pid: process.pid });
    expect(processIdentity()).toEqual(processIdentity());
  });

  test("comes back from its line unchanged", () => {
    const identity = { machine: "host-1", boot: "0f3a", pid: 4711, startedAt: "123456" };
    expect(formatIdentity(identity)).toBe("host-1|0f3a|4711|123456");
    expect(parseIdentity("host-1|0f3a|4711|123456")).toEqual(identity);
  });

  test("is alive while the process runs and gone once it was killed and reaped", async () => {
    const { child: running, pid } = await sleeper();
    const identity = processIdentity(pid);
    expect(probe(identity)).toBe("alive");
    running.kill("SIGKILL");
    await once(running, "exit");
    expect(probe(identity)).toBe("gone");
  });

  test("is alive while the process is stopped, because it may go on", async () => {
    const { child: running, pid } = await sleeper();
    const identity = processIdentity(pid);
    running.kill("SIGSTOP");
    expect(probe(identity)).toBe("alive");
  });

  test("is gone when its pid belongs to a process that started at another time", async () => {
    const { pid } = await sleeper();
    expect(probe({ ...processIdentity(pid), startedAt: "1" })).toBe("gone");
  });

  test("is gone after the machine was booted again", () => {
    expect(probe({ ...processIdentity(), boot: "another-boot" })).toBe("gone");
  });

  test("cannot be judged from another machine", () => {
    expect(probe({ ...processIdentity(), machine: `${hostname()}-other` })).toBe("elsewhere");
  });
});
