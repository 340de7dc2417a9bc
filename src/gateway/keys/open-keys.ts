import { randomInt, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../foundation/clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { didYouMean } from "../../foundation/closest.ts";
import { randomLetters, sha256 } from "../../foundation/ids.ts";
import type { GatewayKeysTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { setLimit } from "../../throttle/store/stored-limits.ts";
import { PRIORITIES, type Priority } from "../../throttle/throttle.ts";
import { checkWish } from "./key-wish.ts";
import type { KeyFacts, KeyRow, Keys, KeyWish } from "./keys.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS_IN_KEY = 40;
const ISSUED = /^allot-[A-Za-z0-9]{40}$/;
/** How long what was read of a key may be used: so soon a revoked one stops everywhere. */
const FRESH_MS = 1000;
/** Keys nobody has that are remembered at most, so that guessing fills no memory. */
const MOST_UNKNOWN = 1000;
/** Critical calls pass limits: a key that may make them is made for it. */
const USUAL_PRIORITY: Priority = "high";

/**
 * The keys of the gateway's clients in this store, and those of `extra` (ALLOT_KEY, `--key`), which stand nowhere and may
 * do all.
 *
 * A key is 40 random letters and digits (238 bits) after "allot-", so one hash without salt is enough: nobody can try
 * them all. What has not this form is never looked up in the store. Rejected: scrypt and its like, which slow down
 * guessing of short passwords and would cost every request milliseconds.
 */
export function openKeys(options: { store: Store; clock: Clock; extra?: readonly string[] }): Keys {
  const { store, clock } = options;
  const extra = (options.extra ?? []).filter((key) => key !== "").map((key) => Buffer.from(sha256(key), "hex"));
  const seen = rememberSeen(clock);
  const asked = new Map<string, Promise<KeyFacts | undefined>>();

  async function look(hash: string): Promise<KeyFacts | undefined> {
    try {
      const at = clock.now();
      const row = await store.db
        .selectFrom("gateway_keys")
        .selectAll()
        .where("hash", "=", hash)
        .where("revoked_at", "is", null)
        .executeTakeFirst();
      const facts = row === undefined ? undefined : factsOf(row);
      seen.note(hash, facts, at);
      return unlessExpired(facts, clock);
    } finally {
      asked.delete(hash);
    }
  }

  return {
    find(key) {
      const hash = sha256(key);
      const bytes = Buffer.from(hash, "hex");
      // Every one is compared, so that time says nothing of which it was.
      if (extra.filter((known) => timingSafeEqual(known, bytes)).length > 0) return OWNER;
      if (!ISSUED.test(key)) return undefined;
      const known = seen.recall(hash);
      if (known !== undefined) return unlessExpired(known.facts, clock);
      const pending = asked.get(hash) ?? look(hash);
      asked.set(hash, pending);
      return pending;
    },
    create: (wish) => create(store, clock, wish),
    async list() {
      const rows = await store.db.selectFrom("gateway_keys").selectAll().orderBy("created_at").orderBy("id").execute();
      return rows.map(rowOf);
    },
    async revoke(idOrName) {
      const facts = await revoke(store, clock, idOrName);
      seen.forgetAll();
      return facts;
    },
  };
}

/** ALLOT_KEY and `--key` belong to who runs the gateway. */
const OWNER: KeyFacts = {
  id: "env",
  name: "ALLOT_KEY",
  expiresAt: null,
  session: null,
  project: null,
  models: null,
  priority: "critical",
};

interface Seen {
  /** What was read of a key in the last second. */
  recall(hash: string): { readonly facts: KeyFacts | undefined } | undefined;
  note(hash: string, facts: KeyFacts | undefined, at: number): void;
  forgetAll(): void;
}

/** Known keys are as many as the store has; of the others the latest are kept. */
function rememberSeen(clock: Clock): Seen {
  const known = new Map<string, { readonly facts: KeyFacts | undefined; readonly at: number }>();
  const unknown: typeof known = new Map();
  return {
    recall(hash) {
      const entry = known.get(hash) ?? unknown.get(hash);
      const age = clock.now() - (entry?.at ?? Number.NEGATIVE_INFINITY);
      return age >= 0 && age < FRESH_MS ? entry : undefined;
    },
    note(hash, facts, at) {
      known.delete(hash);
      unknown.delete(hash);
      (facts === undefined ? unknown : known).set(hash, { facts, at });
      const [oldest] = unknown.size > MOST_UNKNOWN ? unknown.keys() : [];
      if (oldest !== undefined) unknown.delete(oldest);
    },
    forgetAll() {
      known.clear();
      unknown.clear();
    },
  };
}

function unlessExpired(facts: KeyFacts | undefined, clock: Clock): KeyFacts | undefined {
  return (facts?.expiresAt ?? Number.POSITIVE_INFINITY) <= clock.now() ? undefined : facts;
}

async function create(store: Store, clock: Clock, wish: KeyWish): ReturnType<Keys["create"]> {
  checkWish(wish);
  const at = clock.now();
  const key = `allot-${Array.from({ length: LETTERS_IN_KEY }, () => LETTERS[randomInt(LETTERS.length)]).join("")}`;
  const row: GatewayKeysTable = {
    id: randomLetters(8),
    name: wish.name,
    hash: sha256(key),
    created_at: at,
    expires_at: wish.expiresInMs === undefined ? null : at + wish.expiresInMs,
    revoked_at: null,
    session_id: wish.session ?? null,
    project: wish.project ?? null,
    models: wish.models === undefined ? null : JSON.stringify(wish.models),
    priority: wish.priority ?? USUAL_PRIORITY,
  };
  // A key without the limits that were asked for must never be there.
  await store.transaction(async (trx) => {
    await trx.insertInto("gateway_keys").values(row).execute();
    for (const limit of wish.limits ?? []) await setLimit(trx, { scope: "key", of: row.id, ...limit }, at);
  });
  return { facts: factsOf(row), key };
}

async function revoke(store: Store, clock: Clock, idOrName: string): Promise<KeyFacts> {
  const rows = await store.db.selectFrom("gateway_keys").selectAll().orderBy("created_at").execute();
  const row = chosen(rows, idOrName);
  await store.db
    .updateTable("gateway_keys")
    .set({ revoked_at: clock.now() })
    .where("id", "=", row.id)
    .where("revoked_at", "is", null)
    .execute();
  return factsOf(row);
}

/** An id says which; a name only where one key that still works has it. Throws `usage`. */
function chosen(rows: readonly GatewayKeysTable[], idOrName: string): GatewayKeysTable {
  const byId = rows.find(({ id }) => id === idOrName);
  if (byId !== undefined) return byId;
  const named = rows.filter(({ name }) => name === idOrName);
  const working = named.filter(({ revoked_at: revokedAt }) => revokedAt === null);
  const [only, second] = working;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    const ids = working.map(({ id }) => id).join(", ");
    throw new AllotError("usage", `${working.length} keys are named ${idOrName}: say which by its id, one of ${ids}`);
  }
  if (named.length > 0) throw new AllotError("usage", `the key ${idOrName} is revoked already`);
  const near = didYouMean(
    idOrName,
    rows.filter((row) => row.revoked_at === null).flatMap(({ id, name }) => [name, id]),
  );
  throw new AllotError(
    "usage",
    `there is no key with the id or name ${idOrName}.${near} \`allot key list\` lists them`,
  );
}

function factsOf(row: GatewayKeysTable): KeyFacts {
  return {
    id: row.id,
    name: row.name,
    expiresAt: row.expires_at,
    session: row.session_id,
    project: row.project,
    models: row.models === null ? null : (JSON.parse(row.models) as string[]),
    // A priority of a newer version means nothing here; the least is safe.
    priority: PRIORITIES.find((priority) => priority === row.priority) ?? "low",
  };
}

function rowOf(row: GatewayKeysTable): KeyRow {
  return { ...factsOf(row), createdAt: row.created_at, revokedAt: row.revoked_at };
}
