import type { DirectAsk } from "../dispatch/direct/direct.ts";
import { newCallId } from "../dispatch/direct/open-direct.ts";
import type { Clock } from "../foundation/clock.ts";
import type { Priority } from "../throttle/throttle.ts";
import { chooseModel, type ModelFacts } from "./choose-model.ts";
import type { ReadRequest } from "./read-request.ts";

/** A request that is ready to be dispatched. */
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
}

/** Chooses the model and fills in what was not said. Throws as `chooseModel`. */
export async function prepareCall(
  read: ReadRequest,
  facts: ModelFacts,
  defaults: ClientDefaults,
  clock: Clock,
): Promise<PreparedCall> {
  const { provider, model, requested } = await chooseModel(facts, read.modelName, read.provider);
  const { maxOutputTokens } = read.request;
  const most = model.maxOutputTokens ?? maxOutputTokens;
  const now = clock.now();
  const budget = read.budget ?? defaults.budget;
  return {
    requestedModel: requested,
    loweredTo: maxOutputTokens > most ? most : undefined,
    ask: {
      id: newCallId(now),
      provider,
      request: { ...read.request, model: model.id, maxOutputTokens: Math.min(maxOutputTokens, most) },
      priority: read.priority ?? defaults.priority,
      session: read.session ?? defaults.session,
      ...(requested === model.id ? {} : { requestedModel: requested }),
      ...(read.agent === undefined ? {} : { agent: read.agent }),
      ...(read.taskType === undefined ? {} : { taskType: read.taskType }),
      ...(read.project === undefined ? {} : { project: read.project }),
      ...(budget === undefined ? {} : { budget }),
      ...(read.maxWaitMs === undefined ? {} : { deadlineAt: now + read.maxWaitMs }),
    },
  };
}
