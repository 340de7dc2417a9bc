import { CACHE_LIFETIME_MS } from "../dispatch/cache/answer-cache.ts";
import type { DirectAsk } from "../dispatch/direct/direct.ts";
import { newCallId } from "../dispatch/direct/open-direct.ts";
import type { AttemptStep, Target } from "../dispatch/survival/survival.ts";
import type { Clock } from "../foundation/clock.ts";
import type { NameLists } from "../config/config.ts";
import type { ProviderName } from "../providers/provider.ts";
import { chainOf, type PassedOver, sameTarget, wishFor } from "../routing/fallback/chains.ts";
import { familyOf } from "../routing/fallback/families.ts";
import type { Priority } from "../throttle/throttle.ts";
import { chooseModel, type ChosenModel, type ModelFacts } from "./choose-model.ts";
import type { ReadRequest } from "./read-request.ts";

/** A request that knows where it may go. */
export interface PreparedRequest {
  readonly read: ReadRequest;
  readonly requestedModel: string;
  /** First to last; the first is who was asked for, unless Grok is preferred. */
  readonly targets: readonly [Target, ...Target[]];
  readonly passedOver: readonly PassedOver[];
  /** Somebody else than who was asked for may answer. */
  readonly mayFallBack: boolean;
  readonly session: string;
  readonly priority: Priority;
  /** How long the answer may be given again; 0: never. */
  readonly cacheMs: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly deadlineAt: number | undefined;
  readonly budget: string | undefined;
}

/** One attempt at it, ready to be dispatched. */
export interface PreparedCall {
  readonly ask: DirectAsk;
  readonly requestedModel: string;
  /** max_tokens, where it was more than the model can write. */
  readonly loweredTo: number | undefined;
}

/** What stands in for what a request does not say. */
export interface ClientDefaults {
  readonly session: string;
  readonly priority: Priority;
  readonly budget: string | undefined;
  /** The options `fallback` and `preferGrok`; absent: nobody stands in for anybody. */
  readonly fallback?: NameLists | null;
  readonly preferGrok?: boolean;
}

/** Kinds of work whose answer would be the same anyway. Source: the seeds' caching strategy. */
const KEPT_TASKS: readonly string[] = ["analysis", "documentation", "review"];

/** Chooses the model and who may stand in for it, and fills in what was not said. Throws as `chooseModel` and `chainOf`. */
export async function prepareRequest(
  read: ReadRequest,
  facts: ModelFacts,
  defaults: ClientDefaults,
  clock: Clock,
): Promise<PreparedRequest> {
  const chosen = await chooseModel(facts, read.modelName, read.provider);
  const startedAt = clock.now();
  const { targets, passedOver, allowed } = await chainFor(read, chosen, facts, defaults);
  return {
    read,
    requestedModel: chosen.requested,
    targets,
    passedOver,
    mayFallBack: allowed,
    session: read.session ?? defaults.session,
    priority: read.priority ?? defaults.priority,
    cacheMs: cacheTime(read),
    startedAt,
    deadlineAt: read.maxWaitMs === undefined ? undefined : startedAt + read.maxWaitMs,
    budget: read.budget ?? defaults.budget,
  };
}

/** Available providers are looked up only where somebody may stand in: a local server is asked over the network. */
async function chainFor(
  read: ReadRequest,
  { provider, model }: ChosenModel,
  facts: ModelFacts,
  defaults: ClientDefaults,
): Promise<Pick<PreparedRequest, "targets" | "passedOver"> & { allowed: boolean }> {
  const asked: Target = { provider, model: model.id };
  const names = read.fallbackModels ?? (defaults.fallback ? wishFor(asked, defaults.fallback, facts.catalog) : []);
  const preferGrok = defaults.preferGrok === true && !statesProvider(read);
  if (names.length === 0 && !preferGrok) return { targets: [asked], passedOver: [], allowed: false };
  const { catalog, providerModels } = facts;
  const available = await facts.available();
  const { targets, passedOver } = chainOf(asked, { names, preferGrok }, { catalog, available, providerModels });
  return { targets, passedOver, allowed: names.length > 0 };
}

/** Whoever states a provider means that one. */
function statesProvider({ provider, modelName = "" }: ReadRequest): boolean {
  const slash = modelName.indexOf("/");
  return provider !== undefined || (slash >= 0 && familyOf(modelName.slice(0, slash)) !== undefined);
}

function cacheTime({ cacheMs, taskType, request }: ReadRequest): number {
  if (cacheMs === false) return 0;
  if (cacheMs !== undefined) return cacheMs;
  const isKept = KEPT_TASKS.includes(taskType?.toLowerCase() ?? "");
  return isKept && (request.temperature ?? 0) === 0 && request.tools.length === 0 ? CACHE_LIFETIME_MS : 0;
}

/** The call of one attempt, under an id of its own. */
export function callAt(prepared: PreparedRequest, step: AttemptStep, facts: ModelFacts, clock: Clock): PreparedCall {
  const { read, requestedModel } = prepared;
  const { target, number, insteadOf } = step;
  const model = modelAt(facts, target);
  const { maxOutputTokens } = read.request;
  const most = model?.maxOutputTokens ?? maxOutputTokens;
  const { deadlineAt, budget } = prepared;
  return {
    requestedModel,
    loweredTo: maxOutputTokens > most ? most : undefined,
    ask: {
      id: newCallId(clock.now()),
      provider: target.provider,
      request: { ...read.request, model: target.model, maxOutputTokens: Math.min(maxOutputTokens, most) },
      priority: prepared.priority,
      session: prepared.session,
      ...(requestedModel === target.model ? {} : { requestedModel }),
      ...(number === 1 ? {} : { isRetry: true }),
      ...(insteadOf === undefined || sameTarget(insteadOf.target, target)
        ? {}
        : { note: `instead of ${insteadOf.target.provider}/${insteadOf.target.model}: ${insteadOf.fault.code}` }),
      ...(read.agent === undefined ? {} : { agent: read.agent }),
      ...(read.taskType === undefined ? {} : { taskType: read.taskType }),
      ...(read.project === undefined ? {} : { project: read.project }),
      ...(read.timeoutMs === undefined ? {} : { timeoutMs: read.timeoutMs }),
      ...(budget === undefined ? {} : { budget }),
      ...(deadlineAt === undefined ? {} : { deadlineAt }),
    },
  };
}

/** What the catalogue knows of a target. */
export function modelAt({ catalog }: ModelFacts, { provider, model }: { provider: ProviderName; model: string }) {
  return catalog.find(model, { provider });
}
