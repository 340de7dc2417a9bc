import type { Limit, Priority } from "../../throttle/throttle.ts";

/*
 * The keys of the gateway's clients. The store has their hashes only; a key is shown once, when it is made. (Contract
 * file: types only; `openKeys` stands in open-keys.ts.)
 */
export interface Keys {
  /**
   * Who has this key; undefined for one that is unknown, expired or revoked. Answers from memory where it was seen in
   * the last second, so that a revoked key stops within a second; compares hashes.
   */
  find(key: string): KeyFacts | undefined | Promise<KeyFacts | undefined>;
  create(wish: KeyWish): Promise<{ readonly facts: KeyFacts; readonly key: string }>;
  list(): Promise<readonly KeyRow[]>;
  /** By id, or by name where only one has it. Throws `usage` with the closest names. */
  revoke(idOrName: string): Promise<KeyFacts>;
}

export interface KeyFacts {
  /** For the scope "key:ID"; "env" is the one of ALLOT_KEY or --key. */
  readonly id: string;
  readonly name: string;
  readonly expiresAt: number | null;
  /** Every call counts for this session, whatever the client says. */
  readonly session: string | null;
  readonly project: string | null;
  /** Names or patterns; null: all. */
  readonly models: readonly string[] | null;
  /** The most urgent its clients may ask for. */
  readonly priority: Priority;
}

export interface KeyRow extends KeyFacts {
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface KeyWish {
  readonly name: string;
  readonly expiresInMs?: number;
  readonly session?: string;
  readonly project?: string;
  readonly models?: readonly string[];
  /** "high" where it is not said: critical calls pass limits. */
  readonly priority?: Priority;
  /** Caps of this key alone, stored with it in one step, as limits of the scope "key:ID". */
  readonly limits?: readonly Omit<Limit, "scope" | "of">[];
}
