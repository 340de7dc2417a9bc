import { openApp } from "../../app/app.ts";
import { AllotError } from "../../foundation/errors.ts";
import { clip } from "../../foundation/table.ts";
import { landRun } from "../../runs/land.ts";
import { reportMarkdown } from "../../runs/report/report-markdown.ts";
import { openPullRequest } from "../../workspaces/pull-request.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";
import { programName } from "../program-name.ts";
import { idOf } from "./resume.ts";

/** `allot land ID`: takes the result onto the branch that is checked out. */
export const landCommand: Command = {
  name: "land",
  summary: "takes an accepted result onto the branch that is checked out",
  positionals: "ID",
  options: ["merge", "commit", "pr", "yes", "db", "json"],
  optionTexts: {
    yes: "land a result although it was not accepted",
    merge: "merge the result's branch into the current one (what is done without a flag)",
  },
  examples: [
    { command: "allot land 20261121-143002-7kq2 --merge", shows: "a merge commit; uncommitted work stays as it is" },
    { command: "allot land 20261121-143002-7kq2 --commit", shows: "one plain commit" },
    { command: "allot land 20261121-143002-7kq2 --pr", shows: "the branch pushed, a pull request with the report" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { merge, commit, pr, yes, json } = config.settings;
    if ([merge, commit, pr].filter(Boolean).length > 1)
      throw new AllotError("usage", "give one of --merge, --commit and --pr");
    await using app = await openApp(config, io.env);
    const { spec, state } = await app.runs.get(idOf(input, "land"));
    if (state !== "accepted" && !yes) {
      throw new AllotError("run-state", `run ${spec.id} is ${state}, not accepted; --yes lands it all the same`);
    }
    if (pr) {
      const report = await app.runs.report(spec.id);
      const address = await openPullRequest({
        repo: spec.repo,
        branch: spec.branch,
        title: clip(spec.goal, 72),
        body: report === undefined ? spec.goal : reportMarkdown(report),
      });
      io.stdout.write(json ? `${JSON.stringify({ run: spec.id, how: "pr", address })}\n` : `${address}\n`);
      return 0;
    }
    const landing = await landRun(spec, commit ? "commit" : "merge");
    io.stdout.write(
      json
        ? `${JSON.stringify({ run: spec.id, ...landing })}\n`
        : `landed on ${landing.onto} as ${landing.commit.slice(0, 12)} (${landing.how}); ${programName(io.env)} undo ${spec.id} takes it back\n`,
    );
    return 0;
  },
};
