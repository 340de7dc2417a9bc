import { asList, asObject, asText, type Json, parseJson } from "../../../providers/json.ts";
import type { AgentEvent, AgentUsage } from "../program.ts";
import { usageOfCodex } from "./codex-log.ts";

/** What its lines have told so far. */
export interface ToldByCodex {
  readonly session: string | null;
  readonly text: string;
  /** All turns that were begun ended well. */
  readonly completed: boolean;
  /** Why a turn failed, or null. */
  readonly failure: string | null;
  /** The thread's running total over all resumes, without subagents; null before its first turn has ended. */
  readonly total: AgentUsage | null;
}

/** Reads the lines of `codex exec --json`. */
export function readCodexEvents(emit: (event: AgentEvent) => void): {
  readonly line: (line: string) => void;
  readonly told: () => ToldByCodex;
} {
  let told: ToldByCodex = { session: null, text: "", completed: false, failure: null, total: null };

  function item(done: Json): void {
    switch (done["type"]) {
      case "agent_message":
        told = { ...told, text: asText(done["text"]) };
        return emit({ kind: "text", text: told.text });
      case "command_execution": {
        const code = done["exit_code"];
        return emit({
          kind: "command",
          command: asText(done["command"]),
          exitCode: typeof code === "number" ? code : null,
        });
      }
      case "file_change":
        if (done["status"] === "failed") return;
        for (const change of asList(done["changes"]).map(asObject))
          emit({ kind: "file", path: asText(change["path"]) });
    }
  }

  return {
    line(written) {
      const line = asObject(parseJson(written));
      switch (line["type"]) {
        case "thread.started": {
          const id = asText(line["thread_id"]);
          if (id === "" || told.session !== null) return;
          told = { ...told, session: id };
          return emit({ kind: "session", id });
        }
        case "item.completed":
          return item(asObject(line["item"]));
        case "turn.completed":
          told = { ...told, completed: true, failure: null, total: usageOfCodex(asObject(line["usage"])) };
          return;
        case "turn.failed":
          told = { ...told, completed: false, failure: asText(asObject(line["error"])["message"]) };
          return;
        case "error":
          // Told too where it tries again by itself; a turn that completes takes it back.
          told = { ...told, failure: asText(line["message"]) };
      }
    },
    told: () => told,
  };
}
