import type { Catalog, CatalogModel } from "../catalog/catalog.ts";
import { choose } from "./detector/detector.ts";
import { costElsewhere, expectedCost, priceOf } from "./expected-cost.ts";
import type { ExpectedWork } from "./expected-work.ts";
import { learntShares, shifted, trackRecord, type Move } from "./lessons/learn.ts";
import type { Lesson, LessonOwner } from "./lessons/lesson.ts";
import { textFeatures } from "./lessons/text-features.ts";
import * as say from "./reasons.ts";
import { dearRow, type ResolveModel, type RouteTable } from "./route-table.ts";
import { TASK_TYPES, type Delegation, type Detection, type Route, type TaskType } from "./routing.ts";

/** Everything a delegation is made of besides the text. */
export interface RoutingFacts {
  readonly detector: { detect(text: string): Detection };
  readonly table: RouteTable;
  readonly catalog: Pick<Catalog, "dearest" | "defaultModel">;
  readonly resolve: ResolveModel;
  readonly work: Readonly<Record<TaskType, ExpectedWork>>;
  /** What may count; none where learning is off. */
  readonly lessons: readonly Lesson[];
  /** Epoch ms, for the age of lessons. */
  readonly now: number;
  /** LLM_DEFAULT_PROVIDER, where one is set: the client asks there, whatever the table says. */
  readonly defaultProvider?: string;
  /** What else is to be said of the price list, "" for nothing. */
  readonly priceNote?: string;
}

/** What a caller states beside the text. */
export interface DelegationWishes extends Partial<LessonOwner> {
  /** The type, where the caller knows it. */
  readonly taskType?: TaskType;
  /** The session to count the work under, instead of the agent's. */
  readonly session?: string;
  /** What the task before was; a follow-up inherits it. */
  readonly previous?: TaskType | Pick<Delegation, "type" | "confidence">;
  readonly priority?: Delegation["priority"];
  /** The type that a cheap model answered when it was asked. */
  readonly asked?: TaskType;
}

/** A cheap model's word counts e² = 7 to 1: it decides between types that the words leave close, and no more. */
const ASKED_BY = 2;

const CAN_WAIT: ReadonlySet<TaskType> = new Set(["documentation", "research"]);

interface Typed {
  readonly type: TaskType;
  readonly confidence: number;
  readonly shares: Readonly<Record<TaskType, number>>;
  readonly why: string;
  readonly moves: readonly Move[];
  readonly nothingToGoBy: boolean;
}

/**
 * Which agent and model a task goes to, why, and what it will cost. Pure: the same text and facts give the same answer.
 *
 * Work it is not sure of goes to the dear model (or, where so configured, back to the user); text that asks for nothing
 * answers `ask`, with the dear way as what to do all the same. Never throws for any text; `unknown-model` for a table
 * whose models the catalogue does not know.
 */
export function delegate(text: string, facts: RoutingFacts, wishes: DelegationWishes = {}): Delegation {
  const detection = facts.detector.detect(text);
  const owner: LessonOwner = { user: wishes.user ?? "", repo: wishes.repo ?? "" };
  const typed = typeOf(text, detection, facts, wishes, owner);
  const route = routeOf(typed, detection, facts, wishes, owner);
  const { row } = route;
  const model = facts.resolve(row.model);
  const work = facts.work[typed.type];
  const expected = expectedCost(facts, work.expected, row.agent, row.model);
  const known = !priceOf(facts.catalog, model).assumed;
  return {
    type: typed.type,
    agent: row.agent,
    model: row.model,
    modelId: model.id,
    provider: model.provider,
    session: wishes.session ?? row.session,
    priority: wishes.priority ?? (CAN_WAIT.has(typed.type) && route.decision === "route" ? "low" : "normal"),
    confidence: typed.confidence,
    shares: typed.shares,
    kind: detection.kind,
    simple: detection.simple,
    language: detection.language,
    evidence: detection.evidence,
    decision: route.decision,
    reasons: [
      typed.why,
      ...typed.moves.map((move) => say.learnt(move)),
      ...route.why,
      say.money(expected, work, facts.table.premium),
      ...(known ? [] : [say.unknownPrice(row.model, model.provider)]),
      ...say.elsewhereServed(facts.defaultProvider, model),
      ...(facts.priceNote === undefined || facts.priceNote === "" ? [] : [facts.priceNote]),
    ],
    expected,
    elsewhere: costElsewhere(facts, work.expected, row.agent, row.model),
  };
}

function typeOf(
  text: string,
  detection: Detection,
  facts: RoutingFacts,
  wishes: DelegationWishes,
  owner: LessonOwner,
): Typed {
  const plain = { shares: detection.shares, moves: [], nothingToGoBy: false };
  if (wishes.taskType !== undefined) {
    return { ...plain, type: wishes.taskType, confidence: 1, why: say.stated(wishes.taskType) };
  }
  const { previous } = wishes;
  if (detection.kind === "follow-up" && previous !== undefined) {
    const before = typeof previous === "string" ? { type: previous, confidence: 1 } : previous;
    return { ...plain, type: before.type, confidence: before.confidence, why: say.followsUp(before.type) };
  }
  if (detection.kind !== "task") {
    const { type, confidence } = detection;
    return { ...plain, type, confidence, why: say.nothingToGoBy(detection.kind), nothingToGoBy: true };
  }
  const learnt =
    facts.lessons.length === 0
      ? { shares: detection.shares, moves: [] }
      : learntShares(detection.shares, textFeatures(text), facts.lessons, owner);
  const { moves } = learnt;
  const { asked } = wishes;
  const shares = asked === undefined ? learnt.shares : shifted(learnt.shares, asked, ASKED_BY);
  const type = shares === detection.shares ? detection.type : choose(shares);
  const byWords =
    moves.length > 0 && type !== detection.type
      ? say.turned(detection, type, shares[type])
      : say.detected(detection, type, shares[type]);
  const why = asked === undefined ? byWords : say.asked(asked, type, shares[type]);
  return { type, confidence: shares[type], shares, why, moves, nothingToGoBy: false };
}

interface Chosen {
  readonly row: Route;
  readonly decision: Delegation["decision"];
  readonly why: readonly string[];
}

function routeOf(
  typed: Typed,
  detection: Detection,
  facts: RoutingFacts,
  wishes: DelegationWishes,
  owner: LessonOwner,
): Chosen {
  const { table } = facts;
  const { type } = typed;
  const own = table.rows[type];
  if (typed.nothingToGoBy) return { row: safeRow(typed, facts), decision: "ask", why: [say.safeMeanwhile()] };
  if (typed.confidence < table.sureFrom) {
    const row = safeRow(typed, facts);
    const decision = table.unsure === "ask" ? "ask" : "premium";
    return { row, decision, why: [say.unsure(typed.confidence, table.sureFrom, row, type, decision)] };
  }
  const model = facts.resolve(own.model);
  if (isCheap(model)) {
    const dear = dearRow(table, type);
    if (wishes.priority === "critical") return { row: dear, decision: "route", why: [say.critical(dear)] };
    const past = trackRecord(facts.lessons, { ...owner, type, model: model.id, now: facts.now });
    if (past.tooOften) return { row: dear, decision: "route", why: [say.tooOften(past, own, dear, type)] };
  }
  // A bug is never small before it is found.
  const simple = detection.simple && own.simpleModel !== null && type !== "debugging" && wishes.priority !== "critical";
  if (simple && own.simpleModel !== null) {
    const row = { ...own, model: own.simpleModel };
    return { row, decision: "route", why: [say.simple(row)] };
  }
  return { row: own, decision: "route", why: [say.byTable(own, model, table.changedBy[type])] };
}

/** The type's own row where its model is a dear one; else that of the likeliest type whose model is; else the dear way. */
function safeRow(typed: Typed, facts: RoutingFacts): Route {
  const { rows } = facts.table;
  const isDear = (type: TaskType): boolean => !isCheap(facts.resolve(rows[type].model));
  if (isDear(typed.type)) return rows[typed.type];
  const likeliest = TASK_TYPES.filter(isDear).toSorted((a, b) => typed.shares[b] - typed.shares[a])[0];
  return likeliest === undefined ? dearRow(facts.table, typed.type) : rows[likeliest];
}

/** Whether a model is one of those that work must not be sent to by mistake. Pure. */
export function isCheap(model: CatalogModel): boolean {
  return model.tier === "small";
}
