import { countOf, fieldsOf } from "../fields.ts";

/** Codex's own figures: what is cached or written to a cache stands within the input, reasoning within the output. */
export interface ThreadUsage {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
  readonly total: number;
}

export function usageOf(value: unknown): ThreadUsage {
  const usage = fieldsOf(value);
  const input = countOf(usage["input_tokens"]);
  const output = countOf(usage["output_tokens"]);
  const cached = Math.min(input, countOf(usage["cached_input_tokens"]));
  return {
    input,
    cached,
    written: Math.min(input - cached, countOf(usage["cache_write_input_tokens"])),
    output,
    reasoning: countOf(usage["reasoning_output_tokens"]),
    total: input + output,
  };
}

export function lessUsage(a: ThreadUsage, b: ThreadUsage): ThreadUsage {
  const rest = (name: keyof ThreadUsage): number => Math.max(0, a[name] - b[name]);
  return {
    input: rest("input"),
    cached: rest("cached"),
    written: rest("written"),
    output: rest("output"),
    reasoning: rest("reasoning"),
    total: rest("total"),
  };
}

export function plusUsage(a: ThreadUsage | undefined, b: ThreadUsage): ThreadUsage {
  const sum = (name: keyof ThreadUsage): number => (a?.[name] ?? 0) + b[name];
  return {
    input: sum("input"),
    cached: sum("cached"),
    written: sum("written"),
    output: sum("output"),
    reasoning: sum("reasoning"),
    total: sum("total"),
  };
}

export function isNothing({ input, output }: ThreadUsage): boolean {
  return input === 0 && output === 0;
}

export function isSame(a: ThreadUsage, b: ThreadUsage): boolean {
  return a.input === b.input && a.cached === b.cached && a.output === b.output && a.reasoning === b.reasoning;
}
