import { cleanLeftovers, judgedLeftovers, type JudgedLeftover } from "../../../app/agents/leftover-workspaces.ts";
import { openApp } from "../../../app/app.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatCount } from "../../../foundation/units.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { columnsOf, fitTable } from "../../view/fit.ts";

/** `allot workspaces`: what runs have left behind, and what of it is merged; nothing goes that is not, unless it is named. */
export const workspacesCommand: Command = {
  name: "workspaces",
  summary: "workspaces that runs have left behind: how big, how old, merged or not; removes what is",
  positionals: "[RUN[/COMPONENT] ...]",
  options: ["clean", "db", "json"],
  examples: [
    { command: "allot workspaces", shows: "what is there, and what of it stands in no branch of yours" },
    { command: "allot workspaces --clean", shows: "removes what is proven to be merged, or holds nothing" },
    {
      command: "allot workspaces --clean 20261121-143002-7kq2/backend",
      shows: "removes that one too, whatever it holds",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { clean, json } = config.settings;
    if (!clean && input.positionals.length > 0)
      throw new AllotError("usage", `allot workspaces lists all; to remove ${input.positionals[0]}, add --clean`);
    await using app = await openApp(config, io.env);
    const judged = await judgedLeftovers(app);
    const gone = new Set(clean ? await cleanLeftovers(app, judged, input.positionals) : []);
    const now = app.clock.now();
    if (json) {
      io.stdout.write(`${JSON.stringify({ workspaces: judged.map((each) => asJson(each, gone.has(each), now)) })}\n`);
      return 0;
    }
    if (judged.length === 0) {
      io.stdout.write("no run has left a workspace\n");
      return 0;
    }
    const rows = judged.map((each) => [
      each.run,
      each.place,
      sizeText(each.bytes),
      ageText(now - each.changedAt),
      gone.has(each) ? "removed" : each.state,
      each.why,
    ]);
    const table = fitTable([["run", "component", "size", "age", "state", ""], ...rows], {
      columns: columnsOf(io),
      align: ["left", "left", "right", "right"],
      giving: [{ column: 5, least: 12 }],
    });
    const done = judged.filter((each) => !gone.has(each) && (each.state === "merged" || each.state === "empty")).length;
    const hint = done === 0 ? "" : `\n${done} can go: ${programName(io.env)} workspaces --clean\n`;
    io.stdout.write(`${table.join("\n")}\n${hint}`);
    return 0;
  },
};

function asJson({ place, changedAt, home, ...each }: JudgedLeftover, removed: boolean, now: number): object {
  return {
    ...each,
    component: place,
    home: home ?? null,
    changedAt: new Date(changedAt).toISOString(),
    ageMs: Math.max(0, now - changedAt),
    merged: each.state === "merged",
    removed,
  };
}

function sizeText(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${formatCount(Math.ceil(bytes / 1024))} KB`
    : `${formatCount(Math.round(bytes / 1024 ** 2))} MB`;
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
