import { request as ask } from "undici";
import { likelyInput } from "../dispatch/passing/request-size.ts";
import type { PaidParts } from "./paid/paid-request.ts";
import type { Reply } from "./paid/reply.ts";
import { errorAnswer } from "./surfaces/refusals.ts";
import type { Route } from "./surfaces/routes.ts";
import { passedHeaders, type Upstream } from "./paid/upstreams.ts";
import { asObject, asText, parseJson } from "../providers/json.ts";

/** A provider that does not say within this time how many tokens they are is not waited for. */
const ANSWER_MS = 10_000;

/**
 * Answers how many tokens a request has: the provider's own count where its protocol has one and it is set up, else our tokenizer's.
 * Costs nothing, so neither throttle nor ledger hears of it; clients ask dozens at once.
 */
export async function answerCount(
  { upstreams, catalog }: PaidParts,
  route: Extract<Route, { kind: "count-tokens" }>,
  query: string,
  rawHeaders: readonly string[],
  ownKey: boolean,
  body: Buffer,
  reply: Reply,
): Promise<void> {
  const json = parseJson(body.toString("utf8"));
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    reply.own(
      errorAnswer(route.surface, { status: 400, code: "usage", message: "the body is no JSON object", requestId: "" }),
    );
    return;
  }
  const isGemini = route.surface === "gemini";
  const upstream = isGemini ? upstreams.google : upstreams.anthropic;
  const model = isGemini ? (route.model ?? "") : asText(asObject(json)["model"]);
  const owner = catalog.find(model)?.provider ?? upstream?.name;
  if (upstream !== undefined && owner === upstream.name) {
    const answered = await askUpstream(upstream, route, query, rawHeaders, ownKey, body, reply);
    if (answered) return;
  }
  const tokens = await likelyInput(json);
  reply.whole(
    200,
    { "content-type": "application/json" },
    JSON.stringify(isGemini ? { totalTokens: tokens } : { input_tokens: tokens }),
  );
}

/** False where the provider cannot be reached, or knows no counting. */
async function askUpstream(
  upstream: Upstream,
  route: Extract<Route, { kind: "count-tokens" }>,
  query: string,
  rawHeaders: readonly string[],
  ownKey: boolean,
  body: Buffer,
  reply: Reply,
): Promise<boolean> {
  const parameters = new URLSearchParams(query);
  parameters.delete("key");
  const rest = route.surface === "gemini" ? parameters.toString() : query;
  try {
    const answer = await ask(`${upstream.origin}${upstream.basePath}${route.path}${rest === "" ? "" : `?${rest}`}`, {
      method: "POST",
      headers: passedHeaders(rawHeaders, upstream, ownKey),
      body,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode === 404 || answer.statusCode === 405 || answer.statusCode >= 500) return false;
    reply.whole(answer.statusCode, answer.headers, bytes);
    return true;
  } catch {
    return false;
  }
}
