import type { NanoUsd } from "../foundation/units.ts";
import type { GateResult } from "./gates/gate.ts";
import type { WorkerTier } from "./work/ladder.ts";
import type { FinalCheck, RunState, Verdict } from "./run.ts";

/**
 * What a run tells while it goes on: the live view, plain lines and `--json` are three renderings of the same events.
 * After a crash an event can come a second time; none carries state that adds up.
 */
export type RunEvent =
  | {
      readonly kind: "run-started";
      readonly run: string;
      readonly goal: string;
      readonly repo: string;
      readonly base: string;
      readonly models: string;
    }
  | { readonly kind: "decided"; readonly decision: "delegate" | "direct" | "ask"; readonly reasons: readonly string[] }
  | { readonly kind: "planning"; readonly what: string }
  | {
      readonly kind: "plan-ready";
      readonly planner: string;
      readonly folder: string;
      readonly tasks: readonly PlannedTask[];
      readonly warnings: readonly string[];
    }
  | { readonly kind: "baseline"; readonly command: string; readonly result: string }
  | {
      readonly kind: "task-started";
      readonly task: number;
      readonly title: string;
      readonly tier: WorkerTier;
      readonly round: number;
      readonly model: string;
      readonly evidence: string;
    }
  | {
      readonly kind: "call-settled";
      readonly task: string;
      readonly model: string;
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly cost: NanoUsd;
      readonly replayed: boolean;
    }
  | {
      /** What an agent program does meanwhile: a file written, a command run. */
      readonly kind: "agent-did";
      readonly task: number;
      readonly agent: string;
      readonly what: string;
    }
  | {
      readonly kind: "gates";
      readonly task: number;
      readonly round: number;
      readonly accepted: boolean;
      readonly results: readonly GateResult[];
    }
  | {
      readonly kind: "task-done";
      readonly task: number;
      readonly outcome: "accepted" | "escalated" | "skipped";
      readonly reason: string;
      readonly report: string;
    }
  | { readonly kind: "integrated"; readonly task: number; readonly rev: string; readonly merged: boolean }
  | { readonly kind: "final-check"; readonly check: FinalCheck }
  | { readonly kind: "verdict"; readonly verdict: Verdict; readonly round: number }
  | { readonly kind: "note"; readonly text: string }
  | {
      readonly kind: "run-ended";
      readonly state: RunState;
      readonly exitCode: number;
      readonly branch: string;
      readonly reason: string;
      readonly report: string;
    };

export interface PlannedTask {
  readonly number: number;
  readonly title: string;
  readonly tier: WorkerTier;
  readonly model: string;
  readonly dependsOn: readonly number[];
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: NanoUsd;
  /** Forecast of its working time; rough. */
  readonly seconds: number;
}

export type EmitEvent = (event: RunEvent) => void;
