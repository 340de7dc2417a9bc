import { onTestFinished } from "vitest";
import type { ScriptedAnswer, ScriptedUsage, SeenRequest, Served } from "./scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "./scripted-provider/scripted-provider.ts";

/**
 * A scripted team: planner, workers, adviser and judge of a run, played by the scripted provider.
 *
 * A scenario says, for each member, what it answers turn after turn; who is asked is read off the request (the tools it is
 * offered, the mini-task it is told). A request that nobody has an answer for, and an answer that nobody asked for, are
 * both mistakes of the run: `leftOver` and `unexpected` show them.
 */
export interface Scenario {
  /** Default: explores (a list, a file), then submits `plan`. */
  readonly planner?: readonly Turn[];
  /** What the planner submits by default. */
  readonly plan?: object;
  /** By the number of the mini-task: what its workers do, one after another, whichever tier they are of. */
  readonly workers?: Readonly<Record<number, readonly (readonly Turn[])[]>>;
  readonly adviser?: readonly Turn[];
  /** Default: accepts once. */
  readonly judge?: readonly Turn[];
  /** What every answer reports as used; default: counted by the provider. */
  readonly usage?: Partial<ScriptedUsage>;
  /** Thinking that goes with every answer, where the wire has it. */
  readonly reasoning?: string;
}

/** One answer, or one made out of the request. */
export type Turn = ScriptedAnswer | ((seen: SeenRequest) => ScriptedAnswer);

export interface Team {
  readonly provider: ScriptedProvider;
  /** Who was asked, in order: "planner", "small 1", "big 1", "adviser", "judge". Repeats in a row are told once. */
  readonly asked: readonly string[];
  /** Answers nobody asked for, as "member: how many". */
  leftOver(): readonly string[];
  /** Requests that no member had an answer for. */
  readonly unexpected: readonly string[];
  /** All requests to a member: "planner", "1" (the workers of mini-task 1), "adviser", "judge". */
  requests(member: string): readonly SeenRequest[];
  /** What the provider served to a member, bill included. */
  served(member: string): readonly Served[];
}

/** Opens the team for the running test; it is closed afterwards. */
export async function openTeam(
  scenario: Scenario,
  models: { readonly big: string; readonly small: string; readonly list?: readonly string[] },
): Promise<Team> {
  const waiting = queuesOf(scenario);
  const asked: string[] = [];
  const unexpected: string[] = [];
  const memberOf = new Map<number, string>();
  const provider = await openScriptedProvider({
    models: models.list ?? [models.big, models.small],
    script(seen) {
      const member = memberAsked(seen);
      memberOf.set(seen.number, member);
      const name = /^\d/.test(member) ? `${seen.model === models.small ? "small" : "big"} ${member}` : member;
      if (asked.at(-1) !== name) asked.push(name);
      const turn = waiting.get(member)?.shift();
      if (turn === undefined) {
        unexpected.push(
          `${name}: ${seen.lastUserText.slice(0, 2000)} ${JSON.stringify(seen.toolResults).slice(0, 2000)}`,
        );
        return { error: "bad-request" };
      }
      const answer = typeof turn === "function" ? turn(seen) : turn;
      return {
        ...(scenario.reasoning === undefined ? {} : { reasoning: scenario.reasoning }),
        ...(scenario.usage === undefined ? {} : { usage: scenario.usage }),
        ...answer,
      };
    },
  });
  onTestFinished(() => provider.close());
  return {
    provider,
    asked,
    unexpected,
    leftOver: () =>
      [...waiting].filter(([, turns]) => turns.length > 0).map(([member, turns]) => `${member}: ${turns.length}`),
    requests: (member) => provider.seen.filter(({ number }) => memberOf.get(number) === member),
    served: (member) => provider.served.filter(({ number }) => memberOf.get(number) === member),
  };
}

function queuesOf(scenario: Scenario): Map<string, Turn[]> {
  const queues = new Map<string, Turn[]>([
    ["planner", [...(scenario.planner ?? [explores(), submits(scenario.plan ?? {})])]],
    ["adviser", [...(scenario.adviser ?? [])]],
    ["judge", [...(scenario.judge ?? [accepts()])]],
  ]);
  for (const [number, attempts] of Object.entries(scenario.workers ?? {})) queues.set(number, attempts.flat());
  return queues;
}

function memberAsked(seen: SeenRequest): string {
  const tools = new Set(seen.tools.map(({ name }) => name));
  if (tools.has("submit_plan")) return "planner";
  if (tools.has("submit_verdict") || seen.system.includes("submit_verdict")) return "judge";
  if (tools.has("finish")) return /Mini-Task (\d+)/.exec(seen.messages[0]?.text ?? "")?.[1] ?? "nobody";
  return seen.system.startsWith("You advise") ? "adviser" : "nobody";
}

/** The planner looks around: one call of a reading tool. */
export function explores(name = "read_file", input: object = { path: "src/totals.js" }): ScriptedAnswer {
  return { text: "I look at the sources first.", toolCalls: [{ name, input }] };
}

/** The planner hands in its plan (or its question). */
export function submits(plan: object): ScriptedAnswer {
  return { toolCalls: [{ name: "submit_plan", input: plan }] };
}

/** A worker writes whole files, one a turn, then finishes. */
export function writes(files: Readonly<Record<string, string>>, report = "Done as the steps say."): ScriptedAnswer[] {
  return [...Object.entries(files).map(([path, content]) => uses("write_file", { path, content })), finishes(report)];
}

export function uses(name: string, input: object): ScriptedAnswer {
  return { toolCalls: [{ name, input }] };
}

export function finishes(report = "Done as the steps say."): ScriptedAnswer {
  return { toolCalls: [{ name: "finish", input: { report } }] };
}

export function givesUp(reason: string): ScriptedAnswer[] {
  return [{ toolCalls: [{ name: "give_up", input: { reason } }] }];
}

export function advises(text: string): ScriptedAnswer {
  return { text };
}

export function accepts(summary = "The goal is met and nothing is broken."): ScriptedAnswer {
  return { toolCalls: [{ name: "submit_verdict", input: { verdict: "accepted", summary, findings: [] } }] };
}

/** The judge rejects for one fault in each of these files. */
export function rejects(problem: string, paths: readonly string[] = ["src/discount.js"]): ScriptedAnswer {
  const findings = paths.map((path) => ({
    problem,
    fix: `Change ${path} so that this no longer holds: ${problem}`,
    paths: [path],
  }));
  return {
    toolCalls: [{ name: "submit_verdict", input: { verdict: "rejected", summary: `Not yet: ${problem}`, findings } }],
  };
}
