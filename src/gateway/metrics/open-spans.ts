import type { Clock } from "../../foundation/clock.ts";
import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import type { Spans } from "./metrics.ts";
import type { SpanExport } from "./span-export.ts";
import type { SpanSettings } from "./span-settings.ts";

const BATCH_MS = 1_000;
const MOST_AT_ONCE = 128;
const MOST_WAITING = 2_048;
/** For so long nothing is kept for a collector that did not answer. */
const AWAY_MS = 30_000;
/** How long the end waits for the last spans. */
const LAST_MS = 2_000;

/**
 * Opens the way of spans to a collector: for each request a server span, and under it a client span for each attempt, by
 * OpenTelemetry's conventions for generative AI. Sent in batches beside the requests; OpenTelemetry's libraries are loaded with the
 * first. What a collector does not take is dropped, and while it is away requests cost nothing.
 */
export function openSpans(parts: SpanSettings & { readonly clock: Clock }): Spans {
  const { clock } = parts;
  const leaving = new AbortController();
  let waiting: RequestTrace[] = [];
  let awayUntil = 0;
  let sending: Promise<void> | undefined;
  let opened: Promise<SpanExport> | undefined;

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      opened ??= import("./span-export.ts").then(({ openSpanExport }) => openSpanExport(parts));
      const batch = waiting.splice(0, MOST_AT_ONCE);
      const isTaken = await opened.then((exporter) => exporter.send(batch)).catch(() => false);
      if (isTaken) continue;
      awayUntil = clock.now() + AWAY_MS;
      waiting = [];
    }
  }

  async function sendLater(): Promise<void> {
    await clock.sleep(BATCH_MS, leaving.signal).catch(() => undefined);
    await send();
    sending = undefined;
    if (waiting.length > 0 && !leaving.signal.aborted) sending = sendLater();
  }

  return {
    note(trace) {
      if (leaving.signal.aborted || waiting.length >= MOST_WAITING || clock.now() < awayUntil) return;
      waiting.push(trace);
      sending ??= sendLater();
    },
    async [Symbol.asyncDispose]() {
      leaving.abort();
      const enough = new AbortController();
      const last = (async () => {
        await sending;
        await send();
        await opened?.then((exporter) => exporter.close()).catch(() => undefined);
      })();
      await Promise.race([last, clock.sleep(LAST_MS, enough.signal).catch(() => undefined)]);
      enough.abort();
    },
  };
}
