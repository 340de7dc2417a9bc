import type { CallOutcome } from "../../../dispatch/dispatch.ts";
import type { Clock } from "../../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../../foundation/errors.ts";
import { nanoUsd } from "../../../foundation/units.ts";
import { VERSION } from "../../../foundation/version.ts";
import type { ModelMessage, ModelRequest } from "../../../providers/provider.ts";
import type { AgentTool } from "../../agent-tool.ts";
import { type LoopResult, runToolLoop } from "../../tool-loop.ts";
import type { AgentEnd, AgentEvent, AgentProgram, AgentTask } from "../program.ts";
import { addUsage, NO_USAGE, tokensOf } from "../usage.ts";
import type { AgentAsk } from "./agent-ask.ts";
import { leftToSpend, reachedCap, usageOf } from "./loop-figures.ts";
import { agentHome, beginSession, resumeSession, type SessionFile } from "./session-file.ts";
import { limitTime } from "./time-limit.ts";

/** An agent whose loop runs here: who it is, who answers it, and what it works with. */
export interface LoopAgent {
  readonly name: string;
  /** Where the task names no model. */
  readonly model: string;
  readonly ask: AgentAsk;
  readonly clock: Clock;
  readonly maxTurns: number;
  equip(place: WorkPlace): Promise<Equipment>;
}

/** One piece of work, as the equipment sees it. */
export interface WorkPlace {
  readonly task: AgentTask;
  readonly session: string;
  readonly home: string;
  readonly clock: Clock;
  /** Aborts when the work is stopped or its time is up. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: AgentEvent) => void;
}

export interface Equipment {
  readonly system: string;
  readonly tools: readonly AgentTool[];
  /** Lets go of all that was opened; called once, however the work ended. `stopped`: somebody waits for us to be gone. */
  leave(stopped: boolean): Promise<Pick<AgentEnd, "pictures" | "noPictures">>;
}

const MAX_OUTPUT_TOKENS = 8_192;

/** How a loop is ended that has reached a cap of its own. */
const OVER_CAP = "over-cap";

type Answer = Extract<CallOutcome, { kind: "answered" }>["answer"];
type Ending = Pick<AgentEnd, "kind" | "text" | "code" | "message">;

/** The route table's small model: what loops ask where nobody names another. */
export const USUAL_MODEL = "haiku";

/** An agent whose loop runs here, behind the port of programs. Nothing is started before it works; it has nothing to close. */
export function openLoopAgent(agent: LoopAgent): AgentProgram {
  return {
    name: agent.name,
    async detect() {
      return { path: "built in", version: VERSION };
    },
    work: (task, signal, onEvent) => workInLoop(agent, task, signal, onEvent),
  };
}

/**
 * Lets an agent work in its loop until it is done or a cap is reached; see `AgentProgram.work`. Every message is in the
 * session's file before it is used: a killed session goes on behind the last answer that was paid for.
 */
async function workInLoop(
  agent: LoopAgent,
  task: AgentTask,
  signal: AbortSignal,
  onEvent: (event: AgentEvent) => void,
): Promise<AgentEnd> {
  const startedAt = agent.clock.now();
  const home = agentHome(agent.name, task.env);
  const opened = await openSession(agent, task, home);
  if (opened === undefined) return lostSession(agent, task, agent.clock.now() - startedAt);
  await using session = opened;
  onEvent({ kind: "session", id: session.id });
  using time = limitTime(agent.clock, task.timeoutMs, signal);
  const work = new LoopWork(agent, task, session, time.signal, onEvent);
  const equipment = await agent.equip({
    task,
    home,
    session: session.id,
    clock: agent.clock,
    signal: time.signal,
    onEvent,
  });
  let ending: Ending;
  try {
    ending = await work.carryOut(equipment);
  } catch (error) {
    if (signal.aborted || !time.isUp()) {
      await equipment.leave(true);
      throw signal.aborted ? interrupted(agent, signal) : error;
    }
    ending = outOfTime(task);
  }
  const shown = await equipment.leave(false);
  return {
    ...ending,
    session: session.id,
    usage: work.usage,
    exitCode: null,
    tookMs: agent.clock.now() - startedAt,
    ...shown,
  };
}

/** The session and the figures of one piece of work. */
class LoopWork {
  readonly #agent: LoopAgent;
  readonly #task: AgentTask;
  readonly #session: SessionFile;
  readonly #signal: AbortSignal;
  readonly #onEvent: (event: AgentEvent) => void;
  /** How many messages of the conversation are in the session's file. */
  #recorded: number;
  usage = NO_USAGE;

  constructor(
    agent: LoopAgent,
    task: AgentTask,
    session: SessionFile,
    signal: AbortSignal,
    onEvent: (event: AgentEvent) => void,
  ) {
    this.#agent = agent;
    this.#task = task;
    this.#session = session;
    this.#signal = signal;
    this.#onEvent = onEvent;
    this.#recorded = session.messages.length;
  }

  async carryOut({ system, tools }: Equipment): Promise<Ending> {
    const { limits, prompt } = this.#task;
    const maxTurns = Math.min(limits.turns ?? this.#agent.maxTurns, this.#agent.maxTurns);
    const result = await runToolLoop({
      system,
      messages: [...this.#session.messages, { role: "user", content: prompt }],
      tools,
      finishTools: ["finish"],
      maxTurns,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      ask: (request, turn) => this.#ask(request, turn),
    });
    await this.#record(result.messages);
    this.#signal.throwIfAborted();
    return endingOf(result, maxTurns);
  }

  async #ask(request: Omit<ModelRequest, "model">, turn: number): Promise<CallOutcome> {
    await this.#record(request.messages);
    this.#signal.throwIfAborted();
    const cap = reachedCap(this.usage, this.#task.limits);
    if (cap !== undefined) {
      return { kind: "failed", code: OVER_CAP, message: cap.message, cost: nanoUsd(0), retryable: false };
    }
    const left = leftToSpend(this.usage, this.#task.limits);
    const model = this.#task.model ?? this.#agent.model;
    const outcome = await this.#agent.ask(this.#withinTokens(request), {
      model,
      session: this.#session.id,
      turn,
      signal: this.#signal,
      task: this.#task,
      ...(left === undefined ? {} : { left }),
    });
    const used = usageOf(outcome);
    this.usage = addUsage(this.usage, used);
    await this.#session.appendUsage(turn, model, used);
    this.#onEvent({ kind: "usage", usage: this.usage });
    if (outcome.kind !== "answered") return outcome;
    await this.#takeAnswer(request.messages, outcome.answer);
    return { ...outcome, cost: outcome.cost ?? nanoUsd(0) };
  }

  /** The answer is written down before a tool of it is carried out. */
  async #takeAnswer(asked: readonly ModelMessage[], { text, toolCalls, raw }: Answer): Promise<void> {
    const message = { role: "assistant", content: text, toolCalls, ...(raw === undefined ? {} : { raw }) } as const;
    await this.#record([...asked, message]);
    if (text.trim() !== "") this.#onEvent({ kind: "text", text });
  }

  async #record(conversation: readonly ModelMessage[]): Promise<void> {
    for (const message of conversation.slice(this.#recorded)) {
      await this.#session.append(message);
      this.#recorded += 1;
    }
  }

  /** An answer may not be longer than what is left of the tokens. */
  #withinTokens(request: Omit<ModelRequest, "model">): Omit<ModelRequest, "model"> {
    const { tokens } = this.#task.limits;
    if (tokens === undefined) return request;
    return { ...request, maxOutputTokens: Math.min(request.maxOutputTokens, tokens - tokensOf(this.usage)) };
  }
}

function openSession(agent: LoopAgent, task: AgentTask, home: string): Promise<SessionFile | undefined> {
  if (task.resume !== undefined) return resumeSession(home, agent.name, task.resume);
  return beginSession(home, {
    agent: agent.name,
    cwd: task.cwd,
    model: task.model ?? agent.model,
    startedAt: agent.clock.now(),
  });
}

function endingOf(result: LoopResult, maxTurns: number): Ending {
  switch (result.kind) {
    case "finished":
      return { kind: "done", text: reportOf(result), code: null, message: null };
    case "gave-up":
      return { kind: "failed", text: result.reason, code: "gave-up", message: result.reason };
    case "turns-exhausted":
      return ended("over-limit", "turns", `no end after ${maxTurns} turns`, result);
    case "failed":
      return ended(result.code === OVER_CAP ? "over-limit" : "failed", result.code, result.message, result);
    case "refused":
      return ended("refused", "limit-reached", result.message, result);
    case "unknown":
      return ended("failed", "call-unknown", result.message, result);
  }
}

function ended(kind: Ending["kind"], code: string, message: string, { messages }: LoopResult): Ending {
  const last = messages.findLast((said) => said.role === "assistant" && said.content.trim() !== "");
  return { kind, text: last?.role === "assistant" ? last.content : "", code, message };
}

function reportOf(result: Extract<LoopResult, { kind: "finished" }>): string {
  const input = result.finishCall?.input as { report?: unknown } | undefined;
  return typeof input?.report === "string" ? input.report : result.text;
}

function outOfTime(task: AgentTask): Ending {
  const message = `stopped after ${Math.round(task.timeoutMs / 1000)} s; that was the time it was given`;
  return { kind: "timed-out", text: "", code: "time", message };
}

function lostSession(agent: LoopAgent, task: AgentTask, tookMs: number): AgentEnd {
  const message = `the session ${task.resume ?? ""} of ${agent.name} is not in its home; begin a new one`;
  return {
    kind: "session-lost",
    text: "",
    session: null,
    usage: NO_USAGE,
    code: "session-lost",
    message,
    exitCode: null,
    tookMs,
  };
}

function interrupted(agent: LoopAgent, signal: AbortSignal): AllotError {
  if (isAllotError(signal.reason, "interrupted")) return signal.reason;
  return new AllotError("interrupted", `${agent.name} was stopped`, { cause: signal.reason });
}
