import { countOf, type Fields, fieldsOf } from "../fields.ts";
import type { LackedTokens } from "../transcripts.ts";

type Counts = Record<keyof LackedTokens, number>;

const CLASSES = [
  "inputTokens",
  "cacheReadTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "outputTokens",
  "reasoningTokens",
] as const;

interface Snapshot {
  /** When the line before it was written. */
  readonly at: number;
  readonly session: string;
  /** What Claude Code counted by then. */
  readonly counted: Counts;
  /** What the answers of the file come to by then, copies of a parent's too. */
  readonly told: Counts;
  readonly compactions: number;
}

/** What a session used beyond its answers. */
export interface Beyond {
  readonly session: string;
  /** There was a compaction. */
  readonly compacted: boolean;
  /** null: nobody knows. */
  readonly counts: LackedTokens | null;
}

interface LogFile {
  at: number;
  readonly told: Counts;
  readonly answers: Map<string, LackedTokens>;
  readonly snapshots: Snapshot[];
  compactions: number;
  compactedSession: string | undefined;
  parent: string | undefined;
  firstOwnAt: number;
}

/**
 * What Claude Code counted beside what its log tells: `cost-state` lines are running totals of a session that hold what has no
 * line of its own, compaction first of all. They go on over resumes, begin with the parent's total in a fork, and are wrong
 * where a session was gone on with twice at the same time (less than was told): then they say nothing.
 */
export class CostStates {
  readonly #files = new Map<string, LogFile>();
  /** Answers of subagents, which have files of their own, by session. */
  readonly #subagents = new Map<string, Map<string, { counts: LackedTokens; at: number }>>();

  clock(file: string, at: number): void {
    this.#of(file).at = at;
  }

  compacted(file: string, session: string): void {
    const own = this.#of(file);
    own.compactions += 1;
    own.compactedSession = session;
  }

  answer(
    file: string,
    session: string,
    answer: { id: string; counts: LackedTokens; at: number; isSubagent: boolean; madeFor: string | null },
  ): void {
    const own = this.#of(file);
    if (answer.madeFor !== null && answer.madeFor !== session) own.parent = answer.madeFor;
    else if (own.firstOwnAt === 0) own.firstOwnAt = answer.at;
    if (answer.isSubagent) {
      const known = this.#subagents.get(session) ?? new Map<string, { counts: LackedTokens; at: number }>();
      this.#subagents.set(session, known);
      const before = known.get(answer.id);
      if (before === undefined || before.counts.outputTokens < answer.counts.outputTokens) {
        known.set(answer.id, { counts: answer.counts, at: before?.at ?? answer.at });
      }
      return;
    }
    const before = own.answers.get(answer.id);
    if (before !== undefined && before.outputTokens >= answer.counts.outputTokens) return;
    own.answers.set(answer.id, answer.counts);
    for (const name of CLASSES) own.told[name] += answer.counts[name] - (before?.[name] ?? 0);
  }

  state(file: string, session: string, modelUsage: Fields): void {
    const own = this.#of(file);
    const counted = nothing();
    for (const value of Object.values(modelUsage)) {
      const usage = fieldsOf(value);
      const written = countOf(usage["cacheCreationInputTokens"]);
      const anHour = countOf(usage["cacheCreationEphemeral1hInputTokens"]);
      counted.inputTokens += countOf(usage["inputTokens"]);
      counted.cacheReadTokens += countOf(usage["cacheReadInputTokens"]);
      counted.cacheWrite5mTokens += written - anHour;
      counted.cacheWrite1hTokens += anHour;
      counted.outputTokens += countOf(usage["outputTokens"]);
      counted.reasoningTokens += countOf(usage["thinkingTokens"]);
    }
    own.snapshots.push({ at: own.at, session, counted, told: { ...own.told }, compactions: own.compactions });
  }

  /** There are answers of a session that told no total. */
  get hasUntold(): boolean {
    return [...this.#files.values()].some(({ answers, snapshots }) => answers.size > 0 && snapshots.length === 0);
  }

  /** What each session's totals hold beyond its answers; `counts` null where there was a compaction, but no total to be believed. */
  lacks(): readonly Beyond[] {
    return [...this.#files.values()].flatMap((file): readonly Beyond[] => {
      const last = file.snapshots.at(-1);
      const session = last?.session ?? file.compactedSession;
      if (session === undefined) return [];
      const beyond = last === undefined ? undefined : this.#beyond(file, last);
      // A copy of the parent's compaction is the parent's.
      const compacted = file.compactions > 0 && file.parent === undefined;
      if (beyond === undefined || file.compactions > (last?.compactions ?? 0)) {
        return compacted ? [{ session, compacted, counts: null }] : [];
      }
      if (CLASSES.every((name) => beyond[name] === 0)) return [];
      return [{ session, compacted, counts: beyond }];
    });
  }

  /** undefined: the total is less than what was told, so it is wrong. */
  #beyond(file: LogFile, last: Snapshot): Counts | undefined {
    const beyond = less(last.counted, last.told);
    for (const { counts, at } of this.#subagents.get(last.session)?.values() ?? []) {
      if (at <= last.at) for (const name of CLASSES) beyond[name] -= counts[name];
    }
    const base = this.#base(file);
    const own = base === undefined ? beyond : less(beyond, base);
    return CLASSES.some((name) => own[name] < 0) ? undefined : own;
  }

  /** What a fork began with that is not in the lines it copied: the parent's compaction, and its subagents. */
  #base(file: LogFile): Counts | undefined {
    if (file.parent === undefined) return undefined;
    const snapshots = [...this.#files.values()].flatMap((other) =>
      other === file ? [] : other.snapshots.filter(({ session }) => session === file.parent),
    );
    const then = snapshots.findLast(({ at }) => file.firstOwnAt === 0 || at <= file.firstOwnAt);
    return then === undefined ? undefined : less(then.counted, then.told);
  }

  #of(file: string): LogFile {
    let own = this.#files.get(file);
    if (own === undefined) {
      own = {
        at: 0,
        told: nothing(),
        answers: new Map(),
        snapshots: [],
        compactions: 0,
        compactedSession: undefined,
        parent: undefined,
        firstOwnAt: 0,
      };
      this.#files.set(file, own);
    }
    return own;
  }
}

function nothing(): Counts {
  return {
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
  };
}

function less(a: Counts, b: Counts): Counts {
  const rest = nothing();
  for (const name of CLASSES) rest[name] = a[name] - b[name];
  return rest;
}
