import { asCount, asList, asObject, asText, type Json, parseJson } from "../../../providers/json.ts";
import type { AgentEvent, AgentUsage } from "../program.ts";
import { addUsage, NO_USAGE } from "../usage.ts";

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
  const answers = new Map<string, AgentUsage>();
  const commands = new Map<string, AgentEvent>();
  /** The answer under way, by who writes it: the main thread or a subagent. */
  const open = new Map<string, string>();
  let session: string | null = null;
  let result: Json | undefined;
  let text = "";
  let told = "";

  function count(id: string, usage: Json): void {
    if (id === "" || Object.keys(usage).length === 0) return;
    const known = answers.get(id);
    if (known === undefined) onTurn();
    answers.set(id, mostOf(known ?? NO_USAGE, usageOf(usage)));
    const sum = sumOf(answers);
    const key = JSON.stringify(sum);
    if (key === told) return;
    told = key;
    emit({ kind: "usage", usage: sum });
  }

  function partial(line: Json): void {
    const event = asObject(line["event"]);
    const who = asText(line["parent_tool_use_id"]);
    if (event["type"] === "message_start") {
      const message = asObject(event["message"]);
      open.set(who, asText(message["id"]));
      count(asText(message["id"]), asObject(message["usage"]));
    } else if (event["type"] === "message_delta") {
      count(open.get(who) ?? "", asObject(event["usage"]));
    }
  }

  function assistant(line: Json): void {
    const message = asObject(line["message"]);
    count(asText(message["id"]), asObject(message["usage"]));
    for (const block of asList(message["content"]).map(asObject)) {
      if (block["type"] === "text" && line["parent_tool_use_id"] == null) {
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
      if (line["type"] === "stream_event") partial(line);
      else if (line["type"] === "assistant") assistant(line);
      else if (line["type"] === "user") results(line);
      else if (line["type"] === "result") result = line;
    },
    told: () => ({ session, result, text, usage: sumOf(answers) }),
  };
}

function sumOf(answers: ReadonlyMap<string, AgentUsage>): AgentUsage {
  return [...answers.values()].reduce(addUsage, NO_USAGE);
}

function mostOf(one: AgentUsage, other: AgentUsage): AgentUsage {
  return other.outputTokens >= one.outputTokens && inputOf(other) >= inputOf(one)
    ? other
    : { ...one, outputTokens: Math.max(one.outputTokens, other.outputTokens) };
}

function inputOf(usage: AgentUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/** Usage in the provider's own words; input excludes what was read from and written to the cache. */
export function usageOf(usage: Json): AgentUsage {
  return {
    inputTokens: asCount(usage["input_tokens"]) ?? 0,
    cacheReadTokens: asCount(usage["cache_read_input_tokens"]) ?? 0,
    cacheWriteTokens: asCount(usage["cache_creation_input_tokens"]) ?? 0,
    outputTokens: asCount(usage["output_tokens"]) ?? 0,
    reasoningTokens: asCount(asObject(usage["output_tokens_details"])["thinking_tokens"]) ?? 0,
    cost: null,
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
