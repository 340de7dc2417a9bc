import { openConfiguredCatalog } from "../../../app/catalog.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatIdentity, processIdentity } from "../../../foundation/process-identity.ts";
import { formatCount, formatUsd, nanoUsd, toUsd } from "../../../foundation/units.ts";
import { applyPrices, type Repriced, repriceLedger } from "../../../ledger/reprice-ledger.ts";
import { BOOKS } from "../../../storage/exclusive.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { readDate, readSince } from "../../read-since.ts";
import { columnsOf, fitTable } from "../../view/fit.ts";

interface ModelSum {
  readonly model: string;
  calls: number;
  was: number;
  now: number;
  readonly priceVersion: string | null;
}

/** `allot ledger reprice`: what the calls would have cost by the prices of another day. */
export const ledgerRepriceCommand: Command = {
  name: "ledger reprice",
  summary: "what the calls of the ledger cost by the prices of another day; --apply corrects the ledger",
  positionals: "",
  options: ["asOf", "since", "session", "apply", "prices", "db", "json"],
  optionTexts: { session: "only this session" },
  examples: [
    { command: "allot ledger reprice --as-of 2025-10-01", shows: "old and new cost by model, nothing is written" },
    { command: "allot ledger reprice --as-of 2026-11-01 --since 7d --apply", shows: "a mistyped price put right" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { settings } = config;
    if (settings.asOf === null)
      throw new AllotError("usage", "ledger reprice needs --as-of and a date, like --as-of 2025-10-01");
    const catalog = openConfiguredCatalog(config, readDate("--as-of", settings.asOf));
    await using store = await openConfiguredStore(config, systemClock);
    const now = systemClock.now();
    const selection = {
      ...(settings.since === null ? {} : { since: readSince(settings.since, now) }),
      ...(config.origins.session.kind === "flag" ? { session: settings.session } : {}),
    };
    const sums = new Map<string, ModelSum>();
    const changed: Repriced[] = [];
    for await (const call of repriceLedger(store.db, catalog, selection)) {
      add(sums, call);
      if (settings.apply && call.was !== call.now) changed.push(call);
    }
    const stamp = { writer: formatIdentity(processIdentity()), at: now };
    const applied = settings.apply ? await store.transaction((trx) => applyPrices(trx, changed, stamp), BOOKS) : 0;
    const rows = [...sums.values()].toSorted((a, b) => b.was - a.was);
    io.stdout.write(
      settings.json ? `${jsonOf(rows, settings.asOf, applied)}\n` : screen(rows, settings, applied, columnsOf(io)),
    );
    return 0;
  },
};

function add(sums: Map<string, ModelSum>, { entry, was, now, priceVersion }: Repriced): void {
  const model = `${entry.provider}/${entry.model}`;
  const sum = sums.get(model) ?? { model, calls: 0, was: 0, now: 0, priceVersion };
  sum.calls += 1;
  sum.was += was;
  sum.now += now;
  sums.set(model, sum);
}

function jsonOf(rows: readonly ModelSum[], asOf: string, applied: number): string {
  const models = rows.map(({ model, calls, was, now, priceVersion }) => ({
    model,
    calls,
    was_usd: toUsd(nanoUsd(was)),
    now_usd: toUsd(nanoUsd(now)),
    was_nano_usd: was,
    now_nano_usd: now,
    price_version: priceVersion,
  }));
  const sum = (of: "was" | "now"): number => rows.reduce((all, row) => all + row[of], 0);
  return JSON.stringify({
    as_of: asOf,
    models,
    was_nano_usd: sum("was"),
    now_nano_usd: sum("now"),
    corrections: applied,
  });
}

function screen(
  rows: readonly ModelSum[],
  { asOf, apply }: { asOf: string | null; apply: boolean },
  applied: number,
  columns: number,
): string {
  if (rows.length === 0) return "no calls in the ledger to reckon anew\n";
  const money = (value: number): string => formatUsd(nanoUsd(value));
  const line = (name: string, calls: number, was: number, now: number, list: string): string[] => [
    name,
    formatCount(calls),
    money(was),
    money(now),
    money(now - was),
    list,
  ];
  const sum = (of: "was" | "now" | "calls"): number => rows.reduce((all, row) => all + row[of], 0);
  const table = fitTable(
    [
      ["model", "calls", "in the ledger", `as of ${asOf}`, "difference", "price list"],
      ...rows.map((row) =>
        line(row.model, row.calls, row.was, row.now, row.priceVersion ?? "price not known: as it was"),
      ),
      line("all", sum("calls"), sum("was"), sum("now"), ""),
    ],
    {
      columns,
      align: ["left", "right", "right", "right", "right", "left"],
      giving: [
        { column: 5, least: 0 },
        { column: 0, least: 12 },
      ],
    },
  );
  const end = apply
    ? `${applied} corrections were added to the ledger`
    : "nothing was written; --apply adds the differences as corrections";
  return `${table.join("\n")}\n\n${end}\n`;
}
