import type { OutgoingHttpHeaders } from "node:http";
import type { SurfaceName } from "../translation/translation.ts";

/** An answer in full, made by us. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/** What went wrong, in allot's words. */
export interface Wrong {
  /** HTTP status as it would be without regard to the client. */
  readonly status: number;
  /** Of the table in foundation/errors.ts, or of an HTTP matter: "limit-reached", "unauthorized". */
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly retryAfterS?: number;
}

/** No client waits longer than this for a Retry-After; Claude Code gives up above it. */
const LONGEST_RETRY_S = 60;

/** An error in the words of the surface's protocol. Pure. */
export function errorAnswer(surface: SurfaceName | undefined, wrong: Wrong): OwnAnswer {
  const { status, requestId, retryAfterS, code } = wrong;
  // Codex fails at once on a 429 that names no time, and waits for any that does.
  const wait =
    status === 429 || status === 503 ? Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(retryAfterS ?? 5))) : undefined;
  return {
    status,
    headers: {
      "content-type": "application/json",
      "x-allot-error": code,
      ...(requestId === "" ? {} : { "x-allot-request-id": requestId, "request-id": requestId }),
      ...(wait === undefined ? {} : { "retry-after": String(wait) }),
    },
    body: JSON.stringify(errorBody(surface, wrong)),
  };
}

/**
 * What makes the client stop at once, show the message, and stay logged in. There is no single status that does it everywhere;
 * these were measured with the clients themselves. Pure.
 */
export function stopAnswer(surface: SurfaceName, agent: string, wrong: Omit<Wrong, "status">): OwnAnswer {
  const status = stopStatus(surface, agent, wrong.code);
  const answer = errorAnswer(surface, { ...wrong, message: wordsFor(agent, wrong.message), status });
  const { "retry-after": _, ...headers } = answer.headers;
  return { ...answer, headers: { ...headers, "x-should-retry": "false" } };
}

function stopStatus(surface: SurfaceName, agent: string, code: string): number {
  // It retries 402 and quota errors without end, on every surface.
  if (agent === "opencode") return 403;
  if (surface === "anthropic-messages") return 402;
  if (surface !== "openai-responses") return 403;
  // Codex shows words of its own for a spent quota, and the message of a 400.
  return code === "limit-reached" ? 429 : 400;
}

/** opencode takes any word of exceeded tokens for an overflow of its window, and asks for a summary at once. */
function wordsFor(agent: string, message: string): string {
  return agent === "opencode" ? message.replace(/token limit exceeded/i, "The limit on tokens is reached") : message;
}

function errorBody(surface: SurfaceName | undefined, { status, code, message, requestId }: Wrong): unknown {
  switch (surface) {
    case "anthropic-messages":
      return { type: "error", error: { type: anthropicType(status, code), message }, request_id: requestId };
    case "gemini":
      return { error: { code: status, message, status: googleStatus(status) } };
    case "ollama":
      return { error: message };
    default:
      return { error: { message, type: openaiType(status, code), param: null, code: openaiCode(status, code) } };
  }
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
  529: "overloaded_error",
};

function anthropicType(status: number, code: string): string {
  return ANTHROPIC_TYPES[status] ?? (code === "provider-overloaded" ? "overloaded_error" : "api_error");
}

function openaiType(status: number, code: string): string {
  if (status === 429) return code === "limit-reached" ? "insufficient_quota" : "rate_limit_exceeded";
  if (status === 403 && code === "limit-reached") return "insufficient_quota";
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

function openaiCode(status: number, code: string): string {
  if (code === "limit-reached" && (status === 429 || status === 403)) return "insufficient_quota";
  if (status === 429) return "rate_limit_exceeded";
  if (status === 401) return "invalid_api_key";
  if (code === "unknown-model") return "model_not_found";
  if (code === "window-overflow") return "context_length_exceeded";
  return code.replaceAll("-", "_");
}

const GOOGLE_STATUS: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  413: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function googleStatus(status: number): string {
  return GOOGLE_STATUS[status] ?? "INTERNAL";
}

/**
 * How a stream that has begun says that it broke, and whether its connection must break too, because its protocol has no
 * words for it or a clean end would look like a whole answer. Pure.
 */
export function brokenStream(
  surface: SurfaceName,
  wrong: Wrong,
): { readonly events: string; readonly destroy: boolean } {
  switch (surface) {
    case "anthropic-messages":
      return { events: `event: error\ndata: ${JSON.stringify(errorBody(surface, wrong))}\n\n`, destroy: false };
    case "openai-chat":
      return { events: `data: ${JSON.stringify(errorBody(surface, wrong))}\n\n`, destroy: true };
    case "openai-responses": {
      const error = {
        code: wrong.code === "provider-overloaded" ? "server_is_overloaded" : "server_error",
        message: wrong.message,
      };
      const response = { id: wrong.requestId, object: "response", status: "failed", error, output: [] };
      return {
        events: `event: response.failed\ndata: ${JSON.stringify({ type: "response.failed", response })}\n\n`,
        destroy: false,
      };
    }
    case "ollama":
      return { events: `${JSON.stringify(errorBody(surface, wrong))}\n`, destroy: false };
    case "gemini":
      return { events: "", destroy: true };
  }
}
