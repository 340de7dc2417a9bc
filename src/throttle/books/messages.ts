import type { Room } from "../../ledger/holds.ts";
import type { StoreSettings } from "../../storage/store-driver.ts";
import type { Admission, Amounts, Ask, LimitSet, LimitState } from "../throttle.ts";

/*
 * What the process's thread and its books thread say to each other. At most one lease request is under way; everything
 * that the books thread says is in the order in which it was committed.
 */

/** Parameters of the books thread. */
export interface ThreadSettings {
  readonly store: StoreSettings;
  /** Who writes: process identity and a number. */
  readonly writer: string;
  /** Folder of the journals, and the first file. */
  readonly folder: string;
  readonly journal: string;
  /** Defaults and configuration; what is stored stands above it. */
  readonly limits: LimitSet;
  readonly block: { readonly cap: Amounts; readonly divisor: number };
  /** Epoch ms by the process's clock. */
  readonly openedAt: number;
}

/** An ask without what cannot be posted. */
export interface PostedAsk extends Pick<Ask, "id" | "scopeKeys" | "priority" | "worst"> {
  /** Would less do? Then a refusal for room is answered with figures, to be made smaller by. */
  readonly clampable: boolean;
}

export type ToThread =
  /** Gives back rooms, then decides asks in order, and leases for them. Also the way to fresh figures: no asks. */
  | {
      readonly kind: "lease";
      readonly now: number;
      readonly asks: readonly PostedAsk[];
      readonly returns: readonly Room[];
      readonly topUps: readonly (readonly string[])[];
    }
  | { readonly kind: "states"; readonly number: number; readonly now: number; readonly scopeKeys: readonly string[] }
  /** Answered once so many bytes of the journal are in the database. */
  | { readonly kind: "flush"; readonly number: number; readonly bytes: number }
  /** Takes what is journaled, gives back all leases, and ends. */
  | { readonly kind: "close"; readonly now: number; readonly openHolds: boolean };

/** One scope key as the database has it, as of one transaction. */
export interface Snapshot {
  readonly scopeKey: string;
  readonly states: readonly LimitState[];
  /** This process's lease, which `held` of the states includes. */
  readonly lease: Amounts;
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
      readonly snapshots: readonly Snapshot[];
    }
  | {
      readonly kind: "taken";
      readonly bytes: number;
      readonly now: number;
      readonly taken: readonly Taken[];
      readonly snapshots: readonly Snapshot[];
    }
  /** Somebody else needs what these leases do not use; or the thread asks whether anything idles. */
  | { readonly kind: "recalled"; readonly scopeKeys: readonly string[] }
  | { readonly kind: "idle" }
  | { readonly kind: "states"; readonly number: number; readonly snapshots: readonly Snapshot[] }
  | { readonly kind: "flushed"; readonly number: number }
  /** The database could not be had for these; nothing was changed. */
  | { readonly kind: "failed"; readonly what: "lease" | "states"; readonly number: number; readonly message: string }
  | { readonly kind: "closed" };
