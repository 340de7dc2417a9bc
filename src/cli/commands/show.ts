import { openApp } from "../../app/app.ts";
import { reportMarkdown } from "../../runs/report/report-markdown.ts";
import { tellAbandonedRuns } from "../abandoned-runs.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";
import { plainLine } from "../view/plain-lines.ts";
import { idOf } from "./resume.ts";

/** `allot show ID`: the whole account of a run: report, or what it has told so far. */
export const showCommand: Command = {
  name: "show",
  summary: "the whole account of a run: its report, or what it has told so far",
  positionals: "ID",
  options: ["json", "db"],
  examples: [
    { command: "allot show 20261121-143002-7kq2 --json", shows: "report, tasks, gates with evidence, spend, events" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using app = await openApp(config, io.env);
    await tellAbandonedRuns(app, io);
    const row = await app.runs.get(idOf(input, "show"));
    const { id } = row.spec;
    const [report, tasks, events, calls] = await Promise.all([
      app.runs.report(id),
      app.runs.tasks(id),
      app.runs.events(id),
      app.runs.paidCalls(id),
    ]);
    if (config.settings.json) {
      io.stdout.write(`${JSON.stringify({ ...row, tasks, report: report ?? null, calls, events })}\n`);
      return 0;
    }
    if (report !== undefined) io.stdout.write(reportMarkdown(report));
    else {
      io.stdout.write(`run ${id}: ${row.state}\n`);
      for (const { at, event } of events) {
        const line = plainLine(event);
        if (line !== undefined) io.stdout.write(`${new Date(at).toISOString().slice(11, 19)}  ${line}\n`);
      }
    }
    return 0;
  },
};
