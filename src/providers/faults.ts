import { AllotError } from "../foundation/errors.ts";
import { asList, asObject, asText, parseJson } from "./json.ts";
import type { ProviderFault } from "./provider.ts";
import type { WireFault } from "./wire-reading.ts";

/** What a fault's text is made with. */
export interface FaultContext {
  /** "Anthropic". */
  readonly label: string;
  /** "ANTHROPIC_API_KEY"; "" where no key is used. */
  readonly keyVariable: string;
  /** Values that must not appear in any text. */
  readonly secrets: readonly string[];
}

/** An answer of a status other than 200, as it came. */
export interface RefusedAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How providers say that the request does not fit the model's window. */
const TOO_LONG = [
  /context[_ ]length[_ ]exceeded/i,
  /maximum (context|prompt) length/i,
  /(exceeds?|exceeded|beyond|larger than) (the )?(model'?s )?(maximum )?(available )?context (length|window|size|limit)/i,
  /prompt is too long/i,
  /input is too long/i,
  /exceed context limit/i,
  /input (token count|length).{0,60}exceeds/i,
  /context window/i,
  /request_too_large|request too large/i,
];

/** How providers say that they will not answer this content. */
const REFUSED = [
  /content[_ ]policy/i,
  /content[_ ]filter/i,
  /safety system/i,
  /usage policies/i,
  /blocked (due to|by|for) .{0,40}(safety|policy|prohibited)/i,
  /prohibited[_ ]content/i,
  /content refused/i,
];

const OUT_OF_MONEY = /insufficient_quota|billing_hard_limit|credit balance|payment required/i;

const STATUS_CODES: Readonly<Record<number, ProviderFault>> = {
  401: "provider-auth",
  403: "provider-auth",
  408: "provider-timeout",
  413: "window-overflow",
  429: "provider-rate-limited",
  500: "provider-overloaded",
  502: "provider-overloaded",
  503: "provider-overloaded",
  504: "provider-timeout",
  529: "provider-overloaded",
};

/** The fault that a refused request means; `retryAfterMs` in its details where the provider named a time. Pure. */
export function refusalFault(answer: RefusedAnswer, context: FaultContext, nowMs: number): AllotError {
  const { code, message } = errorOf(answer.body);
  const fault = classify(answer.status, `${code} ${message}`);
  const retryAfterMs = retryAfter(answer, nowMs);
  const details = {
    status: answer.status,
    providerCode: scrub(code, context),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return new AllotError(fault, text(fault, answer.status, message, context), { details });
}

/** The fault that was reported inside an answer. Pure. */
export function reportedFault(fault: WireFault, context: FaultContext): AllotError {
  const said = `${fault.code} ${fault.message}`;
  const status = fault.status ?? statusOf(said);
  const code = classify(status, said);
  return new AllotError(code, text(code, status, fault.message, context), {
    details: { status, providerCode: scrub(fault.code, context) },
  });
}

/** Text without any of the secrets, and without what looks like one. Pure. */
export function scrub(given: string, context: Pick<FaultContext, "secrets">): string {
  let clean = given;
  for (const secret of context.secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, "[secret]");
  return clean
    .replace(/\b(sk|xai|gsk|AIza|pk|rk|key)[-_][\w*.-]{8,}/g, "[secret]")
    .replace(/(bearer\s+)[\w.~+/-]{8,}=*/gi, "$1[secret]");
}

function classify(status: number, said: string): ProviderFault {
  if (status === 400 || status === 413 || status === 422 || status === 500) {
    if (TOO_LONG.some((wording) => wording.test(said))) return "window-overflow";
    if (REFUSED.some((wording) => wording.test(said))) return "content-refused";
  }
  // Waiting does not fill an account: retrying would only repeat the refusal.
  if (status === 429 && OUT_OF_MONEY.test(said)) return "provider-rejected";
  // Google answers 400 to a wrong key.
  if (status === 400 && /api[_ ]?key not valid|invalid api key|API_KEY_INVALID/i.test(said)) return "provider-auth";
  return STATUS_CODES[status] ?? (status > 504 ? "provider-overloaded" : "provider-rejected");
}

/** The status that a fault without one amounts to, by its wording. */
function statusOf(said: string): number {
  if (/overload|unavailable|capacity/i.test(said)) return 503;
  if (/rate.?limit|RESOURCE_EXHAUSTED/i.test(said)) return 429;
  if (/authentication|unauthenticated|invalid_api_key/i.test(said)) return 401;
  if (/permission/i.test(said)) return 403;
  if (/invalid|context|polic|filter|blocked|prohibited/i.test(said)) return 400;
  return 500;
}

function text(code: ProviderFault, status: number, message: string, context: FaultContext): string {
  const { label, keyVariable } = context;
  // What a provider says to a wrong key often repeats a part of it.
  if (code === "provider-auth") {
    const advice = keyVariable === "" ? "check its access rules" : `check ${keyVariable} and what it may use`;
    return `${label} refused the credentials (${status}); ${advice}`;
  }
  const said = scrub(message.replace(/\s+/g, " ").trim(), context).slice(0, 300);
  const quoted = said === "" ? "" : `: ${said}`;
  return `${label} ${MEANING[code] ?? "answered"} (${status})${quoted}`;
}

const MEANING: Partial<Record<ProviderFault, string>> = {
  "provider-rejected": "rejected the request",
  "provider-rate-limited": "is rate limiting",
  "provider-overloaded": "is overloaded or failing",
  "provider-timeout": "timed out",
  "window-overflow": "says the request does not fit the model's window",
  "content-refused": "refused the content",
};

/** Code and message of an error body, whichever of the usual shapes it has. */
function errorOf(body: string): { code: string; message: string } {
  const parsed = parseJson(body);
  const root = asObject(Array.isArray(parsed) ? parsed[0] : parsed);
  if (typeof root["error"] === "string") return { code: asText(root["code"]), message: root["error"] };
  const error = asObject(root["error"]);
  const codes = [error["type"], error["code"], error["status"], root["code"]].filter(
    (code) => typeof code === "string",
  );
  const reasons = asList(error["details"]).map((detail) => asText(asObject(detail)["reason"]));
  const message = asText(error["message"]) || asText(root["message"]) || asText(root["detail"]);
  if (message === "" && codes.length === 0)
    return { code: "", message: parsed === undefined ? body.replace(/<[^>]*>/g, " ") : "" };
  return { code: [...codes, ...reasons].filter((code) => code !== "").join(" "), message };
}

/** Milliseconds to wait, from the headers, the error's own details, or its words. */
function retryAfter(answer: RefusedAnswer, nowMs: number): number | undefined {
  const inMs = Number(answer.headers["retry-after-ms"]);
  if (answer.headers["retry-after-ms"] !== undefined && inMs >= 0) return Math.ceil(inMs);
  const header = answer.headers["retry-after"];
  if (header !== undefined) {
    const seconds = Number(header);
    if (Number.isFinite(seconds) && seconds >= 0) return Math.ceil(seconds * 1000);
    const at = Date.parse(header);
    if (Number.isFinite(at)) return Math.max(0, at - nowMs);
  }
  const worded = /"retryDelay":\s*"([\d.]+)s"/.exec(answer.body) ?? /try again in ([\d.]+) ?s/i.exec(answer.body);
  return worded === null ? undefined : Math.ceil(Number(worded[1]) * 1000);
}
