import { statSync } from "node:fs";
import { carryOutAgentWork } from "../../../app/agents/agent-work.ts";
import { didYouMean } from "../../../foundation/closest.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { AGENT_NAMES, type AgentName, isAgentName } from "../../../foundation/agent-names.ts";
import { EXIT_ACCEPTED, EXIT_ESCALATED } from "../../../runs/write-report.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { agentLine, endLines } from "../../view/agents/agent-lines.ts";

/** `allot agent run NAME "TASK"`: one agent, one piece of work, in a folder; no plan and no gates. */
export const agentRunCommand: Command = {
  name: "agent run",
  summary:
    "lets one agent do one piece of work in a folder, under your limits: no plan, no checks; what it changes there is changed",
  positionals: 'NAME "TASK"',
  options: [
    "dir",
    "resume",
    "url",
    "allowOrigin",
    "readOnly",
    "browser",
    "agentModel",
    "agentLogin",
    "agentTimeout",
    "agentTokens",
    "limitUsd",
    "budget",
    "small",
    "session",
    "priority",
    "upstream",
    "db",
    "json",
  ],
  optionTexts: {
    resume: "go on with this session of the agent: it knows what was said",
    limitUsd: "most that this work may hold and spend",
    agentModel:
      "model that the agent asks for; without it codex and claude take what they are set up for, comet and api the small model",
    agentTimeout: "longest time that the agent may work",
    agentTokens: "most tokens that the agent may use; it is stopped there, whoever pays",
  },
  examples: [
    {
      command: 'allot agent run comet "The button that pays cannot be seen. Mend it." --dir shop',
      shows: "mends a page, and shows it before and after",
    },
    {
      command: 'allot agent run comet "Mend the menu." --dir web --url http://localhost:5173/',
      shows: "a page that your own program serves",
    },
    {
      command: 'allot agent run api "Write the missing docstrings." --dir src --limit-usd 0.20',
      shows: "at most $0.20",
    },
    {
      command: 'allot agent run codex "The test fails: mend it." --resume 0199b8e0-...',
      shows: "the same session goes on",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { json, dir, resume } = config.settings;
    const { agent, prompt } = orderOf(input.positionals);
    if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new AllotError("file-not-found", `${dir} is no folder; --dir names the one that the agent works in`);
    let session: string | undefined;
    const notes: string[] = [];
    const tell = (line: unknown): void =>
      void io.stdout.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
    try {
      const done = await carryOutAgentWork(config, io.env, { agent, prompt, dir, resume }, io.signal, (event) => {
        if (event.kind === "session") session = event.id;
        if (event.kind === "note") notes.push(event.text);
        const line = json ? event : agentLine(event);
        if (line !== undefined) tell(line);
      });
      if (json) tell({ kind: "end", ...done });
      else for (const line of endLines(done, notes)) tell(line);
      return done.end.kind === "done" ? EXIT_ACCEPTED : EXIT_ESCALATED;
    } catch (error) {
      if (!io.signal.aborted || session === undefined) throw error;
      throw new AllotError(
        "interrupted",
        `stopped. Go on with: ${programName(io.env)} agent run ${agent} "Go on." --resume ${session}`,
        { cause: error, details: { session } },
      );
    }
  },
};

function orderOf(positionals: readonly string[]): { readonly agent: AgentName; readonly prompt: string } {
  const [agent, prompt, ...rest] = positionals;
  if (agent === undefined || prompt === undefined || prompt.trim() === "" || rest.length > 0) {
    throw new AllotError(
      "usage",
      'allot agent run needs an agent and a task, the task in quotes: allot agent run comet "Mend the menu."',
    );
  }
  if (isAgentName(agent)) return { agent, prompt };
  throw new AllotError(
    "usage",
    `"${agent}" is no agent.${didYouMean(agent, [...AGENT_NAMES])} The agents are ${AGENT_NAMES.join(", ")}.`,
  );
}
