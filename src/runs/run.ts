/**
 * A run: plan, execute, verify for one goal, durable from its first step.
 *
 * Owns the flow between the parts; what a plan is stands in `plan/`, what counts as proof in `gates/`, who remembers
 * finished steps in `engine/`. Its invariant: everything a step does can be done again after a crash. Workspaces are
 * made from scratch, commits are the same to the byte, paid calls are found again under their key.
 *
 * Rejected: one long function with checkpoints of our own (the engine port does that), and worktrees of the user's
 * repository (they show up there, and cleaning them up has cost others' users their work): a run builds its commits
 * in a repository of its own that borrows the user's objects, and hands over one branch at the end.
 */
import type { AgentPicture } from "../agents/programs/program.ts";
import type { AgentName } from "../foundation/agent-names.ts";
import type { NanoUsd } from "../foundation/units.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { Priority } from "../throttle/throttle.ts";
import type { TestSummary } from "../codebase/test-command.ts";
import type { CommandEvidence, GateResult } from "./gates/gate.ts";
import type { Plan } from "./plan/plan.ts";
import type { WorkerTier } from "./work/ladder.ts";

/** What was asked, fixed when the run is made; stored, so that a resumed run is the same run. */
export interface RunSpec {
  readonly id: string;
  readonly goal: string;
  /** Absolute path of the user's repository. */
  readonly repo: string;
  /** The commit the run starts from. */
  readonly baseRev: string;
  /** Where the result goes: `allot/ID`. */
  readonly branch: string;
  readonly createdAt: number;
  /** undefined for each where there is none: then that tier does not exist in this run. */
  readonly big: RunModel | undefined;
  readonly small: RunModel | undefined;
  /** Who may stand in for them, in this order, where the user allowed it; absent where nobody may. */
  readonly standIns?: { readonly big: readonly RunModel[]; readonly small: readonly RunModel[] };
  /** Why these models, one sentence for the screen. */
  readonly modelsWhy: string;
  readonly session: string;
  /** What its calls may do when limits are near; absent in runs from before there was a throttle: normal. */
  readonly priority?: Priority;
  /** Counted under this project's limits; absent likewise. */
  readonly project?: string;
  readonly limit: NanoUsd | undefined;
  readonly maxLines: number;
  /** Tasks worked on at the same time. */
  readonly concurrency: number;
  /** The project's own tests; undefined: found by looking. */
  readonly testCommand: string | undefined;
  readonly commandTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** Absent in runs from before streams had a limit of their own: as `callTimeoutMs`. */
  readonly idleTimeoutMs?: number;
  readonly network: "off" | "on";
  /** What happens after a call whose host died: one more attempt that is said and counted, or the user is asked. */
  readonly unknownCalls: "again" | "ask";
  readonly decision: "auto" | "delegate" | "direct";
  /** auto: the big model where there is one, else static analysis; or an agent program. */
  readonly planner: "auto" | "static" | "model" | AgentName;
  /** False: what becomes of its tasks teaches the delegator nothing. */
  readonly learn?: boolean;
  /** A saved plan to start from, or undefined. */
  readonly template: string | undefined;
  /** The agent program that carries out its mini-tasks of the small tier; absent: a tool loop on the small model. */
  readonly executor?: AgentName;
  /** What the agent programs ask for; absent: what each asks for by itself. */
  readonly agentModel?: string;
  /** How long an agent program may work on one mini-task, a round of it. */
  readonly agentTimeoutMs?: number;
  /** Most tokens that an agent program may use on one round of a mini-task; absent: what the limits have room for. */
  readonly agentTokens?: number;
  /** Who judges the whole; "checks": no model, whatever models there are; or an agent program. Absent: the big model where there is one. */
  readonly verifier?: "big" | "checks" | AgentName;
  /** The contract between its parts, and which part keeps which side; absent where the plan came from elsewhere. */
  readonly components?: ComponentSpec;
  /** A plan that was made before the run, by a program; then nobody plans. */
  readonly plan?: Plan;
}

/** What `allot dispatch` was told besides its plan. */
export interface ComponentSpec {
  /** As it stood when the run was made, committed or not. */
  readonly contract: { readonly path: string; readonly text: string } | undefined;
  readonly parts: readonly Component[];
}

export interface Component {
  readonly name: string;
  /** Number of the mini-task that makes it. */
  readonly task: number;
  /** Which side of the contract it keeps; undefined: what its code turns out to do, the server's where it does nothing. */
  readonly side: "server" | "client" | "neither" | undefined;
  /** The folders that are its own. */
  readonly folders: readonly string[];
}

export interface RunModel {
  readonly provider: ProviderName;
  /** The provider's own name. */
  readonly id: string;
  readonly label: string;
  /** Longest answer it can give; absent where that is not known. */
  readonly maxOutputTokens?: number;
}

export type RunState =
  | "planning"
  | "planned"
  | "asking"
  | "running"
  | "accepted"
  | "escalated"
  | "cancelled"
  | "failed";

/** What the big model, or the checks alone, say at the end. */
export interface Verdict {
  readonly by: "checks" | "model";
  /** The model's label, or "checks alone, no model asked". */
  readonly judge: string;
  readonly accepted: boolean;
  readonly summary: string;
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly problem: string;
  readonly fix: string;
  readonly paths: readonly string[];
  /** Number of the mini-task it belongs to, where the judge named one. */
  readonly task: number | undefined;
}

/** One try at a mini-task. */
export interface AttemptRecord {
  readonly round: number;
  readonly tier: WorkerTier;
  readonly model: string;
  readonly evidence: "none" | "failure" | "advice" | "handover";
  readonly outcome: "accepted" | "refused" | "gave-up" | "broken";
  /** For refused: the gate codes; otherwise one sentence. */
  readonly why: string;
  readonly rev: string | undefined;
  /** The agent program and its session, where one worked. */
  readonly agent?: AgentName;
  readonly session?: string;
}

export interface TaskOutcome {
  readonly number: number;
  readonly title: string;
  readonly kind: "accepted" | "escalated" | "skipped";
  readonly reason: string;
  /** The commit of the accepted result, on top of `baseRev`. */
  readonly rev: string | undefined;
  readonly baseRev: string;
  readonly attempts: readonly AttemptRecord[];
  readonly gates: readonly GateResult[];
  /** What the worker itself said; shown, never believed. */
  readonly workerReport: string;
  readonly created: readonly string[];
  readonly workspace: WorkspaceShare | undefined;
  /** Where an agent's work stands, and how its session is known; absent where none worked. */
  readonly hosted?: HostedPlace;
  /** Of an agent that looks at pages; files are named relative to the report's folder. */
  readonly pictures?: readonly AgentPicture[];
  readonly noPictures?: string;
}

/** How small a worker's place is beside the whole. Tokens are reckoned at four bytes of text each. */
export interface WorkspaceShare {
  readonly bytes: number;
  readonly repositoryBytes: number;
  /** Absent in runs from before they were counted. */
  readonly tokens?: number;
  readonly repositoryTokens?: number;
}

export interface HostedPlace {
  readonly agent: AgentName;
  /** The folder it worked in, and by whose name its home is known. */
  readonly dir: string;
  readonly place: string;
  readonly session: string | undefined;
}

/** A command of the final checks on the base and on the result. */
export interface FinalCheck {
  readonly command: string;
  readonly purpose: "project tests" | "plan" | "contract";
  readonly before: CheckRun | undefined;
  readonly after: CheckRun;
  readonly passed: boolean;
  readonly why: string;
  /** What has to be mended where it failed, as far as the check can say. */
  readonly findings?: readonly Finding[];
}

export interface CheckRun {
  readonly evidence: CommandEvidence;
  readonly summary: TestSummary | undefined;
}

/** How one task's result came onto the run's branch. `headRev` is the branch afterwards, moved or not. */
export type Integration =
  | { readonly kind: "integrated"; readonly headRev: string; readonly merged: boolean }
  /** `evidence`: what whoever does the task again is told. */
  | {
      readonly kind: "conflict";
      readonly headRev: string;
      readonly paths: readonly string[];
      readonly evidence: string;
    }
  /** Merged cleanly, but the gates refuse the merged tree. */
  | { readonly kind: "refused"; readonly headRev: string; readonly codes: readonly string[]; readonly evidence: string }
  | { readonly kind: "nothing"; readonly headRev: string };

/** What came of carrying out a plan; the report is written from it. JSON-safe: it is a flow's stored result. */
export interface Execution {
  readonly state: "accepted" | "escalated";
  readonly reason: string;
  readonly headRev: string;
  readonly planHash: string;
  readonly tasks: readonly TaskOutcome[];
  readonly checks: readonly FinalCheck[];
  readonly verdicts: readonly Verdict[];
  readonly integrations: readonly Integration[];
}
