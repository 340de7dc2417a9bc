/** Work that is stopped in the middle: by Ctrl-C, by kill -9; what was answered by then is not asked again. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkStage, readCode, type WorkStage } from "../support/work-stage.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const LINE = "architecture --full-analysis --max-tokens 1000 --concurrency 1";

interface Stopped {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Starts the work, and stops it while so many answers are there and another is asked for. */
async function stopAfter(stage: WorkStage, answers: number, signal: "SIGINT" | "SIGKILL"): Promise<Stopped> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...LINE.split(" ")], {
    cwd: stage.repository.dir,
    env: stage.home.env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  let isStopped = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    // Told once the answer is kept. Once: a second Ctrl-C ends a program at once.
    if (!isStopped && stderr.includes(`\n${answers} of `)) isStopped = child.kill(signal);
  });
  return new Promise((resolve) => child.on("close", (code, by) => resolve({ code, signal: by, stderr })));
}

test.each(["SIGINT", "SIGKILL"] as const)(
  "work that is stopped by %s goes on with what is missing, and pays for no answer twice",
  { timeout: 120_000 },
  async (signal) => {
    const stage = await openWorkStage((seen) => ({ ...readCode(seen), delayMs: 150 }));
    const stopped = await stopAfter(stage, 3, signal);
    if (signal === "SIGINT") {
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toContain("the same command");
    } else {
      expect(stopped.signal).toBe("SIGKILL");
    }
    const answered = stage.provider.served.filter(({ completed }) => completed).slice(0, 3);
    const before = stage.provider.served.length;
    expect([answered.length, before <= 5]).toEqual([3, true]);
    const whole = await stage.say(`${LINE} --json`);
    expect([whole.code, whole.lines[0]?.["complete"]]).toEqual([0, true]);
    const again = stage.provider.served.slice(before).map(({ bodyHash }) => bodyHash);
    for (const { bodyHash } of answered) expect(again).not.toContain(bodyHash);
    expect(new Set(again).size).toBe(again.length);
  },
);

test("after a change inside a function only the part that has it is asked again", { timeout: 120_000 }, async () => {
  const stage = await openWorkStage();
  await stage.say("refactor --scope=codebase --max-tokens 1000");
  const asked = stage.provider.served.length;
  const path = join(stage.repository.dir, "shop/ship.py");
  stage.repository.write("shop/ship.py", readFileSync(path, "utf8").replace("total = 0", "total = 1"));
  const again = await stage.say("refactor --scope=codebase --max-tokens 1000 --json");
  expect([again.code, again.lines[0]?.["complete"]]).toEqual([0, true]);
  const fresh = stage.provider.seen.slice(asked);
  expect([asked > 4, fresh.length]).toEqual([true, 1]);
  expect(fresh[0]?.lastUserText).toContain("total = 1");
});
