import { createInterface } from "node:readline/promises";
import type { App, RunLife } from "../app/app.ts";
import { AllotError } from "../foundation/errors.ts";
import { EXIT_ESCALATED } from "../runs/finish-run.ts";
import type { PlanEnd } from "../runs/plan-flow.ts";
import type { RunSpec } from "../runs/run.ts";
import type { Io } from "./command.ts";
import { viewForm } from "./load-command-config.ts";
import { paint } from "./view/colour.ts";
import { openRunView } from "./view/live-view.ts";
import { planScreen } from "./view/plan-screen.ts";
import { reportScreen } from "./view/report-screen.ts";

/** How far a run is driven. */
export type Until = "plan" | "report";

/**
 * Drives a run, new or stopped, as far as asked, and shows it. Ctrl-C stops between steps and says how to go on.
 * Answers the exit code: 0 accepted (or planned), 3 when the user has to decide.
 */
export async function driveRun(app: App, spec: RunSpec, until: Until, io: Io): Promise<number> {
  try {
    return await drive(app, spec, until, io);
  } catch (error) {
    if (!io.signal.aborted) throw error;
    throw new AllotError("interrupted", `stopped; nothing that was paid for is lost. Go on with: allot resume ${spec.id}`, {
      cause: error,
      details: { run: spec.id },
    });
  }
}

async function drive(app: App, spec: RunSpec, until: Until, io: Io): Promise<number> {
  const { settings } = app.config;
  const form = viewForm(app.config, io);
  const colours = paint(form === "live");
  const view = openRunView(io, form);
  try {
    await using life = await app.openLife(spec, (event) => view.show(event), io.signal);
    const planned = await life.plan();
    if (planned.kind !== "planned") {
      view[Symbol.dispose]();
      return explain(planned, spec, io, settings.json);
    }
    if (until === "plan" || (!settings.yes && !(await approved(life, view, planned, io, form)))) {
      view[Symbol.dispose]();
      if (!settings.json) io.stdout.write(`${planScreen(planned, spec, colours)}\n`);
      return until === "plan" ? 0 : EXIT_ESCALATED;
    }
    const report = await life.execute();
    view[Symbol.dispose]();
    io.stdout.write(settings.json ? `${JSON.stringify({ kind: "report", report })}\n` : `\n${reportScreen(report, colours)}\n`);
    return report.state === "accepted" ? 0 : EXIT_ESCALATED;
  } finally {
    view[Symbol.dispose]();
  }
}

async function approved(
  life: RunLife,
  view: Disposable,
  planned: Extract<PlanEnd, { kind: "planned" }>,
  io: Io,
  form: "live" | "plain" | "json",
): Promise<boolean> {
  if (form === "json" || io.stdin.isTTY !== true) return false;
  view[Symbol.dispose]();
  io.stdout.write(`${planScreen(planned, life.spec, paint(form === "live"))}\n`);
  const prompt = createInterface({ input: io.stdin, output: io.stdout });
  try {
    const answer = await prompt.question("Carry it out? You can edit the files first. [y/N] ", { signal: io.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

function explain(end: Exclude<PlanEnd, { kind: "planned" }>, spec: RunSpec, io: Io, json: boolean): number {
  if (json) io.stdout.write(`${JSON.stringify({ ...end, run: spec.id })}\n`);
  else if (end.kind === "asking") {
    io.stdout.write([`Before anything is spent: ${end.question}`, ...end.reasons.map((reason) => `  - ${reason}`), ""].join("\n"));
  } else {
    io.stdout.write(["No plan could be made:", ...end.reasons.map((reason) => `  - ${reason}`), ""].join("\n"));
  }
  return EXIT_ESCALATED;
}
