import { TASK_TYPES, type TaskType } from "../routing.ts";
import type { Lesson, LessonKind, LessonOwner } from "./lesson.ts";
import { likeness } from "./text-features.ts";

/** Texts less alike than this teach each other nothing. */
const LEAST_LIKENESS = 0.5;
/** Log odds that one lesson on the very same text adds; enough to turn a decision the detector is 99.5% sure of. */
const MOST_BY_ONE = 6;
/** Log odds that all lessons together add at most to a type. */
const MOST_BY_ALL = 8;
/** What was said in another repository of the same user counts half. */
const ELSEWHERE = 0.5;

/** How a model's finished tasks of a type count for and against it. */
const WEIGHTS: Readonly<Record<Exclude<LessonKind, "said">, number>> = { accepted: -0.8, redone: 0.6, escalated: 1 };
/** From this sum on the dear model takes over. */
const TOO_OFTEN = 1.5;
const MOST_KEPT = 20;
/** Older outcomes are forgotten, so that a better model of the same name gets its chance again. */
const OUTCOMES_COUNT_MS = 30 * 24 * 3_600_000;

/** What the lessons moved, for the reasons. */
export interface Move {
  readonly type: TaskType;
  /** Log odds added. */
  readonly by: number;
  readonly lessons: number;
  /** Of the nearest. */
  readonly likeness: number;
}

/**
 * The shares of the types with what the user said of similar texts: each lesson adds log odds to its type, by how alike
 * the texts are, the nearest in full and each further one half of the one before; bounded. Pure.
 */
export function learntShares(
  shares: Readonly<Record<TaskType, number>>,
  features: readonly number[],
  lessons: readonly Lesson[],
  owner: LessonOwner,
): { readonly shares: Readonly<Record<TaskType, number>>; readonly moves: readonly Move[] } {
  const said = lessons
    .filter(({ kind, user }) => kind === "said" && user === owner.user)
    .map((lesson) => ({ lesson, like: likeness(lesson.features, features) }))
    .filter(({ like }) => like >= LEAST_LIKENESS);
  const moves = TASK_TYPES.flatMap((type): Move[] => {
    const own = said.filter(({ lesson }) => lesson.type === type);
    if (own.length === 0) return [];
    const pulls = own
      .map(({ lesson, like }) => strength(like) * (lesson.repo === owner.repo ? 1 : ELSEWHERE))
      .sort((a, b) => b - a);
    const by = pulls.reduce((sum, pull, place) => sum + pull / 2 ** place, 0);
    return [
      { type, by: Math.min(MOST_BY_ALL, by), lessons: own.length, likeness: Math.max(...own.map((o) => o.like)) },
    ];
  });
  return { shares: moves.length === 0 ? shares : shifted(shares, moves), moves };
}

/** Nothing at the least likeness, all of it for the same words. */
function strength(like: number): number {
  return (MOST_BY_ONE * (like - LEAST_LIKENESS)) / (1 - LEAST_LIKENESS);
}

/** Adds log odds to some types and brings the sum back to 1. Pure. */
export function shifted(
  shares: Readonly<Record<TaskType, number>>,
  moves: readonly Pick<Move, "type" | "by">[],
): Readonly<Record<TaskType, number>> {
  const raised = TASK_TYPES.map((type): [TaskType, number] => {
    const by = moves.find((move) => move.type === type)?.by ?? 0;
    return [type, Math.max(shares[type], 1e-4) * Math.exp(by)];
  });
  const sum = raised.reduce((total, [, share]) => total + share, 0);
  return Object.fromEntries(raised.map(([type, share]) => [type, share / sum])) as Record<TaskType, number>;
}

/** How a model has done with a type in a repository. */
export interface TrackRecord {
  readonly accepted: number;
  readonly redone: number;
  readonly escalated: number;
  /** True: work of this type goes to the dear model there. */
  readonly tooOften: boolean;
}

/**
 * How a model's last tasks of a type ended in a repository, of the last 30 days and at most 20: each escalation counts 1
 * against it, each redone task 0.6, each accepted one 0.8 for it; from 1.5 on it is too often. Pure.
 */
export function trackRecord(
  lessons: readonly Lesson[],
  about: LessonOwner & { readonly type: TaskType; readonly model: string; readonly now: number },
): TrackRecord {
  const own = lessons
    .filter(({ kind, user, repo }) => kind !== "said" && user === about.user && repo === about.repo)
    .filter(({ type, model, at }) => type === about.type && model === about.model && at > about.now - OUTCOMES_COUNT_MS)
    .toSorted((a, b) => b.at - a.at)
    .slice(0, MOST_KEPT);
  const count = (kind: LessonKind): number => own.filter((lesson) => lesson.kind === kind).length;
  const [accepted, redone, escalated] = [count("accepted"), count("redone"), count("escalated")];
  const against = accepted * WEIGHTS.accepted + redone * WEIGHTS.redone + escalated * WEIGHTS.escalated;
  return { accepted, redone, escalated, tooOften: against >= TOO_OFTEN };
}
