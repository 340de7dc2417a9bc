import { asCount, asObject, asText, type Json } from "../../../providers/json.ts";
import type { AgentUsage } from "../program.ts";
import { addUsage, NO_USAGE } from "../usage.ts";

/** What single answers have used, by their ids: of what is told of one several times, the most. */
export class ClaudeAnswers {
  readonly #answers = new Map<string, AgentUsage>();
  /** The answer under way, by who writes it: the main thread or a subagent. */
  readonly #open = new Map<string, string>();
  readonly #onChange: (sum: AgentUsage) => void;
  readonly #onTurn: () => void;
  #told = "";

  constructor(onChange: (sum: AgentUsage) => void, onTurn: () => void) {
    this.#onChange = onChange;
    this.#onTurn = onTurn;
  }

  get sum(): AgentUsage {
    return [...this.#answers.values()].reduce(addUsage, NO_USAGE);
  }

  count(id: string, usage: Json): void {
    if (id === "" || Object.keys(usage).length === 0) return;
    const known = this.#answers.get(id);
    if (known === undefined) this.#onTurn();
    this.#answers.set(id, mostOf(known ?? NO_USAGE, usageOf(usage)));
    const { sum } = this;
    const key = JSON.stringify(sum);
    if (key === this.#told) return;
    this.#told = key;
    this.#onChange(sum);
  }

  /** A line of type "stream_event": an answer begins, or its usage is told anew. */
  partial(line: Json): void {
    const event = asObject(line["event"]);
    const who = asText(line["parent_tool_use_id"]);
    if (event["type"] === "message_start") {
      const message = asObject(event["message"]);
      this.#open.set(who, asText(message["id"]));
      this.count(asText(message["id"]), asObject(message["usage"]));
    } else if (event["type"] === "message_delta") {
      this.count(this.#open.get(who) ?? "", asObject(event["usage"]));
    }
  }
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
