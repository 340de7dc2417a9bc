/*
 * The front door of `agents/`: models at work. It owns the tool loop, the tools of workers (`file-tools.ts`) and of
 * explorers (`reader-tools.ts`), questions answered by a schema (`answer-by-schema.ts`) and the worker's prompt.
 *
 * Its invariants: a loop is a pure function of the answers it gets, so it can be carried out again after a crash and find
 * every answer already paid; what a model names reaches only what was declared; what a file says is data. A worker gets
 * no shell: the checks are run afterwards, by us, in a clean tree.
 *
 * Rejected: the SDK's own agent loop, whose calls would not pass the dispatch one by one, and tool calls carried out in
 * parallel, whose order would differ from life to life.
 */
import type { CallOutcome } from "../dispatch/dispatch.ts";
import { canonicalJson } from "../foundation/ids.ts";
import type { ModelAnswer, ModelMessage, ModelRequest, ToolCall, ToolResult } from "../providers/provider.ts";
import type { AgentTool } from "./agent-tool.ts";

/** What a loop is given. */
export interface ToolLoopOptions {
  readonly system: string;
  /** The conversation so far: at least one user message. */
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly AgentTool[];
  /** Makes the paid call of that turn (1-based). */
  ask(request: Omit<ModelRequest, "model">, turn: number): Promise<CallOutcome>;
  readonly maxTurns: number;
  readonly maxOutputTokens: number;
  readonly toolChoice?: ModelRequest["toolChoice"];
  /** Tools whose call, once carried out, ends the loop. */
  readonly finishTools?: readonly string[];
}

/** How a loop ended; always with the whole conversation, in which every tool call has its result. */
export type LoopResult = LoopEnd & { readonly messages: readonly ModelMessage[]; readonly turns: number };

export type LoopEnd =
  | { readonly kind: "finished"; readonly text: string; readonly finishCall?: ToolCall }
  | { readonly kind: "gave-up"; readonly reason: string }
  | { readonly kind: "turns-exhausted" }
  /** A provider's fault by its code, or the loop's own: `tool-misuse`, `repeats-itself`, `empty-answer`. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string };

/** The tool by which a model says that it cannot do the task. */
export const GIVE_UP = "give_up";

/** Turns in a row with nothing but unusable calls, or with the very same calls and results. */
const PATIENCE = 3;

/** How often one call may bring one and the same result over the whole loop. */
const MAX_REPEATS = 6;

/**
 * Lets a model work with tools until it finishes, gives up, or must be stopped.
 *
 * Deterministic: the same answers make the same requests byte for byte, so that a run that is carried out again after a
 * crash finds every answer that is already paid. Tool calls are carried out one after another in their order, and every
 * one gets a result, also those after a finish. Throws only what `ask` or a tool throws (`interrupted`).
 */
export async function runToolLoop(options: ToolLoopOptions): Promise<LoopResult> {
  const loop: LoopState = {
    messages: [...options.messages],
    misusedTurns: 0,
    sameTurns: 0,
    lastTurn: "",
    seen: new Map(),
    nudged: false,
    acted: false,
  };
  for (let turn = 1; turn <= options.maxTurns; turn += 1) {
    const outcome = await options.ask(nextRequest(options, loop), turn);
    const end = outcome.kind === "answered" ? await takeTurn(options, loop, outcome.answer) : notAnswered(outcome);
    if (end !== undefined) return { ...end, messages: loop.messages, turns: turn };
  }
  return { kind: "turns-exhausted", messages: loop.messages, turns: options.maxTurns };
}

interface LoopState {
  readonly messages: ModelMessage[];
  misusedTurns: number;
  sameTurns: number;
  /** Calls and results of the turn before. */
  lastTurn: string;
  /** How often a call brought the same result. */
  readonly seen: Map<string, number>;
  nudged: boolean;
  /** Some tool has been carried out. */
  acted: boolean;
}

function nextRequest(options: ToolLoopOptions, loop: LoopState): Omit<ModelRequest, "model"> {
  return {
    system: options.system,
    messages: [...loop.messages],
    tools: options.tools.map((tool) => tool.spec),
    toolChoice: options.toolChoice ?? "auto",
    maxOutputTokens: options.maxOutputTokens,
  };
}

function notAnswered(outcome: Exclude<CallOutcome, { kind: "answered" }>): LoopEnd {
  switch (outcome.kind) {
    case "failed":
      return { kind: "failed", code: outcome.code, message: outcome.message };
    case "refused":
      return { kind: "refused", message: outcome.message };
    case "unknown":
      return { kind: "unknown", message: outcome.message };
  }
}

async function takeTurn(options: ToolLoopOptions, loop: LoopState, answer: ModelAnswer): Promise<LoopEnd | undefined> {
  loop.messages.push({
    role: "assistant",
    content: answer.text,
    toolCalls: answer.toolCalls,
    ...(answer.raw === undefined ? {} : { raw: answer.raw }),
  });
  if (answer.finish === "content-filter" && answer.toolCalls.length === 0) {
    return { kind: "failed", code: "content-refused", message: "the provider's filter ended the answer" };
  }
  return answer.toolCalls.length === 0 ? takeText(options, loop, answer) : takeCalls(options, loop, answer);
}

/** An answer without a call: the end of the work, unless it was cut off or nothing has been done at all. */
function takeText(options: ToolLoopOptions, loop: LoopState, answer: ModelAnswer): LoopEnd | undefined {
  const cutOff = answer.finish === "length";
  const unfinished = cutOff || answer.text.trim() === "" || (!loop.acted && (options.finishTools ?? []).length > 0);
  if (!unfinished) return { kind: "finished", text: answer.text };
  if (loop.nudged) {
    if (answer.text.trim() !== "" && !cutOff) return { kind: "finished", text: answer.text };
    return {
      kind: "failed",
      code: "empty-answer",
      message: cutOff ? "two answers were cut off at the output limit" : "the model answered with nothing, twice",
    };
  }
  loop.nudged = true;
  loop.messages.push({ role: "user", content: cutOff ? cutOffAdvice(options) : nudge(options) });
  return undefined;
}

function nudge(options: ToolLoopOptions): string {
  const ends = (options.finishTools ?? []).map((name) => `\`${name}\``).join(" or ");
  const giveUp = options.tools.some((tool) => tool.spec.name === GIVE_UP)
    ? `, or \`${GIVE_UP}\` if it cannot be done`
    : "";
  return ends === ""
    ? "Your answer was empty. Go on."
    : `No tool was called. Do the work with the tools, then call ${ends}${giveUp}.`;
}

function cutOffAdvice(options: ToolLoopOptions): string {
  return `Your answer was cut off at the limit of ${options.maxOutputTokens} output tokens. Go on in smaller pieces.`;
}

async function takeCalls(options: ToolLoopOptions, loop: LoopState, answer: ModelAnswer): Promise<LoopEnd | undefined> {
  const results: ToolResult[] = [];
  let misused = 0;
  let end: LoopEnd | undefined;
  for (const call of answer.toolCalls) {
    const blocked =
      end === undefined ? blockedFinish(options, call, results) : "Not carried out: the work had already been ended.";
    const outcome = blocked === undefined ? await carryOut(options, call, answer) : { output: blocked, failed: true };
    if (outcome.misused === true) misused += 1;
    else loop.acted = true;
    results.push({ callId: call.id, name: call.name, output: outcome.output, failed: outcome.failed });
    if (!outcome.failed && end === undefined) end = endOf(options, call, answer);
  }
  loop.messages.push({ role: "tool", results });
  return end ?? guard(loop, answer, results, misused);
}

async function carryOut(
  options: ToolLoopOptions,
  call: ToolCall,
  answer: ModelAnswer,
): Promise<Awaited<ReturnType<AgentTool["run"]>>> {
  const tool = options.tools.find((candidate) => candidate.spec.name === call.name);
  if (tool === undefined) {
    const names = options.tools.map((candidate) => candidate.spec.name).join(", ");
    return { output: `There is no tool "${call.name}". The tools are: ${names}.`, failed: true, misused: true };
  }
  if (typeof call.input === "string") {
    const advice = answer.finish === "length" ? cutOffAdvice(options) : "Send one JSON object.";
    return { output: `The input of ${call.name} is no JSON object. ${advice}`, failed: true, misused: true };
  }
  return tool.run(call.input);
}

/** Work is not finished by a turn in which something failed: its author has not seen that yet. */
function blockedFinish(options: ToolLoopOptions, call: ToolCall, results: readonly ToolResult[]): string | undefined {
  const failures = results.filter((result) => result.failed).length;
  if (failures === 0 || !(options.finishTools ?? []).includes(call.name)) return undefined;
  return `Not finished: ${failures === 1 ? "a call" : `${failures} calls`} of the same turn failed. Look at the results, mend it, then call ${call.name} again.`;
}

function endOf(options: ToolLoopOptions, call: ToolCall, answer: ModelAnswer): LoopEnd | undefined {
  if (call.name === GIVE_UP) {
    const reason = (call.input as { reason?: unknown } | null)?.reason;
    return { kind: "gave-up", reason: typeof reason === "string" && reason !== "" ? reason : "no reason given" };
  }
  return (options.finishTools ?? []).includes(call.name)
    ? { kind: "finished", text: answer.text, finishCall: call }
    : undefined;
}

/** Ends a loop that no longer gets anywhere, before it has spent all its turns on it. */
function guard(
  loop: LoopState,
  answer: ModelAnswer,
  results: readonly ToolResult[],
  misused: number,
): LoopEnd | undefined {
  loop.misusedTurns = misused === results.length ? loop.misusedTurns + 1 : 0;
  if (loop.misusedTurns >= PATIENCE) {
    return {
      kind: "failed",
      code: "tool-misuse",
      message: `${PATIENCE} turns in a row had no usable tool call; the last: ${results[0]?.output ?? ""}`,
    };
  }
  const acts = answer.toolCalls.map((call, index) => canonicalJson([call.name, call.input, results[index]?.output]));
  const thisTurn = acts.join("\n");
  loop.sameTurns = thisTurn === loop.lastTurn ? loop.sameTurns + 1 : 1;
  loop.lastTurn = thisTurn;
  let most = 0;
  for (const act of new Set(acts)) {
    const times = (loop.seen.get(act) ?? 0) + 1;
    loop.seen.set(act, times);
    most = Math.max(most, times);
  }
  if (loop.sameTurns < PATIENCE && most < MAX_REPEATS) return undefined;
  const names = [...new Set(answer.toolCalls.map((call) => call.name))].join(", ");
  return {
    kind: "failed",
    code: "repeats-itself",
    message: `the same call of ${names} with the same result, again and again`,
  };
}
