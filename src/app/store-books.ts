import { closeHold } from "../ledger/holds.ts";
import { book, release as releaseHold } from "../ledger/ledger.ts";
import { BOOKS } from "../storage/exclusive.ts";
import type { Store } from "../storage/storage.ts";
import { holdInStore } from "../throttle/store/admission.ts";
import { statesInStore } from "../throttle/store/states.ts";
import type { Books, LimitSet } from "../throttle/throttle.ts";

/** Books in the database itself: a transaction for each hold and each settlement, in their order. */
export function openStoreBooks(store: Store, set: LimitSet, writer: string): Books {
  let tail: Promise<unknown> = Promise.resolve();
  const chain = (work: () => Promise<unknown>): void => {
    tail = tail.then(work);
    tail.catch(() => {});
  };
  return {
    async admit(ask) {
      await tail;
      return store.transaction((trx) => {
        const keys = [...ask.scopeKeys, ...(ask.countedKeys ?? [])];
        const session = keys.find((key) => key.startsWith("session:"))?.slice(8) ?? "";
        return holdInStore(trx, set, { ...ask, session, runId: "" }, store.clock.now());
      }, BOOKS);
    },
    settle({ id, entry }) {
      const at = store.clock.now();
      chain(() =>
        store.transaction(async (trx) => {
          await closeHold(trx, id, "settled", at);
          await book(trx, writer, [{ ...entry, at, entry_key: `settle:${id}` }]);
        }, BOOKS),
      );
    },
    release(id) {
      chain(() => store.transaction((trx) => releaseHold(trx, id, store.clock.now()), BOOKS));
    },
    correct() {},
    states: async (keys) => {
      await tail;
      return statesInStore(store.db, set, keys, store.clock.now());
    },
    flush: async () => void (await tail),
    [Symbol.asyncDispose]: async () => void (await tail),
  };
}
