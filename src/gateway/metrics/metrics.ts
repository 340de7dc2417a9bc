import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import type { BreakerView } from "../../dispatch/survival/survival.ts";

/*
 * What the gateway measures of itself. (Contract file: types only; `openMetrics` stands in open-metrics.ts on prom-client,
 * `openSpans` in open-spans.ts: OpenTelemetry GenAI spans, where OTEL_EXPORTER_OTLP_ENDPOINT is set.)
 *
 * Invariant: the number of series is bounded whatever clients send: no session, key, request id, or model name that is not
 * in the catalogue is a label.
 */
export interface Metrics {
  /** A request has come, and is under way until its trace. */
  begun(): void;
  note(trace: RequestTrace): void;
  /** The Prometheus text format, and its content type. */
  text(facts: LiveFacts): Promise<{ readonly type: string; readonly body: string }>;
}

/** Read when they are asked for. */
export interface LiveFacts {
  readonly breakers: readonly BreakerView[];
  readonly queued: number;
  /** By level, of the sessions of the last day: how many. */
  readonly sessionsByLevel?: Readonly<Record<string, number>>;
}

export interface Spans extends AsyncDisposable {
  note(trace: RequestTrace): void;
}
