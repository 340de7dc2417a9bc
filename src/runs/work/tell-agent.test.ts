import { expect, test } from "vitest";
import type { HostedEnd } from "../../agents/programs/hosting/hosted-work.ts";
import { NO_USAGE } from "../../agents/programs/usage.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { RunContext } from "../run-context.ts";
import { tellSpend } from "./tell-agent.ts";

function told(calls: number): unknown[] {
  const events: unknown[] = [];
  const spent = { cost: nanoUsd(7), covered: true, tokens: 30, calls, differs: null };
  const usage = { ...NO_USAGE, inputTokens: 20, outputTokens: 10 };
  const end = { kind: "unknown", session: null, message: "", usage, spent } satisfies HostedEnd;
  tellSpend({ emit: (event) => events.push(event) } as Pick<RunContext, "emit"> as RunContext, "1", "claude", end);
  return events;
}

test("what an agent has spent is told once, and nothing of work that was refused before it began", () => {
  expect(told(1)).toMatchObject([{ kind: "call-settled", task: "1", inputTokens: 20, outputTokens: 10, cost: 7 }]);
  expect(told(0)).toEqual([]);
});
