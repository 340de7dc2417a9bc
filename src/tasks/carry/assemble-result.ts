import { checkPlaces } from "../answers/check-places.ts";
import { proveDocs } from "../document/prove-docs.ts";
import type { Targets } from "../targets/select-targets.ts";
import { byPlace } from "../plan/reading-order.ts";
import { isPutTogether } from "../prompts/instructions.ts";
import type { WorkFinding, WorkPlan, WorkResult } from "../work.ts";
import { coverageOf } from "./coverage.ts";
import { nameOf } from "./map-parts.ts";
import { type Note, putTogether } from "./put-together.ts";
import type { PartReading, ReadingParts } from "./reading.ts";
import { resultText } from "./result-text.ts";

type ReadReading = Extract<PartReading, { kind: "read" }>;
type MissedReading = Extract<PartReading, { kind: "missed" }>;

/**
 * The result of what was read: findings with checked places, what was not read, one text. Puts answers together by the model where the
 * kind of work wants it. Throws only `interrupted`.
 */
export async function assembleResult(
  plan: WorkPlan,
  reading: ReadingParts,
  readings: readonly PartReading[],
  targets: Targets,
  tookMs: () => number,
): Promise<WorkResult> {
  const { draft, tally } = reading;
  const read = readings.filter((one): one is ReadReading => one.kind === "read");
  const missed = readings.filter((one): one is MissedReading => one.kind === "missed");
  const covers = read.flatMap(({ part }) => part.covers);
  const notRead = await coverageOf(
    targets.files,
    covers,
    missed.flatMap(({ part, reason }) => part.covers.map((piece) => ({ piece, reason }))),
    (path) => draft.index.moduleOf(path)?.name ?? null,
    (path, start, end) => linesOf(draft.readBytes, path, start, end),
  );
  const problems = problemsOf(read, missed, notRead.length);
  const { text: body, findings: differences } = await provenBody(plan, reading, read, problems);
  const result: Omit<WorkResult, "text"> = {
    id: plan.id,
    kind: plan.spec.kind,
    complete: notRead.length === 0 && problems.length === 0,
    problems,
    findings: [...(await findingsOf(read, reading)), ...differences],
    read: covers,
    notRead,
    leftOut: plan.leftOut,
    cost: tally.cost,
    calls: tally.calls,
    cachedCalls: tally.cachedCalls,
    tokens: tally.tokens,
    durationMs: tookMs(),
    servedBy: tally.servedBy,
  };
  return { ...result, text: resultText(result, body) };
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

/** Documentation is compared with the code; other texts stand as they are. */
async function provenBody(
  plan: WorkPlan,
  reading: ReadingParts,
  read: readonly ReadReading[],
  problems: string[],
): Promise<{ readonly text: string; readonly findings: readonly WorkFinding[] }> {
  const text = await bodyOf(plan, reading, read, problems);
  if (plan.spec.kind !== "document") return { text, findings: [] };
  const paths = new Set(read.flatMap(({ part }) => part.covers.map(({ path }) => path)));
  return proveDocs(
    reading,
    text,
    reading.draft.codebase.files.filter(({ path }) => paths.has(path)),
  );
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
