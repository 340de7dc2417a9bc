import { open } from "node:fs/promises";
import { sep } from "node:path";
import { fieldsOf } from "./fields.ts";
import type { AgentName } from "./transcripts.ts";

const LOOKED_AT_BYTES = 64 * 1024;

/** Whose log a file is, wherever it lies: by how its first lines look. undefined: nobody's that we know. */
export async function agentOfFile(file: string): Promise<AgentName | undefined> {
  if (file.endsWith(".db")) return "opencode";
  if (!/\.jsonl?$/.test(file)) return undefined;
  const beginning = await beginningOf(file);
  if (file.endsWith(".json")) {
    if (/"sessionId"/.test(beginning) && /"projectHash"/.test(beginning)) return "gemini";
    return /["'](ses_|msg_|prt_)/.test(beginning) || file.includes(`${sep}storage${sep}`) ? "opencode" : undefined;
  }
  for (const line of beginning.split("\n")) {
    const entry = parsed(line);
    if (entry["projectHash"] !== undefined || entry["$set"] !== undefined) return "gemini";
    if (entry["payload"] !== undefined) return "codex";
    if (entry["sessionId"] !== undefined || entry["message"] !== undefined) return "claude-code";
  }
  // A first line longer than was looked at.
  if (beginning.startsWith('{"timestamp"') && beginning.includes('"payload"')) return "codex";
  return beginning.includes('"sessionId"') || beginning.includes('"parentUuid"') ? "claude-code" : undefined;
}

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const bytes = Buffer.alloc(LOOKED_AT_BYTES);
    const { bytesRead } = await handle.read(bytes, 0, LOOKED_AT_BYTES, 0);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    return {};
  }
}
