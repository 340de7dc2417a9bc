import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { placePictures } from "../../agents/programs/comet/pictures.ts";
import type { HostedEnd } from "../../agents/programs/hosting/hosted-work.ts";
import type { AgentEvent } from "../../agents/programs/program.ts";
import type { AgentName } from "../../foundation/agent-names.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { modelFor } from "../components/components.ts";
import { openWorkspace, type Workspace } from "../../workspaces/workspace.ts";
import type { HostedPlace } from "../run.ts";
import { agentLimits, type RunAgents } from "./run-agents.ts";
import type { RunContext } from "../run-context.ts";
import { agentPrompt, rebuiltPrompt, SKILL_PATHS, SKILL_TEXT } from "./agent-prompt.ts";
import { shareOf, type AttemptEnd } from "./attempt.ts";
import type { TaskWork } from "./task-work.ts";
import { tellSpend } from "./tell-agent.ts";

/** What one round of an agent program starts from. */
export interface AgentStart {
  readonly round: number;
  readonly agent: AgentName;
  /** Name of its folder and of its home. */
  readonly place: string;
  /** The session that knows the work; undefined: there is none yet. */
  readonly session: string | undefined;
  /** What the round before delivered. */
  readonly lastRev: string | undefined;
  /** What the checks say; "" at the start. */
  readonly evidence: string;
  /** How often a limit has stopped this round before; absent for never. */
  readonly stops?: number;
}

/** JSON-safe: it is a step's stored result. */
export interface AgentRound {
  readonly end: AttemptEnd;
  readonly hosted: HostedPlace;
}

const AGENT_TIMEOUT_MS = 30 * 60_000;

/**
 * Lets an agent program work one round on a mini-task in a minimal workspace of its own, and commits what stands there then on
 * top of the task's base. A session that is known is resumed with the evidence alone; one that is lost is rebuilt from the
 * record: the task, what was delivered, the evidence. The workspace stays, since a session belongs to its folder.
 *
 * Can be done again after a crash: the hosting finds the work again under its key, and the folder is not made anew.
 * Throws `interrupted`, `provider-not-configured` where this run has no agents.
 */
export async function letAgentWork(context: RunContext, work: TaskWork, start: AgentStart): Promise<AgentRound> {
  const agents = agentsOf(context);
  const given = await givenFiles(context, work, start.agent);
  await using workspace = await openWorkspace({
    repository: context.repository,
    rev: work.baseRev,
    reads: work.task.reads.map(({ path }) => path),
    writes: work.task.writes.map(({ path }) => path),
    dir: join(context.workspacesDir, start.place),
    given,
    keep: `${work.key} ${work.baseRev}`,
    ...(start.lastRev === undefined ? {} : { upTo: start.lastRev }),
  });
  const home = join(context.workspacesDir, ".homes", start.place);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const place = { agent: start.agent, dir: workspace.dir, place: start.place };
  let session = start.session;
  try {
    const end = await converse(context, agents, work, start, { workspace, home, given });
    session = end.session ?? session;
    return { end: await endOf(context, work, workspace, end), hosted: { ...place, session } };
  } catch (error) {
    if (!isAllotError(error) || !BROKEN_BY.has(error.code)) throw error;
    return { end: { kind: "broken", code: error.code, reason: error.message }, hosted: { ...place, session } };
  }
}

/** Faults that no further try mends, and that the user has to know of. */
const BROKEN_BY: ReadonlySet<string> = new Set(["workspace-too-large", "command-not-found"]);

function agentsOf(context: RunContext): RunAgents {
  if (context.agents !== undefined) return context.agents;
  throw new AllotError("provider-not-configured", "this run has no agent programs");
}

interface Room {
  readonly workspace: Workspace;
  readonly home: string;
  readonly given: ReadonlyMap<string, string>;
}

/** The round's conversation: the known session, else a fresh one; a lost one is rebuilt, one of unknown fate is gone on with once. */
async function converse(
  context: RunContext,
  agents: RunAgents,
  work: TaskWork,
  start: AgentStart,
  room: Room,
): Promise<HostedEnd> {
  const opening = agentPrompt(work.task, start.agent, [...room.given.keys()]);
  // Out of the record, not out of the folder: the same key has to ask the same, whenever it is asked again.
  const delivered = start.lastRev === undefined ? [] : await context.repository.changes(work.baseRev, start.lastRev);
  const fresh: Ask = {
    prompt:
      start.lastRev === undefined
        ? [opening, start.evidence].filter((text) => text !== "").join("\n\n")
        : rebuiltPrompt(
            opening,
            delivered.map(({ path }) => path),
            start.evidence,
          ),
  };
  const first = start.session === undefined ? fresh : { prompt: goingOn(start), resume: start.session };
  const end = await ask(context, agents, work, start, room, { ...first, attempt: 1 });
  if (end.kind === "session-lost") {
    tell(
      context,
      work,
      `${start.agent}'s session ${first.resume ?? ""} is lost; a fresh one is given what it had done`,
    );
    return ask(context, agents, work, start, room, { ...fresh, attempt: 2 });
  }
  if (end.kind !== "unknown" || context.spec.unknownCalls === "ask") return end;
  tell(
    context,
    work,
    `${end.message}; it stays counted, and ${end.session === null ? "a fresh session" : "its session"} goes on`,
  );
  const again =
    end.session === null ? fresh : { prompt: "You were interrupted. Go on where you stopped.", resume: end.session };
  const second = await ask(context, agents, work, start, room, { ...again, attempt: 2 });
  return second.kind === "session-lost" ? ask(context, agents, work, start, room, { ...fresh, attempt: 3 }) : second;
}

/** What a session that is gone on with is told. */
function goingOn({ evidence, stops = 0 }: AgentStart): string {
  return stops === 0
    ? evidence
    : "A limit of what may be spent had stopped you; there is room again. Go on where you stopped.";
}

interface Ask {
  readonly prompt: string;
  readonly resume?: string;
}

async function ask(
  context: RunContext,
  agents: RunAgents,
  work: TaskWork,
  start: AgentStart,
  { workspace, home }: Room,
  { prompt, resume, attempt }: Ask & { readonly attempt: number },
): Promise<HostedEnd> {
  const { spec } = context;
  const { terms, ...how } = agents.terms(start.agent);
  const model = modelFor(spec, start.agent);
  const end = await agents.hosting.carryOut(
    {
      key: `${spec.id}/${work.key}/${start.round}/work${start.stops === undefined ? "" : `-${start.stops}`}/${attempt}`,
      agent: start.agent,
      ...how,
      task: {
        prompt,
        cwd: workspace.dir,
        env: await agents.environment(start.agent, home),
        ...(resume === undefined ? {} : { resume }),
        ...(model === undefined ? {} : { model }),
        sandbox: "workspace-write",
        timeoutMs: spec.agentTimeoutMs ?? AGENT_TIMEOUT_MS,
        limits: agentLimits(spec),
      },
      terms: {
        session: spec.session,
        run: spec.id,
        ...(spec.project === undefined ? {} : { project: spec.project }),
        task: work.key,
        phase: "execution",
        tier: work.task.tier === "big" ? "big" : "small",
        ...(spec.priority === undefined ? {} : { priority: spec.priority }),
        ...terms,
      },
    },
    context.signal,
    (event) => tellEvent(context, work, start.agent, event),
  );
  tellSpend(context, work.key, start.agent, end);
  return end;
}

function tell(context: RunContext, work: TaskWork, text: string): void {
  context.emit({ kind: "note", text: `mini-task ${work.task.number}: ${text}` });
}

function tellEvent(context: RunContext, work: TaskWork, agent: AgentName, event: AgentEvent): void {
  const did = (what: string): void => context.emit({ kind: "agent-did", task: work.task.number, agent, what });
  if (event.kind === "file") did(`wrote ${event.path}`);
  else if (event.kind === "command") did(`ran ${event.command}`);
  else if (event.kind === "session") did(`works in session ${event.id}`);
  else if (event.kind === "note") tell(context, work, event.text);
}

/** What the round came to; what stands in the workspace is committed where the agent says that it is done. */
async function endOf(context: RunContext, work: TaskWork, workspace: Workspace, end: HostedEnd): Promise<AttemptEnd> {
  if (end.kind === "unknown") return { kind: "broken", code: "call-unknown", reason: end.message };
  if (end.kind !== "done") {
    const code = end.code ?? (end.kind === "failed" ? "agent-failed" : end.kind);
    return { kind: "broken", code, reason: end.message ?? WORDS[end.kind] };
  }
  const rev = await context.repository.commit({
    parent: work.baseRev,
    files: await workspace.collect(),
    message: `Mini-Task ${work.task.number}: ${work.task.title}`,
    atMs: context.spec.createdAt,
  });
  const { pictures, noPictures } = end;
  const name = `task-${work.key}`;
  return {
    kind: "delivered",
    rev,
    report: end.text,
    messages: [],
    workspace: shareOf(workspace.size),
    ...(pictures === undefined ? {} : { pictures: await placePictures(pictures, context.publicDir, name) }),
    ...(noPictures === undefined ? {} : { noPictures }),
  };
}

const WORDS = {
  failed: "the agent failed and did not say why",
  refused: "the agent was refused by its model's provider or by a limit",
  "timed-out": "the agent did not end within its time",
  "over-limit": "the agent reached the limit of its tokens, dollars or turns",
  "session-lost": "the agent's session is lost, and a fresh one could not be opened",
} as const;

/** The contract and the skill: what a worker is given besides the files it declares. */
async function givenFiles(context: RunContext, work: TaskWork, agent: AgentName): Promise<Map<string, string>> {
  const given = new Map<string, string>();
  const contract = context.spec.components?.contract;
  if (contract !== undefined) given.set(contract.path, contract.text);
  const skill = SKILL_PATHS[agent];
  if (skill !== undefined) given.set(skill, (await context.repository.read(work.baseRev, skill)) ?? SKILL_TEXT);
  return given;
}
