/**
 * allot as a guest in other agents: the Model Context Protocol on standard streams. Each tool is one file in tools/ and one line
 * in `TOOLS`; it answers data, which is given as structured content and as text.
 *
 * Invariants: nothing but the protocol is written to standard output; what a calling model says widens nothing: limits of the
 * configuration stand, a limit it names can only be lower, and repositories are those at or below the folder that the server was
 * started for. A fault is an answer the model can read (`isError`, code and message), never a broken connection.
 *
 * Rejected: a tool that waits for a whole run (clients give up after a minute or less): `delegate` starts it as a program of its
 * own, `run_status` looks after it.
 */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Readable, Writable } from "node:stream";
import { isAllotError } from "../foundation/errors.ts";
import type { McpParts, McpTool } from "./tool.ts";
import { contractValidateTool } from "./tools/contract-validate.ts";
import { delegateTool } from "./tools/delegate.ts";
import { limitsTool } from "./tools/limits.ts";
import { planTool } from "./tools/plan.ts";
import { routeTool } from "./tools/route.ts";
import { runStatusTool } from "./tools/run-status.ts";
import { usageTool } from "./tools/usage.ts";

export type { McpParts } from "./tool.ts";

/** Every tool, in the order in which clients list them. */
export const TOOLS: readonly McpTool[] = [
  routeTool,
  planTool,
  delegateTool,
  runStatusTool,
  usageTool,
  limitsTool,
  contractValidateTool,
];

const INSTRUCTIONS = [
  "allot gives each piece of developer work to the cheapest model or agent that can do it and checks the result itself.",
  "Hand over work that is well-defined, repetitive or large (more than about 100 lines, a defined interface): `plan` shows what would",
  "be done and what it would cost, `delegate` carries it out in the background on a branch of its own, `run_status` tells how far it is.",
  "Do yourself what needs architecture, deep reasoning or the user's word, and what is smaller than about 50 lines.",
  "`usage` and `limits` tell what was spent and what is left; a refused call names the limit and when there is room again.",
].join(" ");

/** Serves until the client leaves or `signal` aborts; resolves then. Never throws for what a client sends. */
export async function serveMcp(
  parts: McpParts,
  streams: { readonly stdin: Readable; readonly stdout: Writable },
  signal: AbortSignal,
): Promise<void> {
  const transport = new StdioServerTransport(streams.stdin, streams.stdout);
  const left = new Promise<void>((resolve) => {
    streams.stdin.once("end", resolve);
    streams.stdin.once("close", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  const handle = serveStdio(() => mcpServer(parts), { transport, onerror: (error) => parts.log(error.message) });
  await left;
  await handle.close();
}

function mcpServer(parts: McpParts): McpServer {
  const server = new McpServer({ name: "allot", version: parts.version }, { instructions: INSTRUCTIONS });
  for (const tool of TOOLS) {
    const { name, title, description, input, annotations } = tool;
    server.registerTool(name, { title, description, inputSchema: input, annotations }, async (given, context) => {
      try {
        const answer = await tool.run(parts, given, context.mcpReq.signal);
        return { content: [{ type: "text" as const, text: JSON.stringify(answer) }], structuredContent: { ...answer } };
      } catch (error) {
        return { isError: true, content: [{ type: "text" as const, text: faultText(error) }] };
      }
    });
  }
  return server;
}

function faultText(error: unknown): string {
  if (isAllotError(error)) return `${error.code}: ${error.message}`;
  return `internal: ${error instanceof Error ? error.message : String(error)}`;
}
