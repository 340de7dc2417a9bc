import type { Metric, Registry } from "prom-client";
import type { Catalog } from "../../catalog/catalog.ts";
import type { AttemptRecord, BreakerView } from "../../dispatch/survival/survival.ts";
import { fellBack } from "../../dispatch/traces/fell-back.ts";
import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import type { LiveFacts, Metrics } from "./metrics.ts";
import { OTHER, openModelLabels } from "./model-labels.ts";
import { openRequestFamilies, type TargetSeries } from "./request-series.ts";
import { type Cell, type Counted, counter, gauge, observe, type Series } from "./series.ts";

/**
 * Opens the metrics of this process, with a registry of their own: two gateways in one process do not mix. prom-client is
 * loaded, and the process's own metrics begin, when they are first asked for.
 */
export function openMetrics({ catalog }: { readonly catalog: Pick<Catalog, "find"> }): Metrics {
  const requests = openRequestFamilies();
  const live = openLiveFamilies();
  const targetOf = openTargets(catalog, requests.target);
  let registry: Promise<Registry> | undefined;

  function note(trace: RequestTrace): void {
    const last = trace.served ?? trace.attempts.at(-1)?.target;
    const target = targetOf(last?.provider ?? "none", last?.model ?? trace.requestedModel);
    const surface = target.surface(trace.surface ?? trace.origin);
    surface.requests(trace.outcome).value += 1;
    observe(surface.duration, seconds(trace.tookMs));
    if (trace.firstByteMs !== undefined) observe(surface.firstByte, seconds(trace.firstByteMs));
    if (fellBack(trace)) target.fallbacks.value += 1;
    if (trace.cached) target.cacheHits.value += 1;
    if (trace.heldMs > 0) observe(requests.held, seconds(trace.heldMs));
    let cost = 0;
    let hasUsage = false;
    for (const attempt of trace.attempts) {
      const own = attempt.target === last ? target : targetOf(attempt.target.provider, attempt.target.model);
      noteAttempt(own, attempt);
      cost += attempt.cost ?? 0;
      hasUsage ||= attempt.usage !== undefined;
    }
    // What no attempt says of itself, whoever served has used. An answer out of the cache has used nothing.
    if (!hasUsage && !trace.cached && trace.usage !== undefined) noteUsage(target, trace.usage);
    if (trace.cost > cost) target.cost.value += trace.cost - cost;
  }

  return {
    begun() {
      live.inFlight.value += 1;
    },
    note(trace) {
      if (trace.origin === "gateway" && live.inFlight.value > 0) live.inFlight.value -= 1;
      note(trace);
    },
    async text(facts) {
      registry ??= openRegistry([...requests.all, ...live.all]);
      const opened = await registry;
      live.take(facts, targetOf.labels);
      return { type: opened.contentType, body: await opened.metrics() };
    },
  };
}

function seconds(ms: number): number {
  return ms > 0 ? ms / 1000 : 0;
}

function noteAttempt(target: TargetSeries, attempt: AttemptRecord): void {
  const series = target.attempt(attempt.outcome);
  series.count.value += 1;
  if (attempt.outcome !== "skipped") observe(series.duration, seconds(attempt.tookMs));
  if (attempt.cost !== undefined && attempt.cost > 0) target.cost.value += attempt.cost;
  if (attempt.usage !== undefined) noteUsage(target, attempt.usage);
}

function noteUsage({ tokens }: TargetSeries, usage: TokenUsage): void {
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  tokens.input.value += usage.inputTokens;
  tokens.cacheRead.value += usage.cacheReadTokens;
  tokens.cacheWrite.value += written;
  tokens.output.value += usage.outputTokens;
  tokens.reasoning.value += usage.reasoningTokens;
  observe(tokens.allInput, usage.inputTokens + usage.cacheReadTokens + written);
  observe(tokens.allOutput, usage.outputTokens);
}

const PROVIDERS: ReadonlySet<string> = new Set([
  "anthropic",
  "openai",
  "xai",
  "google",
  "ollama",
  "openai-compatible",
  "offline",
  "none",
]);

interface Targets {
  (provider: string, model: string): TargetSeries;
  /** The labels under which a provider and model are counted. */
  readonly labels: (provider: string, model: string) => { readonly provider: string; readonly model: string };
}

function openTargets(catalog: Pick<Catalog, "find">, open: (provider: string, model: string) => TargetSeries): Targets {
  const modelLabel = openModelLabels(catalog);
  const providerLabel = (provider: string): string => (PROVIDERS.has(provider) ? provider : OTHER);
  const known = new Map<string, Map<string, TargetSeries>>();
  const find = (provider: string, model: string): TargetSeries => {
    const label = modelLabel(model);
    let models = known.get(provider);
    let target = models?.get(label);
    if (target !== undefined) return target;
    const name = providerLabel(provider);
    models = known.get(name) ?? new Map<string, TargetSeries>();
    target = models.get(label) ?? open(name, label);
    known.set(name, models.set(label, target));
    return target;
  };
  return Object.assign(find, {
    labels: (provider: string, model: string) => ({ provider: providerLabel(provider), model: modelLabel(model) }),
  });
}

/** What is read when it is asked for, and what is under way. */
function openLiveFamilies() {
  const inFlight = gauge("allot_requests_in_flight", "Requests of the gateway that are under way.");
  const queue = gauge("allot_queue_waiting", "Calls that wait in the queue for room.");
  const breakers = gauge(
    "allot_breaker_open",
    "1 while a breaker is open, 0.5 while a probe may go, 0 once closed again.",
  );
  const sessions = gauge("allot_sessions", "Sessions of the last day, by the level they are at.");
  const scrapes = counter("allot_scrapes_total", "How often these metrics were read.");
  const cells = { inFlight: inFlight.cell({}), queue: queue.cell({}), scrapes: scrapes.cell({}) };
  const breakerCells = cellsByLabels(breakers);
  const sessionCells = cellsByLabels(sessions);
  return {
    all: [inFlight, queue, breakers, sessions, scrapes] satisfies readonly Series[],
    inFlight: cells.inFlight,
    take(facts: LiveFacts, labels: Targets["labels"]): void {
      cells.scrapes.value += 1;
      cells.queue.value = facts.queued;
      breakerCells.zero();
      for (const view of facts.breakers) {
        const cell = breakerCells.of(labels(view.target.provider, view.target.model));
        cell.value = Math.max(cell.value, openness(view));
      }
      sessionCells.zero();
      for (const [level, count] of Object.entries(facts.sessionsByLevel ?? {}))
        sessionCells.of({ level }).value = count;
    },
  };
}

function openness({ state }: BreakerView): number {
  return state === "open" ? 1 : 0.5;
}

/** Cells that are kept once they have been shown: one that went away would look as if nobody knew. */
function cellsByLabels(family: Counted) {
  const known = new Map<string, Cell>();
  return {
    of(labels: Readonly<Record<string, string>>): Cell {
      const key = Object.values(labels).join("\n");
      const cell = known.get(key) ?? family.cell(labels);
      known.set(key, cell);
      return cell;
    },
    zero(): void {
      for (const cell of known.values()) cell.value = 0;
    },
  };
}

async function openRegistry(families: readonly Series[]): Promise<Registry> {
  const prometheus = await import("prom-client");
  const registry = new prometheus.Registry();
  // The registry asks no more of a metric than `Series` has; its type names its own four classes.
  for (const family of families) registry.registerMetric(family as unknown as Metric);
  prometheus.collectDefaultMetrics({ register: registry });
  return registry;
}
