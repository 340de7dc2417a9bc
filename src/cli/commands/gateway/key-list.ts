import { systemClock } from "../../../foundation/clock.ts";
import { openKeys } from "../../../gateway/keys/open-keys.ts";
import { limitSetOf, UNLIMITED } from "../../../throttle/limits.ts";
import { loadLimitSet } from "../../../throttle/store/stored-limits.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { keyJson, keyListScreen, type ListedKey } from "../../view/gateway/key-screen.ts";

/** `allot key list`: who has a key, what it may do, whether it still works. */
export const keyListCommand: Command = {
  name: "key list",
  summary: "the keys of the gateway's clients: what each may do, until when; never the key itself",
  positionals: "",
  options: ["all", "db", "json"],
  optionTexts: { all: "also those that were revoked or have expired" },
  examples: [
    { command: "allot key list", shows: "the keys that work" },
    { command: "allot key list --all --json", shows: "every key there was, as one JSON object" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    const now = systemClock.now();
    const rows = store === undefined ? [] : await openKeys({ store, clock: systemClock }).list();
    const set = store === undefined ? undefined : await loadLimitSet(store.db, limitSetOf(config.limits));
    const keys = rows.map((row): ListedKey => ({
      facts: row,
      createdAt: row.createdAt,
      revokedAt: row.revokedAt,
      state: row.revokedAt !== null ? "revoked" : row.expiresAt !== null && row.expiresAt <= now ? "expired" : "works",
      limits:
        set?.limits.filter(({ scope, of, amount }) => scope === "key" && of === row.id && amount !== UNLIMITED) ?? [],
    }));
    const shown = config.settings.all ? keys : keys.filter(({ state }) => state === "works");
    if (config.settings.json) {
      io.stdout.write(`${JSON.stringify({ keys: shown.map(keyJson) })}\n`);
      return 0;
    }
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io), program: programName(io.env), now };
    io.stdout.write(`${keyListScreen(shown, keys.length - shown.length, form).join("\n")}\n`);
    return 0;
  },
};
