import type { ScriptedAnswer, SeenRequest } from "../scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../scripted-provider/scripted-provider.ts";
import { randomFrom } from "../seeded-random.ts";
import type { Answered } from "./what-was-served.ts";

/** A scripted provider that remembers what it answered to whom, in order of arrival. */
export interface RememberingProvider {
  readonly server: ScriptedProvider;
  readonly answered: readonly Answered[];
}

/** Orders what several providers of one test were asked. */
let arrivals = 0;

/** Opens a provider that answers as `script` says and keeps it. */
export async function openRemembering(script: (seen: SeenRequest) => ScriptedAnswer): Promise<RememberingProvider> {
  const answered: Answered[] = [];
  const server = await openScriptedProvider({
    script: (seen) => {
      const answer = script(seen);
      answered.push({ seen, answer, at: (arrivals += 1) });
      return answer;
    },
  });
  return { server, answered };
}

/** The one right answer to a prompt; some are long, some short. */
export function answerTo(prompt: string): string {
  const random = randomFrom(seedOf(prompt));
  const words = Array.from(
    { length: 12 + Math.floor(random() * 40) },
    () => WORDS[Math.floor(random() * WORDS.length)],
  );
  return `The answer to ${prompt} is: ${words.join(" ")}.`;
}

const WORDS = ["wind", "rain", "sun", "snow", "morning", "evening", "from the west", "over the hills", "grüßt", "☂"];

export const FAULTS = ["429", "500", "529", "silence", "cut", "garbage"] as const;

/** No stream of `answerTo` has more chunks. */
const MOST_CHUNKS = 40;

/**
 * An answer, or in `share` of all cases one of the faults; the same for the same prompt that is asked the same time. A
 * stream is cut at every chunk in turn.
 */
export function faultyAnswers(share: number, seed: number): (seen: SeenRequest) => ScriptedAnswer {
  const times = new Map<string, number>();
  let cuts = 0;
  return (seen) => {
    const prompt = seen.lastUserText;
    const time = (times.get(prompt) ?? 0) + 1;
    times.set(prompt, time);
    const text = answerTo(prompt);
    const random = randomFrom(seedOf(`${seed} ${time} ${prompt}`));
    if (random() >= share) return { text };
    switch (FAULTS[Math.floor(random() * FAULTS.length)]!) {
      case "429":
        return { error: "rate-limited" };
      case "500":
        return { error: "server-error" };
      case "529":
        return {
          error: { status: 529, body: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}' },
        };
      case "silence":
        return { silence: random() < 0.5 ? "all" : "after-headers" };
      case "cut":
        return { text, cutAfter: cuts++ % MOST_CHUNKS };
      case "garbage":
        return { garbage: true };
    }
  };
}

/** A number for a text, the same on every machine. */
function seedOf(text: string): number {
  let hash = 2_166_136_261;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  return hash >>> 0;
}
