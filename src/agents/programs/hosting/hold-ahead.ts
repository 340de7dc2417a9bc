import type { Log } from "../../../foundation/log.ts";
import { BOOKS } from "../../../storage/exclusive.ts";
import type { Store } from "../../../storage/storage.ts";
import { refusalText } from "../../../throttle/refusal.ts";
import type { LimitSet, Refused } from "../../../throttle/throttle.ts";
import type { AgentUsage } from "../program.ts";
import { tokensOf } from "../usage.ts";
import type { HostedWork } from "./hosted-work.ts";
import { heldFor, holdMore } from "./own-login.ts";

interface HoldParts {
  readonly store: Store;
  readonly work: HostedWork;
  readonly holdKey: string;
  readonly limits: () => Promise<LimitSet>;
  readonly log: Log;
  /** The agent is to be stopped. */
  readonly onOver: () => void;
}

/**
 * Keeps the hold of work on an own login ahead of what the agent tells to have used. Where the limits have no room for more, the
 * agent works on with what is held, and is stopped once it has used that.
 */
export class HoldAhead {
  readonly #parts: HoldParts;
  #held: number;
  #used = 0;
  #isNew = false;
  #passed: string | null = null;
  #growing: Promise<void> | undefined;

  constructor(parts: HoldParts) {
    this.#parts = parts;
    this.#held = heldFor(parts.work, 0);
  }

  /** Which limit stopped it, in a sentence; null while none did. */
  get passed(): string | null {
    return this.#passed;
  }

  /** What the agent has used in this life so far. */
  note(usage: AgentUsage): void {
    this.#used = tokensOf(usage);
    this.#isNew = true;
    this.#growing ??= this.#grow().finally(() => (this.#growing = undefined));
  }

  /** Resolves once nothing of it is under way any more. */
  async settled(): Promise<void> {
    await this.#growing;
  }

  async #grow(): Promise<void> {
    while (this.#isNew && this.#passed === null) {
      this.#isNew = false;
      const missing = heldFor(this.#parts.work, this.#used) - this.#held;
      if (missing > 0) await this.#holdMore(missing);
    }
  }

  async #holdMore(missing: number): Promise<void> {
    const { store, work, holdKey, limits, log, onOver } = this.#parts;
    try {
      const set = await limits();
      const now = store.clock.now();
      const admission = await store.transaction((trx) => holdMore(trx, set, work, holdKey, missing, now), BOOKS);
      if (admission.kind === "admitted") this.#held += missing;
      else if (this.#used >= this.#held) {
        this.#passed =
          admission.kind === "refused"
            ? refusalText(asUsed(admission, this.#held, this.#used), now)
            : `low priority waits at ${admission.level}`;
        onOver();
      }
    } catch (error) {
      // Its usage is told again and again; a store that refuses for long stops the agent by its record.
      log.warn("agent-hold-unchanged", { key: work.key, why: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** What the work itself holds will not come back: what it has used stands in its place. */
function asUsed(refused: Refused, own: number, used: number): Refused {
  const { settled, held, ...limit } = refused.limit;
  return { ...refused, limit: { ...limit, settled: settled + used, held: Math.max(0, held - own) } };
}
