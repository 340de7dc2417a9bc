import { AllotError } from "../foundation/errors.ts";
import { toUsd } from "../foundation/units.ts";
import { checkPlaces } from "./answers/check-places.ts";
import { openPartAnswers } from "./answers/part-answers.ts";
import { coverageOf } from "./carry/coverage.ts";
import { mapParts, nameOf } from "./carry/map-parts.ts";
import { type Note, putTogether } from "./carry/put-together.ts";
import type { PartReading, ReadingParts } from "./carry/read-part.ts";
import { resultText } from "./carry/result-text.ts";
import { Tally } from "./carry/tally.ts";
import { byPlace } from "./plan-work.ts";
import { openDraft } from "./plan/open-draft.ts";
import { isPutTogether } from "./prompts/instructions.ts";
import type { WorkParts } from "./work-parts.ts";
import type { WorkFinding, WorkPlan, WorkProgress, WorkResult } from "./work.ts";

const CONCURRENCY = 4;

type ReadReading = Extract<PartReading, { kind: "read" }>;
type MissedReading = Extract<PartReading, { kind: "missed" }>;

/**
 * Carries a plan out: asks about each part that has no kept answer, puts the answers together, and says what was read and what was
 * not. Whether all was read is reckoned from the files and the pieces of answered parts, not from the plan.
 *
 * Never throws for what a model or a provider does: the result is incomplete then, and everything that was paid for is kept, so that
 * the same work asks only for what is missing. Throws `interrupted` when `signal` aborts, with the same promise (details: done,
 * parts, cost), and as `openDraft` where the targets are gone meanwhile.
 */
export async function carryOut(
  plan: WorkPlan,
  parts: WorkParts,
  signal: AbortSignal,
  onProgress: (progress: WorkProgress) => void = () => {},
): Promise<WorkResult> {
  const { clock, codebase } = parts;
  const startedAt = clock.now();
  const { draft, targets } = await openDraft(plan.spec, codebase, parts);
  const tally = new Tally();
  const reading: ReadingParts = {
    draft,
    ask: parts.ask,
    answers: openPartAnswers(parts),
    tally,
    signal,
    learned: { ceiling: null, stop: null },
    asked: new Map(),
  };
  let done = 0;
  const note = (progress: WorkProgress): void => {
    ({ done } = progress);
    onProgress(progress);
  };
  const options = { clock, concurrency: parts.concurrency ?? CONCURRENCY, onProgress: note };
  const carried = async (): Promise<WorkResult> => {
    const readings = await mapParts(reading, plan.parts, { ...options, expectedMs: plan.estimate.expectedMs });
    const read = readings.filter((one): one is ReadReading => one.kind === "read");
    const missed = readings.filter((one): one is MissedReading => one.kind === "missed");
    const covers = read.flatMap(({ part }) => part.covers);
    const { notRead } = await coverageOf(
      targets.files,
      covers,
      missed.flatMap(({ part, reason }) => part.covers.map((piece) => ({ piece, reason }))),
      (path) => draft.index.moduleOf(path)?.name ?? null,
      (path, start, end) => linesOf(draft.readBytes, path, start, end),
    );
    const problems = problemsOf(read, missed, notRead.length);
    const body = await bodyOf(plan, reading, read, problems);
    const found = await findingsOf(read, reading);
    const result: Omit<WorkResult, "text"> = {
      id: plan.id,
      kind: plan.spec.kind,
      complete: notRead.length === 0 && problems.length === 0,
      problems,
      findings: found,
      read: covers,
      notRead,
      leftOut: plan.leftOut,
      cost: tally.cost,
      calls: tally.calls,
      cachedCalls: tally.cachedCalls,
      tokens: tally.tokens,
      durationMs: clock.now() - startedAt,
      servedBy: tally.servedBy,
    };
    return { ...result, text: resultText(result, body) };
  };
  try {
    return await carried();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AllotError(
      "interrupted",
      `${plan.spec.kind} was stopped after ${done} of ${plan.parts.length} parts; what was paid is kept, the same command goes on`,
      { cause: error, details: { done, parts: plan.parts.length, cost: toUsd(tally.cost) } },
    );
  }
}

/** A sentence for each kind of failure, and for what was cut. */
function problemsOf(read: readonly ReadReading[], missed: readonly MissedReading[], gaps: number): string[] {
  const failures = [...Map.groupBy(missed, ({ code }) => code)].map(([code, all]) => {
    const [first] = all;
    const many = all.length === 1 ? `${first === undefined ? "" : nameOf(first.part)} was` : `${all.length} parts were`;
    return `${many} not read (${code}): ${first?.reason ?? ""}`;
  });
  const cut = read.filter((one) => one.cut);
  const unasked = gaps > 0 && missed.length === 0 ? ["some of the code is in no part of the plan"] : [];
  return [
    ...failures,
    ...unasked,
    ...(cut.length === 0 ? [] : [`the answer about ${cut.map(({ part }) => nameOf(part)).join("; ")} was cut off`]),
  ];
}

/** One text: by the model where the kind wants it and all was read, else the answers one after the other. */
async function bodyOf(
  plan: WorkPlan,
  reading: ReadingParts,
  read: readonly ReadReading[],
  problems: string[],
): Promise<string> {
  const inPlace = read.toSorted((a, b) => byPlace(a.part, b.part));
  const [only] = inPlace;
  if (only !== undefined && inPlace.length === 1) return only.said.summary;
  // What is put together of a part of the answers would be paid again with the rest.
  if (isPutTogether(plan.spec.kind) && problems.length === 0) {
    const together = await putTogether(reading, inPlace.map(noteOf));
    if (together.kind === "whole") return together.text;
    problems.push(`the answers were not put together: ${together.reason}`);
  }
  return inPlace
    .filter(({ said }) => said.summary !== "")
    .map(({ part, said }) => (plan.spec.kind === "document" ? said.summary : `## ${nameOf(part)}\n\n${said.summary}`))
    .join("\n\n");
}

function noteOf({ part, said }: ReadReading): Note {
  const findings = said.findings.map(({ severity, title, path, firstLine }) => {
    const where = path === null ? "" : ` (${path}${firstLine === null ? "" : `:${firstLine}`})`;
    return `- ${severity}: ${title}${where}`;
  });
  return { paths: part.covers.map(({ path }) => path), text: [said.summary, ...findings].join("\n") };
}

const RANK = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

/** With checked places, each once, the worst first. */
async function findingsOf(read: readonly ReadReading[], { draft }: ReadingParts): Promise<readonly WorkFinding[]> {
  const all: WorkFinding[] = [];
  for (const { part, said } of read) {
    all.push(...(await checkPlaces(said.findings, part.covers, draft.codebase, draft.readBytes)));
  }
  const seen = new Set<string>();
  const once = all.filter(({ title, place }) => {
    const key = `${place === null ? "" : `${place.path}:${place.firstLine}`} ${title.toLowerCase()}`;
    return !seen.has(key) && seen.add(key);
  });
  const where = ({ place }: WorkFinding): string => place?.path ?? "~";
  return once.toSorted(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      (where(a) < where(b) ? -1 : where(a) > where(b) ? 1 : 0) ||
      (a.place?.firstLine ?? 0) - (b.place?.firstLine ?? 0),
  );
}

async function linesOf(
  readBytes: (path: string) => Promise<Buffer>,
  path: string,
  start: number,
  end: number,
): Promise<readonly [number, number]> {
  const bytes = await readBytes(path).catch(() => Buffer.alloc(0));
  const line = (offset: number): number => {
    let count = 1;
    for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, at + 1)) count += 1;
    return count;
  };
  return [line(start), line(Math.max(start, end - 1))];
}
