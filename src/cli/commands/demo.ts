import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openApp } from "../../app/app.ts";
import { commitAll } from "../../workspaces/new-repository.ts";
import type { Command } from "../command.ts";
import { driveRun } from "../drive-run.ts";
import { loadCommandConfig } from "../load-command-config.ts";
import { programName } from "../program-name.ts";

const SAMPLE = join(dirname(fileURLToPath(import.meta.url)), "../../../sample/todo");
const GOAL = "Split src/todo.js into focused modules";
const MAX_LINES = 160;

/** `allot demo`: the main job on the bundled sample, without key, server or model. */
export const demoCommand: Command = {
  name: "demo",
  summary: "the whole way on a bundled sample project: no key, no server, no model",
  positionals: "",
  options: ["json", "db"],
  examples: [{ command: "allot demo", shows: "plan, mini-tasks, gates, verdict and the cost table" }],
  async run(input, io) {
    const config = loadCommandConfig({ ...input, flags: { ...input.flags, offline: true, yes: true } }, io);
    const repo = await mkdtemp(join(tmpdir(), "allot-sample-"));
    await cp(SAMPLE, repo, { recursive: true });
    await commitAll(repo, "The sample project: a to-do list in one big module");
    if (!config.settings.json) io.stdout.write(`A sample project, a to-do list in one big module: ${repo}\n\n`);
    await using app = await openApp(config, io.env);
    const spec = await app.newRun(GOAL, repo, { maxLines: MAX_LINES, testCommand: "node --test" });
    const exitCode = await driveRun(app, spec, "report", io);
    if (!config.settings.json)
      io.stdout.write(
        `\nOn your own code: ${programName(io.env)} run "Split src/big.py into focused modules" --repo DIR\n`,
      );
    return exitCode;
  },
};
