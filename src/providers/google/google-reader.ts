import { asCount, asList, asObject, asText } from "../json.ts";
import type { ModelAnswer } from "../provider.ts";
import type { ReportedUsage, WireReader } from "../wire-reading.ts";

/** Reads Gemini's generateContent, whose stream is made of whole answers that each carry a piece. */
export const googleReader: WireReader = {
  read(before, payload) {
    const error = asObject(payload["error"]);
    if (Object.keys(error).length > 0) {
      return {
        ...before,
        fault: { status: asCount(error["code"]), code: asText(error["status"]), message: asText(error["message"]) },
      };
    }
    const usage = asObject(payload["usageMetadata"]);
    const reason = asText(asObject(asList(payload["candidates"])[0])["finishReason"]);
    const blocked = asText(asObject(payload["promptFeedback"])["blockReason"]);
    return {
      id: asText(payload["responseId"]) || before.id,
      model: asText(payload["modelVersion"]) || before.model,
      usage: Object.keys(usage).length === 0 ? before.usage : { ...before.usage, ...usage },
      finish: reason === "" ? before.finish : (FINISH[reason] ?? (FILTERED.has(reason) ? "content-filter" : "other")),
      ended: before.ended || (reason !== "" && reason !== "CONTINUATION"),
      fault:
        blocked === ""
          ? before.fault
          : { status: 400, code: "content_filter", message: `the prompt was blocked (${blocked})` },
    };
  },

  /**
   * The prompt includes what was read from the cache; what Gemini's own tools fed in and the thoughts stand beside
   * prompt and candidates.
   */
  usage(raw): ReportedUsage {
    const prompt = asCount(raw["promptTokenCount"]);
    const cached = asCount(raw["cachedContentTokenCount"]) ?? 0;
    const fedByTools = asCount(raw["toolUsePromptTokenCount"]) ?? 0;
    const candidates = asCount(raw["candidatesTokenCount"]);
    const thoughts = asCount(raw["thoughtsTokenCount"]) ?? 0;
    return {
      ...(prompt === undefined ? {} : { inputTokens: Math.max(0, prompt - cached) + fedByTools }),
      cacheReadTokens: cached,
      ...(candidates === undefined && thoughts === 0 ? {} : { outputTokens: (candidates ?? 0) + thoughts }),
      reasoningTokens: thoughts,
    };
  },
};

const FINISH: Readonly<Record<string, ModelAnswer["finish"]>> = { STOP: "stop", MAX_TOKENS: "length" };

const FILTERED = new Set([
  "SAFETY",
  "RECITATION",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "LANGUAGE",
  "IMAGE_SAFETY",
]);
