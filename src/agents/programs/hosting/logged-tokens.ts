import { readTranscripts } from "../../../transcripts/read-transcripts.ts";
import type { AgentName } from "../../../transcripts/transcripts.ts";
import type { HostedWork } from "./hosted-work.ts";

/** Under which name an agent's own log is known. */
const LOGS: Readonly<Record<string, AgentName>> = { codex: "codex", claude: "claude-code" };

/**
 * What the agent's own log says that a session and its subagents have used since then, in tokens; null where it keeps none that we
 * read, or nothing of the session stands in it. Only reads.
 */
export async function loggedTokens(
  { agent, task }: HostedWork,
  session: string | null,
  since: number,
): Promise<number | null> {
  const log = LOGS[agent];
  const home = task.env["HOME"];
  if (log === undefined || home === undefined || session === null) return null;
  const { records } = await readTranscripts({ home, env: task.env, agents: [log], since });
  const own = records.filter((record) => record.session === session || record.parentSession === session);
  if (own.length === 0) return null;
  return own.reduce(
    (sum, each) =>
      sum +
      each.inputTokens +
      each.cacheReadTokens +
      each.cacheWrite5mTokens +
      each.cacheWrite1hTokens +
      each.outputTokens,
    0,
  );
}
