import { asList, asObject } from "../../providers/json.ts";
import type { Json } from "../../providers/json.ts";
import type { ModelAnswer } from "../../providers/provider.ts";
import { fitId, ownId } from "./conversation.ts";

/**
 * The answer with ids of calls that its client has not met: some servers number the calls of each answer from the
 * start, and a client that keeps results by id would mix up two of them. The provider's own parts are told the new ids as
 * well. `request` is the client's body, `suffix` unique to the answer. Pure.
 */
export function withFreshIds(answer: ModelAnswer, request: Json, suffix: string): ModelAnswer {
  const given = answer.toolCalls.map(({ id }) => fitId(id));
  const met = new Set<string>();
  meet(request, new Set(given), met);
  const seen = new Set<string>();
  const ids = given.map((id, index) => {
    const isFresh = !met.has(id) && !seen.has(id);
    seen.add(id);
    return isFresh ? (answer.toolCalls[index]?.id ?? id) : fitId(`${id}_${suffix}_${index}`);
  });
  if (ids.every((id, index) => id === answer.toolCalls[index]?.id)) return answer;
  return {
    ...answer,
    toolCalls: answer.toolCalls.map((call, index) => ({ ...call, id: ids[index] ?? call.id })),
    ...(answer.raw === undefined ? {} : { raw: renamed(asObject(answer.raw), ids) }),
  };
}

/** Notes which of the ids stand anywhere in the value. */
function meet(value: unknown, ids: ReadonlySet<string>, met: Set<string>): void {
  if (ids.size === 0) return;
  if (typeof value === "string") {
    const id = ownId(value);
    if (ids.has(id)) met.add(id);
  }
  if (value !== null && typeof value === "object") for (const inner of Object.values(value)) meet(inner, ids, met);
}

function renamed(raw: Json, ids: readonly string[]): Json {
  if (!Array.isArray(raw["parts"])) return raw;
  let index = 0;
  const parts = asList(raw["parts"]).map((part) => {
    if (asObject(part)["type"] !== "tool-call") return part;
    index += 1;
    return { ...asObject(part), toolCallId: ids[index - 1] };
  });
  return { ...raw, parts };
}
