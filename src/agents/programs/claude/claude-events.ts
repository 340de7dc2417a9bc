import { asList, asObject, asText, type Json, parseJson } from "../../../providers/json.ts";
import type { AgentEvent, AgentUsage } from "../program.ts";
import { ClaudeAnswers } from "./claude-answers.ts";

/** What its lines have told so far. */
export interface ToldByClaude {
  readonly session: string | null;
  /** The line of type "result", by which it ends. */
  readonly result: Json | undefined;
  /** The last text it wrote. */
  readonly text: string;
  /** Summed up from the single answers: right also where it was stopped in the middle. */
  readonly usage: AgentUsage;
}

/**
 * Reads the lines of `--output-format stream-json`. An answer's usage is told at its beginning (output 1) and, with partial
 * messages, at its end; assistant lines repeat the beginning's once a content block. So each answer is counted by its id, by the
 * largest figures that were told for it.
 */
export function readClaudeEvents(
  emit: (event: AgentEvent) => void,
  onTurn: () => void,
): { readonly line: (line: string) => void; readonly told: () => ToldByClaude } {
  const answers = new ClaudeAnswers((usage) => emit({ kind: "usage", usage }), onTurn);
  const commands = new Map<string, AgentEvent>();
  let session: string | null = null;
  let result: Json | undefined;
  let text = "";

  function assistant(line: Json): void {
    const message = asObject(line["message"]);
    answers.count(asText(message["id"]), asObject(message["usage"]));
    for (const block of asList(message["content"]).map(asObject)) {
      if (block["type"] === "text" && asText(line["parent_tool_use_id"]) === "") {
        text = asText(block["text"]);
        emit({ kind: "text", text });
      } else if (block["type"] === "tool_use") {
        const deed = deedOf(block);
        if (deed !== undefined) commands.set(asText(block["id"]), deed);
      }
    }
  }

  function results(line: Json): void {
    for (const block of asList(asObject(line["message"])["content"]).map(asObject)) {
      const deed = commands.get(asText(block["tool_use_id"]));
      commands.delete(asText(block["tool_use_id"]));
      if (deed?.kind === "command") emit({ ...deed, exitCode: exitCodeOf(block) });
      else if (deed !== undefined && block["is_error"] !== true) emit(deed);
    }
  }

  return {
    line(written) {
      const line = asObject(parseJson(written));
      const id = asText(line["session_id"]);
      if (session === null && id !== "" && line["type"] === "system") {
        session = id;
        emit({ kind: "session", id });
      }
      if (line["type"] === "stream_event") answers.partial(line);
      else if (line["type"] === "assistant") assistant(line);
      else if (line["type"] === "user") results(line);
      else if (line["type"] === "result") result = line;
    },
    told: () => ({ session, result, text, usage: answers.sum }),
  };
}

/** What a tool call does to the folder, where it does anything; told once it is done. */
function deedOf(block: Json): AgentEvent | undefined {
  const input = asObject(block["input"]);
  const path = asText(input["file_path"]) || asText(input["notebook_path"]);
  if (block["name"] === "Bash") return { kind: "command", command: asText(input["command"]), exitCode: null };
  if (["Write", "Edit", "MultiEdit", "NotebookEdit"].includes(asText(block["name"])) && path !== "")
    return { kind: "file", path };
  return undefined;
}

/** It tells the code in the text of a command that failed. */
function exitCodeOf(block: Json): number | null {
  if (block["is_error"] !== true) return 0;
  const text = typeof block["content"] === "string" ? block["content"] : JSON.stringify(block["content"]);
  const code = /exit code:? (\d{1,3})/i.exec(text)?.[1];
  return code === undefined ? null : Number(code);
}
