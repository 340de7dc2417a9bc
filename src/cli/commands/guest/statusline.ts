import type { LimitLine } from "../../../app/figures/limits-report.ts";
import { systemClock } from "../../../foundation/clock.ts";
import type { Command, CommandInput, Io } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { readAll } from "../../read-input.ts";
import { paint } from "../../view/colour.ts";
import { type Told, statusLine, toldByClaude } from "../../view/guest/status-line.ts";

/** Claude Code asks again with every message; what is late is of no use. */
const PATIENCE_MS = 1500;
const MOST_CHARACTERS = 4_000_000;

/** `allot statusline`: one line for Claude Code's status line. */
export const statuslineCommand: Command = {
  name: "statusline",
  summary: "one line for Claude Code: the session's spend, its level, what is left of its tightest limit",
  positionals: "",
  options: ["db"],
  examples: [
    {
      command: `echo '{"session_id":"a","cost":{"total_cost_usd":0.42}}' | allot statusline`,
      shows: "what Claude Code shows; `allot connect` sets it up",
    },
  ],
  /** Ends with 0 whatever happens: a status line must not disturb whoever works. */
  async run(input, io) {
    const told = await within(readTold(io), {});
    const limits = told.session === undefined ? undefined : await within(limitsOf(told.session, input, io), undefined);
    const now = systemClock.now();
    io.stdout.write(`${statusLine(told, limits, { paint: paint(coloured(input, io)), now })}\n`);
    return 0;
  },
};

async function readTold(io: Io): Promise<Told> {
  const text = io.stdin.isTTY === true ? "" : await readAll(io, MOST_CHARACTERS);
  const session = io.env["SESSION_ID"];
  return text === "" ? (session === undefined ? {} : { session }) : toldByClaude(text);
}

/** undefined: allot has counted nothing yet. */
async function limitsOf(session: string, input: CommandInput, io: Io): Promise<readonly LimitLine[] | undefined> {
  const config = loadCommandConfig(input, io);
  await using store = await openExistingStore(config);
  if (store === undefined) return undefined;
  const { limitReport } = await import("../../../app/figures/limits-report.ts");
  return (await limitReport(store, config, session)).limits;
}

/** Claude Code shows colours though its pipe is no terminal. */
function coloured(input: CommandInput, io: Io): boolean {
  try {
    return isColoured(loadCommandConfig(input, io), {
      ...io,
      stdout: Object.assign(Object.create(io.stdout), { isTTY: true }),
    });
  } catch {
    return false;
  }
}

async function within<T>(work: Promise<T>, otherwise: T): Promise<T> {
  const done = new AbortController();
  const late = systemClock.sleep(PATIENCE_MS, done.signal).then(
    () => otherwise,
    () => otherwise,
  );
  try {
    return await Promise.race([work, late]);
  } catch {
    return otherwise;
  } finally {
    done.abort();
  }
}
