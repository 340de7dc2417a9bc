import type { z } from "zod";
import type { CallOutcome } from "../dispatch/dispatch.ts";
import type { ModelAnswer, ModelMessage, ModelRequest, ToolSpec } from "../providers/provider.ts";
import { jsonSchemaOf, problemsOf } from "./agent-tool.ts";
import { jsonInText } from "./json-in-text.ts";

export interface SchemaQuestion<Value> {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  /** An object schema: what the answer is held to, and what the model is shown. */
  readonly schema: z.ZodType<Value>;
  readonly toolName: string;
  readonly toolDescription: string;
  readonly maxOutputTokens: number;
  /** Further conditions on a value that fits the schema; each problem a sentence. */
  readonly check?: (value: Value) => readonly string[];
  /** Makes the paid call of that turn (1-based). */
  ask(request: Omit<ModelRequest, "model">, turn: number): Promise<CallOutcome>;
}

/** `calls`: how many calls it took. */
export type SchemaAnswer<Value> =
  | { readonly kind: "answered"; readonly value: Value; readonly calls: number }
  /** A provider's fault by its code, or `answer-misfit`: two answers that did not fit. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly calls: number }
  | { readonly kind: "refused"; readonly message: string; readonly calls: number }
  | { readonly kind: "unknown"; readonly message: string; readonly calls: number };

/**
 * Asks for one value of a schema: by a tool the model must call, or, where the provider cannot force or has no tools, as
 * JSON in the text. An answer that does not fit goes back once with what is wrong; a second misfit is the end.
 *
 * Deterministic: the same answers make the same requests byte for byte. Throws only what `ask` throws.
 */
export async function askBySchema<Value>(question: SchemaQuestion<Value>): Promise<SchemaAnswer<Value>> {
  const tool: ToolSpec = {
    name: question.toolName,
    description: question.toolDescription,
    inputSchema: jsonSchemaOf(question.schema),
  };
  const messages: ModelMessage[] = [...question.messages];
  let way: "tool" | "text" = "tool";
  let misfits = 0;
  for (let turn = 1; ; turn += 1) {
    const outcome = await question.ask(
      way === "tool" ? byTool(question, messages, tool) : byText(question, messages, tool),
      turn,
    );
    if (outcome.kind !== "answered") {
      if (way === "tool" && turn === 1 && cannotForce(outcome)) {
        way = "text";
        continue;
      }
      return notAnswered(outcome, turn);
    }
    const read = readAnswer(question, outcome.answer);
    if (read.kind === "fits") return { kind: "answered", value: read.value, calls: turn };
    misfits += 1;
    if (misfits > 1) {
      const message = `the answer did not fit what was asked for, twice: ${read.problems.join("; ")}`;
      return { kind: "failed", code: "answer-misfit", message, calls: turn };
    }
    messages.push(...correction(outcome.answer, read.problems, question.toolName, way));
  }
}

function byTool<Value>(
  question: SchemaQuestion<Value>,
  messages: readonly ModelMessage[],
  tool: ToolSpec,
): Omit<ModelRequest, "model"> {
  return {
    // Some models cannot be forced, and the request then leaves it to them.
    system: `${question.system}\n\nAnswer by calling the tool \`${tool.name}\` once, with the whole answer as its input.`,
    messages: [...messages],
    tools: [tool],
    toolChoice: { tool: tool.name },
    maxOutputTokens: question.maxOutputTokens,
  };
}

function byText<Value>(
  question: SchemaQuestion<Value>,
  messages: readonly ModelMessage[],
  tool: ToolSpec,
): Omit<ModelRequest, "model"> {
  const instruction = [
    `There are no tools in this conversation. Instead of calling \`${tool.name}\`, answer with one JSON object and nothing else.`,
    "It follows this JSON Schema:",
    JSON.stringify(tool.inputSchema),
  ].join("\n");
  return {
    system: `${question.system}\n\n${instruction}`,
    messages: [...messages],
    tools: [],
    toolChoice: "none",
    maxOutputTokens: question.maxOutputTokens,
  };
}

/** A server or model without tools, or without forcing, turns the request down and says so. */
function cannotForce(outcome: CallOutcome): boolean {
  return (
    outcome.kind === "failed" &&
    outcome.code === "provider-rejected" &&
    /tool[_ -]?choice|(not|n't) support(ed)?\b.{0,40}\b(tools?|functions?)|(tools?|functions?)\b.{0,60}\bnot support/i.test(
      outcome.message,
    )
  );
}

function notAnswered(
  outcome: Exclude<CallOutcome, { kind: "answered" }>,
  calls: number,
): Exclude<SchemaAnswer<never>, { kind: "answered" }> {
  if (outcome.kind === "failed") return { kind: "failed", code: outcome.code, message: outcome.message, calls };
  return { kind: outcome.kind, message: outcome.message, calls };
}

type Reading<Value> = { kind: "fits"; value: Value } | { kind: "misfit"; problems: readonly string[] };

function readAnswer<Value>(question: SchemaQuestion<Value>, answer: ModelAnswer): Reading<Value> {
  const call = answer.toolCalls.find((candidate) => candidate.name === question.toolName);
  const given =
    call === undefined ? jsonInText(answer.text) : typeof call.input === "string" ? jsonInText(call.input) : call.input;
  const cut =
    answer.finish === "length"
      ? [`- the answer was cut off at ${question.maxOutputTokens} output tokens; be shorter`]
      : [];
  if (given === undefined) {
    const filtered = answer.finish === "content-filter" ? ["- the provider's filter ended the answer"] : [];
    return {
      kind: "misfit",
      problems: [
        ...cut,
        ...filtered,
        `- there is neither a call of ${question.toolName} nor a JSON object in the answer`,
      ],
    };
  }
  const checked = question.schema.safeParse(given);
  if (!checked.success) return { kind: "misfit", problems: [...cut, ...problemsOf(checked.error)] };
  const further = question.check?.(checked.data) ?? [];
  return further.length === 0
    ? { kind: "fits", value: checked.data }
    : { kind: "misfit", problems: further.map((problem) => `- ${problem}`) };
}

function correction(
  answer: ModelAnswer,
  problems: readonly string[],
  toolName: string,
  way: "tool" | "text",
): ModelMessage[] {
  const said: ModelMessage = {
    role: "assistant",
    content: answer.text === "" && answer.toolCalls.length === 0 ? "(no answer)" : answer.text,
    toolCalls: answer.toolCalls,
    ...(answer.raw === undefined ? {} : { raw: answer.raw }),
  };
  const again =
    way === "tool"
      ? `Call ${toolName} again with the whole, corrected input.`
      : "Answer again with the whole, corrected JSON object.";
  const text = `This does not fit:\n${problems.join("\n")}\n${again}`;
  if (answer.toolCalls.length === 0) return [said, { role: "user", content: text }];
  const results = answer.toolCalls.map((call) => ({ callId: call.id, name: call.name, output: text, failed: true }));
  return [said, { role: "tool", results }];
}
