import { onTestFinished } from "vitest";
import type { Codebase } from "../../src/codebase/facts/facts.ts";
import { readCodebase } from "../../src/codebase/facts/read-codebase.ts";
import type { TokenFactor } from "../../src/codebase/tokens/tokens.ts";
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import { nanoUsd } from "../../src/foundation/units.ts";
import { openStore, type Store } from "../../src/storage/storage.ts";
import { carryOut } from "../../src/tasks/carry-out.ts";
import { planWork } from "../../src/tasks/plan-work.ts";
import { STRATEGIES } from "../../src/tasks/strategies.ts";
import type { PlanParts } from "../../src/tasks/work-parts.ts";
import type { Ask, AskAnswer, AskRequest, Strategy, WorkPlan, WorkResult, WorkSpec } from "../../src/tasks/work.ts";
import { openSqlitePlace, type OpenPlace } from "./store-place.ts";
import { SteppedClock } from "./stepped-clock.ts";
import { tempRepository, type TempRepository } from "./temp-repository.ts";

export const HOUR = 3_600_000;

/** A factor that changes nothing, so that tests can count. */
export const EXACT: TokenFactor = {
  family: "openai",
  factor: 1,
  bound: 1,
  perMessage: 8,
  source: "known",
  samples: 0,
};

/** What a scripted model says to a question; text is an answer. */
export type Answering = (request: AskRequest, number: number) => string | AskAnswer;

/** A repository, a store and a model of paper, to plan and carry out work with. */
export interface WorkTrial {
  readonly repo: TempRepository;
  readonly store: Store;
  readonly clock: SteppedClock;
  readonly parts: PlanParts;
  /** All that was asked, in order. */
  readonly asked: readonly AskRequest[];
  readonly ask: Ask;
  read(): Promise<Codebase>;
  spec(change?: SpecChange): WorkSpec;
  plan(change?: SpecChange): Promise<WorkPlan>;
  /** Plans and carries out. */
  run(change?: SpecChange, options?: RunOptions): Promise<WorkResult>;
}

export type SpecChange = Partial<Omit<WorkSpec, "strategy">> & { readonly strategy?: Partial<Strategy> };

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Changes the plan before it is carried out. */
  readonly tamper?: (plan: WorkPlan) => WorkPlan;
  readonly ask?: Ask;
}

export interface TrialFiles {
  readonly files: Readonly<Record<string, string>>;
  readonly answer?: Answering;
  readonly parts?: Partial<PlanParts>;
  readonly openPlace?: OpenPlace;
}

/** Opens it for one test. */
export async function openWorkTrial(trial: TrialFiles): Promise<WorkTrial> {
  const repo = tempRepository(trial.files);
  const place = await (trial.openPlace ?? openSqlitePlace)();
  const clock = new SteppedClock(Date.parse("2026-11-21T12:00:00Z"));
  const store = await openStore({ ...place.settings, clock });
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
    repo[Symbol.dispose]();
  });
  const asked: AskRequest[] = [];
  const answer = trial.answer ?? ((): string => saying("It does what it says."));
  const ask: Ask = (request, signal) => {
    signal.throwIfAborted();
    asked.push(request);
    const given = answer(request, asked.length);
    return Promise.resolve(typeof given === "string" ? answered(given) : given);
  };
  const parts: PlanParts = {
    store,
    clock,
    factor: EXACT,
    concurrency: 1,
    catalog: openCatalog({ asOf: clock.now() }),
    ...trial.parts,
  };
  const spec = ({ strategy, ...change }: SpecChange = {}): WorkSpec => ({
    kind: "analyze",
    repo: repo.dir,
    target: { by: "codebase" },
    context: "minimal",
    aspects: [],
    style: null,
    variant: null,
    model: { provider: "openai", name: "gpt-5" },
    cacheTtlMs: HOUR,
    ...change,
    strategy: { ...STRATEGIES[change.kind ?? "analyze"], ...strategy },
  });
  const read = (): Promise<Codebase> => readCodebase(repo.dir);
  return {
    repo,
    store,
    clock,
    parts,
    asked,
    ask,
    read,
    spec,
    plan: async (change) => planWork(spec(change), await read(), parts),
    async run(
      change,
      { signal = new AbortController().signal, tamper = (plan: WorkPlan) => plan, ask: other = ask } = {},
    ) {
      const codebase = await read();
      const plan = tamper(await planWork(spec(change), codebase, parts));
      return carryOut(plan, { ...parts, ask: other, codebase }, signal);
    },
  };
}

/** An answer of a model that was paid. */
export function answered(text: string, cost = 1_000): AskAnswer {
  const paid = { cost: nanoUsd(cost), inputTokens: 100, outputTokens: 10, servedBy: "openai/gpt-5", ms: 50 };
  return { kind: "answered", text, ...paid };
}

/** The JSON of an answer. */
export function saying(summary: string, findings: readonly object[] = []): string {
  return JSON.stringify({ summary, findings });
}

/** The paths whose code a question shows, by the repository's files. */
export function shownIn({ prompt }: AskRequest, paths: readonly string[]): readonly string[] {
  const code = prompt.slice(prompt.lastIndexOf("The code:"));
  return paths.filter((path) => code.includes(path));
}
