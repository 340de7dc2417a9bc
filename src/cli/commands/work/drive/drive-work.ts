import { filesOfTarget } from "../../../../app/work/through-run.ts";
import { type TightLimit, tightLimits } from "../../../../app/work/work-limits.ts";
import { openWorkBench, type WorkBench } from "../../../../app/work/work-parts.ts";
import type { Codebase } from "../../../../codebase/facts/facts.ts";
import type { Config } from "../../../../config/config.ts";
import { AllotError, ERRORS, isAllotError } from "../../../../foundation/errors.ts";
import { formatUsd } from "../../../../foundation/units.ts";
import { joinFindings } from "../../../../tasks/security/join-findings.ts";
import type { scanSecurity, SecurityScan } from "../../../../tasks/security/scan-security.ts";
import type { WorkKind, WorkPlan, WorkResult, WorkSpec } from "../../../../tasks/work.ts";
import { askYesNo } from "../../../ask.ts";
import type { CommandInput, Io } from "../../../command.ts";
import { isColoured, loadCommandConfig } from "../../../load-command-config.ts";
import { type Paint, paint } from "../../../view/colour.ts";
import { columnsOf } from "../../../view/fit.ts";
import { tightLimitText } from "../../../view/work/limit-text.ts";
import { workPlanJson } from "../../../view/work/work-json.ts";
import { planSum, workPlanLine, workPlanScreen } from "../../../view/work/work-plan-screen.ts";
import { openWorkView } from "../../../view/work/work-progress.ts";
import { closeCommandBudget, openCommandBudget } from "../../spend/command-budget.ts";
import { deliver, type Delivered } from "./deliver.ts";
import { type Output, pathOf, readOutput } from "./read-output.ts";
import { ensureWritable } from "./write-whole.ts";
import { scanResult, scanText, type Unasked } from "./scan-result.ts";
import { type Otherwise, targetOf } from "./target-of.ts";

/** What a command wants done; the target and the place of the result come from its options. */
export interface WorkOrder {
  readonly kind: WorkKind;
  /** The command is Grok's: it is asked first. */
  readonly grok: boolean;
  readonly variant: string | null;
  readonly aspects: readonly string[];
  readonly otherwise: Otherwise;
  /** Looks for what needs no model; joined with what the model finds. */
  readonly scan?: typeof scanSecurity;
  /** Goes on with a whole result; its exit code is the command's. */
  readonly then?: (results: readonly WorkResult[], codebase: Codebase) => Promise<number>;
}

/**
 * Plans, asks where it may cost much, carries out with progress, and delivers. Answers the exit code: 0, or that of
 * `work-incomplete`. Standard input is read only where a terminal is asked for a yes.
 */
export async function driveWork(order: WorkOrder, input: CommandInput, io: Io): Promise<number> {
  const config = loadCommandConfig(input, io);
  const output = readOutput(config.settings.output, io.cwd);
  await using bench = await openWorkBench(config, order, { signal: io.signal });
  return await new WorkDrive({ order, config, output, bench, io }, input.positionals).run();
}

interface DriveParts {
  readonly order: WorkOrder;
  readonly config: Config;
  readonly output: Output;
  readonly bench: WorkBench;
  readonly io: Io;
}

class WorkDrive {
  readonly #parts: DriveParts;
  readonly #positionals: readonly string[];
  readonly #json: boolean;
  readonly #paint: Paint;

  constructor(parts: DriveParts, positionals: readonly string[]) {
    this.#parts = parts;
    this.#positionals = positionals;
    const { config, output, io } = parts;
    this.#json = config.settings.json || (output.kind === "stream" && output.format !== "markdown");
    this.#paint = paint(isColoured(config, io));
  }

  async run(): Promise<number> {
    const { bench, config, io, order } = this.#parts;
    const { target, notes } = await targetOf(order, config, bench.codebase, this.#positionals, io.cwd);
    for (const note of notes) io.stderr.write(`allot: ${note}\n`);
    if (target === null) return this.#nothing(notes);
    const plans = await this.#plans(target);
    if (config.settings.planOnly) return this.#showPlan(plans);
    if (planSum(plans).parts === 0) return this.#nothing(["there is no code to read here"], true);
    const { missing } = bench.models;
    // What scanners see needs no model: it is told where none can be asked, too, as the incomplete work that it is then.
    const unasked = planSum(plans).calls > 0 && !config.settings.offline ? missing : null;
    const isScanOnly = order.scan !== undefined && (config.settings.offline || unasked !== null);
    if (planSum(plans).calls > 0 && missing !== null && !isScanOnly) throw missing;
    const { json, sarif } = config.settings;
    for (const path of [pathOf(this.#parts.output), sarif]) if (path !== null) await ensureWritable(path);
    if (!isScanOnly) await this.#agree(plans);
    const scan = await order.scan?.(bench.codebase, target, io.signal);
    const asked = isScanOnly ? [] : await this.#carryOut(plans);
    const results = withScan(asked, scan, unasked === null ? null : { why: unasked.message, plans });
    const delivered: Delivered = { plans, why: bench.models.why, scan: scan ?? null, results };
    await deliver(delivered, this.#parts.output, { io, json, sarif, coloured: isColoured(config, io) });
    const complete = results.every((result) => result.complete);
    if (!complete && !this.#json) io.stderr.write(`allot: ${incompleteText(results)}\n`);
    if (!complete) return ERRORS["work-incomplete"].exitCode;
    return order.then === undefined ? 0 : order.then(results, bench.codebase);
  }

  /** A file a module where a folder is to be filled; else one piece of work. */
  async #plans(target: WorkSpec["target"]): Promise<readonly WorkPlan[]> {
    const { bench, config, order, output } = this.#parts;
    const { settings } = config;
    const wanted = {
      context: settings.context ?? (order.kind === "review" ? "git_diff" : "full"),
      aspects: order.aspects,
      style: settings.style,
      variant: order.variant,
    } as const;
    const names = output.kind === "folder" ? await modulesOf(target, order.kind, bench.codebase) : [];
    const targets = names.length === 0 ? [target] : names.map((name) => ({ by: "modules" as const, names: [name] }));
    const plans: WorkPlan[] = [];
    for (const each of targets) plans.push(await bench.plan({ ...wanted, target: each }));
    return plans;
  }

  async #showPlan(plans: readonly WorkPlan[]): Promise<number> {
    const { bench, config, io } = this.#parts;
    const { why } = bench.models;
    const limits = await this.#tight(plans);
    io.stdout.write(
      config.settings.json
        ? `${JSON.stringify({ ...workPlanJson(plans, why), limits })}\n`
        : workPlanScreen(plans, { why, limits }, { paint: this.#paint, columns: columnsOf(io) }),
    );
    return 0;
  }

  /** Limits that the plans would run into. */
  #tight(plans: readonly WorkPlan[]): Promise<readonly TightLimit[]> {
    const { bench, config } = this.#parts;
    const { inputTokens, outputTokens, expected, calls } = planSum(plans);
    const { provider, id: model } = bench.models.model;
    const need = { tokens: inputTokens + outputTokens, nanoUsd: expected, requests: calls, provider, model };
    return tightLimits(bench.store, config, need);
  }

  /** Tells the plan, and asks where it may cost more than the user lets pass. Throws `approval-needed`. */
  async #agree(plans: readonly WorkPlan[]): Promise<void> {
    const { bench, config, io } = this.#parts;
    const { expected, worst } = planSum(plans);
    const { askAbove, yes } = config.settings;
    const hasTerminal = io.stdin.isTTY === true && io.stdout.isTTY === true && !this.#json;
    const asks = expected > askAbove && !yes;
    if (!this.#json) {
      const form = { paint: this.#paint, columns: columnsOf(io) };
      const about = { why: bench.models.why, limits: await this.#tight(plans) };
      const isScreen = io.stderr.isTTY === true;
      const lines = [
        workPlanLine(plans),
        ...about.limits.slice(0, 1).map((limit) => `limit: ${tightLimitText(limit)}`),
      ];
      io.stderr.write(isScreen ? `${workPlanScreen(plans, about, form)}\n` : `${lines.join("\n")}\n`);
    }
    if (!asks) return;
    const price = `${formatUsd(expected)} expected, ${formatUsd(worst)} at worst`;
    if (!hasTerminal) {
      throw new AllotError(
        "approval-needed",
        `this may cost ${price}, which is above --ask-above ${formatUsd(askAbove)}; add --yes to go on, or look first with --plan-only`,
        { details: { expectedNanoUsd: expected, worstNanoUsd: worst, askAboveNanoUsd: askAbove } },
      );
    }
    if (await askYesNo(`Go on for ${price}? [y/N] `, io)) return;
    throw new AllotError("interrupted", "stopped before anything was asked or paid");
  }

  async #carryOut(plans: readonly WorkPlan[]): Promise<readonly WorkResult[]> {
    const { bench, config, io, order } = this.#parts;
    const { settings } = config;
    const title = `${order.kind} ${bench.codebase.root}`;
    const isOwn = settings.limitUsd !== null;
    const budget = isOwn ? await openCommandBudget(bench.store, config, "work", title) : (settings.budget ?? undefined);
    const form = this.#json ? "json" : io.stderr.isTTY === true && io.env["TERM"] !== "dumb" ? "live" : "plain";
    using view = openWorkView(io, form, this.#paint);
    const results: WorkResult[] = [];
    try {
      for (const plan of plans) {
        const before = sumBefore(results);
        const total = planSum(plans).parts;
        const result = await bench.carryOut(plan, {
          budget,
          signal: io.signal,
          onProgress: (progress) =>
            view.show({
              ...progress,
              done: before.parts + progress.done,
              parts: plans.length === 1 ? progress.parts : total,
              cost: (before.cost + progress.cost) as typeof progress.cost,
            }),
        });
        results.push(result);
      }
      return results;
    } catch (error) {
      if (!io.signal.aborted && !isAllotError(error, "interrupted")) throw error;
      throw new AllotError(
        "interrupted",
        "stopped; nothing that was paid for is lost: the same command again asks only what is missing",
        { cause: error },
      );
    } finally {
      if (isOwn && budget !== undefined) await closeCommandBudget(bench.store, budget);
    }
  }

  /** Nothing of what was named can be read: told, and no fault, so that a loop over changed files goes on. */
  #nothing(notes: readonly string[], tell = false): number {
    const { config, io, order } = this.#parts;
    if (tell) for (const note of notes) io.stderr.write(`allot: ${note}\n`);
    if (config.settings.json)
      io.stdout.write(`${JSON.stringify({ kind: order.kind, complete: true, nothing: notes, findings: [] })}\n`);
    return 0;
  }
}

/** What the scanners found stands with the first result; alone, where no model was asked. */
function withScan(
  results: readonly WorkResult[],
  scan: SecurityScan | undefined,
  unasked: Unasked | null,
): readonly WorkResult[] {
  if (scan === undefined) return results;
  const [first = scanResult(scan, unasked), ...others] = results;
  if (results.length === 0) return [first];
  const findings = joinFindings(scan.findings, first.findings);
  return [{ ...first, findings, text: `${first.text.trimEnd()}\n\n${scanText(scan)}` }, ...others];
}

/** Modules that a target names, for a file of each; none where it is no matter of modules. */
async function modulesOf(target: WorkSpec["target"], kind: WorkKind, codebase: Codebase): Promise<readonly string[]> {
  if (target.by === "modules") return target.names;
  if (target.by !== "core-modules") return [];
  const files = new Set((await filesOfTarget({ kind, target, context: "full" }, codebase)).map(({ path }) => path));
  return codebase.modules.filter((module) => module.files.some((path) => files.has(path))).map(({ name }) => name);
}

function sumBefore(results: readonly WorkResult[]): { readonly parts: number; readonly cost: number } {
  return {
    parts: results.reduce((sum, { calls, cachedCalls }) => sum + calls + cachedCalls, 0),
    cost: results.reduce((sum, { cost }) => sum + cost, 0),
  };
}

function incompleteText(results: readonly WorkResult[]): string {
  const problems = [...new Set(results.flatMap((result) => result.problems))].slice(0, 5);
  const missing = results.reduce((sum, { notRead }) => sum + notRead.length, 0);
  const sentences = [
    `${missing} ${missing === 1 ? "piece was" : "pieces were"} not read`,
    ...problems,
    "What was paid is kept: the same command again asks only what is missing",
  ];
  return `incomplete: ${sentences.map((sentence) => sentence.trim().replace(/\.$/, "")).join(". ")}.`;
}
