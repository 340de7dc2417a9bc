import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { askGateway, type Got } from "../support/gateway/ask-gateway.ts";
import { answerTo } from "../support/gateway/faulty-provider.ts";
import { ledgerRows, openLeases } from "../support/gateway/gateway-ledger.ts";
import { allotIn, openServe, type Serve, serveHome, upstreamsAt } from "../support/gateway/open-serve.ts";
import type { SurfaceName } from "../support/gateway/surfaces.ts";
import { billOf } from "../support/gateway/what-was-served.ts";
import { openRemembering } from "../support/gateway/faulty-provider.ts";
import { randomFrom } from "../support/seeded-random.ts";

const KILLS = 10;
const AT_ONCE = 12;

const ASKED: readonly (readonly [SurfaceName, string])[] = [
  ["chat", "gpt-5"],
  ["responses", "gpt-5"],
  ["anthropic", "claude-sonnet-5-5"],
  ["gemini", "gemini-2.5-pro"],
];

interface Asked {
  readonly surface: SurfaceName;
  readonly session: string;
  readonly got: Got;
}

test(`a gateway that is killed under load ${KILLS} times has booked what was served, at its hold what was under way, and nobody got half an answer that looks whole`, async () => {
  const random = randomFrom(5);
  const provider = await openRemembering(({ lastUserText }) => ({
    text: answerTo(lastUserText),
    delayMs: Math.floor(random() * 40),
    chunkDelayMs: 2,
  }));
  onTestFinished(() => provider.server.close());
  const home = serveHome();
  const args = upstreamsAt(provider.server, ["anthropic", "openai", "google"]);
  const asked: Asked[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const serve = await openServe({ home, args });
    const load = underLoad(serve, kill, asked);
    await sleep(250 + Math.floor(random() * 500));
    await serve.kill();
    await load;
  }
  // The last life takes over what the others left.
  const last = await openServe({ home, args });
  const got = await askGateway(last.url, {
    surface: "chat",
    model: "gpt-5",
    stream: true,
    prompt: "after all",
    headers: { "x-allot-session": "after all" },
  });
  asked.push({ surface: "chat", session: "after all", got });
  expect(await last.stop()).toBe(0);

  const rows = ledgerRows(home);
  const rowsOf = Map.groupBy(rows, ({ session }) => session);
  const servedOf = Map.groupBy(provider.answered, ({ seen }) => seen.lastUserText);
  const faults = asked.flatMap(({ surface, session, got: answer }) => {
    const own = rowsOf.get(session) ?? [];
    const served = servedOf.get(session) ?? [];
    const whole = answer.ends === 1 && !answer.broken;
    const said = `${surface} ${session}: ${JSON.stringify({ ...answer, headers: {}, raw: answer.raw.slice(-120), own, served: served.length })}`;
    if (answer.text !== "" && !answerTo(session).startsWith(answer.text)) return [`wrong text ${said}`];
    if (whole && answer.text !== answerTo(session)) return [`not its answer ${said}`];
    if (!whole && !answer.broken && answer.status === 200) return [`half an answer that looks whole ${said}`];
    if (own.length > 1 || served.length > 1) return [`twice ${said}`];
    if (served.length === 1 && own.length === 0) return [`served, not booked ${said}`];
    const [row] = own;
    if (row === undefined) return [];
    if (row.kind === "unknown") {
      if (whole) return [`answered whole, booked as unknown ${said}`];
      return row.cost === row.held ? [] : [`unknown, and not at its hold ${said}`];
    }
    return row.cost === billOf(served[0]!).cost && row.estimated === 0 ? [] : [`another cost ${said}`];
  });
  const answered = asked.filter(({ got: { ends, broken } }) => ends === 1 && !broken).length;
  const unknown = rows.filter(({ kind }) => kind === "unknown").length;
  process.stdout.write(
    `${JSON.stringify({ asked: asked.length, answered, rows: rows.length, unknown, faults: faults.length })}\n`,
  );
  expect(faults.slice(0, 5)).toEqual([]);
  expect(new Set(rows.map(({ call }) => call)).size).toBe(rows.length);
  expect(answered).toBeGreaterThan(KILLS * 3);
  expect(unknown).toBeGreaterThan(KILLS);

  expect(openLeases(home)).toEqual([]);
  const usage = JSON.parse(await allotIn(home, "usage", "--json")) as {
    total: { cost_nano_usd: number; calls: number };
    limits: { held: number }[];
  };
  expect(usage.total.cost_nano_usd).toBe(rows.reduce((sum, { cost }) => sum + cost, 0));
  expect(usage.limits.filter(({ held }) => held > 0)).toEqual([]);
}, 180_000);

/** Clients that ask one thing after the other until the gateway is gone. */
async function underLoad(serve: Serve, life: number, asked: Asked[]): Promise<void> {
  const client = async (number: number): Promise<void> => {
    for (let turn = 0; serve.running(); turn += 1) {
      const [surface, model] = ASKED[(number + turn) % ASKED.length]!;
      const session = `client ${number}, life ${life}, turn ${turn}`;
      const headers = { "x-allot-session": session };
      const got = await askGateway(serve.url, { surface, model, stream: turn % 3 !== 0, prompt: session, headers });
      asked.push({ surface, session, got });
      if (got.status === 0) return;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => client(number)));
}
