import type { Imported } from "../../dispatch/imports/import-usage.ts";
import { nanoUsd, toUsd } from "../../foundation/units.ts";
import type { UsageChange, UsageSum } from "../../transcripts/sums.ts";
import type { Lack } from "../../transcripts/transcripts.ts";
import type { Measured } from "./measure.ts";

/** What was measured, for programs: tokens by class, money in dollars and exact in nano-dollars, null where nobody knows. Pure. */
export function measureJson(measured: Measured, home: string, imported?: Imported) {
  const { by, rows, agents, total, change, lacks, unreadable, looked } = measured;
  return {
    home,
    by,
    rows: rows.map(sumJson),
    agents: agents.map(sumJson),
    total: sumJson(total),
    ...(change === null
      ? {}
      : {
          change: {
            before: sumJson(change.before),
            after: sumJson(change.after),
            measures: Object.fromEntries(change.measures.map((each) => [each.measure, changeJson(each)])),
          },
        }),
    lacks: lacks.map(lackJson),
    unreadable,
    looked,
    ...(imported === undefined ? {} : { imported: importedJson(imported) }),
  };
}

function sumJson(sum: UsageSum) {
  return {
    name: sum.name,
    agents: sum.agents,
    models: sum.models,
    projects: sum.projects,
    sessions: sum.sessions,
    answers: sum.answers,
    subagent_answers: sum.subagentAnswers,
    tokens: sum.tokens,
    input_tokens: sum.inputTokens,
    cache_read_tokens: sum.cacheReadTokens,
    cache_write_tokens: sum.cacheWrite5mTokens + sum.cacheWrite1hTokens,
    cache_write_5m_tokens: sum.cacheWrite5mTokens,
    cache_write_1h_tokens: sum.cacheWrite1hTokens,
    output_tokens: sum.outputTokens,
    reasoning_tokens: sum.reasoningTokens,
    cost_usd: sum.cost === null ? null : toUsd(sum.cost),
    cost_nano_usd: sum.cost,
    unpriced_answers: sum.unpricedAnswers,
    unpriced_tokens: sum.unpricedTokens,
    covered_answers: sum.coveredAnswers,
    covered_tokens: sum.coveredTokens,
    first_at: instant(sum.firstAt),
    last_at: instant(sum.lastAt),
  };
}

function changeJson({ measure, before, after, percent }: UsageChange) {
  if (measure !== "cost") return { before, after, change_percent: percent };
  const dollars = (value: number | null): number | null => (value === null ? null : toUsd(nanoUsd(value)));
  return { before: dollars(before), after: dollars(after), change_percent: percent };
}

function lackJson({ agent, session, what, tokens, counts }: Lack) {
  return {
    agent,
    session,
    what,
    tokens,
    ...(counts === null
      ? {}
      : {
          input_tokens: counts.inputTokens,
          cache_read_tokens: counts.cacheReadTokens,
          cache_write_5m_tokens: counts.cacheWrite5mTokens,
          cache_write_1h_tokens: counts.cacheWrite1hTokens,
          output_tokens: counts.outputTokens,
          reasoning_tokens: counts.reasoningTokens,
        }),
  };
}

function importedJson({ imported, tokens, cost, passed, claimed, corrected, known, waiting }: Imported) {
  return { answers: imported, tokens, cost_usd: toUsd(cost), passed, claimed, corrected, known, waiting };
}

function instant(at: number): string | null {
  return at === 0 ? null : new Date(at).toISOString();
}
