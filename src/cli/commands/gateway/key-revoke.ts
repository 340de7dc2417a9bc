import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { openKeys } from "../../../gateway/keys/open-keys.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { keyJson } from "../../view/gateway/key-screen.ts";

/** `allot key revoke`: a key stops working within a second, in every gateway on the store. */
export const keyRevokeCommand: Command = {
  name: "key revoke",
  summary: "takes a key back: it stops working within a second in every gateway that shares the store",
  positionals: "ID|NAME",
  options: ["db", "json"],
  examples: [
    { command: "allot key revoke laptop", shows: "the key of that name; by its id where several have the name" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const [idOrName, more] = input.positionals;
    if (idOrName === undefined || more !== undefined) {
      throw new AllotError("usage", "key revoke takes one id or name, as `allot key list` shows them");
    }
    await using store = await openExistingStore(config);
    if (store === undefined) throw new AllotError("usage", `there is no key ${idOrName}: no key was ever made`);
    const facts = await openKeys({ store, clock: systemClock }).revoke(idOrName);
    io.stdout.write(
      config.settings.json
        ? `${JSON.stringify({ revoked: keyJson({ facts, limits: [] }) })}\n`
        : `key ${facts.id} (${facts.name}) is revoked; it stops working within a second\n`,
    );
    return 0;
  },
};
