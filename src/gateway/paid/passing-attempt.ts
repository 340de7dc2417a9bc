import type { PassAsk, Spent } from "../../dispatch/passing/passing.ts";
import { spliceJson } from "../../dispatch/passing/splice-json.ts";
import type { Attempted, AttemptFacts, AttemptStep, Target } from "../../dispatch/survival/survival.ts";
import type { AttemptEnd, PaidParts, ReadPaid } from "./paid-request.ts";
import type { Reply } from "./reply.ts";
import { withMaxTokens } from "../surfaces/request-facts.ts";
import { repairHistory } from "../translation/repair-history.ts";
import { passedHeaders, upstreamOf, upstreamPath } from "./upstreams.ts";

/** An attempt whose bytes pass through. */
export async function passingAttempt(
  parts: PaidParts,
  read: ReadPaid,
  step: AttemptStep,
  id: string,
  reply: Reply,
  signal: AbortSignal,
): Promise<Attempted<AttemptEnd>> {
  const end = await parts.passing.pass(askOf(parts, read, step, id, reply), reply, signal);
  const spent = end.kind === "refused" ? undefined : end.spent;
  if (spent !== undefined) parts.survival.learn(step.target, spent.headers);
  const facts = factsOf(id, spent);
  switch (end.kind) {
    case "answered":
      return { kind: "done", value: { kind: "answered", status: end.status, usage: end.spent.usage }, facts };
    case "failed": {
      const { fault, shown, told, answer } = end;
      const secrets = upstreamOf(parts.upstreams, step.target.provider).context.secrets;
      const clean = answer === undefined ? {} : { answer: { ...answer, body: withoutSecrets(answer.body, secrets) } };
      const value: AttemptEnd = { kind: "failed", fault, told, ...clean };
      return { kind: "fault", value, fault, open: !shown, facts };
    }
    case "refused":
      return { kind: "done", value: end };
    case "left":
      return { kind: "done", value: { kind: "left" }, facts };
  }
}

/** Some providers quote the key that they were asked with: allot's own, which is not the client's to see. Pure. */
function withoutSecrets(body: Buffer, secrets: readonly string[]): Buffer {
  const quoted = secrets.filter((secret) => secret.length >= 4 && body.includes(secret));
  if (quoted.length === 0) return body;
  return Buffer.from(quoted.reduce((text, secret) => text.replaceAll(secret, "[secret]"), body.toString("utf8")));
}

function factsOf(call: string, spent: Spent | undefined): AttemptFacts {
  if (spent === undefined) return {};
  const { status, firstByteMs, usage, cost } = spent;
  return { call, status, usage, cost, ...(firstByteMs === undefined ? {} : { firstByteMs }) };
}

function askOf(
  parts: PaidParts,
  read: ReadPaid,
  { target, insteadOf }: AttemptStep,
  id: string,
  reply: Reply,
): PassAsk {
  const { route, facts, json, asker, wishes, key } = read;
  const { settings } = parts;
  const upstream = upstreamOf(parts.upstreams, target.provider);
  const body = bodyFor(read, target);
  const hideUsage = route.wire === "chat" && facts.stream && !facts.wantsUsage;
  return {
    id,
    provider: target.provider,
    model: target.model,
    wire: route.wire,
    framing: route.framing,
    origin: upstream.origin,
    path: upstreamPath(upstream, route, target.model, read.query),
    headers: passedHeaders(read.rawHeaders, upstream, read.ownKey),
    body,
    read: () => json,
    stream: facts.stream,
    maxOutputTokens: facts.maxOutputTokens === undefined ? undefined : facts.maxOutputTokens * facts.answers,
    leastOutputTokens: facts.leastOutputTokens,
    ...(facts.answers > 1 ? {} : { withMaxTokens: (most: number) => withMaxTokens(route.wire, json, body, most) }),
    cachesForAnHour: facts.cachesForAnHour,
    ...(wishes.capNanoUsd === undefined ? {} : { capNanoUsd: wishes.capNanoUsd }),
    priority: wishes.priority,
    session: asker.session,
    key: key.id,
    ...(settings.filing === undefined ? {} : { filing: settings.filing }),
    ...(wishes.project === undefined ? {} : { project: wishes.project }),
    ...(wishes.budget === undefined ? {} : { budget: wishes.budget }),
    ...(asker.agent === "" ? {} : { agent: asker.agent }),
    ...(read.taskType === undefined ? {} : { taskType: read.taskType }),
    ...(target.model === facts.model ? {} : { requestedModel: facts.model }),
    ...(insteadOf === undefined ? {} : { note: noteOf(insteadOf) }),
    guarded: asker.named && facts.hasTools,
    holdPreamble: read.hasFallback,
    continuing: reply.begun,
    hideUsage,
    times: facts.stream ? settings.streamed : settings.unstreamed,
    onLeave: settings.onLeave,
  };
}

/** What the ledger says of a call that stands in for another. */
export function noteOf({ target, fault }: NonNullable<AttemptStep["insteadOf"]>): string {
  return `instead of ${target.provider}/${target.model}: ${fault.kind}`;
}

/** The bytes as they came, but for another model's name, turns of another provider that this one would refuse, and the wish for usage that the ledger cannot do without. */
function bodyFor({ route, facts, json, body }: ReadPaid, { provider, model }: Target): Buffer {
  const isOther = route.model === undefined && model !== facts.model;
  const asksUsage = route.wire === "chat" && facts.stream && !facts.wantsUsage;
  const mended = repairHistory(route.surface, provider, json);
  if (!isOther && !asksUsage && mended === undefined) return body;
  const options = json["stream_options"];
  return spliceJson(body, {
    ...mended,
    ...(isOther ? { model } : {}),
    ...(asksUsage ? { stream_options: { ...(typeof options === "object" ? options : {}), include_usage: true } } : {}),
  });
}
