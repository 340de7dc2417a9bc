import { openApp } from "../../../../app/app.ts";
import { openConfiguredCatalog } from "../../../../app/catalog.ts";
import { orderCost } from "../../../../app/work/through-run.ts";
import { chooseWorkModels } from "../../../../app/work/work-models.ts";
import type { Config } from "../../../../config/config.ts";
import { systemClock } from "../../../../foundation/clock.ts";
import { AllotError } from "../../../../foundation/errors.ts";
import { formatUsd, toUsd } from "../../../../foundation/units.ts";
import type { RunOrder } from "../../../../tasks/through-run/through-run.ts";
import type { WorkKind } from "../../../../tasks/work.ts";
import type { Io } from "../../../command.ts";
import { driveRun } from "../../../drive-run.ts";
import { columnsOf, fitTable } from "../../../view/fit.ts";

/**
 * Carries an order out as a run: its result is proven by gates and left on a branch. Small ones go on by themselves, as other
 * work does; above `--ask-above` somebody has to say yes. Answers the run's exit code, 0 for a plan. Throws
 * `approval-needed`, or what is missing where no model can be asked.
 */
export async function driveThroughRun(kind: WorkKind, order: RunOrder, config: Config, io: Io): Promise<number> {
  const { settings } = config;
  const catalog = openConfiguredCatalog(config, systemClock.now());
  const { model, missing, why } = await chooseWorkModels(config, catalog, { kind, grok: false });
  const cost = orderCost(order, catalog, model);
  for (const { path, reason } of order.leftOut) io.stderr.write(`allot: ${path} is left out: ${reason}\n`);
  const tasks = order.overrides.plan.tasks.map(({ number, title, reads, writes, estimate }) => ({
    number,
    title,
    estimate,
    reads: reads.map(({ path }) => path),
    writes: writes.map(({ path }) => path),
  }));
  if (settings.planOnly) {
    const plan = { kind, through: "run", goal: order.goal, model: `${model.provider}/${model.id}`, why, tasks };
    const estimate = { expectedUsd: toUsd(cost), expectedNanoUsd: cost };
    const rows = tasks.map(({ number, title, writes }) => [String(number), title, `writes ${writes.join(", ")}`]);
    const table = fitTable(rows, { columns: columnsOf(io), indent: "  ", giving: [{ column: 2, least: 12 }] });
    io.stdout.write(
      settings.json
        ? `${JSON.stringify({ ...plan, estimate, leftOut: order.leftOut })}\n`
        : `${order.goal}, through a run\n\n${table.join("\n")}\n\n  ${formatUsd(cost)} expected, before the judgement at the end\n`,
    );
    return 0;
  }
  if (missing !== null) throw missing;
  const isSmall = cost <= settings.askAbove;
  const hasTerminal = io.stdin.isTTY === true && io.stdout.isTTY === true && !settings.json;
  if (!isSmall && !settings.yes && !hasTerminal) {
    throw new AllotError(
      "approval-needed",
      `${order.goal} may cost ${formatUsd(cost)}, which is above --ask-above ${formatUsd(settings.askAbove)}; add --yes to go on, or look first with --plan-only`,
      { details: { expectedNanoUsd: cost, askAboveNanoUsd: settings.askAbove } },
    );
  }
  const own = settings.model === null ? {} : { big: settings.model, small: settings.model };
  const agreed: Config = { ...config, settings: { ...settings, ...own, yes: settings.yes || isSmall } };
  await using app = await openApp(agreed, io.env);
  const spec = await app.newRun(order.goal, settings.repo, order.overrides);
  return await driveRun(app, spec, "report", io);
}
