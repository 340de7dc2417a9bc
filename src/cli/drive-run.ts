import type { App, RunLife } from "../app/app.ts";
import { AllotError, isAllotError } from "../foundation/errors.ts";
import type { PlanEnd } from "../runs/planning/plan-flow.ts";
import type { RunSpec } from "../runs/run.ts";
import { EXIT_ACCEPTED, EXIT_ESCALATED } from "../runs/write-report.ts";
import { askYesNo } from "./ask.ts";
import type { Io } from "./command.ts";
import { isColoured, viewForm } from "./load-command-config.ts";
import { programName } from "./program-name.ts";
import { paint } from "./view/colour.ts";
import { columnsOf } from "./view/fit.ts";
import { openRunView, type RunView } from "./view/live-view.ts";
import { noPlanScreen } from "./view/no-plan-screen.ts";
import { planScreen } from "./view/plan-screen.ts";
import { reportScreen } from "./view/report-screen.ts";

/** How far a run is driven. */
export type Until = "plan" | "report";

type Planned = Extract<PlanEnd, { kind: "planned" }>;

/**
 * Drives a run, new or stopped, as far as asked, and shows it. Ctrl-C stops between steps and says how to go on.
 * Answers the exit code: 0 accepted (or planned), 3 when the user has to decide.
 */
export async function driveRun(app: App, spec: RunSpec, until: Until, io: Io): Promise<number> {
  try {
    return await new Drive(app, spec, io).to(until);
  } catch (error) {
    if (isAllotError(error, "limit-reached") && !io.signal.aborted) throw resumable(error, spec, io);
    if (!io.signal.aborted) throw error;
    throw new AllotError(
      "interrupted",
      `stopped; nothing that was paid for is lost. Go on with: ${programName(io.env)} resume ${spec.id}`,
      {
        cause: error,
        details: { run: spec.id },
      },
    );
  }
}

/** A run that met a limit goes on when there is room. */
function resumable(error: AllotError, spec: RunSpec, io: Io): AllotError {
  return new AllotError(
    "limit-reached",
    `${error.message} Nothing that was paid for is lost. Go on with: ${programName(io.env)} resume ${spec.id}`,
    { cause: error, details: { ...error.details, run: spec.id } },
  );
}

/** One run on one screen. */
class Drive {
  readonly #app: App;
  readonly #spec: RunSpec;
  readonly #io: Io;
  readonly #json: boolean;

  constructor(app: App, spec: RunSpec, io: Io) {
    this.#app = app;
    this.#spec = spec;
    this.#io = io;
    this.#json = app.config.settings.json;
  }

  async to(until: Until): Promise<number> {
    const { config, runs } = this.#app;
    const colours = paint(isColoured(config, this.#io));
    const past = (await runs.events(this.#spec.id)).map(({ event }) => event);
    using view = openRunView(this.#io, viewForm(config, this.#io), colours, past);
    await using life = await this.#app.openLife(this.#spec, (event) => view.show(event), this.#io.signal);
    const planned = await life.plan();
    if (planned.kind !== "planned") return await this.#noPlan(planned, view);
    if (past.length === 0 && !this.#json) {
      view.leave();
      this.#write(`${this.#gap()}${planScreen(planned, colours, columnsOf(this.#io))}\n\n`);
    }
    if (until === "plan") return this.#stopAtPlan(planned, "", EXIT_ACCEPTED);
    const refusal = config.settings.yes ? undefined : await this.#refusal();
    if (refusal !== undefined) return this.#stopAtPlan(planned, refusal, EXIT_ESCALATED);
    return await this.#carryOut(life, view);
  }

  async #carryOut(life: RunLife, view: RunView): Promise<number> {
    const report = await life.execute();
    view.leave();
    const form = {
      paint: paint(isColoured(this.#app.config, this.#io)),
      columns: columnsOf(this.#io),
      program: programName(this.#io.env),
      cwd: this.#io.cwd,
    };
    if (this.#json) this.#write(`${JSON.stringify({ kind: "report", report })}\n`);
    else this.#write(`${this.#gap()}${reportScreen(report, form)}\n`);
    return report.state === "accepted" ? EXIT_ACCEPTED : EXIT_ESCALATED;
  }

  /** Why the plan is not carried out now; undefined where the user said yes. */
  async #refusal(): Promise<string | undefined> {
    if (this.#json || this.#io.stdin.isTTY !== true || this.#io.stdout.isTTY !== true) {
      return "Not carried out: without --yes the plan waits for approval, and there is no terminal to ask on.";
    }
    const yes = await askYesNo("Carry it out? You can edit the files first. [y/N] ", this.#io);
    return yes ? undefined : "Not carried out.";
  }

  #stopAtPlan(planned: Planned, why: string, exitCode: number): number {
    if (this.#json) this.#write(`${JSON.stringify({ ...planned, run: this.#spec.id })}\n`);
    else
      this.#write(
        `${why === "" ? "" : `${why}\n`}Carry it out as the files stand then: ${programName(this.#io.env)} resume ${this.#spec.id}\n`,
      );
    return exitCode;
  }

  async #noPlan(end: Exclude<PlanEnd, Planned>, view: RunView): Promise<number> {
    view.leave();
    const report = await this.#app.runs.report(this.#spec.id);
    if (this.#json) {
      this.#write(`${JSON.stringify({ ...end, run: this.#spec.id })}\n`);
      this.#write(`${JSON.stringify({ kind: "report", report: report ?? null })}\n`);
    } else {
      const program = programName(this.#io.env);
      this.#write(
        `${this.#gap()}${noPlanScreen(end, this.#spec, { columns: columnsOf(this.#io), program, offline: this.#app.config.settings.offline })}\n`,
      );
    }
    return EXIT_ESCALATED;
  }

  /** Lines of events and a screen behind them are told apart by an empty line. */
  #gap(): string {
    return viewForm(this.#app.config, this.#io) === "plain" ? "\n" : "";
  }

  #write(text: string): void {
    this.#io.stdout.write(text);
  }
}
