import { describe } from "vitest";
import { answerCases } from "./conformance/answers.conformance.ts";
import { faultCases } from "./conformance/faults.conformance.ts";
import { shapeCases } from "./conformance/shapes.conformance.ts";
import { toolCases } from "./conformance/tools.conformance.ts";
import { openTrial } from "./conformance/trial.conformance.ts";
import type { ConformanceSubject } from "./conformance/trial.conformance.ts";
import { usageCases } from "./conformance/usage.conformance.ts";

/** Runs every provider through the same cases; what one cannot do is skipped with its reason. */
export function describeProvider(subject: ConformanceSubject): void {
  describe(subject.title, () => {
    const trial = openTrial(subject);
    answerCases(trial);
    toolCases(trial);
    shapeCases(trial);
    usageCases(trial);
    faultCases(trial);
  });
}
