import { openApp } from "../../app/app.ts";
import { undoRun } from "../../runs/land.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";
import { idOf } from "./resume.ts";

/** `allot undo ID`: takes a result back, landed or not, without losing it. */
export const undoCommand: Command = {
  name: "undo",
  summary: "takes a result back: reverts what was landed, or sets the branch aside; nothing is lost",
  positionals: "ID",
  options: ["db", "json"],
  examples: [{ command: "allot undo 20261121-143002-7kq2", shows: "where the result went" }],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using app = await openApp(config, io.env);
    const { spec } = await app.runs.get(idOf(input, "undo"));
    const undoing = await undoRun(spec);
    if (config.settings.json) io.stdout.write(`${JSON.stringify({ run: spec.id, ...undoing })}\n`);
    else if (undoing.kind === "reverted")
      io.stdout.write(`reverted ${undoing.commit.slice(0, 12)} by ${undoing.by.slice(0, 12)}\n`);
    else io.stdout.write(`set aside as ${undoing.ref}; git branch ${spec.branch} ${undoing.ref} brings it back\n`);
    return 0;
  },
};
