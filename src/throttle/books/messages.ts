import type { Room } from "../../ledger/holds.ts";
import type { StoreSettings } from "../../storage/store-driver.ts";
import type { Admission, Amounts, Ask, LimitSet, LimitState } from "../throttle.ts";

/*
 * What the process's thread and its books thread say to each other. At most one lease request is under way; everything
 * that the books thread says is in the order in which it was committed.
 */

/** A place in a process's journal: a file, and how far in it; and the bytes of all files up to there. */
export interface Place {
  readonly path: string;
  readonly position: number;
  readonly bytes: number;
}

/** Parameters of the books thread. */
export interface ThreadSettings {
  readonly store: StoreSettings;
  /** Who writes: process identity and a number. */
  readonly writer: string;
  /** Up to where the process knows its journal to be in the database. */
  readonly taken: Place;
  /** Defaults and configuration; what is stored stands above it. */
  readonly limits: LimitSet;
  readonly block: { readonly cap: Amounts; readonly divisor: number };
  readonly awayMs: number;
  readonly sync: boolean;
  /** Epoch ms by the process's clock. */
  readonly openedAt: number;
}

/** An ask without what cannot be posted. */
export interface PostedAsk extends Pick<Ask, "id" | "scopeKeys" | "priority" | "worst"> {
  /** Would less do? Then a refusal for room is answered with figures, to be made smaller by. */
  readonly clampable: boolean;
}

export type ToThread =
  /** Changes leases, then decides asks in order, and leases for them. */
  | {
      readonly kind: "lease";
      readonly now: number;
      readonly asks: readonly PostedAsk[];
      /**
       * Nothing of what they fall under was given back: only what is admitted at NONE is an answer to them, the others are asked
       * again with the leases given back.
       */
      readonly isPlain: boolean;
      /** What goes back (above 0), or is in use and not leased yet (below 0). */
      readonly changes: readonly Room[];
      /** What was not used of these is among the changes. */
      readonly answers: readonly Recall[];
      readonly topUps: readonly (readonly string[])[];
      /** Bytes of the journal that the decision has to know: there is debt in them. */
      readonly settledUpTo: number;
    }
  | { readonly kind: "states"; readonly number: number; readonly now: number; readonly scopeKeys: readonly string[] }
  /** Answered once so many bytes of the journal are in the database. */
  | { readonly kind: "flush"; readonly number: number; readonly bytes: number }
  /** More was spent than held, which is in no lease: others are to know soon. */
  | { readonly kind: "hurry" }
  /** Takes what is journaled, gives back all leases, and ends. */
  | { readonly kind: "close"; readonly now: number; readonly openHolds: boolean };

/** One scope key as the database has it, as of one transaction. */
export interface Snapshot {
  readonly scopeKey: string;
  readonly states: readonly LimitState[];
  /** This process's lease, which `held` of the states includes. */
  readonly lease: Amounts;
}

/** That somebody needs what a lease does not use; 0: this process itself, which nobody waits for. */
export interface Recall {
  readonly scopeKey: string;
  readonly recall: number;
}

/** What went from the journal into the database: no longer to be counted beside it. */
export interface Taken {
  readonly scopeKey: string;
  readonly covered: Amounts;
  readonly debt: Amounts;
}

export type FromThread =
  | { readonly kind: "ready"; readonly set: LimitSet }
  | {
      readonly kind: "leased";
      readonly now: number;
      readonly set: LimitSet;
      readonly answers: readonly { readonly id: string; readonly admission: Admission }[];
      /** To asks of an earlier request, that waited for others to give back. */
      readonly isLater: boolean;
      readonly snapshots: readonly Snapshot[];
    }
  | {
      readonly kind: "taken";
      readonly at: Place;
      readonly now: number;
      readonly taken: readonly Taken[];
      readonly snapshots: readonly Snapshot[];
    }
  /** Somebody else needs what these leases do not use; or the thread asks whether anything idles. */
  | { readonly kind: "recalled"; readonly recalls: readonly Recall[] }
  | { readonly kind: "idle" }
  | { readonly kind: "states"; readonly number: number; readonly snapshots: readonly Snapshot[] }
  | { readonly kind: "flushed"; readonly number: number }
  /** The database could not be had for these; nothing was changed. */
  | { readonly kind: "failed"; readonly what: "lease" | "states"; readonly number: number; readonly message: string }
  /** This process was taken for gone: its leases are. */
  | { readonly kind: "lost" }
  /** The thread could not begin. */
  | { readonly kind: "unusable"; readonly code: string; readonly message: string }
  | { readonly kind: "closed" };
