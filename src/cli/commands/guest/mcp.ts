import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openApp } from "../../../app/app.ts";
import { repositoryAt } from "../../../app/delegation/delegator.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { serveMcp, TOOLS } from "../../../mcp/mcp.ts";
import { startInBackground } from "../../../workspaces/background-program.ts";
import type { Command, CommandInput } from "../../command.ts";
import { selfLauncher } from "../../launcher.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { VERSION } from "../../../foundation/version.ts";

/** `allot mcp`: allot's tools for other agents, by the Model Context Protocol on standard input and output. */
export const mcpCommand: Command = {
  name: "mcp",
  summary: "serves allot's tools to other agents by the Model Context Protocol, on standard input and output",
  positionals: "",
  options: ["repo", "limitUsd", "session", "offline", "upstream", "db", "json"],
  optionTexts: {
    repo: "the folder whose repositories and contracts the tools may touch",
    limitUsd: "most that a run may spend which a tool starts",
    session: "session that runs are counted under",
    json: "lists the tools instead of serving them",
  },
  examples: [
    {
      command: "claude mcp add allot -- allot mcp",
      shows: "Claude Code has the tools; `allot connect claude --write` does it too",
    },
    { command: "allot mcp --json", shows: "the tools with their descriptions, as one JSON object" },
  ],
  async run(input, io) {
    const [word] = input.positionals;
    if (word !== undefined) throw new AllotError("usage", `allot mcp takes no word, but got "${word}"`);
    const config = loadCommandConfig(input, io);
    if (config.settings.json) {
      const tools = TOOLS.map(({ name, title, description }) => ({ name, title, description }));
      io.stdout.write(`${JSON.stringify({ tools })}\n`);
      return 0;
    }
    if (io.stdin.isTTY === true)
      io.stderr.write("allot mcp speaks with programs: it waits for a client on standard input\n");
    await using app = await openApp(config, io.env);
    await serveMcp(
      {
        app,
        env: io.env,
        folder: repositoryAt(config.settings.repo),
        version: VERSION,
        log: (line) => void io.stderr.write(`allot mcp: ${line}\n`),
        startRun: async (id) => {
          const [command, ...args] = [...selfLauncher(), "resume", id, "--json", ...handedOn(input.flags)] as const;
          const log = join(app.workDir(id), "background.log");
          const { ended } = await startInBackground({ command, args, cwd: io.cwd, env: io.env, log });
          return () => (ended() === undefined ? undefined : `${lastLine(log)} (exit code ${ended()}, see ${log})`);
        },
      },
      io,
      io.signal,
    );
    return 0;
  },
};

/** What was said of this server's surroundings holds for the runs that it starts; the rest stands in the run itself. */
function handedOn(flags: CommandInput["flags"]): readonly string[] {
  return (["home", "db", "upstream"] as const).flatMap((name) =>
    [flags[name]].flat().flatMap((value) => (typeof value === "string" ? [`--${name}`, value] : [])),
  );
}

function lastLine(log: string): string {
  return readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "";
}
