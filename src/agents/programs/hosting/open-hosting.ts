import { AllotError } from "../../../foundation/errors.ts";
import { formatIdentity, parseIdentity, probe, processIdentity } from "../../../foundation/process-identity.ts";
import { isAlive } from "../../../dispatch/host-seat.ts";
import { BOOKS } from "../../../storage/exclusive.ts";
import type { Store } from "../../../storage/storage.ts";
import type { AgentEvent } from "../program.ts";
import { throwIfInterrupted } from "../interrupted.ts";
import { endGroup, endMarked } from "../stray-processes.ts";
import { addUsage, tokensOf } from "../usage.ts";
import type { AgentHosting, HostedEnd, HostedWork } from "./hosted-work.ts";
import { giveUpHold } from "./own-login.ts";
import { siblingHolds } from "./siblings.ts";
import { countedFor, markOf, nothingSpent, type StoredEnd } from "./work-host.ts";
import { askToStop, eventsAfter, moveWork, openWork, readWork, usageIn, type WorkRow } from "./work-rows.ts";

/** What a host is told. */
export interface HostOrder {
  readonly work: HostedWork;
  readonly life: number;
}

/** A host that was started. */
export interface LaunchedHost {
  /** Undefined while it runs; else what went wrong, or null where it ended well. */
  ended(): string | null | undefined;
}

export interface HostingParts {
  readonly store: Store;
  /** Starts an agent host as a process apart, which lives on when this one is gone. */
  readonly launch: (order: HostOrder) => LaunchedHost;
  /** Takes over what books of processes that are gone have left, so that what they held is counted. */
  readonly recoverBooks: () => Promise<void>;
}

const LOOK_MS = 60;
/** So many lives may one work have: an agent whose host dies again and again is not what to spend on. */
const MOST_LIVES = 4;
/** So many hosts in a row may end without having taken the work. */
const MOST_FAILURES = 3;
/** How long a worker that is told to stop waits for the agent to be stopped. */
const STOP_MS = 30_000;

/** Opens the door to agent hosts; owns nothing that has to be closed. */
export function openAgentHosting(parts: HostingParts): AgentHosting {
  return {
    async carryOut(work, signal, onEvent) {
      throwIfInterrupted(signal);
      await openWork(parts.store, work);
      return new Follower(parts, work, signal, onEvent).toItsEnd();
    },
  };
}

/** One worker that waits for one work. */
class Follower {
  readonly #parts: HostingParts;
  readonly #work: HostedWork;
  readonly #signal: AbortSignal;
  readonly #onEvent: (event: AgentEvent) => void;
  #told = 0;
  #host: { readonly life: number; readonly launched: LaunchedHost } | undefined;
  #failures = 0;
  #toldToWait = false;

  constructor(parts: HostingParts, work: HostedWork, signal: AbortSignal, onEvent: (event: AgentEvent) => void) {
    this.#parts = parts;
    this.#work = work;
    this.#signal = signal;
    this.#onEvent = onEvent;
  }

  async toItsEnd(): Promise<HostedEnd> {
    const { store } = this.#parts;
    for (;;) {
      if (this.#signal.aborted) return this.#stop();
      // Another who waits for the same may have cleared away what was not begun.
      const row = (await readWork(store, this.#work.key)) ?? (await openWork(store, this.#work));
      await this.#tell();
      switch (row.state) {
        case "over": {
          const end = await this.#over(row);
          if (end !== undefined) return end;
          break;
        }
        case "unknown":
          return this.#unknown(row);
        case "paused":
          await this.#nextLife(row);
          break;
        case "intent":
          await this.#launch(row);
          break;
        case "launched":
          if (!isAlive(row.host ?? "", row.seen_at, store.clock.now())) await this.#hostGone(row);
      }
      await store.clock.sleep(LOOK_MS, this.#signal).catch(() => {});
    }
  }

  async #tell(): Promise<void> {
    for (const { seq, event } of await eventsAfter(this.#parts.store, this.#work.key, this.#told)) {
      this.#told = seq;
      this.#onEvent(event);
    }
  }

  /** Starts a host for that life, unless one of ours is on its way. Throws `internal` where hosts cannot start. */
  async #launch(row: WorkRow): Promise<void> {
    const ended = this.#host?.life === row.life ? this.#host.launched.ended() : null;
    if (ended === undefined) return;
    if (this.#host?.life === row.life) {
      this.#failures += 1;
      if (this.#failures >= MOST_FAILURES)
        throw new AllotError("internal", `the agent host of ${row.key} cannot start: ${ended ?? "it ends at once"}`);
    }
    if (row.wants_stop === 1) await moveWork(this.#parts.store, row, { wants_stop: 0 });
    this.#host = { life: row.life, launched: this.#parts.launch({ work: this.#work, life: row.life }) };
  }

  /** Stopped on request, or its host is gone: what it has used so far stays counted, and its session is gone on with. */
  async #nextLife(row: WorkRow): Promise<void> {
    const used = addUsage(usageIn(row.earlier_usage), usageIn(row.usage));
    await moveWork(this.#parts.store, row, {
      state: "intent",
      life: row.life + 1,
      host: null,
      process: null,
      hold_key: null,
      wants_stop: 0,
      usage: null,
      earlier_usage: JSON.stringify(used),
    });
  }

  /**
   * The host was killed. The agent that it left behind is ended, so that nobody works in the folder but who comes next; what it
   * held counts as spent; and where its session is known, it is gone on with.
   */
  async #hostGone(row: WorkRow): Promise<void> {
    const { store, recoverBooks } = this.#parts;
    await endLeftovers(row);
    await recoverBooks();
    const stamp = { writer: formatIdentity(processIdentity()), at: store.clock.now() };
    await store.transaction(async (trx) => {
      const current = await trx.selectFrom("agent_works").selectAll().where("key", "=", row.key).executeTakeFirst();
      if (current?.state === "launched" && current.host === row.host && current.life === row.life)
        await giveUpHold(trx, this.#work, current, stamp);
    }, BOOKS);
    // Read anew: the agent's last events may name the session only now.
    const current = await readWork(store, row.key);
    if (current?.state !== "launched" || current.host !== row.host || current.life !== row.life) return;
    if (current.agent_session !== null && current.life < MOST_LIVES) return this.#nextLife(current);
    const outcome =
      "the agent host ended while the agent was at work; what came of it cannot be known, so it is not repeated";
    await moveWork(store, current, { state: "unknown", outcome });
  }

  /** Undefined where it goes on: nothing was begun, and what was in the way is to end by itself. */
  async #over(row: WorkRow): Promise<HostedEnd | undefined> {
    await this.#tell();
    const { again, atHold: _counted, waitsFor = [], ...end } = JSON.parse(row.outcome ?? "null") as StoredEnd;
    if (again === undefined) {
      // A session that is lost is nobody's to go on with.
      const session = end.kind === "session-lost" ? null : (end.session ?? row.agent_session);
      return { ...end, session };
    }
    if (waitsFor.length > 0) {
      await this.#afterSiblings(row, waitsFor);
      return undefined;
    }
    await this.#forget(row);
    if (end.code === "limit-reached") return end;
    const code = end.code === "command-not-found" || end.code === "config-invalid" ? end.code : "usage";
    throw new AllotError(code, end.message ?? "the agent cannot be started");
  }

  /** Agents of the same run hold the room: once one of them has ended, it is tried again. */
  async #afterSiblings(row: WorkRow, waitsFor: readonly string[]): Promise<void> {
    const { store } = this.#parts;
    if (!this.#toldToWait)
      this.#onEvent({ kind: "note", text: "it waits: other agents of this run hold what the limits have room for" });
    this.#toldToWait = true;
    const atWork = await siblingHolds(store.db, this.#work, store.clock.now());
    if (!waitsFor.every((hold) => atWork.includes(hold))) await this.#backToIntent(row);
  }

  /** The same life may be begun again. */
  async #backToIntent(row: WorkRow): Promise<void> {
    this.#host = undefined;
    this.#failures = 0;
    await moveWork(this.#parts.store, row, { state: "intent", host: null, outcome: null });
  }

  /** Nothing was begun in this life: what earlier lives have left is kept; of a first one there is nothing to keep. */
  async #forget(row: WorkRow): Promise<void> {
    if (row.life > 1) return this.#backToIntent(row);
    const { db } = this.#parts.store;
    await db.deleteFrom("agent_work_events").where("key", "=", row.key).execute();
    await db.deleteFrom("agent_works").where("key", "=", row.key).where("state", "=", "over").execute();
  }

  async #unknown(row: WorkRow): Promise<HostedEnd> {
    const usage = addUsage(usageIn(row.earlier_usage), usageIn(row.usage));
    const message = row.outcome ?? "what came of it cannot be known";
    const about = { kind: "unknown" as const, session: row.agent_session, message, usage };
    if (row.way === "own-login")
      return { ...about, spent: { ...nothingSpent(true), tokens: tokensOf(usage), calls: row.life } };
    return { ...about, spent: await countedFor(this.#parts.store, row.key) };
  }

  /** Has the agent stopped, waits until it is, and throws `interrupted`. */
  async #stop(): Promise<never> {
    const { store } = this.#parts;
    await askToStop(store, this.#work.key);
    const until = store.clock.now() + STOP_MS;
    while (store.clock.now() < until) {
      const row = await readWork(store, this.#work.key);
      const isAtWork = row?.state === "launched" && isAlive(row.host ?? "", row.seen_at, store.clock.now());
      if (!isAtWork) break;
      await store.clock.sleep(LOOK_MS);
    }
    await this.#tell();
    throw new AllotError("interrupted", "the agent was stopped; its session can be gone on with", {
      cause: this.#signal.reason,
    });
  }
}

/** Ends the agent that a dead host has left behind, and all that it started. */
async function endLeftovers({ key, process: agent }: WorkRow): Promise<void> {
  if (agent !== null) {
    const identity = parseIdentity(agent);
    if (probe(identity) === "alive") endGroup(identity.pid, "SIGKILL");
  }
  await endMarked(markOf(key));
}
