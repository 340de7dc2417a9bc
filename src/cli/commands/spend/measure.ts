import { homedir } from "node:os";
import { resolve } from "node:path";
import { createLogUpdate } from "log-update";
import { measureJson } from "../../../app/figures/measure-json.ts";
import { type Measured, type MeasureOptions, measurePrices, openMeasure } from "../../../app/figures/measure.ts";
import { openConfiguredCatalog } from "../../../app/catalog.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import type { Config } from "../../../config/config.ts";
import { type Imported, importUsage } from "../../../dispatch/imports/import-usage.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { didYouMean } from "../../../foundation/closest.ts";
import { AllotError, isAllotError } from "../../../foundation/errors.ts";
import { formatIdentity, processIdentity } from "../../../foundation/process-identity.ts";
import type { UsageBy } from "../../../transcripts/sums.ts";
import type { Command, CommandInput, Io } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { readLogPart } from "./log-part.ts";
import { readSince } from "../../read-since.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { measureScreen } from "../../view/spend/measure-screen.ts";

const BY: readonly UsageBy[] = ["session", "project", "day", "model", "agent"];
const TICK_MS = 1000;
/** What a live agent's log tells first may be in the gateway's books a moment later. */
const REST_MS = 5000;
/** Lines of a watched screen that are no row of a session. */
const AROUND_ROWS = 14;

/** `allot measure`: what agents used, out of their own logs. */
export const measureCommand: Command = {
  name: "measure",
  summary: "tokens and dollars out of the logs of Claude Code, Codex, Gemini CLI and opencode",
  positionals: "[LOG...]",
  options: ["by", "since", "session", "before", "after", "watch", "import", "covered", "prices", "db", "json"],
  optionTexts: {
    home: "the home folder whose logs are read; your own otherwise",
    by: "what a row is: session, project, day, model or agent",
    since: "only answers since then: 90m, 24h, 7d, or a date like 2026-11-01",
    session: "only this session, or those that begin so",
    watch: "again whenever a log has grown, until Ctrl-C",
  },
  examples: [
    { command: "allot measure", shows: "all sessions of all agents, dearest first" },
    { command: "allot measure --by day --since 7d", shows: "a week by day" },
    {
      command: "allot measure --before 1f0c2a77 --after 9be41d02",
      shows: "two sessions, before and after a change, with the percentage",
    },
    { command: "allot measure --before 2026-11-10 --after 2026-11-10", shows: "all before that day beside all since" },
    { command: "allot measure --import", shows: "the same, taken into the ledger: limits know of it" },
    { command: "allot measure --watch --import", shows: "while a session runs" },
  ],
  async run(input, io) {
    // Elsewhere --home is allot's own folder.
    const { home: named, ...flags } = input.flags;
    checkBy(flags["by"]);
    const config = loadCommandConfig({ ...input, flags }, io);
    const options = measureOptions(config, input, io, typeof named === "string" ? named : undefined);
    const measure = openMeasure(options, measurePrices(config, systemClock.now()));
    const { settings } = config;
    await using store = settings.import ? await openConfiguredStore(config, systemClock) : undefined;
    const look = async (restMs: number): Promise<Look> => {
      const measured = await measure.look();
      if (store === undefined) return { measured };
      const now = systemClock.now();
      const catalog = openConfiguredCatalog(config, now);
      const writer = formatIdentity(processIdentity());
      return { measured, imported: await importUsage({ store, catalog, writer, now, restMs }, measured.records) };
    };
    const show = screenOf(config, io, options.home);
    if (!settings.watch) {
      const looked = await look(0);
      checkFound(looked.measured);
      show.once(looked);
      return 0;
    }
    while (!io.signal.aborted) {
      const looked = await look(REST_MS).catch((error: unknown) => {
        // The next look takes in what this one could not.
        if (!isAllotError(error, "ledger-busy")) throw error;
      });
      if (looked !== undefined) show.again(looked);
      await systemClock.sleep(TICK_MS, io.signal).catch(() => undefined);
    }
    return 0;
  },
};

interface Look {
  readonly measured: Measured;
  readonly imported?: Imported;
}

/** Other commands' --by takes more. Throws `usage` with what measure takes. */
function checkBy(written: unknown): void {
  const word = typeof written === "string" ? written.trim().toLowerCase() : "session";
  if (BY.some((each) => each === word)) return;
  throw new AllotError(
    "usage",
    `--by is "${String(written)}", but measure takes ${BY.join(", ")}.${didYouMean(word, BY)}`,
  );
}

/** A comparison with nothing is none. Throws `file-not-found`. */
function checkFound({ change }: Measured): void {
  const [missing] = change?.missing ?? [];
  if (missing === undefined) return;
  const { side, session } = missing;
  throw new AllotError(
    "file-not-found",
    `--${side} names ${session}, and no session with answers begins so in the logs`,
  );
}

function measureOptions(config: Config, input: CommandInput, io: Io, named: string | undefined): MeasureOptions {
  const { settings, origins } = config;
  const by = BY.find((each) => each === settings.by) ?? "session";
  if ((settings.before === null) !== (settings.after === null)) {
    throw new AllotError("usage", "--before and --after belong together: measure compares the one with the other");
  }
  const now = systemClock.now();
  const own = io.env["HOME"] ?? homedir();
  const home = named === undefined ? own : resolve(io.cwd, named.replace(/^~(?=\/|$)/, own));
  const files = input.positionals.map((path) => resolve(io.cwd, path));
  return {
    by,
    home,
    ...(named === undefined ? { env: io.env } : {}),
    ...(files.length === 0 ? {} : { files }),
    ...(settings.since === null ? {} : { since: readSince(settings.since, now) }),
    ...(origins.session.kind === "flag" ? { sessions: [settings.session] } : {}),
    ...(settings.before === null || settings.after === null
      ? {}
      : {
          change: {
            before: readLogPart("before", settings.before, io.cwd, now),
            after: readLogPart("after", settings.after, io.cwd, now),
          },
        }),
  };
}

/** A table for people, redrawn on a terminal where it is shown again; an object for programs. */
function screenOf(config: Config, io: Io, home: string) {
  const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io), home };
  const { json } = config.settings;
  const textOf = ({ measured, imported }: Look, mostRows?: number): string =>
    json
      ? JSON.stringify(measureJson(measured, home, imported))
      : measureScreen(measured, { ...form, ...(mostRows === undefined ? {} : { mostRows }) }, imported).join("\n");
  const redraws = io.stdout.isTTY === true && io.env["TERM"] !== "dumb" && !json;
  const draw = redraws ? createLogUpdate(io.stdout as NodeJS.WriteStream, { showCursor: true }) : undefined;
  let told = "";
  return {
    once: (look: Look): void => void io.stdout.write(`${textOf(look)}\n`),
    again(look: Look): void {
      const text = textOf(look, redraws ? Math.max(3, (io.stdout.rows ?? 40) - AROUND_ROWS) : undefined);
      // What an import did the last time is no news.
      const news = textOf({ measured: look.measured });
      if (draw !== undefined) draw(text);
      else if (news !== told) io.stdout.write(`${text}\n`);
      told = news;
    },
  };
}
