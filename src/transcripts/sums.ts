import { type NanoUsd, sumUsd } from "../foundation/units.ts";
import type { AgentName, PricedUsage } from "./transcripts.ts";

/** What a sum can be of. A day is one of UTC. */
export type UsageBy = "session" | "project" | "day" | "model" | "agent";

/** Answers of a session, a day, a model ... together. */
export interface UsageSum {
  readonly name: string;
  readonly agents: readonly AgentName[];
  readonly models: readonly string[];
  readonly projects: readonly string[];
  readonly sessions: number;
  /** Requests that a provider answered. */
  readonly answers: number;
  /** Of subagents. */
  readonly subagentAnswers: number;
  /** All classes together; reasoning is a part of the output. */
  readonly tokens: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** What is known of the cost; null where nothing is. Never counts an unknown price as $0. */
  readonly cost: NanoUsd | null;
  /** Answers of models whose price is not known, which `cost` leaves out. */
  readonly unpricedAnswers: number;
  readonly unpricedTokens: number;
  /** Paid by a subscription: $0. */
  readonly coveredAnswers: number;
  readonly coveredTokens: number;
  /** Epoch ms; 0 where there are no answers. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** What is unknown in a group: a log without a folder, without a model's name. */
export const UNNAMED = "(unknown)";

/** One sum for each session, project, day, model or agent: days in order, the others dearest first. Pure. */
export function sumUsage(records: readonly PricedUsage[], by: UsageBy): readonly UsageSum[] {
  const groups = [...Map.groupBy(records, (record) => groupOf(record, by))];
  const sums = groups.map(([name, members]) => totalUsage(members, name));
  if (by === "day") return sums.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sums.toSorted((a, b) => (b.cost ?? 0) - (a.cost ?? 0) || b.tokens - a.tokens || (a.name < b.name ? -1 : 1));
}

/** The sum of all; nothing at all is a sum of $0. Pure. */
export function totalUsage(records: readonly PricedUsage[], name = ""): UsageSum {
  const sum = (pick: (record: PricedUsage) => number): number =>
    records.reduce((total, record) => total + pick(record), 0);
  const named = (pick: (record: PricedUsage) => string | null): readonly string[] =>
    [...new Set(records.flatMap((record) => pick(record) ?? []))].toSorted();
  const priced = records.flatMap(({ cost }) => (cost === null ? [] : [cost]));
  const unpriced = records.filter(({ cost }) => cost === null);
  const covered = records.filter((record) => record.covered);
  const times = records.map(({ at }) => at).filter((at) => at > 0);
  const classes = {
    inputTokens: sum((record) => record.inputTokens),
    cacheReadTokens: sum((record) => record.cacheReadTokens),
    cacheWrite5mTokens: sum((record) => record.cacheWrite5mTokens),
    cacheWrite1hTokens: sum((record) => record.cacheWrite1hTokens),
    outputTokens: sum((record) => record.outputTokens),
  };
  return {
    name,
    agents: named(({ agent }) => agent) as readonly AgentName[],
    models: named(({ model }) => model || null),
    projects: named(({ project }) => project),
    sessions: named(({ agent, session }) => `${agent} ${session}`).length,
    answers: records.length,
    subagentAnswers: records.filter(({ isSubagent }) => isSubagent).length,
    tokens: sum(tokensOfRecord),
    ...classes,
    reasoningTokens: sum((record) => record.reasoningTokens),
    cost: priced.length === 0 && records.length > 0 ? null : sumUsd(priced),
    unpricedAnswers: unpriced.length,
    unpricedTokens: unpriced.reduce((total, record) => total + tokensOfRecord(record), 0),
    coveredAnswers: covered.length,
    coveredTokens: covered.reduce((total, record) => total + tokensOfRecord(record), 0),
    firstAt: times.reduce((first, at) => Math.min(first, at), times[0] ?? 0),
    lastAt: times.reduce((last, at) => Math.max(last, at), 0),
  };
}

type Classes = Pick<
  PricedUsage,
  "inputTokens" | "cacheReadTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens" | "outputTokens"
>;

/** All tokens of an answer, of whatever class. */
export function tokensOfRecord(record: Classes): number {
  return (
    record.inputTokens +
    record.cacheReadTokens +
    record.cacheWrite5mTokens +
    record.cacheWrite1hTokens +
    record.outputTokens
  );
}

function groupOf(record: PricedUsage, by: UsageBy): string {
  switch (by) {
    case "session":
      return record.session;
    case "project":
      return record.project ?? UNNAMED;
    case "day":
      return record.at === 0 ? UNNAMED : new Date(record.at).toISOString().slice(0, 10);
    case "model":
      return record.model === "" ? UNNAMED : record.model;
    case "agent":
      return record.agent;
  }
}

/** One measure before and after a change. */
export interface UsageChange {
  readonly measure: "input" | "cache_creation" | "cache_read" | "output" | "reasoning" | "tokens" | "answers" | "cost";
  /** Tokens, answers, or whole nano-dollars; null: a cost that nobody knows. */
  readonly before: number | null;
  readonly after: number | null;
  /** Percent of before, one decimal: -93.2 is a saving of 93.2 %. null where there is nothing to compare with. */
  readonly percent: number | null;
}

/** How two sums differ, measure by measure. A cost that is known in part only is not compared. Pure. */
export function compareUsage(before: UsageSum, after: UsageSum): readonly UsageChange[] {
  const known = ({ cost, unpricedAnswers }: UsageSum): number | null => (unpricedAnswers > 0 ? null : cost);
  const measures: readonly [UsageChange["measure"], (sum: UsageSum) => number | null][] = [
    ["input", (sum) => sum.inputTokens],
    ["cache_creation", (sum) => sum.cacheWrite5mTokens + sum.cacheWrite1hTokens],
    ["cache_read", (sum) => sum.cacheReadTokens],
    ["output", (sum) => sum.outputTokens],
    ["reasoning", (sum) => sum.reasoningTokens],
    ["tokens", (sum) => sum.tokens],
    ["answers", (sum) => sum.answers],
    ["cost", known],
  ];
  return measures.map(([measure, of]) => {
    const [was, is] = [of(before), of(after)];
    const percent = was === null || is === null || was === 0 ? null : Math.round(((is - was) / was) * 1000) / 10;
    return { measure, before: was, after: is, percent };
  });
}
