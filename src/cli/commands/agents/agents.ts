import { type ListedAgent, listAgents } from "../../../app/agents/agent-list.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { fitTable, wrapText, columnsOf } from "../../view/fit.ts";

/** `allot agents`: who could do work here. */
export const agentsCommand: Command = {
  name: "agents",
  summary: "the agents that can do work here: what is installed, in which version, and comet's browser",
  positionals: "",
  options: ["browser", "json"],
  examples: [
    { command: "allot agents", shows: "codex, claude, comet and api with their versions" },
    { command: "allot agents --json", shows: "for programs" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const agents = await listAgents(config, io.env);
    if (config.settings.json) {
      io.stdout.write(`${JSON.stringify({ agents })}\n`);
      return 0;
    }
    const columns = columnsOf(io);
    const rows = fitTable([["agent", "version", "what", "where"], ...agents.map(agentRow)], {
      columns: io.stdout.columns ?? Number.POSITIVE_INFINITY,
      align: ["left", "left", "left", "left"],
      giving: [
        { column: 3, least: 10 },
        { column: 2, least: 20 },
      ],
    });
    const notes = agents.flatMap((agent) =>
      wrapText(noteOf(agent), columns, "  ").filter((line) => line.trim() !== ""),
    );
    io.stdout.write(`${[...rows, ...(notes.length === 0 ? [] : ["", ...notes])].join("\n")}\n`);
    return 0;
  },
};

function agentRow({ name, what, installed }: ListedAgent): string[] {
  return [name, installed?.version ?? "not installed", what, installed?.path ?? "-"];
}

function noteOf({ name, browser }: ListedAgent): string {
  if (browser === undefined) return "";
  return "missing" in browser
    ? `${name} works without pictures: ${browser.missing}.`
    : `${name} looks at pages with ${browser.path}, version ${browser.version}.`;
}
