import { AllotError } from "../foundation/errors.ts";
import type { FaultContext } from "./faults.ts";
import { scrub } from "./faults.ts";
import type { ProviderFault } from "./provider.ts";

/** Nothing was sent: the call cannot have cost anything. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

const TIMED_OUT = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "ETIMEDOUT"]);

const UNREADABLE = [
  "JSONParseError",
  "TypeValidationError",
  "InvalidResponseDataError",
  "EmptyResponseBodyError",
  "NoContentGeneratedError",
  "SyntaxError",
];

/** The client library would not even send it. */
const UNSENDABLE = ["UnsupportedFunctionalityError", "InvalidPromptError", "InvalidArgumentError"];

/**
 * The fault behind an error that a client library threw: connection refused, broken or silent, or an answer that
 * could not be read. The error itself is not kept as a cause, because libraries attach the request to it. Pure.
 */
export function connectionFault(error: unknown, context: FaultContext): AllotError {
  const chain = causes(error);
  const codes = chain.map((link) => systemCodeOf(link));
  const { label } = context;
  const unsent = codes.find((code) => NEVER_SENT.has(code));
  if (unsent !== undefined) {
    return fault("provider-unreachable", `${label} cannot be reached (${unsent})`, unsent, { unsent: true });
  }
  const late = codes.find((code) => TIMED_OUT.has(code));
  if (late !== undefined) return fault("provider-timeout", `${label} went silent (${late})`, late);
  const ended = chain.some(
    (link) => link.name.endsWith("InvalidResponseDataError") && /ended without/.test(link.message),
  );
  if (ended) return fault("provider-cut", `${label} ended the answer before it was whole`, "");
  const unreadable = chain.find((link) => UNREADABLE.some((name) => link.name.endsWith(name)));
  if (unreadable !== undefined)
    return fault("provider-malformed", `${label} sent an answer that cannot be read (${unreadable.name})`, "");
  const broken = codes.find((code) => code !== "") ?? "";
  if (isNetworkError(chain))
    return fault("provider-cut", `${label} broke the connection off before the answer was whole`, broken);
  const first = chain[0];
  if (first !== undefined && UNSENDABLE.some((name) => first.name.endsWith(name))) {
    return fault(
      "provider-rejected",
      `a request that ${label} does not take: ${scrub(first.message, context).slice(0, 300)}`,
      broken,
      { unsent: true },
    );
  }
  return fault(
    "provider-malformed",
    `${label} sent an answer that cannot be read (${first?.name ?? "no error"})`,
    broken,
  );
}

/** The error and its causes, outermost first. */
export function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && chain.length < 8; link = link.cause) chain.push(link);
  return chain;
}

function systemCodeOf(link: Error): string {
  const { code } = link as { code?: unknown };
  return typeof code === "string" ? code : "";
}

function isNetworkError(chain: readonly Error[]): boolean {
  return chain.some(
    (link) =>
      link.name === "SocketError" ||
      /^(terminated|fetch failed|other side closed|socket hang up)$/.test(link.message) ||
      /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/.test(systemCodeOf(link)),
  );
}

function fault(
  code: ProviderFault,
  message: string,
  systemCode: string,
  details: { readonly unsent?: true } = {},
): AllotError {
  return new AllotError(code, message, { details: { ...details, ...(systemCode === "" ? {} : { systemCode }) } });
}
