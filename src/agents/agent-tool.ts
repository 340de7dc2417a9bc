import { z } from "zod";
import type { ToolSpec } from "../providers/provider.ts";

/** A tool that a model may call in a tool loop. */
export interface AgentTool {
  readonly spec: ToolSpec;
  /** Carries out one call. What a model can do wrong is a failed result, never an error that is thrown. */
  run(input: unknown): Promise<ToolOutcome>;
}

export interface ToolOutcome {
  readonly output: string;
  readonly failed: boolean;
  /** The input did not fit the schema: the model has to learn how to call it, nothing was done. */
  readonly misused?: true;
}

/** What makes a tool: its input schema is both what the model is shown and what its input is held to. */
export interface ToolDefinition<Input> {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  run(input: Input): Promise<ToolOutcome> | ToolOutcome;
}

/** A tool whose input is checked before it runs; a misfit goes back to the model with what is wrong. */
export function defineTool<Input>(definition: ToolDefinition<Input>): AgentTool {
  return {
    spec: { name: definition.name, description: definition.description, inputSchema: jsonSchemaOf(definition.input) },
    async run(input) {
      const checked = definition.input.safeParse(input);
      if (checked.success) return definition.run(checked.data);
      return {
        output: `The input of ${definition.name} is wrong:\n${problemsOf(checked.error).join("\n")}`,
        failed: true,
        misused: true,
      };
    },
  };
}

/** The JSON Schema a model is shown for a Zod schema. Pure. */
export function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}

/** What does not fit, one line a problem: "steps.2.text: expected string, received number". At most 20. Pure. */
export function problemsOf(error: z.ZodError): string[] {
  const lines = error.issues.map(
    (issue) => `- ${issue.path.length === 0 ? "(whole input)" : issue.path.join(".")}: ${issue.message}`,
  );
  return lines.length <= 20 ? lines : [...lines.slice(0, 20), `- and ${lines.length - 20} more`];
}

/** A result that worked. */
export function done(output: string): ToolOutcome {
  return { output, failed: false };
}

/** A result that did not, with what to do about it. */
export function failed(output: string): ToolOutcome {
  return { output, failed: true };
}
