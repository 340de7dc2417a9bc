import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { jsonInText } from "../../agents/json-in-text.ts";
import type { HostedEnd } from "../../agents/programs/hosting/hosted-work.ts";
import type { AgentName } from "../../foundation/agent-names.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { removeTree } from "../../workspaces/remove-tree.ts";
import { modelFor } from "../components/components.ts";
import type { RunContext } from "../run-context.ts";
import { agentLimits } from "./run-agents.ts";
import { tellSpend } from "./tell-agent.ts";

/** A question to an agent program that may look at a tree and change nothing. */
export interface AgentQuestion<Value> {
  readonly agent: AgentName;
  /** Part of every key, and the name of its folder: "plan", "verify". */
  readonly task: string;
  readonly round: number;
  readonly phase: "planning" | "verification";
  /** The commit that it may look at. */
  readonly rev: string;
  readonly prompt: string;
  /** JSON Schema of the object that its last message has to hold. */
  readonly schema: object;
  /** The value in the object, or what is wrong with it: then the session is told, twice at most. */
  readonly read: (object: unknown) => ReadAnswer<Value>;
}

export type ReadAnswer<Value> =
  | { readonly kind: "fits"; readonly value: Value }
  | { readonly kind: "misfits"; readonly problems: readonly string[] };

export type AgentAnswer<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  | { readonly kind: "broken"; readonly code: string; readonly reason: string };

/** An answer is sent back for mending so often at most. */
const MOST_REFUSALS = 2;

/**
 * Asks an agent program for one object, in a read-only sandbox over a clean tree; what does not fit goes back into its session.
 * Can be done again after a crash: every ask is found again under its key. Throws what the hosting throws.
 */
export async function askAgent<Value>(
  context: RunContext,
  question: AgentQuestion<Value>,
): Promise<AgentAnswer<Value>> {
  const home = join(context.workspacesDir, ".homes", `${question.task}-${question.round}`);
  const tree = join(home, "tree");
  try {
    await openTree(context, question.rev, tree);
    const answer = await converse(context, question, home, tree);
    // Nothing is made in it, so nothing is left.
    await removeTree(home);
    return answer;
  } catch (error) {
    if (!isAllotError(error, "command-not-found")) throw error;
    return { kind: "broken", code: error.code, reason: error.message };
  }
}

/** The tree stays as it is while an agent of an earlier life still looks at it. */
async function openTree(context: RunContext, rev: string, tree: string): Promise<void> {
  const mark = `${tree}.kept`;
  if ((await readFile(mark, "utf8").catch(() => undefined)) === rev) return;
  await mkdir(dirname(tree), { recursive: true, mode: 0o700 });
  await context.repository.export(rev, tree, { link: [] });
  await writeFile(mark, rev);
}

async function converse<Value>(
  context: RunContext,
  question: AgentQuestion<Value>,
  home: string,
  tree: string,
): Promise<AgentAnswer<Value>> {
  const form = `Answer with one JSON object and nothing else, of this JSON Schema:\n\n${JSON.stringify(question.schema)}`;
  let prompt = `${question.prompt}\n\n---\n\nYou may read the files of this folder and change nothing.\n\n${form}`;
  let session: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const end = await ask(context, question, { home, tree, prompt, session, attempt });
    if (end.kind === "unknown") return { kind: "broken", code: "call-unknown", reason: end.message };
    if (end.kind !== "done")
      return { kind: "broken", code: end.code ?? end.kind, reason: end.message ?? `${question.agent} came to no end` };
    const object = jsonInText(end.text);
    const read: ReadAnswer<Value> =
      object === undefined ? { kind: "misfits", problems: ["there was no JSON object in it"] } : question.read(object);
    if (read.kind === "fits") return { kind: "answered", value: read.value };
    if (attempt > MOST_REFUSALS || end.session === null) {
      const reason = `the answer of ${question.agent} was refused ${attempt} times: ${read.problems.join("; ")}`;
      return { kind: "broken", code: "answer-misfit", reason };
    }
    session = end.session;
    prompt = `Your answer was not accepted:\n${read.problems.map((problem) => `- ${problem}`).join("\n")}\n\n${form}`;
  }
}

interface Asked {
  readonly home: string;
  readonly tree: string;
  readonly prompt: string;
  readonly session: string | undefined;
  readonly attempt: number;
}

async function ask<Value>(
  context: RunContext,
  { agent, task, round, phase }: AgentQuestion<Value>,
  { home, tree, prompt, session, attempt }: Asked,
): Promise<HostedEnd> {
  const { spec, agents } = context;
  if (agents === undefined) throw new AllotError("provider-not-configured", "this run has no agent programs");
  const { terms, ...how } = agents.terms(agent);
  const model = modelFor(spec, agent, "big");
  const end = await agents.hosting.carryOut(
    {
      key: `${spec.id}/${task}/${round}/${phase}/${attempt}`,
      agent,
      ...how,
      task: {
        prompt,
        cwd: tree,
        env: await agents.environment(agent, home),
        ...(session === undefined ? {} : { resume: session }),
        ...(model === undefined ? {} : { model }),
        sandbox: "read-only",
        timeoutMs: spec.agentTimeoutMs ?? AGENT_TIMEOUT_MS,
        limits: agentLimits(spec),
      },
      terms: {
        session: spec.session,
        run: spec.id,
        ...(spec.project === undefined ? {} : { project: spec.project }),
        task,
        phase,
        tier: "big",
        ...(spec.priority === undefined ? {} : { priority: spec.priority }),
        ...terms,
      },
    },
    context.signal,
    (event) => {
      if (event.kind === "note") context.emit({ kind: "note", text: `${task}: ${event.text}` });
    },
  );
  tellSpend(context, task, agent, end);
  return end;
}

const AGENT_TIMEOUT_MS = 30 * 60_000;
