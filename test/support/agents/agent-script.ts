import { player } from "../../clients/player.ts";
import type { ScriptedAnswer, SeenRequest } from "../scripted-provider/script.ts";

/** The model that plays for agents in tests: what the prompt says in brackets; see `test/clients/player.ts`. */
export function agentScript(seen: SeenRequest): ScriptedAnswer {
  const isAsked = (words: string): boolean =>
    seen.messages.some(({ role, text }) => role === "user" && text.includes(words));
  if (isAsked("[kit:refuse limit]")) return { error: limitRefusal(seen) };
  if (isAsked("[kit:refuse key]")) return { error: "auth" };
  const answer = endlessly(seen) ?? player(seen);
  return ending(seen, answer);
}

/** As the gateway says that a limit is reached, so that each client stops at once. */
function limitRefusal({ wire }: SeenRequest): { readonly status: number; readonly body: string } {
  const message = "Request throttled: HARD. The limit on tokens is reached.";
  return wire === "anthropic"
    ? { status: 402, body: JSON.stringify({ type: "error", error: { type: "billing_error", message } }) }
    : {
        status: 429,
        body: JSON.stringify({ error: { code: "insufficient_quota", type: "insufficient_quota", message } }),
      };
}

/** [kit:endless]: writes one file after another. [kit:endless slow]: from the fifth on so slowly that a watcher is always in time. */
function endlessly(seen: SeenRequest): ScriptedAnswer | undefined {
  const asked = seen.messages.find(({ role, text }) => role === "user" && text.includes("[kit:endless"));
  if (asked === undefined) return undefined;
  const written = `[kit:write file-${seen.number}.txt words]`;
  const answer = player({ ...seen, messages: [{ ...asked, text: written }] });
  return asked.text.includes("[kit:endless slow]") && seen.number > 4 ? { ...answer, delayMs: 20_000 } : answer;
}

/** Our own loops end by a tool. */
function ending(seen: SeenRequest, answer: ScriptedAnswer): ScriptedAnswer {
  const hasEnd = seen.tools.some(({ name }) => name === "finish");
  const { toolCalls = [], text = "" } = answer;
  if (!hasEnd) return answer;
  if (toolCalls.length === 0) return { ...answer, toolCalls: [{ name: "finish", input: { report: text } }] };
  const named = toolCalls.map((call) => {
    const { file_path: path, ...rest } = call.input as Record<string, unknown>;
    return call.name === "write_file" && path !== undefined ? { ...call, input: { path, ...rest } } : call;
  });
  return { ...answer, toolCalls: named };
}
