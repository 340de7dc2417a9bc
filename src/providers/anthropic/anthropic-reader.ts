import type { Json } from "../json.ts";
import { asCount, asObject, asText } from "../json.ts";
import type { ModelAnswer } from "../provider.ts";
import type { ReportedUsage, WireReader, WireReading } from "../wire-reading.ts";

/** Marks usage that a reader put in where the answer had none, because the SDK insists on one. */
export const USAGE_MISSING = "allot_usage_missing";

/**
 * Reads the Messages API. `message_delta` is cumulative and final, so what it names replaces what `message_start` said;
 * what it leaves out stands. Source: the provider's streaming and prompt-caching pages.
 */
export const anthropicReader: WireReader = {
  read(before, payload) {
    switch (payload["type"]) {
      case "message":
      case "message_start": {
        const message = payload["type"] === "message" ? payload : asObject(payload["message"]);
        return {
          ...before,
          ...stoppedBy(message),
          id: asText(message["id"]),
          model: asText(message["model"]),
          usage: merged(before, message["usage"]),
          finish: finishOf(asText(message["stop_reason"])) ?? before.finish,
          ended: payload["type"] === "message",
        };
      }
      case "message_delta": {
        const delta = asObject(payload["delta"]);
        const finish = finishOf(asText(delta["stop_reason"]));
        return {
          ...before,
          ...stoppedBy(delta),
          usage: merged(before, payload["usage"]),
          finish: finish ?? before.finish,
        };
      }
      case "message_stop":
        return { ...before, ended: true };
      case "error": {
        const error = asObject(payload["error"]);
        return {
          ...before,
          fault: { status: undefined, code: asText(error["type"]), message: asText(error["message"]) },
        };
      }
      default:
        return before;
    }
  },

  knows: (event) => /^(message_(start|delta|stop)|content_block_(start|delta|stop)|error)$/.test(asText(event["type"])),

  /**
   * With compactions that the provider made within the request: they are billed, and stand beside the usage of the answer.
   * Source: the provider's page on compaction.
   */
  usage(raw): ReportedUsage {
    const iterations = Array.isArray(raw["iterations"]) ? raw["iterations"].map(asObject) : [];
    return iterations
      .filter(({ type }) => type === "compaction")
      .map(usageOf)
      .reduce(withMore, usageOf(raw));
  },
};

/** Input excludes the cache. Writes are split by lifetime; older answers give only their sum, which is 5 minutes. */
function usageOf(raw: Json): ReportedUsage {
  const split = asObject(raw["cache_creation"]);
  const oneHour = asCount(split["ephemeral_1h_input_tokens"]) ?? 0;
  const allWrites = asCount(raw["cache_creation_input_tokens"]);
  const fiveMinutes = asCount(split["ephemeral_5m_input_tokens"]) ?? Math.max(0, (allWrites ?? 0) - oneHour);
  const input = asCount(raw["input_tokens"]);
  const output = asCount(raw["output_tokens"]);
  return {
    ...(input === undefined ? {} : { inputTokens: input }),
    cacheReadTokens: asCount(raw["cache_read_input_tokens"]) ?? 0,
    cacheWrite5mTokens: fiveMinutes,
    cacheWrite1hTokens: oneHour,
    ...(output === undefined ? {} : { outputTokens: output }),
    reasoningTokens: asCount(asObject(raw["output_tokens_details"])["thinking_tokens"]) ?? 0,
  };
}

/** What the answer itself does not tell stays untold. */
function withMore(told: ReportedUsage, more: ReportedUsage): ReportedUsage {
  const names = Object.keys(told) as (keyof ReportedUsage)[];
  return Object.fromEntries(names.map((name) => [name, (told[name] ?? 0) + (more[name] ?? 0)]));
}

function merged(before: WireReading, usage: unknown): Json | undefined {
  const told = asObject(usage);
  if (Object.keys(told).length === 0 || told[USAGE_MISSING] === true) return before.usage;
  const known = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null));
  return { ...before.usage, ...known };
}

const FINISH: Readonly<Record<string, ModelAnswer["finish"]>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool-calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "content-filter",
};

function stoppedBy(told: Json): Pick<WireReading, "stopSequence"> {
  const sequence = asText(told["stop_sequence"]);
  return sequence === "" ? {} : { stopSequence: sequence };
}

function finishOf(reason: string): ModelAnswer["finish"] | undefined {
  return reason === "" ? undefined : (FINISH[reason] ?? "other");
}
