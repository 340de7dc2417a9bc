import { TASK_TYPES, type TaskType } from "../routing.ts";
import type { Lesson, LessonKind, LessonOwner } from "./lesson.ts";
import { likeness } from "./text-features.ts";

/** Texts less alike than this teach each other nothing. */
const LEAST_LIKENESS = 0.5;
/** Share of the decision that one lesson on the very same words has, however sure the words are. */
const MOST_BY_ONE = 0.95;
/** Share that all lessons together have at most. */
const MOST_BY_ALL = 0.98;
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
  /** Share of the decision, 0 to 1. */
  readonly by: number;
  readonly lessons: number;
  /** Of the nearest. */
  readonly likeness: number;
}

/**
 * The shares of the types with what the user said of similar texts: each lesson takes a share of the decision for its
 * type, by how alike the texts are; several on one type add up, several types divide it. Bounded. Pure.
 */
export function learntShares(
  shares: Readonly<Record<TaskType, number>>,
  features: readonly number[],
  lessons: readonly Lesson[],
  owner: LessonOwner,
): { readonly shares: Readonly<Record<TaskType, number>>; readonly moves: readonly Move[] } {
  const near = lessons
    .filter(({ kind, user }) => kind === "said" && user === owner.user)
    .map((lesson) => ({ lesson, like: likeness(lesson.features, features) }))
    .filter(({ like }) => like > LEAST_LIKENESS);
  if (near.length === 0) return { shares, moves: [] };
  const rests = TASK_TYPES.map((type) =>
    near
      .filter(({ lesson }) => lesson.type === type)
      .reduce((rest, { lesson, like }) => rest * (1 - pull(like, lesson.repo === owner.repo)), 1),
  );
  const all = Math.min(MOST_BY_ALL, 1 - rests.reduce((product, rest) => product * rest, 1));
  const sum = rests.reduce((total, rest) => total + 1 - rest, 0);
  const takes = rests.map((rest) => (all * (1 - rest)) / sum);
  const moves = TASK_TYPES.flatMap((type, place): Move[] => {
    const own = near.filter(({ lesson }) => lesson.type === type);
    const closest = Math.max(0, ...own.map(({ like }) => like));
    return own.length === 0 ? [] : [{ type, by: takes[place] ?? 0, lessons: own.length, likeness: closest }];
  });
  const mixed = TASK_TYPES.map((type, place) => [type, (1 - all) * shares[type] + (takes[place] ?? 0)] as const);
  return { shares: Object.fromEntries(mixed) as Record<TaskType, number>, moves };
}

/** Nothing at the least likeness, most for the same words. */
function pull(like: number, sameRepo: boolean): number {
  return ((MOST_BY_ONE * (like - LEAST_LIKENESS)) / (1 - LEAST_LIKENESS)) * (sameRepo ? 1 : ELSEWHERE);
}

/** Adds log odds to one type and brings the sum back to 1. Pure. */
export function shifted(
  shares: Readonly<Record<TaskType, number>>,
  towards: TaskType,
  logOdds: number,
): Readonly<Record<TaskType, number>> {
  const raised = TASK_TYPES.map((type) => [type, shares[type] * (type === towards ? Math.exp(logOdds) : 1)] as const);
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
