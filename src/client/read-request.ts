import type { CacheLifetime, ModelRequest, ToolSpec } from "../providers/provider.ts";
import { LONGEST_LIFETIME_MS } from "../dispatch/cache/answer-cache.ts";
import { PRIORITIES, type Priority } from "../throttle/throttle.ts";
import { choiceAt, type Fields, listAt, numberAt, objectAt, onlyKnown, textAt, wrongField } from "./fields.ts";
import { readCache, readMessages } from "./read-messages.ts";

/** A request that was read; the model is still a name. */
export interface ReadRequest {
  readonly modelName: string | undefined;
  readonly provider: string | undefined;
  readonly request: Omit<ModelRequest, "model">;
  readonly stream: boolean;
  readonly session: string | undefined;
  readonly priority: Priority | undefined;
  readonly agent: string | undefined;
  readonly taskType: string | undefined;
  readonly project: string | undefined;
  readonly budget: string | undefined;
  readonly maxWaitMs: number | undefined;
  readonly timeoutMs: number | undefined;
  /** Undefined: as the options say. */
  readonly fallbackModels: readonly string[] | undefined;
  readonly fallbackOnRefusal: boolean;
  readonly fallbackOnOverflow: boolean;
  /** Milliseconds an answer may be kept; false: not at all; undefined: as the kind of task says. */
  readonly cacheMs: number | false | undefined;
}

const FIELDS = [
  "model",
  "max_tokens",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "metadata",
  "session_id",
  "priority",
  "provider",
  "agent",
  "task_type",
  "project",
  "budget",
  "max_wait_ms",
  "timeout_ms",
  "fallback_models",
  "fallback_on_refusal",
  "fallback_on_overflow",
  "cache",
];

const ANY = Number.MAX_SAFE_INTEGER;

/** Reads and checks what `messages.create` was given. Throws `usage` naming field, value and what is right. Pure. */
export function readRequest(given: unknown): ReadRequest {
  const fields = objectAt("the request", given, "an object with max_tokens and messages");
  onlyKnown("", fields, FIELDS);
  const words = (name: string): string | undefined =>
    fields[name] === undefined ? undefined : textAt(name, fields[name], "a name");
  return {
    modelName: words("model"),
    provider: words("provider"),
    request: readAsked(fields),
    stream: fields["stream"] === undefined ? false : flagAt("stream", fields["stream"]),
    session: words("session_id"),
    priority: fields["priority"] === undefined ? undefined : choiceAt("priority", fields["priority"], PRIORITIES),
    agent: words("agent"),
    taskType: words("task_type"),
    project: words("project"),
    budget: words("budget"),
    maxWaitMs:
      fields["max_wait_ms"] === undefined ? undefined : numberAt("max_wait_ms", fields["max_wait_ms"], 0, ANY, true),
    timeoutMs:
      fields["timeout_ms"] === undefined ? undefined : numberAt("timeout_ms", fields["timeout_ms"], 1, ANY, true),
    fallbackModels:
      fields["fallback_models"] === undefined
        ? undefined
        : listAt("fallback_models", fields["fallback_models"], "a list of names").map((name, index) =>
            textAt(`fallback_models[${index}]`, name, "a name").trim(),
          ),
    fallbackOnRefusal:
      fields["fallback_on_refusal"] === undefined
        ? false
        : flagAt("fallback_on_refusal", fields["fallback_on_refusal"]),
    fallbackOnOverflow:
      fields["fallback_on_overflow"] === undefined
        ? true
        : flagAt("fallback_on_overflow", fields["fallback_on_overflow"]),
    cacheMs: fields["cache"] === undefined ? undefined : readCacheTime(fields["cache"]),
  };
}

function readAsked(fields: Fields): Omit<ModelRequest, "model"> {
  const { text: system, cache: cacheSystem } = readSystem(fields["system"]);
  const { tools, cache: cacheTools } = readTools(fields["tools"]);
  const number = (name: string, key: string, most: number): object =>
    fields[name] === undefined ? {} : { [key]: numberAt(name, fields[name], 0, most, most === ANY) };
  const user = readUser(fields["metadata"]);
  return {
    system,
    messages: readMessages(fields["messages"]),
    tools,
    toolChoice: readChoice(fields["tool_choice"], tools),
    ownCaching: true,
    maxOutputTokens: numberAt("max_tokens", fields["max_tokens"], 1, ANY, true),
    ...number("temperature", "temperature", 2),
    ...number("top_p", "topP", 1),
    ...number("top_k", "topK", ANY),
    ...(fields["stop_sequences"] === undefined ? {} : { stopSequences: readStops(fields["stop_sequences"]) }),
    ...(user === undefined ? {} : { user }),
    ...(cacheSystem === undefined ? {} : { cacheSystem }),
    ...(cacheTools === undefined ? {} : { cacheTools }),
  };
}

function readSystem(value: unknown): { text: string; cache?: CacheLifetime | undefined } {
  if (value === undefined || typeof value === "string") return { text: value ?? "" };
  const blocks = listAt("system", value, "text, or a list of text blocks").map((item, index) => {
    const at = `system[${index}]`;
    const block = objectAt(at, item, "a text block");
    choiceAt(`${at}.type`, block["type"], ["text"]);
    return { text: textAt(`${at}.text`, block["text"], "text", true), ...readCache(at, block) };
  });
  return { text: blocks.map(({ text }) => text).join("\n\n"), cache: blocks.findLast(({ cache }) => cache)?.cache };
}

function readTools(value: unknown): { tools: readonly ToolSpec[]; cache?: CacheLifetime | undefined } {
  if (value === undefined) return { tools: [] };
  const read = listAt("tools", value, "a list of tools").map((item, index) => {
    const at = `tools[${index}]`;
    const tool = objectAt(at, item, "an object with name, description and input_schema");
    if (tool["type"] !== undefined && tool["type"] !== "custom" && tool["type"] !== null) {
      throw wrongField(
        `${at}.type`,
        tool["type"],
        '"custom" (tools that a provider carries out by itself cost extra, which no hold covers)',
      );
    }
    onlyKnown(at, tool, ["type", "name", "description", "input_schema", "cache_control"]);
    const name = textAt(`${at}.name`, tool["name"], "a name");
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
      throw wrongField(`${at}.name`, name, "a name of 1 to 64 letters, digits, _ and -");
    }
    const description = tool["description"];
    const spec: ToolSpec = {
      name,
      description: description === undefined ? "" : textAt(`${at}.description`, description, "text", true),
      inputSchema: objectAt(`${at}.input_schema`, tool["input_schema"], "a JSON Schema of the input object"),
    };
    return { spec, ...readCache(at, tool) };
  });
  const names = read.map(({ spec }) => spec.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrongField("tools", names, `every name once, not "${twice}" twice`);
  return { tools: read.map(({ spec }) => spec), cache: read.findLast(({ cache }) => cache)?.cache };
}

function readChoice(value: unknown, tools: readonly ToolSpec[]): ModelRequest["toolChoice"] {
  if (value === undefined || value === null) return "auto";
  const choice = objectAt("tool_choice", value, 'an object like { type: "auto" }');
  const type = choiceAt("tool_choice.type", choice["type"], ["auto", "any", "none", "tool"]);
  if (type === "auto" || type === "none") return type;
  if (tools.length === 0) throw wrongField("tools", tools, `a tool for tool_choice ${type}`);
  if (type === "any") return "required";
  return {
    tool: choiceAt(
      "tool_choice.name",
      choice["name"],
      tools.map(({ name }) => name),
    ),
  };
}

function readStops(value: unknown): readonly string[] {
  return listAt("stop_sequences", value, "a list of texts").map((item, index) => {
    // Blank text is a stop sequence too: a line break.
    if (typeof item === "string" && item !== "") return item;
    throw wrongField(`stop_sequences[${index}]`, item, "text");
  });
}

function readUser(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const user = objectAt("metadata", value)["user_id"];
  return user === undefined || user === null ? undefined : textAt("metadata.user_id", user, "a name");
}

/** "1h", "90s", or false. */
function readCacheTime(value: unknown): number | false {
  if (value === false) return false;
  const [, count, unit = ""] = (typeof value === "string" ? /^(\d{1,5})\s*(s|m|h)$/.exec(value.trim()) : null) ?? [];
  const ms = Number(count) * (({ s: 1_000, m: 60_000, h: 3_600_000 } as Record<string, number>)[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_LIFETIME_MS) return ms;
  throw wrongField("cache", value, 'a time like "1h" or "90s", at most 24h, or false');
}

function flagAt(place: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrongField(place, value, "true or false");
}
