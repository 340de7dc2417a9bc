import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGround } from "./ground.ts";
import type { Ground, GroundOptions } from "./ground.ts";
import { player } from "./player.ts";
import { runClient } from "./program.ts";
import type { Answered, ClientAsk, ClientProgram } from "./program.ts";
import { openTap } from "./tap.ts";
import type { Heard, Tap } from "./tap.ts";

/** One thing that is tried with a real client. */
export interface Check {
  readonly client: string;
  /** A sentence of behaviour. */
  readonly name: string;
  /** Resolves with what was seen, in a few words; throws where it is not as it should be. */
  run(kit: Kit): Promise<string>;
}

/** What a check works with. */
export interface Kit {
  /** Whose node_modules has the clients. */
  readonly clients: string;
  /** The gateway that checks share: no limits but those that a check sets for its own session. */
  readonly ground: Ground;
  /** A gateway of the check's own. */
  open(options?: Partial<GroundOptions>): Promise<Ground>;
  /** A client with a fresh home, in front of the shared gateway or another. */
  seat(client: ClientProgram, options?: SeatOptions): Promise<Seat>;
}

export interface SeatOptions {
  readonly ground?: Ground;
  readonly headers?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Set up by `allot connect --write` alone. */
  readonly connected?: "claude" | "codex" | "gemini" | "opencode";
}

/** A client in its home; several runs may follow each other. */
export interface Seat extends AsyncDisposable {
  readonly ground: Ground;
  readonly home: string;
  readonly work: string;
  /** All that the client sent, and how it was answered. */
  readonly heard: readonly Heard[];
  run(ask: ClientAsk): Promise<Answered>;
}

/** Opens the shared ground; checks run against it one after another. */
export async function openKit(clients: string): Promise<Kit & AsyncDisposable> {
  const ground = await openGround({ script: player });
  return {
    clients,
    ground,
    open: (options = {}) => openGround({ script: player, ...options }),
    seat: (client, options) => openSeat(clients, options?.ground ?? ground, client, options),
    [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose](),
  };
}

async function openSeat(
  clients: string,
  ground: Ground,
  client: ClientProgram,
  options: SeatOptions | undefined,
): Promise<Seat> {
  // Not below the ground, whose settings a client's own allot would take for the project's.
  const home = mkdtempSync(join(tmpdir(), "allot-seat-"));
  const work = join(home, "work");
  mkdirSync(work);
  const tap: Tap = await openTap(ground.url);
  const { connected } = options ?? {};
  if (connected !== undefined) {
    const port = new URL(tap.url).port;
    await ground.allotAt(home, "connect", connected, "--write", "--port", port, "--key", ground.key);
  }
  const place = {
    connected: connected !== undefined,
    url: tap.url,
    key: ground.key,
    home,
    work,
    headers: options?.headers ?? {},
    ...(options?.env === undefined ? {} : { env: options.env }),
  };
  return {
    ground,
    home,
    work,
    heard: tap.heard,
    run: (ask) => runClient(client, clients, place, ask),
    async [Symbol.asyncDispose]() {
      await tap[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Lets a session use up so many input tokens, by a small request of its own. */
export async function spend(ground: Ground, session: string, tokens: number): Promise<void> {
  const response = await fetch(`${ground.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": ground.key,
      "x-allot-session": session,
      "x-allot-priority": "critical",
    },
    body: JSON.stringify({
      model: "claude-haiku-5-5",
      max_tokens: 1,
      messages: [{ role: "user", content: `[kit:spend ${tokens}]` }],
    }),
  });
  if (response.status !== 200) throw new Error(`spending was answered ${response.status}: ${await response.text()}`);
  await response.text();
}

/** What is counted for a session, by `allot usage`. */
export async function usageOf(ground: Ground, session: string): Promise<UsageRow | undefined> {
  const said = JSON.parse(await ground.allot("usage", "--by", "session", "--json")) as { readonly rows: UsageRow[] };
  return said.rows.find(({ name }) => name === session);
}

export interface UsageRow {
  readonly name: string;
  readonly calls: number;
  readonly tokens: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly estimated_calls: number;
}
