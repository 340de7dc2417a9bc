import { realpathSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { z } from "zod";
import type { App } from "../app/app.ts";
import { AllotError } from "../foundation/errors.ts";

/** What the tools work with. */
export interface McpParts {
  readonly app: App;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that the server was started for: repositories and contracts are at or below it. */
  readonly folder: string;
  readonly version: string;
  /** For a person who looks for what went wrong: standard error. */
  readonly log: (line: string) => void;
  /** Carries a run out in a process of its own, which outlives this one; answers why that ended, undefined while it has not. */
  readonly startRun: (runId: string) => Promise<() => string | undefined>;
}

/** One tool as clients see it, and what it does. */
export interface McpTool {
  readonly name: string;
  readonly title: string;
  /** For the calling model: when to use it, and what it answers. */
  readonly description: string;
  readonly input: z.ZodObject;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint?: boolean;
    readonly openWorldHint: boolean;
  };
  readonly run: (parts: McpParts, given: unknown, signal: AbortSignal) => Promise<object>;
}

/** A tool whose `run` gets what its schema reads. */
export function defineTool<Shape extends z.ZodObject>(
  tool: Omit<McpTool, "input" | "run"> & {
    readonly input: Shape;
    readonly run: (parts: McpParts, given: z.output<Shape>, signal: AbortSignal) => Promise<object>;
  },
): McpTool {
  return { ...tool, run: (parts, given, signal) => tool.run(parts, given as z.output<Shape>, signal) };
}

/** A folder or file that a model named, made absolute. Throws `path-escapes` for one outside of the server's folder, links followed. */
export function within(folder: string, named: string | undefined): string {
  const asked = resolve(folder, named ?? ".");
  const real = realOf(asked);
  if (!isWithin(folder, real)) {
    throw new AllotError(
      "path-escapes",
      `${named ?? asked} is outside of ${folder}, the folder that this server was started for; start it for another with --repo`,
    );
  }
  return real;
}

/** Whether a path leads to the folder or below it, links followed. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(realOf(folder), realOf(path));
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Where a path really leads; what is not there yet leads nowhere else. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
