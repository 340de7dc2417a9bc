import { type Attributes, type HrTime, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace as api } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { type ReadableSpan, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { AttemptRecord } from "../../dispatch/survival/survival.ts";
import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import { attemptAttributes, requestAttributes } from "./span-attributes.ts";
import type { SpanSettings } from "./span-settings.ts";

/** Sends the spans of traces; loaded only where somebody wants spans. */
export interface SpanExport {
  /** Whether the collector took them. Never throws. */
  send(traces: readonly RequestTrace[]): Promise<boolean>;
  close(): Promise<void>;
}

const EXPORT_TIMEOUT_MS = 5_000;
const MOST_TEXT = 500;

/** OTLP over HTTP as JSON. */
export function openSpanExport({ endpoint, headers, resource }: SpanSettings): SpanExport {
  const exporter = new OTLPTraceExporter({ url: endpoint, headers: { ...headers }, timeoutMillis: EXPORT_TIMEOUT_MS });
  const ended: ReadableSpan[] = [];
  const collect: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => void ended.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ ...resource }),
    spanProcessors: [collect],
    spanLimits: { attributeValueLengthLimit: MOST_TEXT },
  });
  const tracer = provider.getTracer("allot");

  function spansOf(trace: RequestTrace): void {
    const surface = trace.surface ?? trace.origin;
    const request = tracer.startSpan(
      `allot ${surface}`,
      { kind: SpanKind.SERVER, startTime: instant(trace.at), attributes: requestAttributes(trace) },
      ROOT_CONTEXT,
    );
    const under = api.setSpan(ROOT_CONTEXT, request);
    for (const attempt of trace.attempts) {
      if (attempt.outcome === "skipped") {
        request.addEvent("allot.attempt.skipped", skipped(attempt), instant(attempt.startedAt));
        continue;
      }
      const span = tracer.startSpan(
        `chat ${attempt.target.model}`,
        {
          kind: SpanKind.CLIENT,
          startTime: instant(attempt.startedAt),
          attributes: attemptAttributes(attempt, trace),
        },
        under,
      );
      if (attempt.outcome !== "answered") span.setStatus(failed(attempt.message));
      span.end(instant(attempt.startedAt + Math.max(0, attempt.tookMs)));
    }
    if (trace.outcome === "failed") request.setStatus(failed(trace.message));
    request.end(instant(trace.at + Math.max(0, trace.tookMs)));
  }

  return {
    send(traces) {
      for (const trace of traces) spansOf(trace);
      return new Promise((resolve) => {
        // 0 is success; its name lives in a package that is not ours to depend on.
        exporter.export(ended.splice(0), ({ code }) => resolve((code as number) === 0));
      });
    },
    close: () => exporter.shutdown(),
  };
}

function skipped({ target, message }: AttemptRecord): Attributes {
  return { "allot.target": `${target.provider}/${target.model}`, ...(message === undefined ? {} : { message }) };
}

function failed(message: string | undefined) {
  return { code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message: message.slice(0, MOST_TEXT) }) };
}

/** Epoch ms as seconds and nanoseconds: a plain number would be read against the start of the process. */
function instant(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1_000_000)];
}
