import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { connectionFault } from "../connection-faults.ts";
import { type FaultContext, refusalFault } from "../faults.ts";
import { asObject, type Json, parseJson } from "../json.ts";

/** Who is talked to, as every request of theirs needs it. */
export interface Line extends FaultContext {
  readonly headers: Readonly<Record<string, string>>;
  readonly now: () => number;
}

/** Handing in a file of 200 MB takes its time. */
const TIMEOUT_MS = 600_000;

/**
 * One exchange over HTTP; the answer's body as text. Rejects with a `ProviderFault`: with its status where the provider said no,
 * `details.unsent` where nothing left this machine.
 */
export async function exchange(
  line: Line,
  url: string,
  signal: AbortSignal,
  init: { readonly method?: string; readonly body?: string | FormData; readonly type?: string } = {},
): Promise<string> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const { method = "GET", body, type } = init;
  try {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.any([signal, limit]),
      headers: { ...line.headers, ...(type === undefined ? {} : { "content-type": type }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (response.ok) return text;
    const headers = Object.fromEntries(response.headers);
    throw refusalFault({ status: response.status, body: text, headers }, line, line.now());
  } catch (error) {
    if (isAllotError(error)) throw error;
    if (signal.aborted) throw new AllotError("interrupted", `stopped while ${line.label} was asked`);
    if (limit.aborted) throw new AllotError("provider-timeout", `${line.label} went silent for ${TIMEOUT_MS / 1000} s`);
    throw connectionFault(error, line);
  }
}

/** The same for a body of JSON and an answer of JSON. Throws `provider-malformed` for another answer. */
export async function exchangeJson(line: Line, url: string, signal: AbortSignal, body?: unknown): Promise<Json> {
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), type: "application/json" };
  const parsed = parseJson(await exchange(line, url, signal, sent));
  if (parsed === undefined) throw malformed(line, "no JSON");
  return asObject(parsed);
}

/** Each line of a file of JSON lines; blank ones are passed over. Throws `provider-malformed`. */
export function jsonLines(line: Line, text: string): readonly Json[] {
  return text
    .split("\n")
    .filter((each) => each.trim() !== "")
    .map((each) => {
      const parsed = parseJson(each);
      if (parsed === undefined) throw malformed(line, "a line that is no JSON");
      return asObject(parsed);
    });
}

export function malformed({ label }: Pick<Line, "label">, what: string): AllotError {
  return new AllotError("provider-malformed", `${label}'s batch interface answered with ${what}`);
}
