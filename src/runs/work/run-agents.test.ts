import { expect, test } from "vitest";
import { nanoUsd } from "../../foundation/units.ts";
import type { RunSpec } from "../run.ts";
import { agentLimits } from "./run-agents.ts";

test("a round of an agent is capped at the run's budget and at the tokens that the user allows a round", () => {
  const spec = { limit: nanoUsd(5), agentTokens: 70_000 } as RunSpec;
  expect(agentLimits(spec)).toEqual({ tokens: 70_000, nanoUsd: 5 });
  expect(agentLimits({ limit: undefined } as RunSpec)).toEqual({});
});
