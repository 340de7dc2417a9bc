import { expect, onTestFinished, test } from "vitest";
import { askGateway, type Got, requestIdOf } from "../support/gateway/ask-gateway.ts";
import { compareBooks } from "../support/gateway/chaos-books.ts";
import { answerTo, faultyAnswers, openRemembering } from "../support/gateway/faulty-provider.ts";
import { ledgerRows, openLeases } from "../support/gateway/gateway-ledger.ts";
import { openServe, upstreamsAt } from "../support/gateway/open-serve.ts";
import type { SurfaceName } from "../support/gateway/surfaces.ts";
import { randomFrom } from "../support/seeded-random.ts";

/** 10,000 for the full trial: ALLOT_CHAOS_REQUESTS=10000. */
const REQUESTS = Number(process.env["ALLOT_CHAOS_REQUESTS"] ?? 1_500);
const SEED = Number(process.env["ALLOT_CHAOS_SEED"] ?? 7);
const AT_ONCE = 32;
const MOST_ATTEMPTS = 4;

/** The surfaces, what they ask for, and whether it may be streamed. */
const ASKED: readonly (readonly [SurfaceName, string])[] = [
  ["chat", "gpt-5"],
  ["responses", "gpt-5"],
  ["anthropic", "claude-sonnet-5-5"],
  ["gemini", "gemini-2.5-pro"],
];

/** One prompt of a client that asks again, as real ones do, where a stream broke that it had begun to read. */
interface Asked {
  readonly surface: SurfaceName;
  readonly stream: boolean;
  /** Each with its own text; the last is the one that counts. */
  readonly tries: { readonly prompt: string; readonly got: Got }[];
}

test(
  `${REQUESTS} requests, of which a provider fails three in ten, are answered by it or the second one, each once, and are in the ledger to the cent`,
  async () => {
    const faulty = await openRemembering(faultyAnswers(0.3, SEED));
    const healthy = await openRemembering(({ lastUserText }) => ({ text: answerTo(lastUserText) }));
    onTestFinished(async () => {
      await faulty.server.close();
      await healthy.server.close();
    });
    const serve = await openServe({
      args: [
        ...upstreamsAt(faulty.server, ["anthropic", "openai", "google"]),
        ...upstreamsAt(healthy.server, ["xai"]),
        "--fallback",
        "xai/grok-4.7",
        "--first-byte-timeout",
        "1500ms",
        "--answer-timeout",
        "1500ms",
        "--idle-timeout",
        "1500ms",
      ],
    });
    const asked = await askAll(serve.url);
    const exit = await serve.stop();

    const all = asked.flatMap(({ tries }) => tries);
    const failed = asked.filter(({ tries }) => tries.at(-1)!.got.ends !== 1);
    const again = all.length - asked.length;
    const promptOf = new Map(all.map(({ prompt, got }) => [requestIdOf(got), prompt]));
    const answered = [...faulty.answered, ...healthy.answered];
    const books = compareBooks(ledgerRows(serve.home), answered, promptOf);
    const attempts = [...Map.groupBy(answered, ({ seen }) => seen.lastUserText).values()].map(({ length }) => length);
    process.stdout.write(
      `${JSON.stringify({ requests: asked.length, failed: failed.length, askedAgain: again, attempts: answered.length, most: Math.max(...attempts), fromSecond: healthy.answered.length, ...books, faults: books.faults.length, off: books.brokenBilled / books.brokenTruth - 1 })}\n`,
    );

    expect(exit).toBe(0);
    expect(books.faults.slice(0, 5)).toEqual([]);
    expect(asked.flatMap(wrongIn).slice(0, 5)).toEqual([]);
    expect(failed.length).toBeLessThanOrEqual(asked.length * 0.005);
    expect(Math.max(...attempts)).toBeLessThanOrEqual(MOST_ATTEMPTS);
    expect(Math.abs(books.brokenBilled / books.brokenTruth - 1)).toBeLessThan(0.01);
    expect(openLeases(serve.home)).toEqual([]);
  },
  60_000 + REQUESTS * 60,
);

async function askAll(url: string): Promise<Asked[]> {
  const random = randomFrom(SEED);
  const waiting = Array.from({ length: REQUESTS }, (_, index): Asked & { model: string; name: string } => {
    const [surface, model] = ASKED[index % ASKED.length]!;
    return { surface, model, name: `question ${index}`, stream: random() < 0.6, tries: [] };
  });
  const asked = [...waiting];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { surface, model, stream, name, tries } = next;
      for (let time = 1; time <= 3; time += 1) {
        const prompt = time === 1 ? name : `${name}, asked for the ${time}. time`;
        const got = await askGateway(url, { surface, model, stream, prompt });
        tries.push({ prompt, got });
        if (got.ends === 1 || got.text === "") break;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return asked;
}

/** What a client must not see: another's answer, two of them, half of one that looks whole. */
function wrongIn({ surface, stream, tries }: Asked): string[] {
  return tries.flatMap(({ prompt, got }) => {
    const said = `${surface}${stream ? " streamed" : ""} "${prompt}": ${JSON.stringify({ ...got, headers: {}, raw: got.raw.slice(-300) })}`;
    if (got.unreadable > 0) return [`unreadable ${said}`];
    if (got.begins > 1 || got.ends > 1) return [`twice ${said}`];
    if (got.ends === 1 && got.text !== answerTo(prompt)) return [`another's answer ${said}`];
    if (!answerTo(prompt).startsWith(got.text)) return [`wrong text ${said}`];
    const isTold = got.status !== 200 || got.broken || got.faults > 0;
    return got.ends === 0 && !isTold ? [`half an answer that looks whole ${said}`] : [];
  });
}
