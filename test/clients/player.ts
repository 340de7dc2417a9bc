import type {
  ScriptedAnswer,
  ScriptedToolCall,
  SeenMessage,
  SeenRequest,
  SeenTool,
} from "../support/scripted-provider/script.ts";

/*
 * A model that plays for real agent programs: it does what the prompt says in brackets, with the tools that the request
 * offers, under whatever names that program gives them.
 *
 *   [kit:say WORDS]         answers WORDS
 *   [kit:slow WORDS]        answers WORDS in a stream of some seconds
 *   [kit:write FILE WORDS]  writes FILE with its tool, then says so
 *   [kit:delegate WORDS]    has a subagent told `[kit:say WORDS]`, then repeats what came back
 *   [kit:tool NAME KEY=WORDS]  calls the tool whose name ends with NAME with { KEY: WORDS }, then repeats what came back
 *   [kit:recall]            answers with the first bracket of the conversation
 *   [kit:spend N]           answers, and bills N input tokens
 */
export const player = (seen: SeenRequest): ScriptedAnswer => {
  if (isSideRequest(seen)) return { text: sideAnswer(seen) };
  const at = seen.messages.findLastIndex((message) => message.role === "user" && BRACKET.test(message.text));
  const bracket = BRACKET.exec(lastBracket(seen.messages[at]?.text ?? ""));
  if (bracket === null) return { text: "Nothing to do." };
  const [, verb = "", rest = ""] = bracket;
  const since = seen.messages.slice(at + 1);
  return { usage: { inputTokens: 1000, outputTokens: 100 }, ...PLAYS[verb]?.(rest.trim(), seen, since) };
};

const BRACKET = /\[kit:([a-z]+)([^\]]*)\]/;

function lastBracket(text: string): string {
  return text.slice(text.lastIndexOf("[kit:"));
}

type Play = (words: string, seen: SeenRequest, since: readonly SeenMessage[]) => ScriptedAnswer;

const PLAYS: Readonly<Record<string, Play>> = {
  say: (words, seen) => finishAgent(seen, words) ?? { text: words },
  slow: (words) => ({ text: words.padEnd(120, "."), chunkDelayMs: 200 }),
  spend: (words) => ({ text: "Spent.", usage: { inputTokens: Number(words), outputTokens: 0 } }),
  recall: (_words, seen) => {
    const first = seen.messages.find((message) => message.role === "user" && BRACKET.test(message.text));
    return { text: `First: ${BRACKET.exec(first?.text ?? "")?.[0].replaceAll(/[[\]]/g, "") ?? "nothing"}` };
  },
  write: (words, seen, since) => {
    const results = since.flatMap((message) => message.toolResults);
    if (results.length > 0) return { text: `Written. ${results.at(-1)?.output.slice(0, 200) ?? ""}` };
    const [file = "", ...text] = words.split(" ");
    const call = writing(seen.tools, file, text.join(" "));
    return call === undefined ? { text: "There is no tool that writes." } : { text: "I write.", toolCalls: [call] };
  },
  tool: (words, seen, since) => {
    const results = since.flatMap((message) => message.toolResults);
    if (results.length > 0) return { text: `It said: ${results.at(-1)?.output.slice(0, 600) ?? ""}` };
    const [, name = "", key = "", value = ""] = /^(\S+) (\w+)=(.*)$/.exec(words) ?? [];
    const called = seen.tools.find((one) => one.name.endsWith(name))?.name ?? `mcp__allot__${name}`;
    return { text: "I ask.", toolCalls: [{ name: called, input: { [key]: value } }] };
  },
  delegate: (words, seen, since) => {
    const results = since.flatMap((message) => message.toolResults);
    const next = delegating(seen.tools, `[kit:say ${words}]`, results.length);
    if (next !== undefined) return { text: "I delegate.", toolCalls: [next] };
    const told = [...results.map((result) => result.output), ...since.map((message) => message.text)].join("\n");
    return { text: told.includes(words) ? `They said: ${words}` : `They said something else: ${told.slice(0, 300)}` };
  },
};

/** Titles and routing decisions are asked for beside the conversation, without tools to work with. */
export function isSideRequest(seen: SeenRequest): boolean {
  const config = seen.body["generationConfig"];
  const schema = config !== null && typeof config === "object" && "responseJsonSchema" in config;
  return schema || /title generator|generate a title|title for this conversation/i.test(seen.system);
}

export function sideAnswer(seen: SeenRequest): string {
  if (seen.wire !== "google") return "A title";
  return JSON.stringify({
    complexity_reasoning: "One step.",
    complexity_score: 10,
    reasoning: "Simple.",
    model_choice: "flash",
  });
}

/** The Gemini CLI's subagents end by a tool of their own. */
function finishAgent(seen: SeenRequest, words: string): ScriptedAnswer | undefined {
  const tool = seen.tools.find(({ name }) => name === "complete_task");
  if (tool === undefined) return undefined;
  return { toolCalls: [{ name: tool.name, input: filled(tool.schema, words) }] };
}

/** A value of a JSON schema with the words wherever text is wanted. */
function filled(schema: unknown, words: string): unknown {
  const { type, properties, required } = (schema ?? {}) as {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
  if (properties === undefined) return type === "boolean" ? false : words;
  return Object.fromEntries((required ?? []).map((name) => [name, filled(properties[name], words)]));
}

function writing(tools: readonly SeenTool[], file: string, text: string): ScriptedToolCall | undefined {
  const has = (name: string): SeenTool | undefined => tools.find((tool) => tool.name === name);
  if (has("Write")) return { name: "Write", input: { file_path: file, content: `${text}\n` } };
  if (has("write_file")) return { name: "write_file", input: { file_path: file, content: `${text}\n` } };
  if (has("write")) return { name: "write", input: { filePath: file, content: `${text}\n` } };
  const patch = `*** Begin Patch\n*** Add File: ${file}\n+${text}\n*** End Patch\n`;
  const patching = has("apply_patch");
  if (patching !== undefined) return textCall(patching, patch);
  const script = has("exec") ?? tools.find((tool) => /(^|_|\.)exec$/.test(tool.name));
  if (script !== undefined) return textCall(script, `text(await tools.apply_patch(${JSON.stringify(patch)}));`);
  if (has("exec_command")) return { name: "exec_command", input: { cmd: `printf '%s\\n' '${text}' > '${file}'` } };
  return undefined;
}

/** A call of a tool that takes one text: a custom tool, or a function with one field. */
function textCall(tool: SeenTool, text: string): ScriptedToolCall {
  if (tool.custom) return { name: tool.name, input: text, custom: true, ...namespaceOf(tool) };
  const { properties } = (tool.schema ?? {}) as { readonly properties?: object };
  return { name: tool.name, input: { [Object.keys(properties ?? {})[0] ?? "input"]: text } };
}

/** The next tool call on the way to a subagent's answer, after so many results; undefined when it must be there. */
function delegating(tools: readonly SeenTool[], prompt: string, results: number): ScriptedToolCall | undefined {
  const has = (name: string): SeenTool | undefined => tools.find((tool) => tool.name === name);
  const description = "Say it";
  if (results === 0) {
    const subagent = { description, prompt, subagent_type: "general-purpose", run_in_background: false };
    if (has("Agent")) return { name: "Agent", input: subagent };
    if (has("task")) return { name: "task", input: { description, prompt, subagent_type: "general" } };
    if (has("invoke_agent")) return { name: "invoke_agent", input: { agent_name: "generalist", prompt } };
    const spawn = has("spawn_agent");
    if (spawn === undefined) return undefined;
    const input = { task_name: "say_it", message: prompt, fork_turns: "none" };
    return { name: "spawn_agent", input, ...namespaceOf(spawn) };
  }
  const wait = has("wait_agent");
  if (results > 1 || wait === undefined) return undefined;
  return { name: "wait_agent", input: { timeout_ms: 20_000 }, ...namespaceOf(wait) };
}

function namespaceOf(tool: SeenTool): { readonly namespace?: string } {
  return tool.namespace === undefined ? {} : { namespace: tool.namespace };
}
