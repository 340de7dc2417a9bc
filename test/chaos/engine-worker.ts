/**
 * A process to be killed: works on one run with the engine and writes down every start and end of a step.
 * Arguments: engine file, run id, log file, lease in ms, slowest step in ms. Prints the run's answer as JSON.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import type { EngineOptions, Flow } from "../../src/runs/engine/engine.ts";
import { openEngine } from "../../src/runs/engine/openworkflow-engine.ts";

const [file = "", runId = "", log = "", leaseMs = "600000", slowestMs = "120"] = process.argv.slice(2);

function note(kind: string, key: string): void {
  appendFileSync(log, `${JSON.stringify({ kind, key, pid: process.pid, at: Date.now() })}\n`);
}

/** Takes a random time, so that the order of starts and ends differs from life to life. */
function worked<T>(flow: Flow, task: string, step: string, answer: T): Promise<T> {
  const key = `${task}/${step}`;
  return flow.step(step, async () => {
    note("start", key);
    await pass(Math.random() * Number(slowestMs));
    note("end", key);
    return answer;
  });
}

interface Task {
  readonly number: number;
  readonly dependsOn: readonly number[];
}

/** Two chains and a diamond: 1-2-3, 4-5, 6-(7,8)-9. */
const TASKS: readonly Task[] = [
  { number: 1, dependsOn: [] },
  { number: 2, dependsOn: [1] },
  { number: 3, dependsOn: [2] },
  { number: 4, dependsOn: [] },
  { number: 5, dependsOn: [4] },
  { number: 6, dependsOn: [] },
  { number: 7, dependsOn: [6] },
  { number: 8, dependsOn: [6] },
  { number: 9, dependsOn: [7, 8] },
];

const bodies: EngineOptions["bodies"] = {
  main: async (flow) => {
    await worked(flow, "main", "plan", null);
    const children = TASKS.map((task) => flow.child<number>("task", `task-${task.number}`, task));
    let total = "";
    for (const [index, child] of children.entries()) {
      total += `${await child} `;
      await worked(flow, "main", `integrate-${index + 1}`, null);
    }
    return worked(flow, "main", "verify", total.trim());
  },
  task: async (flow, input) => {
    const { number, dependsOn } = input as Task;
    const sums = await Promise.all(dependsOn.map((other) => flow.waitSignal<number>(`done-${other}`)));
    const [left, right] = await Promise.all([
      worked(flow, `task-${number}`, "left", number),
      worked(flow, `task-${number}`, "right", 100),
    ]);
    const sum = await worked(flow, `task-${number}`, "sum", left + right + sums.reduce((a, b) => a + b, 0));
    await flow.signal(`done-${number}`, sum);
    return sum;
  },
};

note("life", "");
const engine = await openEngine({ file, runId, bodies, leaseMs: Number(leaseMs) });
note("open", "");
const answer = await engine.start("main", null);
await engine.stop();
note("answer", "");
process.stdout.write(JSON.stringify(answer));
