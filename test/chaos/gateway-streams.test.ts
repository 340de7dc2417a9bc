import { expect, onTestFinished, test } from "vitest";
import { askGateway, type Got } from "../support/gateway/ask-gateway.ts";
import { openRemembering } from "../support/gateway/faulty-provider.ts";
import { type LedgerRow, ledgerRows } from "../support/gateway/gateway-ledger.ts";
import { openServe, upstreamsAt } from "../support/gateway/open-serve.ts";
import { type SurfaceName, SURFACES } from "../support/gateway/surfaces.ts";
import { type Answered, billOf, sentBy } from "../support/gateway/what-was-served.ts";
import type { ScriptedAnswer } from "../support/scripted-provider/script.ts";

const TEXT = "Sunny in the morning, with rain from the west after noon.";
const OTHERS_TEXT = "Somebody else says that it will snow.";

const ASKED: readonly (readonly [SurfaceName, string])[] = [
  ["anthropic", "claude-sonnet-5-5"],
  ["chat", "gpt-5"],
  ["responses", "gpt-5"],
  ["gemini", "gemini-2.5-pro"],
  ["ollama", "qwen"],
];

/** What befalls a stream after so many of its chunks. */
const MISHAPS = {
  "an error event": (at: number): ScriptedAnswer => ({ text: TEXT, failAfter: at }),
  "a cut": (at: number): ScriptedAnswer => ({ text: TEXT, cutAfter: at }),
  "an end that is none": (at: number): ScriptedAnswer => ({ text: TEXT, endAfter: at }),
  silence: (at: number): ScriptedAnswer => ({ text: TEXT, hangAfter: at }),
} as const;

/** No stream of the text has more chunks than this. */
const MOST_CHUNKS = 16;

const QUICK = ["--first-byte-timeout", "1500ms", "--idle-timeout", "1500ms", "--answer-timeout", "1500ms"];

/** A stream of one surface, with the mishap at one chunk; a model name each, so that no breaker of another's opens for it. */
interface Case {
  readonly surface: SurfaceName;
  readonly mishap: keyof typeof MISHAPS;
  readonly at: number;
  readonly got: Got;
  /** The text that the first provider had sent by then. */
  readonly sent: string;
  /** The mishap came after the end of the answer. */
  readonly whole: boolean;
  readonly rows: readonly LedgerRow[];
  /** What the providers were asked, in order. */
  readonly served: readonly Answered[];
}

const CASES = ASKED.flatMap(([surface, model]) =>
  (Object.keys(MISHAPS) as (keyof typeof MISHAPS)[]).flatMap((mishap, kind) =>
    Array.from({ length: MOST_CHUNKS }, (_, at) => ({ surface, mishap, at, model: `${model}-${kind}-${at}` })),
  ),
);

const AT_ONCE = 32;

/** Asks all cases of a gateway, with or without a second provider. */
async function askAll(second: boolean): Promise<Case[]> {
  const cases = new Map(CASES.map((one) => [promptOf(one), one]));
  const first = await openRemembering(({ lastUserText }) => {
    const { mishap, at } = cases.get(lastUserText)!;
    return MISHAPS[mishap](at);
  });
  const other = await openRemembering(() => ({ text: OTHERS_TEXT }));
  onTestFinished(async () => {
    await first.server.close();
    await other.server.close();
  });
  const serve = await openServe({
    args: [
      ...upstreamsAt(first.server, ["anthropic", "openai", "google", "ollama"]),
      ...(second ? [...upstreamsAt(other.server, ["xai"]), "--fallback", "xai/grok-4.7"] : []),
      ...QUICK,
    ],
  });
  const waiting = [...CASES];
  const answers = new Map<string, Got>();
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const prompt = promptOf(next);
      const headers = { "x-allot-session": prompt };
      answers.set(prompt, await askGateway(serve.url, { ...next, stream: true, prompt, headers }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(await serve.stop()).toBe(0);
  const rows = Map.groupBy(ledgerRows(serve.home), ({ session }) => session);
  const served = Map.groupBy([...first.answered, ...other.answered], ({ seen }) => seen.lastUserText);
  return CASES.map(({ surface, mishap, at }) => {
    const prompt = promptOf({ surface, mishap, at });
    const requests = (served.get(prompt) ?? []).toSorted((one, next) => one.at - next.at);
    const { text, ends } = sentBy(requests[0]!, at);
    const got = answers.get(prompt)!;
    return { surface, mishap, at, got, sent: text, whole: ends > 0, rows: rows.get(prompt) ?? [], served: requests };
  });
}

function promptOf({ surface, mishap, at }: Pick<Case, "surface" | "mishap" | "at">): string {
  return `${surface}: ${mishap} after ${at}`;
}

/** How each protocol says that a stream broke after it was begun; a clean end must not look like a whole answer. */
const TOLD: Readonly<Record<SurfaceName, (got: Got) => boolean>> = {
  anthropic: ({ faults }) => faults === 1,
  chat: ({ faults, broken }) => faults === 1 && broken,
  responses: ({ faults, broken }) => faults === 1 || broken,
  gemini: ({ broken }) => broken,
  ollama: ({ faults }) => faults === 1,
};

function shownOf(one: Case, why: string): string {
  const { got, sent, rows, served } = one;
  const seen = {
    ...got,
    headers: got.headers["x-allot-model"],
    raw: got.raw.slice(-300),
    rows: rows.length,
    served: served.length,
  };
  return `${promptOf(one)}: ${why} (sent: "${sent}") ${JSON.stringify(seen)}`;
}

function begins(surface: SurfaceName): number {
  return SURFACES[surface].saysBegin ? 1 : 0;
}

test("a stream that breaks at any event is continued by the second provider where nothing was shown, else it says so; every attempt is billed", async () => {
  const cases = await askAll(true);
  const wrong = cases.flatMap((one) => {
    const { surface, got, sent, whole, rows, served } = one;
    if (rows.length !== served.length) return [shownOf(one, "not billed once an attempt")];
    if (got.begins > 1 || got.ends > 1) return [shownOf(one, "twice")];
    if (whole) return got.text === TEXT ? [] : [shownOf(one, "cut though it was whole")];
    if (sent === "") {
      const isOthers = got.text === OTHERS_TEXT && got.ends === 1 && got.faults === 0 && !got.broken;
      const isNamed = got.headers["x-allot-model"] === "xai/grok-4.7" && got.headers["x-allot-fallback"] !== undefined;
      const isBilled = (): boolean => rows.at(-1)?.cost === billOf(served.at(-1)!).cost;
      return isOthers && isNamed && got.begins === begins(surface) && isBilled() ? [] : [shownOf(one, "not continued")];
    }
    const isRight = got.text === sent && got.ends === 0 && got.begins === begins(surface) && TOLD[surface](got);
    return isRight ? [] : [shownOf(one, "not told")];
  });
  expect(wrong).toEqual([]);
  for (const [surface] of ASKED) {
    const own = cases.filter((one) => one.surface === surface && !one.whole);
    expect(own.filter(({ sent }) => sent === "").length).toBeGreaterThan(3);
    expect(own.filter(({ sent }) => sent !== "").length).toBeGreaterThan(3);
  }
}, 120_000);

test("a stream that breaks at any event and has nobody else is an error of its protocol, never half an answer that looks whole", async () => {
  const cases = await askAll(false);
  const wrong = cases.flatMap((one) => {
    const { surface, got, whole, rows, served } = one;
    if (rows.length !== served.length) return [shownOf(one, "not billed once an attempt")];
    if (whole) return got.text === TEXT ? [] : [shownOf(one, "cut though it was whole")];
    if (got.ends > 0 || !TEXT.startsWith(got.text)) return [shownOf(one, "looks whole")];
    const isError = got.status >= 400 && got.faults === 1 && !got.broken;
    const isTold = got.status === 200 && got.begins <= begins(surface) && TOLD[surface](got);
    return isError || isTold ? [] : [shownOf(one, "not told")];
  });
  expect(wrong).toEqual([]);
}, 120_000);
