import type { Catalog } from "../../catalog/catalog.ts";
import type { AttemptStep, Attempted, Survived, Target } from "../../dispatch/survival/survival.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import type { Json } from "../../providers/json.ts";
import { SPOKEN_BY } from "../../providers/wires.ts";
import { askerOf } from "../clients/identity.ts";
import { mayUse, wishesOf } from "../clients/wishes.ts";
import { factsOf, firstUserText } from "../surfaces/request-facts.ts";
import { finish, type Finish } from "./finish.ts";
import type { AttemptEnd, PaidParts, PaidRequest, ReadPaid } from "./paid-request.ts";
import { passingAttempt } from "./passing-attempt.ts";
import { asHeader, type Reply } from "./reply.ts";
import { targetsOf } from "./targets.ts";
import { translatedAttempt } from "./translated-attempt.ts";

/** Answers one request, whatever becomes of it, and notes its trace. */
export async function answerPaid(
  parts: PaidParts,
  request: PaidRequest,
  reply: Reply,
  signal: AbortSignal,
): Promise<void> {
  const end = await attempts(parts, request, reply, signal).catch((error: unknown): Finish => ({
    kind: "wrong",
    error,
  }));
  if (end.kind === "wrong" && !isAllotError(end.error)) parts.onFault(end.error);
  finish(parts, request, reply, end);
}

async function attempts(parts: PaidParts, request: PaidRequest, reply: Reply, signal: AbortSignal): Promise<Finish> {
  const json = objectOf(request.body);
  const facts = factsOf(request.route, json, request.body);
  const asker = askerOf(request.headers, json, request.key, parts.settings.session);
  const about = { asker, requestedModel: facts.model, stream: facts.stream };
  try {
    const wishes = wishesOf(request.headers, request.key, parts.settings);
    const { route } = request;
    const asked = {
      model: facts.model,
      wire: route.wire,
      ...(route.provider === undefined ? {} : { provider: route.provider }),
    };
    const chosen = await targetsOf(parts.targets, asked, wishes.fallback, () => firstUserText(route.wire, json));
    const { key } = request;
    // Only for a key that may not use everything: to look a name up takes longer than all else here.
    const isAllowed = (target: Target): boolean => mayUse(key, namesOf(target, facts.model, parts.catalog));
    const targets = key.models === null ? [...chosen.targets] : chosen.targets.filter(isAllowed);
    if (targets.length === 0) {
      throw new AllotError(
        "model-not-allowed",
        `the key "${request.key.name}" may not use ${facts.model}; it may use ${request.key.models?.join(", ")}`,
      );
    }
    const taskType = wishes.taskType ?? chosen.taskType;
    const read: ReadPaid = {
      ...request,
      json,
      facts,
      asker,
      wishes,
      hasFallback: targets.length > 1,
      ...(taskType === undefined ? {} : { taskType }),
    };
    reply.told["x-allot-request-id"] = request.id;
    const survived = await surviving(parts, read, targets, reply, signal);
    return { kind: "survived", read, survived, about: taskType === undefined ? about : { ...about, taskType } };
  } catch (error) {
    return { kind: "wrong", error, about };
  }
}

/** Under which names a key may allow a target: the one that was asked for is the name of what it means, not of who stands in. */
function namesOf({ provider, model }: Target, asked: string, catalog: Catalog): readonly string[] {
  const isMeant = catalog.find(asked)?.id === model;
  return [model, `${provider}/${model}`, ...(isMeant ? [asked] : [])];
}

async function surviving(
  parts: PaidParts,
  read: ReadPaid,
  targets: Survived<AttemptEnd>["target"][],
  reply: Reply,
  signal: AbortSignal,
): Promise<Survived<AttemptEnd> | { readonly left: true }> {
  const windowOf = (target: { readonly provider: string; readonly model: string }): number | null =>
    parts.catalog.find(target.model, { provider: target.provider })?.contextWindow ?? null;
  const plan = { targets, policy: parts.policy, windowOf };
  try {
    return await parts.survival.run(plan, (step) => heldAttempt(parts, read, step, reply, signal), signal);
  } catch (error) {
    if (isAllotError(error, "interrupted")) return { left: true };
    throw error;
  }
}

/** One attempt; where our own limits refuse it and there is room again soon, it is held until then. */
async function heldAttempt(
  parts: PaidParts,
  read: ReadPaid,
  step: AttemptStep,
  reply: Reply,
  signal: AbortSignal,
): Promise<Attempted<AttemptEnd>> {
  const { target, insteadOf } = step;
  const { told } = reply;
  told["x-allot-model"] = asHeader(`${target.provider}/${target.model}`);
  if (target.model !== read.facts.model) told["x-allot-requested-model"] = asHeader(read.facts.model);
  if (insteadOf !== undefined)
    told["x-allot-fallback"] = asHeader(
      `${insteadOf.target.provider}/${insteadOf.target.model}: ${insteadOf.fault.kind}`,
    );
  let held = 0;
  for (let round = 1; ; round += 1) {
    const id = round === 1 ? `${read.id}/${step.number}` : `${read.id}/${step.number}.${round}`;
    const speaks = SPOKEN_BY[target.provider].includes(read.route.wire) && !mayBeCached(read);
    const ended = speaks
      ? await passingAttempt(parts, read, step, id, reply, signal)
      : await translatedAttempt(parts, read, step, id, reply, signal);
    const wait = ended.value.kind === "refused" ? waitOf(ended.value.refused.retryAfterMs) : undefined;
    if (wait === undefined || held + wait > parts.settings.mostHeldMs || signal.aborted) return ended;
    await parts.clock.sleep(wait, signal).catch(() => {});
    held += wait;
  }
}

/** What may be given again is read into the one form that all protocols share. */
function mayBeCached({ wishes, facts }: ReadPaid): boolean {
  return wishes.cacheMs !== undefined && !facts.hasTools;
}

function waitOf(retryAfterMs: number | null): number | undefined {
  return retryAfterMs === null ? undefined : Math.max(50, retryAfterMs);
}

function objectOf(body: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new AllotError("usage", "the body is no JSON; a JSON object is wanted");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new AllotError("usage", "the body is no JSON object");
  }
  return value as Json;
}
