import { asCount, asText } from "../json.ts";
import type { ModelAnswer } from "../provider.ts";
import type { ReportedUsage, WireReader } from "../wire-reading.ts";

/** Reads Ollama's /api/chat: a body is one line, a stream many, and the last one says `done`. */
export const ollamaReader: WireReader = {
  read(before, payload) {
    const error = asText(payload["error"]);
    if (error !== "") return { ...before, fault: { status: undefined, code: "", message: error } };
    const done = payload["done"] === true;
    return {
      ...before,
      model: asText(payload["model"]) || before.model,
      finish: done ? (FINISH[asText(payload["done_reason"])] ?? "stop") : before.finish,
      usage: done ? payload : before.usage,
      ended: before.ended || done,
    };
  },

  /** There is no cache on the bill; a prompt that was served from memory is at times not counted at all. */
  usage(raw): ReportedUsage {
    const input = asCount(raw["prompt_eval_count"]);
    const output = asCount(raw["eval_count"]);
    return {
      ...(input === undefined ? {} : { inputTokens: input }),
      ...(output === undefined ? {} : { outputTokens: output }),
    };
  },
};

const FINISH: Readonly<Record<string, ModelAnswer["finish"]>> = {
  stop: "stop",
  length: "length",
  load: "other",
  unload: "other",
};
