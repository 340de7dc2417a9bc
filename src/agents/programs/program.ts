import type { NanoUsd } from "../../foundation/units.ts";

/**
 * Agents that are programs of their own: Codex, Claude Code, the UI agent, our tool loop. One port, one conformance suite
 * (programs.conformance.ts): a new agent is a folder here and a line in the table.
 *
 * Invariants: an agent works in the folder it is given and has an environment of its own; its standard input is closed; what it
 * starts is gone when it is; its usage is told from its own events and checked against its log; what it says is no evidence.
 *
 * Rejected: the vendors' libraries around the programs (they pin a version of their own; users have theirs, and their logins).
 */
export interface AgentProgram {
  /** "codex", "claude", "comet", "api". */
  readonly name: string;
  /** What is installed, asked once; null: nothing is. Flags that a version does not know are not used. */
  detect(): Promise<Installed | null>;
  /**
   * Lets the agent work until it is done. Never throws for what the agent does; throws `command-not-found` where it is not
   * installed, and `interrupted` when `signal` aborts, after it is gone.
   */
  work(task: AgentTask, signal: AbortSignal, onEvent: (event: AgentEvent) => void): Promise<AgentEnd>;
}

export interface Installed {
  readonly path: string;
  readonly version: string;
}

export interface AgentTask {
  readonly prompt: string;
  /** The workspace: a git repository. */
  readonly cwd: string;
  /** The agent's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Go on with this session of the same agent; a lost one is answered with `session-lost`. */
  readonly resume?: string;
  readonly model?: string;
  /** Where its calls go: allot's gateway; absent: where its own settings say. */
  readonly gateway?: { readonly url: string; readonly key: string };
  readonly sandbox: "read-only" | "workspace-write";
  readonly timeoutMs: number;
  /** It is stopped when its own figures pass them. */
  readonly limits: { readonly tokens?: number; readonly nanoUsd?: NanoUsd; readonly turns?: number };
  /** For an agent that looks at pages. Absent: the folder's own files, which it serves on loopback itself. */
  readonly page?: AgentPage;
}

export interface AgentPage {
  /** Where the page is served already, by a program of the user's. */
  readonly url?: string;
  /** Origins besides loopback that may be reached: `https://cdn.example.com`. */
  readonly allow?: readonly string[];
}

export type AgentEvent =
  | { readonly kind: "session"; readonly id: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "command"; readonly command: string; readonly exitCode: number | null }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "usage"; readonly usage: AgentUsage }
  /** What the user should know and no model said: what is not there, and what comes of it. */
  | { readonly kind: "note"; readonly text: string };

/** Of this call alone: running totals of a thread are taken apart. */
export interface AgentUsage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** As the agent says; null where it says none. */
  readonly cost: NanoUsd | null;
}

export interface AgentEnd {
  readonly kind: "done" | "failed" | "refused" | "timed-out" | "over-limit" | "session-lost";
  /** The agent's last words. */
  readonly text: string;
  readonly session: string | null;
  readonly usage: AgentUsage;
  readonly code: string | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly tookMs: number;
  /** What pages looked like, of an agent that looks at pages. */
  readonly pictures?: readonly AgentPicture[];
  /** Why such an agent has none: no browser, and how to get one. */
  readonly noPictures?: string;
}

/** A page before the first change and after the last one; null where it was not seen then. */
export interface AgentPicture {
  /** Its address on its own site: "/", "/cart.html". */
  readonly page: string;
  readonly before: PageView | null;
  readonly after: PageView | null;
}

export interface PageView {
  /** A PNG in the agent's home (absolute), until it is put beside a report. */
  readonly file: string;
  /** Errors that no code of the page caught. */
  readonly pageErrors: number;
  /** Lines of kind "error" on its console. */
  readonly consoleErrors: number;
}
