/**
 * The clients of the benchmark, a process of its own. Its parent sends `LoadJob`s, one at a time, and gets a `LoadDone` for
 * each. Every answer is checked: status, length of the text, a complete stream, the tokens it reports.
 */
import { setTimeout as pass } from "node:timers/promises";
import { Histogram } from "./histogram.ts";
import { type HttpAnswer, HttpLane } from "./http-lane.ts";
import { eventsOf, PATHS, requestBody, type RequestKind, WORD } from "./wire.ts";

export interface LoadJob {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly kind: RequestKind;
  /** So many at once, each lane asking again once answered. */
  readonly lanes?: number | undefined;
  /** Or so many a second, whether answered or not. */
  readonly perSecond?: number | undefined;
  readonly seconds: number;
  /** Ends after so many requests if that is sooner. */
  readonly requests?: number;
}

export interface LoadDone {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly firstByteP50Us: number;
  /** What the answers said of themselves, all together. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly wrong: number;
  readonly firstWrong: string | undefined;
}

/** More connections than any subject can be behind at 300 requests a second for a second. */
const MOST_LANES = 512;

process.on("message", (job: LoadJob) => {
  void answer(job);
});
process.once("disconnect", () => process.exit(0));

async function answer(job: LoadJob): Promise<void> {
  process.send?.(await run(job));
}

class Tally {
  readonly whole = new Histogram();
  readonly firstByte = new Histogram();
  inputTokens = 0;
  outputTokens = 0;
  wrong = 0;
  firstWrong: string | undefined;

  async ask(lane: HttpLane, request: Buffer, kind: RequestKind): Promise<void> {
    const askedAt = performance.now();
    try {
      const answer = await lane.ask(request);
      this.whole.add(1000 * (answer.lastByteAt - askedAt));
      this.firstByte.add(1000 * (answer.firstByteAt - askedAt));
      const { input, output } = readAnswer(answer, kind);
      this.inputTokens += input;
      this.outputTokens += output;
    } catch (error) {
      this.wrong += 1;
      this.firstWrong ??= String(error);
      // A subject that refuses at once must not be asked in a tight circle.
      await pass(5);
    }
  }
}

async function run(job: LoadJob): Promise<LoadDone> {
  const body = requestBody(job.kind);
  const head = Object.entries({ ...job.headers, "content-length": body.length })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const begin = `POST ${PATHS[job.kind.surface]} HTTP/1.1\r\nhost: 127.0.0.1:${job.port}\r\ncontent-type: application/json\r\n`;
  const request = Buffer.concat([Buffer.from(`${begin}${head}\r\n`), body]);
  const tally = new Tally();
  const begun = performance.now();
  await (job.perSecond === undefined ? closed(job, request, tally) : open(job, job.perSecond, request, tally));
  const { whole, firstByte, inputTokens, outputTokens, wrong, firstWrong } = tally;
  return {
    requests: whole.size,
    seconds: (performance.now() - begun) / 1000,
    p50Us: whole.at(0.5),
    p99Us: whole.at(0.99),
    firstByteP50Us: firstByte.at(0.5),
    inputTokens,
    outputTokens,
    wrong,
    firstWrong,
  };
}

async function closed(job: LoadJob, request: Buffer, tally: Tally): Promise<void> {
  const end = performance.now() + 1000 * job.seconds;
  let left = job.requests ?? Infinity;
  const work = async (): Promise<void> => {
    const lane = new HttpLane(job.port);
    while (left > 0 && performance.now() < end) {
      left -= 1;
      await tally.ask(lane, request, job.kind);
    }
    lane.close();
  };
  await Promise.all(Array.from({ length: job.lanes ?? 1 }, work));
}

/** Requests begin on a clock of whole milliseconds. Throws where the subject falls so far behind that no lane is free. */
async function open(job: LoadJob, perSecond: number, request: Buffer, tally: Tally): Promise<void> {
  const free: HttpLane[] = [];
  const running = new Set<Promise<void>>();
  let lanes = 0;
  const one = async (): Promise<void> => {
    const lane = free.pop() ?? new HttpLane(job.port);
    await tally.ask(lane, request, job.kind);
    free.push(lane);
  };
  const begun = performance.now();
  const all = Math.round(perSecond * job.seconds);
  for (let sent = 0; sent < all;) {
    const due = Math.floor(((performance.now() - begun) * perSecond) / 1000);
    for (; sent <= Math.min(due, all - 1); sent += 1) {
      lanes = Math.max(lanes, running.size + 1);
      if (lanes > MOST_LANES) {
        tally.wrong += 1;
        tally.firstWrong ??= `more than ${MOST_LANES} requests were waiting at ${perSecond} a second`;
        continue;
      }
      const asked = one().finally(() => running.delete(asked));
      running.add(asked);
    }
    await pass(1);
  }
  await Promise.all(running);
  for (const lane of free) lane.close();
}

/** Throws where the answer is not whole and right. */
function readAnswer({ status, body }: HttpAnswer, { surface, chunks }: RequestKind): { input: number; output: number } {
  if (status !== 200) throw new Error(`status ${status}: ${body.toString("utf8", 0, 300)}`);
  const text = body.toString("latin1");
  if (chunks !== undefined) {
    const events = text.split("\n\n").length - 1;
    const last = surface === "openai" ? "data: [DONE]\n\n" : 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    const words = text.split(`"${WORD}"`).length - 1;
    if (events !== eventsOf(surface, chunks) || words !== chunks || !text.endsWith(last)) {
      throw new Error(`a stream of ${events} events and ${words} words, ending in ${JSON.stringify(text.slice(-80))}`);
    }
    return { input: lastCount(text, PROMPT) + lastCount(text, CACHED[surface]), output: lastCount(text, OUTPUT) };
  }
  const said = JSON.parse(text) as {
    choices?: [{ message: { content: string } }];
    content?: [{ text: string }];
    usage: Record<string, number>;
  };
  const content = said.choices?.[0].message.content ?? said.content?.[0].text ?? "";
  const output = said.usage["completion_tokens"] ?? said.usage["output_tokens"] ?? 0;
  if (content.length !== WORD.length * output || output === 0)
    throw new Error(`an answer of ${content.length} letters for ${output} tokens`);
  return {
    input:
      said.usage["prompt_tokens"] ?? (said.usage["input_tokens"] ?? 0) + (said.usage["cache_read_input_tokens"] ?? 0),
    output,
  };
}

const PROMPT = /"(?:prompt|input)_tokens":\s*(\d+)/g;
const OUTPUT = /"(?:completion|output)_tokens":\s*(\d+)/g;
/** Stands beside the tokens of input for one, within them for the other. */
const CACHED = { anthropic: /"cache_read_input_tokens":\s*(\d+)/g, openai: undefined } as const;

function lastCount(text: string, pattern: RegExp | undefined): number {
  if (pattern === undefined) return 0;
  let last = 0;
  for (const match of text.matchAll(pattern)) last = Number(match[1]);
  return last;
}
