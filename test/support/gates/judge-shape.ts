import { expect, test } from "vitest";
import { GATES } from "../../../src/runs/gates/gates.ts";
import { runGates } from "../../../src/runs/gates/run-gates.ts";
import { memoryFacts, type Files } from "./memory-facts.ts";

const WITHOUT_COMMANDS = GATES.filter(({ price }) => price < 2);

/** A result to be judged by what can be read alone. */
export interface Shape {
  readonly task: string;
  readonly base: Files;
  readonly head: Files;
  readonly report?: string;
}

/** Declares a test that the shape is accepted, or that it is refused. */
export function judgeShape(name: string, verdict: "accepted" | "refused", shape: Shape): void {
  test(`${name} is ${verdict}`, async () => {
    const report = await runGates(memoryFacts(shape.task, shape.base, shape.head, shape.report), WITHOUT_COMMANDS);
    const said = report.results
      .filter(({ status }) => status === "failed")
      .map(({ code, message }) => `${code}: ${message}`);
    if (verdict === "accepted") expect(said).toEqual([]);
    else expect(said).not.toEqual([]);
  });
}
