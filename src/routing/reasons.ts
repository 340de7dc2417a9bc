import type { CatalogModel } from "../catalog/catalog.ts";
import { LOCAL_PROVIDERS } from "../catalog/overlay.ts";
import { formatCount, formatUsd } from "../foundation/units.ts";
import type { ExpectedWork } from "./expected-work.ts";
import type { Move, TrackRecord } from "./lessons/learn.ts";
import type { Detection, ExpectedCost, Route, TaskType } from "./routing.ts";

/* The sentences that answer "why here?". Pure; one function a reason. */

const SIGNS_SHOWN = 3;

export function stated(type: TaskType): string {
  return `You said that it is ${type} work.`;
}

export function followsUp(type: TaskType): string {
  return `It goes on with the task before, so it goes where that went: ${type}.`;
}

export function nothingToGoBy(kind: Detection["kind"]): string {
  if (kind === "empty") return "There is no text to go by.";
  if (kind === "chat") return "It is talk and asks for no work.";
  return "It points back to something before, and nothing before is known.";
}

export function safeMeanwhile(): string {
  return "Say what is to be done; what goes on all the same goes the dear safe way.";
}

/** The words that decided, by the detector. */
export function detected(detection: Detection, type: TaskType, share: number): string {
  const signs = detection.evidence
    .filter((evidence) => evidence.type === type)
    .slice(0, SIGNS_SHOWN)
    .map(({ sign }) => shownSign(sign));
  const sure = `${percent(share)} sure`;
  if (signs.length === 0) return `No single word decides; ${type} is the likeliest, ${sure}.`;
  return `${signs.join(", ")} ${signs.length === 1 ? "speaks" : "speak"} for ${type} work, ${sure}.`;
}

/** What the user said before outweighs the words. */
export function turned(detection: Detection, type: TaskType, share: number): string {
  const { confidence } = detection;
  return `The words alone say ${detection.type} (${percent(confidence)}); what you said of such tasks makes it ${type}, ${percent(share)} sure.`;
}

function shownSign(sign: string): string {
  if (sign.startsWith("keyword ")) return `the keyword "${sign.slice("keyword ".length)}"`;
  return sign.includes(" ") ? (sign.split(", ")[0] ?? sign) : `"${sign}"`;
}

export function asked(answer: TaskType, type: TaskType, share: number): string {
  const agreed = answer === type ? "" : `, but the words weigh more for ${type}`;
  return `The words left it open; a small model that was asked says ${answer}${agreed}: ${percent(share)} sure.`;
}

export function learnt({ type, by, lessons, likeness }: Move): string {
  const what = lessons === 1 ? "a task" : `${lessons} tasks`;
  return (
    `You said ${type} of ${what} like this (${percent(likeness)} alike), which counts for ${percent(by)} here; ` +
    `"allot route --forget" takes it back.`
  );
}

export function unsure(
  share: number,
  sureFrom: number,
  row: Route,
  type: TaskType,
  decision: "premium" | "ask",
): string {
  const below = `${percent(share)} is under the ${percent(sureFrom)} from which a type is trusted`;
  if (decision === "ask")
    return `${below}: say which type it is (--as TYPE), or it goes to ${row.agent} on ${row.model}.`;
  const where =
    row.type === type ? `it stays with ${row.agent} on ${row.model}` : `it goes to ${row.agent} on ${row.model}`;
  return `${below}: ${where}, because work sent too cheap costs more than it saves.`;
}

export function critical(row: Route): string {
  return `It is critical, so the dear model does it: ${row.agent} on ${row.model}.`;
}

export function tooOften(past: TrackRecord, own: Route, dear: Route, type: TaskType): string {
  const all = past.accepted + past.redone + past.escalated;
  return (
    `In this repository ${type} work of ${own.model} was redone ${past.redone} and escalated ${past.escalated} times of ` +
    `${all} in the last 30 days, so ${dear.agent} does it on ${dear.model}. "allot route --forget" takes that back.`
  );
}

export function simple(row: Route): string {
  return `It is one small edit, for which the routing table has ${row.model}; ${row.agent} does it.`;
}

export function byTable(row: Route, model: CatalogModel, changedBy: string | undefined): string {
  const by = changedBy === undefined ? "the routing table" : `the routing table, as ${changedBy} changed it`;
  return `By ${by}, ${row.type} work goes to ${row.agent} on ${row.model} (${model.label}).`;
}

export function money(expected: ExpectedCost, work: ExpectedWork, premium: string): string {
  const tokens = `${formatCount(expected.inputTokens)} tokens in and ${formatCount(expected.outputTokens)} out`;
  const cost = `About ${formatUsd(expected.cost)} for ${tokens} (${work.source})`;
  if (expected.saving === 0) return `${cost}; the premium model ${premium} costs the same.`;
  const against = `the premium model ${premium}`;
  return expected.saving > 0
    ? `${cost}: ${percent(expected.saving, 1)} less than ${against}.`
    : `${cost}: ${percent(-expected.saving, 1)} more than ${against}.`;
}

export function unknownPrice(model: string, provider: string): string {
  return `The price of ${model} is not known: it is counted at the dearest rates of ${provider}.`;
}

/** Where the client sends what the table gives to another provider. */
export function elsewhereServed(provider: string | undefined, model: CatalogModel): readonly string[] {
  if (provider === undefined || provider === model.provider) return [];
  if (LOCAL_PROVIDERS.includes(provider))
    return [`LLM_DEFAULT_PROVIDER is ${provider}: the client makes the call there, and it costs nothing.`];
  return [
    `LLM_DEFAULT_PROVIDER is ${provider}: where ${model.provider} is not set up, the client takes a model of ${provider}.`,
  ];
}

function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)}%`;
}
