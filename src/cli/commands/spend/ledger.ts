import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openConfiguredStore } from "../../../app/store.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatCount, formatUsd, toUsd } from "../../../foundation/units.ts";
import { exportLedger } from "../../../ledger/export-ledger.ts";
import { type Selection, total } from "../../../ledger/totals.ts";
import { verifyLedger } from "../../../ledger/verify-ledger.ts";
import type { Config } from "../../../config/config.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { readSince } from "../../read-since.ts";

const UNSOUND = 65;

/** `allot ledger`: how large it is, where it is. */
export const ledgerCommand: Command = {
  name: "ledger",
  summary: "where the ledger is and what it holds; `ledger verify` proves it",
  positionals: "",
  options: ["db", "json"],
  examples: [
    { command: "allot ledger", shows: "entries, writers, dollars, first and last entry" },
    { command: "allot ledger verify", shows: "whether every entry is as it was written" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    if (store === undefined) {
      io.stdout.write(
        config.settings.json ? `${JSON.stringify({ entries: 0 })}\n` : "no ledger yet: nothing was spent\n",
      );
      return 0;
    }
    const sum = await total(store.db);
    const span = await store.db
      .selectFrom("ledger")
      .select((e) => [
        e.fn.countAll<number>().as("entries"),
        e.fn.min<number | null>("at").as("first"),
        e.fn.max<number | null>("at").as("last"),
      ])
      .executeTakeFirstOrThrow();
    const writers = Number(
      (
        await store.db
          .selectFrom("ledger_writers")
          .select((e) => e.fn.countAll<number>().as("n"))
          .executeTakeFirstOrThrow()
      ).n,
    );
    const entries = Number(span.entries);
    const first = span.first === null ? null : new Date(Number(span.first)).toISOString();
    const last = span.last === null ? null : new Date(Number(span.last)).toISOString();
    if (config.settings.json) {
      const facts = {
        place: store.place,
        entries,
        writers,
        first,
        last,
        cost_usd: toUsd(sum.cost),
        cost_nano_usd: sum.cost,
      };
      io.stdout.write(`${JSON.stringify(facts)}\n`);
      return 0;
    }
    const when = first === null ? "" : `, ${first.slice(0, 10)} to ${(last ?? first).slice(0, 10)}`;
    io.stdout.write(
      `${store.place}\n${counted(entries, "entry", "entries")} by ${counted(writers, "writer", "writers")}, ${formatUsd(sum.cost)}${when}\n`,
    );
    return 0;
  },
};

/** `allot ledger verify`: proves every chain, and that figures and entries agree. */
export const ledgerVerifyCommand: Command = {
  name: "ledger verify",
  summary: "proves that no entry was changed, lost or slipped in; exit code 0 sound, 65 not",
  positionals: "",
  options: ["db", "json"],
  examples: [{ command: "allot ledger verify && echo sound", shows: "for scripts: the exit code says it" }],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    const verdict = store === undefined ? { entries: 0, writers: 0, faults: [] } : await verifyLedger(store.db);
    const sound = verdict.faults.length === 0;
    if (config.settings.json) io.stdout.write(`${JSON.stringify({ sound, ...verdict })}\n`);
    else {
      for (const fault of verdict.faults) io.stdout.write(`${fault.code}  ${fault.where}: ${fault.message}\n`);
      const faults = `${verdict.faults.length} ${verdict.faults.length === 1 ? "fault" : "faults"}`;
      const size = `${counted(verdict.entries, "entry", "entries")} in ${counted(verdict.writers, "chain", "chains")}`;
      io.stdout.write(`${size}: ${sound ? "sound" : faults}\n`);
    }
    return sound ? 0 : UNSOUND;
  },
};

/** `allot ledger export`: every entry with all that its hash is made of. */
export const ledgerExportCommand: Command = {
  name: "ledger export",
  summary: "writes the ledger's entries as JSON lines or CSV",
  positionals: "",
  options: ["format", "since", "session", "out", "db"],
  optionTexts: { session: "only this session" },
  examples: [
    { command: "allot ledger export --since 30d --format csv --out october.csv", shows: "a month for a spreadsheet" },
    { command: "allot ledger export | jq .nano_usd", shows: "one JSON object a line" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { format, out } = config.settings;
    const selection = selectionOf(config);
    await using store = await openConfiguredStore(config, systemClock);
    const lines = Readable.from(exportLedger(store.db, format, selection));
    await pipeline(
      lines,
      out === null ? unending(io.stdout) : createWriteStream(out, { flags: "wx", mode: 0o600 }),
    ).catch((error: unknown) => {
      throw exportFault(out, error);
    });
    if (out !== null) io.stderr.write(`written to ${out}\n`);
    return 0;
  },
};

function selectionOf({ settings, origins }: Config): Selection {
  return {
    ...(settings.since === null ? {} : { since: readSince(settings.since, systemClock.now()) }),
    ...(origins.session.kind === "flag" ? { session: settings.session } : {}),
  };
}

function counted(count: number, one: string, more: string): string {
  return `${formatCount(count)} ${count === 1 ? one : more}`;
}

/** The program's own output is not closed after us. */
function unending(stdout: Writable): (source: AsyncIterable<string>) => Promise<void> {
  return async (source) => {
    for await (const line of source) {
      if (stdout.destroyed) return;
      if (!stdout.write(line))
        await new Promise<void>((resolve) => stdout.once("drain", resolve).once("close", resolve));
    }
  };
}

function exportFault(out: string | null, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EEXIST") return new AllotError("usage", `${out} is there already; export writes a new file only`);
  if (code === "ENOENT" || code === "EACCES" || code === "EISDIR") {
    return new AllotError("usage", `${out} cannot be written (${code}); name a file in a folder that is there`);
  }
  return error;
}
