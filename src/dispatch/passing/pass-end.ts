import { AllotError } from "../../foundation/errors.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import { costOf } from "../../ledger/cost.ts";
import { connectionFault } from "../../providers/connection-faults.ts";
import { type FaultContext, refusalFault, reportedFault } from "../../providers/faults.ts";
import { asObject, parseJson } from "../../providers/json.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import { isUnbilled, isUnsent } from "../../providers/unbilled.ts";
import { NOTHING_READ, type ReportedUsage, type WireReader } from "../../providers/wire-reading.ts";
import type { Settlement } from "../../throttle/throttle.ts";
import { textOfWhole } from "./events.ts";
import type { Exchanged } from "./exchange.ts";
import type { PassTerms } from "./pass-terms.ts";
import type { PassAsk } from "./passing.ts";
import { likelyInput } from "./request-size.ts";
import { loadTokenizer } from "./tokenizer.ts";
import type { TokenRatios } from "./token-ratios.ts";

/** What an exchange amounts to. */
export interface PassOutcome {
  /** Undefined where it was answered whole, or the reader left. */
  readonly fault: AllotError | undefined;
  /** The stream that was shown says so itself. */
  readonly told?: boolean;
  /** null: nobody bills it, and nothing left this machine. */
  readonly usage: TokenUsage | null;
  readonly note: string;
  /** What the provider called the answer, where it came so far. */
  readonly responseId?: string;
}

const NOTHING: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/** What reads an exchange. */
export interface Reckoning {
  readonly reader: WireReader;
  readonly context: FaultContext;
  readonly ratios: TokenRatios;
  readonly now: number;
}

/**
 * What an exchange amounts to, and what it used: as the provider told, else an estimate by the model's own ratios, flagged. What
 * was under way is never free; what a provider turned down costs nothing. Answers at once where the provider told.
 */
export function outcomeOf(ask: PassAsk, exchanged: Exchanged, by: Reckoning): PassOutcome | Promise<PassOutcome> {
  const { status, headers, body, watch, broken } = exchanged;
  if (status >= 300) {
    const refusal = { status, body: body?.toString("utf8") ?? "", headers: plainHeaders(headers) };
    return turnedDown(refusalFault(refusal, by.context, by.now));
  }
  if (status === 0) {
    if (broken === "left") return estimated(ask, by, {}, "", undefined, "the reader left");
    const fault = connectionFault(broken, by.context);
    return isUnsent(fault)
      ? { fault, usage: null, note: "" }
      : estimated(ask, by, {}, "", fault, `${fault.code}; reported no usage, estimated`);
  }
  return watch === undefined ? ofBody(ask, exchanged, by) : ofStream(ask, exchanged, by);
}

function turnedDown(fault: AllotError): PassOutcome {
  if (isUnbilled(fault)) return { fault, usage: NOTHING, note: `${fault.code}; not billed` };
  return { fault, usage: NOTHING, note: fault.code };
}

function ofBody(ask: PassAsk, { body, broken }: Exchanged, by: Reckoning): PassOutcome | Promise<PassOutcome> {
  const text = body?.toString("utf8") ?? "";
  if (broken !== undefined) {
    const fault = broken === "left" ? undefined : brokenFault(broken, by.context);
    return estimated(ask, by, {}, "", fault, fault === undefined ? "the reader left" : `${fault.code}; estimated`);
  }
  const said = parseJson(text);
  const payload = Array.isArray(said) ? asObject(said.at(-1)) : asObject(said);
  const reading = by.reader.read(NOTHING_READ, payload);
  if (reading.fault !== undefined) {
    const fault = reportedFault(reading.fault, by.context);
    return turnedDown(fault);
  }
  if (Object.keys(payload).length === 0 || (!reading.ended && reading.usage === undefined)) {
    const { label } = by.context;
    const fault = new AllotError("provider-malformed", `${label} sent an answer that cannot be read`);
    return estimated(ask, by, {}, "", fault, "provider-malformed; reported no usage, estimated");
  }
  const reported = reading.usage === undefined ? {} : by.reader.usage(reading.usage);
  const told = toldWhole(reported);
  const whole = (): string =>
    (Array.isArray(said) ? said : [said]).map((one) => textOfWhole(ask.wire, asObject(one))).join("");
  if (told === undefined) return estimated(ask, by, reported, whole(), undefined, "reported no usage, estimated");
  learn(ask, by, told, () => whole().length);
  return { fault: undefined, usage: told, note: "", responseId: reading.id };
}

function ofStream(ask: PassAsk, { watch, broken }: Exchanged, by: Reckoning): PassOutcome | Promise<PassOutcome> {
  if (watch === undefined) throw new AllotError("internal", "a stream without a watch");
  const { reading, text } = watch.end();
  const reported = reading.usage === undefined ? {} : by.reader.usage(reading.usage);
  const fault = faultOfStream(reading, broken, by.context);
  const told = toldWhole(reported);
  if (told !== undefined && reading.ended && reading.fault === undefined) {
    learn(ask, by, told, () => watch.letters());
    return {
      fault: broken === "left" ? undefined : fault,
      usage: told,
      note: broken === "left" ? "the reader left" : "",
      responseId: reading.id,
    };
  }
  const why = broken === "left" ? "the reader left" : (fault?.code ?? "reported no usage");
  const outcome = estimated(ask, by, reported, text, fault, `${why}; estimated`);
  const isTold = watch.shown && reading.fault !== undefined;
  return outcome.then((known) => ({ ...known, ...(isTold ? { told: true } : {}), responseId: reading.id }));
}

/** Why a stream was not whole; undefined where it was, or its reader left. */
function faultOfStream(
  reading: Exchanged["watch"] extends infer _ ? ReturnType<NonNullable<Exchanged["watch"]>["end"]>["reading"] : never,
  broken: Exchanged["broken"],
  context: FaultContext,
): AllotError | undefined {
  if (broken === "left") return undefined;
  if (reading.fault !== undefined) return reportedFault(reading.fault, context);
  // All was said; how the connection ended after that is nobody's business.
  if (reading.ended) return undefined;
  if (broken !== undefined) return brokenFault(broken, context);
  return new AllotError("provider-cut", `${context.label} ended the answer before it was whole`);
}

function brokenFault(broken: NonNullable<Exchanged["broken"]>, context: FaultContext): AllotError {
  const { label } = context;
  if (typeof broken !== "string") return connectionFault(broken, context);
  const what = broken === "too-large" ? "that is too large" : "that cannot be read";
  return new AllotError("provider-malformed", `${label} sent an answer ${what}`);
}

/** The usage, where the provider named input and output. */
function toldWhole(reported: ReportedUsage): TokenUsage | undefined {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 } = reported;
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  if (inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens === 0) return undefined;
  return {
    inputTokens,
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens,
    outputTokens,
    reasoningTokens: reported.reasoningTokens ?? 0,
    estimated: false,
  };
}

async function estimated(
  ask: PassAsk,
  by: Reckoning,
  reported: ReportedUsage,
  text: string,
  fault: AllotError | undefined,
  note: string,
): Promise<PassOutcome> {
  const model = nameOf(ask);
  const { cacheReadTokens = 0, cacheWrite5mTokens = 0, cacheWrite1hTokens = 0, reasoningTokens = 0 } = reported;
  const told = (reported.inputTokens ?? 0) + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const input =
    told > 0
      ? (reported.inputTokens ?? 0)
      : (by.ratios.input(model, ask.body.length) ?? (await likelyInput(ask.read())));
  const arrived = await arrivedTokens(ask, by, text);
  const output = Math.max(reported.outputTokens ?? 0, arrived, reasoningTokens);
  const usage: TokenUsage = {
    inputTokens: input,
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens,
    outputTokens: output,
    reasoningTokens,
    estimated: true,
  };
  return { fault, usage, note };
}

async function arrivedTokens(ask: PassAsk, by: Reckoning, text: string): Promise<number> {
  if (text === "") return 0;
  const known = by.ratios.output(nameOf(ask), text.length);
  if (known !== undefined) return Math.max(1, known);
  const count = await loadTokenizer();
  return count(text);
}

/** Learns from an answer that told its usage; its text is looked at now and then. */
function learn(ask: PassAsk, { ratios }: Reckoning, usage: TokenUsage, letters: () => number): void {
  const model = nameOf(ask);
  ratios.learn(model, ask.body.length, ratios.wantsText(model) ? letters() : undefined, usage);
}

/** The call as the ledger files it. */
export function passSettlement(
  ask: PassAsk,
  terms: PassTerms,
  held: { readonly tokens: number; readonly nanoUsd: number },
  { usage, note, responseId = "" }: PassOutcome & { readonly usage: TokenUsage },
  headers: Exchanged["headers"],
  tier: string,
): Settlement & { readonly cost: NanoUsd } {
  const cost = costOf(usage, terms.price.price, terms.service);
  const notes = [ask.note, note].filter((text) => text !== undefined && text !== "").join("; ");
  return {
    id: ask.id,
    cost,
    entry: {
      kind: "settlement",
      call_key: ask.id,
      run_id: ask.filing?.run ?? "",
      task: ask.filing?.task ?? "",
      phase: ask.filing?.phase ?? "gateway",
      tier: ask.filing?.tier ?? tier,
      session_id: ask.session,
      provider: ask.provider,
      model: ask.model,
      input_tokens: usage.inputTokens,
      cache_read_tokens: usage.cacheReadTokens,
      cache_write_5m_tokens: usage.cacheWrite5mTokens,
      cache_write_1h_tokens: usage.cacheWrite1hTokens,
      output_tokens: usage.outputTokens,
      reasoning_tokens: usage.reasoningTokens,
      nano_usd: cost,
      price_version: terms.price.price.version,
      price_assumed: terms.price.assumed ? 1 : 0,
      usage_estimated: usage.estimated ? 1 : 0,
      note: notes,
      hold_tokens: held.tokens,
      hold_nano_usd: held.nanoUsd,
      agent: ask.agent ?? null,
      task_type: ask.taskType ?? null,
      project: ask.project ?? null,
      api_key: ask.key ?? null,
      requested_model: ask.requestedModel ?? null,
      service: terms.service,
      // The books fill in whom they held it for.
      scope_keys: null,
      request_id: requestIdIn(headers),
      response_id: responseId === "" ? null : responseId,
    },
  };
}

/** As the provider's answer names the request: clients write it into their logs. */
function requestIdIn(headers: Exchanged["headers"]): string | null {
  const named = headers["request-id"] ?? headers["x-request-id"];
  const id = (Array.isArray(named) ? named[0] : named) ?? "";
  return id === "" || id.length > LONGEST_ID ? null : id;
}

const LONGEST_ID = 200;

function nameOf(ask: PassAsk): string {
  return `${ask.provider}/${ask.model}`;
}

function plainHeaders(headers: Exchanged["headers"]): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) plain[name] = String(value);
  return plain;
}
