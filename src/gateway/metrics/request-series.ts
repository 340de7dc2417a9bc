import { DURATION_BOUNDS, genAiProvider, OPERATION, TOKEN_BOUNDS } from "./gen-ai.ts";
import {
  type Cell,
  type Counted,
  counter,
  histogram,
  type Labels,
  type Measured,
  type Series,
  type Spread,
} from "./series.ts";

const NANO = 1_000_000_000;
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600];
const FIRST_BYTE_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const HELD_SECONDS = [0.1, 0.5, 1, 5, 15, 30, 60, 300, 900];

/** The families that requests move, in the order in which they are shown. */
export interface RequestFamilies {
  readonly all: readonly Series[];
  readonly held: Spread;
  /** The cells of one provider and model. The caller keeps them and asks once for each pair. */
  readonly target: (provider: string, model: string) => TargetSeries;
}

/** What is counted of one provider and model. Each is made when it is first moved, so that none is shown that never was. */
export interface TargetSeries {
  surface(name: string): SurfaceSeries;
  attempt(outcome: string): AttemptSeries;
  readonly tokens: TokenSeries;
  readonly cost: Cell;
  readonly fallbacks: Cell;
  readonly cacheHits: Cell;
}

export interface SurfaceSeries {
  requests(outcome: string): Cell;
  readonly duration: Spread;
  readonly firstByte: Spread;
}

export interface AttemptSeries {
  readonly count: Cell;
  readonly duration: Spread;
}

export interface TokenSeries {
  readonly input: Cell;
  readonly cacheRead: Cell;
  readonly cacheWrite: Cell;
  readonly output: Cell;
  readonly reasoning: Cell;
  readonly allInput: Spread;
  readonly allOutput: Spread;
}

type Families = ReturnType<typeof families>;

function families() {
  return {
    requests: counter("allot_requests_total", "Requests by how they ended."),
    duration: histogram("allot_request_duration_seconds", "From a request's arrival to its end.", SECONDS),
    firstByte: histogram(
      "allot_time_to_first_byte_seconds",
      "From a request's arrival to the first byte of its answer.",
      FIRST_BYTE_SECONDS,
    ),
    attempts: counter(
      "allot_attempts_total",
      "Attempts on providers, by outcome: answered, skipped, or a kind of fault.",
    ),
    fallbacks: counter("allot_fallbacks_total", "Requests answered by another than was asked first, by who answered."),
    tokens: counter(
      "allot_tokens_total",
      "Tokens by kind: input, cache_read, cache_write, output (reasoning included).",
    ),
    reasoning: counter("allot_reasoning_tokens_total", "Output tokens that were reasoning."),
    cost: counter("allot_cost_usd_total", "Dollars spent on attempts, failed ones included.", NANO),
    cacheHits: counter("allot_cache_hits_total", "Requests answered out of the cache of exact answers."),
    held: histogram(
      "allot_held_seconds",
      "How long requests that had to wait for limits or pacing waited.",
      HELD_SECONDS,
    ),
    genAiTokens: histogram("gen_ai_client_token_usage", "Tokens of an attempt, by type.", TOKEN_BOUNDS),
    genAiDuration: histogram("gen_ai_client_operation_duration_seconds", "Duration of an attempt.", DURATION_BOUNDS),
  } satisfies Record<string, Counted | Measured>;
}

/** Opens the families of request metrics, all without a line yet but the waits. */
export function openRequestFamilies(): RequestFamilies {
  const made = families();
  return {
    all: Object.values(made),
    held: made.held.spread({}),
    target: (provider, model) => openTarget(made, provider, model),
  };
}

function openTarget(made: Families, provider: string, model: string): TargetSeries {
  const labels = { provider, model };
  const genAi = {
    gen_ai_operation_name: OPERATION,
    gen_ai_provider_name: genAiProvider(provider),
    gen_ai_request_model: model,
  };
  const surfaces = remembered((surface): SurfaceSeries => openSurface(made, { surface, ...labels }));
  const attempts = remembered((outcome): AttemptSeries => ({
    count: made.attempts.cell({ ...labels, outcome }),
    duration: made.genAiDuration.spread(outcome === "answered" ? genAi : { ...genAi, error_type: outcome }),
  }));
  let tokens: TokenSeries | undefined;
  let cost: Cell | undefined;
  let fallbacks: Cell | undefined;
  let cacheHits: Cell | undefined;
  return {
    surface: surfaces,
    attempt: attempts,
    get tokens() {
      return (tokens ??= openTokens(made, labels, genAi));
    },
    get cost() {
      return (cost ??= made.cost.cell(labels));
    },
    get fallbacks() {
      return (fallbacks ??= made.fallbacks.cell(labels));
    },
    get cacheHits() {
      return (cacheHits ??= made.cacheHits.cell(labels));
    },
  };
}

function openSurface(made: Families, labels: Labels): SurfaceSeries {
  let firstByte: Spread | undefined;
  return {
    requests: remembered((outcome) => made.requests.cell({ ...labels, outcome })),
    duration: made.duration.spread(labels),
    get firstByte() {
      return (firstByte ??= made.firstByte.spread(labels));
    },
  };
}

function openTokens(made: Families, labels: Labels, genAi: Labels): TokenSeries {
  const kind = (name: string): Cell => made.tokens.cell({ ...labels, kind: name });
  return {
    input: kind("input"),
    cacheRead: kind("cache_read"),
    cacheWrite: kind("cache_write"),
    output: kind("output"),
    reasoning: made.reasoning.cell(labels),
    allInput: made.genAiTokens.spread({ ...genAi, gen_ai_token_type: "input" }),
    allOutput: made.genAiTokens.spread({ ...genAi, gen_ai_token_type: "output" }),
  };
}

function remembered<Made>(make: (name: string) => Made): (name: string) => Made {
  const known = new Map<string, Made>();
  return (name) => {
    let made = known.get(name);
    if (made === undefined) known.set(name, (made = make(name)));
    return made;
  };
}
