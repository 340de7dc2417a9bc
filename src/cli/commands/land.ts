import { openApp } from "../../app/app.ts";
import { AllotError } from "../../foundation/errors.ts";
import { landRun } from "../../runs/land.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";
import { idOf } from "./resume.ts";

/** `allot land ID`: takes the result onto the branch that is checked out. */
export const landCommand: Command = {
  name: "land",
  summary: "takes an accepted result onto the branch that is checked out",
  positionals: "ID",
  options: ["merge", "commit", "yes", "db", "json"],
  examples: [
    { command: "allot land 20261121-143002-7kq2 --merge", shows: "a merge commit; uncommitted work stays as it is" },
    { command: "allot land 20261121-143002-7kq2 --commit", shows: "one plain commit" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { merge, commit, yes, json } = config.settings;
    if (merge && commit) throw new AllotError("usage", "give --merge or --commit, not both");
    await using app = await openApp(config, io.env);
    const { spec, state } = await app.runs.get(idOf(input, "land"));
    if (state !== "accepted" && !yes) {
      throw new AllotError("run-state", `run ${spec.id} is ${state}, not accepted; --yes lands it all the same`);
    }
    const landing = await landRun(spec, commit ? "commit" : "merge");
    io.stdout.write(
      json
        ? `${JSON.stringify({ run: spec.id, ...landing })}\n`
        : `landed on ${landing.onto} as ${landing.commit.slice(0, 12)} (${landing.how}); allot undo ${spec.id} takes it back\n`,
    );
    return 0;
  },
};
