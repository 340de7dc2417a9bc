import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAgentName } from "../../foundation/agent-names.ts";
import { AllotError } from "../../foundation/errors.ts";
import { decideGoal, type Decision } from "../decide/decide.ts";
import type { Flow } from "../engine/engine.ts";
import type { PlannedTask } from "../events.ts";
import type { Execution } from "../run.ts";
import { lintFacts } from "./lint-facts.ts";
import type { Planning } from "./planning.ts";
import { planByAgent } from "./plan-by-agent.ts";
import { planByModel } from "./plan-by-model.ts";
import { lintPlan } from "../plan/lint.ts";
import { planOffline } from "../plan/offline-planner.ts";
import type { Plan } from "../plan/plan.ts";
import { writePlan } from "../plan/plan-folder.ts";
import { plannedTasks } from "../planned-tasks.ts";
import type { RunContext } from "../run-context.ts";
import type { RunSpec } from "../run.ts";
import { planFromTemplate } from "../templates/templates.ts";
import { EXIT_ESCALATED, writeReport } from "../write-report.ts";

/** How planning ended. JSON-safe: it is the flow's stored result. */
export type PlanEnd =
  | {
      readonly kind: "planned";
      readonly planner: string;
      readonly folder: string;
      readonly decision: Decision;
      readonly tasks: readonly PlannedTask[];
      readonly warnings: readonly string[];
      /** Commands that will be run to check the result; shown before approval. */
      readonly commands: readonly string[];
    }
  | { readonly kind: "asking"; readonly question: string; readonly reasons: readonly string[] }
  | { readonly kind: "declined"; readonly reasons: readonly string[] };

/** The first half of a run: decides, plans, lints, and writes the plan where a person can read and edit it. */
export async function makePlan(flow: Flow, context: RunContext): Promise<PlanEnd> {
  const decision = await flow.step("decide", () => decideRun(context));
  if (decision.kind === "ask")
    return end(flow, context, { kind: "asking", question: decision.question, reasons: decision.reasons });
  const planning = await flow.step("plan", () => planGoal(context, decision));
  if (planning.kind !== "planned") return end(flow, context, planning);
  return flow.step("write-plan", () => hand(context, decision, planning.plan));
}

async function end(
  flow: Flow,
  context: RunContext,
  planning: Exclude<Planning, { kind: "planned" }>,
): Promise<PlanEnd> {
  return flow.step("no-plan", async () => {
    const reason = planning.kind === "asking" ? planning.question : planning.reasons.join("; ");
    await writeReport(context, emptyPlan(context.spec.goal), notCarriedOut(context.spec, reason));
    if (planning.kind === "asking") await context.runs.setState(context.spec.id, "asking", EXIT_ESCALATED);
    return planning;
  });
}

/** What the account of a run says of its plan where there is none. */
function emptyPlan(goal: string): Plan {
  return { goal, summary: "", nonGoals: [], tasks: [], planner: "nobody", finalChecks: [], notes: [] };
}

function notCarriedOut(spec: RunSpec, reason: string): Execution {
  return {
    state: "escalated",
    reason,
    headRev: spec.baseRev,
    planHash: "",
    tasks: [],
    checks: [],
    verdicts: [],
    integrations: [],
  };
}

async function decideRun(context: RunContext): Promise<Decision> {
  const { spec, repository } = context;
  context.emit({
    kind: "run-started",
    run: spec.id,
    goal: spec.goal,
    repo: spec.repo,
    base: spec.baseRev,
    models: modelsText(spec),
  });
  const files = await repository.entries(spec.baseRev);
  const decided = await decideGoal(spec.goal, {
    files: [...files.keys()],
    read: (path) => repository.read(spec.baseRev, path),
  });
  const decision: Decision =
    spec.decision === "auto" ? decided : { kind: spec.decision, reasons: [whyDecided(spec)], path: decided.path };
  context.emit({ kind: "decided", decision: decision.kind, reasons: decision.reasons });
  return decision;
}

function whyDecided({ decision, components }: RunSpec): string {
  return components === undefined
    ? `--decision ${decision} was asked for`
    : `the components are named: ${components.parts.map(({ name }) => name).join(", ")}`;
}

function modelsText({ big, small, modelsWhy }: RunSpec): string {
  if (big === undefined && small === undefined) return `no model (${modelsWhy})`;
  return `big ${big?.label ?? "none"}, small ${small?.label ?? "none"} (${modelsWhy})`;
}

async function planGoal(context: RunContext, decision: Decision): Promise<Planning> {
  const { spec } = context;
  if (spec.plan !== undefined) return { kind: "planned", plan: spec.plan };
  if (spec.template !== undefined) {
    return {
      kind: "planned",
      plan: await planFromTemplate(spec.template, { goal: spec.goal, repo: spec.repo, userDir: context.templatesDir }),
    };
  }
  if (isAgentName(spec.planner)) return planByAgent(context, decision, spec.planner);
  const byModel = spec.planner === "model" || (spec.planner === "auto" && spec.big !== undefined);
  if (!byModel) return planStatically(context);
  return planByModel(context, decision);
}

async function planStatically(context: RunContext): Promise<Planning> {
  context.emit({ kind: "planning", what: "planning by static analysis, no model asked" });
  const root = await mkdtemp(join(tmpdir(), "allot-plan-"));
  try {
    await context.repository.export(context.spec.baseRev, root, { link: [] });
    const outcome = await planOffline({ root, goal: context.spec.goal, maxLines: context.spec.maxLines });
    if (outcome.kind !== "ask") return outcome;
    return {
      kind: "asking",
      question: outcome.question,
      reasons: outcome.candidates.map((file) => `it could be ${file}`),
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Lints and writes. A plan with errors is no plan: `plan-invalid` with every finding. */
async function hand(context: RunContext, decision: Decision, plan: Plan): Promise<PlanEnd> {
  const findings = lintPlan(plan, await lintFacts(context.repository, context.spec.baseRev, plan));
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new AllotError(
      "plan-invalid",
      errors.map(({ code, place, message }) => `${code} (${place}): ${message}`).join("\n"),
      {
        details: { codes: errors.map(({ code }) => code) },
      },
    );
  }
  await writePlan(context.publicDir, plan);
  const tasks = plannedTasks(context, plan);
  const warnings = findings.map(({ code, place, message }) => `${code} (${place}): ${message}`);
  await context.runs.setState(context.spec.id, "planned");
  context.emit({ kind: "plan-ready", planner: plan.planner, folder: context.publicDir, tasks, warnings });
  return {
    kind: "planned",
    planner: plan.planner,
    folder: context.publicDir,
    decision,
    tasks,
    warnings,
    commands: [
      ...new Set([
        ...plan.tasks.flatMap(({ validation }) => validation.map(({ command }) => command)),
        ...plan.finalChecks,
      ]),
    ],
  };
}
