import type { Config } from "../../config/config.ts";
import { type Covered, priceUsage } from "../../dispatch/imports/price-usage.ts";
import { openConfiguredCatalog } from "../catalog.ts";
import { isOfSession, openTranscripts, type TranscriptOptions } from "../../transcripts/read-transcripts.ts";
import {
  compareUsage,
  sumUsage,
  totalUsage,
  type UsageBy,
  type UsageChange,
  type UsageSum,
} from "../../transcripts/sums.ts";
import type { PricedUsage, Transcripts } from "../../transcripts/transcripts.ts";

/** A part of the logs: before a change, after it. */
export type LogPart = Pick<TranscriptOptions, "files" | "sessions" | "since" | "until">;

export interface MeasureOptions extends TranscriptOptions {
  readonly by: UsageBy;
  /** Compares two parts of the logs. */
  readonly change?: { readonly before: LogPart; readonly after: LogPart };
}

/** What agents' own logs tell, priced and summed up. */
export interface Measured extends Omit<Transcripts, "records"> {
  readonly by: UsageBy;
  readonly records: readonly PricedUsage[];
  readonly rows: readonly UsageSum[];
  readonly agents: readonly UsageSum[];
  readonly total: UsageSum;
  readonly change: MeasuredChange | null;
}

export interface MeasuredChange {
  readonly before: UsageSum;
  readonly after: UsageSum;
  readonly measures: readonly UsageChange[];
  /** Sessions that were named, and of which the logs hold no answer. */
  readonly missing: readonly { readonly side: "before" | "after"; readonly session: string }[];
}

/** The configured catalogue and subscriptions, for `openMeasure`. */
export interface MeasurePrices {
  price(records: Transcripts["records"]): readonly PricedUsage[];
}

/** Prices as this configuration has them: the user's own models, the price list, `covered`. */
export function measurePrices(config: Config, now: number): MeasurePrices {
  const catalog = openConfiguredCatalog(config, now);
  const covered: Covered = config.settings.covered;
  return { price: (records) => priceUsage(catalog, records, covered) };
}

/**
 * Measures logs, again and again as they grow: each look reads what is new. Only reads. Throws `file-not-found` for a log that was
 * named and is not there.
 */
export function openMeasure(options: MeasureOptions, prices: MeasurePrices): { look(): Promise<Measured> } {
  const logs = openTranscripts(options);
  const parts = options.change === undefined ? [] : [options.change.before, options.change.after];
  const opened = parts.map((part) => {
    const { since: _since, until: _until, sessions: _sessions, files: _files, ...home } = options;
    return openTranscripts({ ...home, ...part });
  });
  return {
    async look() {
      const { records: read, ...told } = await logs.read();
      const records = prices.price(read);
      const sums: UsageSum[] = [];
      const missing: MeasuredChange["missing"][number][] = [];
      for (const [index, part] of opened.entries()) {
        const side = index === 0 ? "before" : "after";
        const { records: own } = await part.read();
        sums.push(totalUsage(prices.price(own), side));
        const named = parts[index]?.sessions ?? [];
        missing.push(
          ...named
            .filter((id) => !own.some((one) => isOfSession(one, id)))
            .map((session) => ({ side, session }) as const),
        );
      }
      const [before, after] = sums;
      return {
        ...told,
        by: options.by,
        records,
        rows: sumUsage(records, options.by),
        agents: sumUsage(records, "agent"),
        total: totalUsage(records, "all"),
        change:
          before === undefined || after === undefined
            ? null
            : { before, after, measures: compareUsage(before, after), missing },
      };
    },
  };
}
