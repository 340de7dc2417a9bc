import type { IncomingHttpHeaders } from "node:http";
import { asObject, asText, parseJson, type Json } from "../../providers/json.ts";
import type { KeyFacts } from "../keys/keys.ts";

/** Who asks: for whom it is counted, and with which program. */
export interface Asker {
  readonly session: string;
  /** The client itself names its sessions: an agent, whose loops the runaway guard looks at. */
  readonly named: boolean;
  /** "claude-code", "codex", "gemini-cli", "opencode", or the first word of the user agent. */
  readonly agent: string;
}

const LONGEST_NAME = 200;

/**
 * The session a request is counted for: the key's own, allot's header, what the client sends anyway (headers first, then
 * the body's metadata), else one for the key. Pure. Sources: what each client was seen to send.
 */
export function askerOf(headers: IncomingHttpHeaders, body: Json, key: KeyFacts, fallback: string): Asker {
  const agent = agentOf(headers);
  if (key.session !== null) return { session: key.session, named: false, agent };
  const stated = nameIn(headers["x-allot-session"]);
  if (stated !== undefined) return { session: stated, named: true, agent };
  const own = ownSession(headers, body);
  if (own !== undefined) return { session: own, named: true, agent };
  return { session: key.id === "env" ? fallback : `key-${key.id}`, named: false, agent };
}

/** Headers in which clients name their session, in the order in which they are believed. */
const SESSION_HEADERS = [
  "x-claude-code-session-id",
  "session-id",
  "session_id",
  // A subagent of opencode: a limit on the session holds for it too.
  "x-parent-session-id",
  "x-session-id",
  "x-opencode-session",
  "x-session-affinity",
] as const;

function ownSession(headers: IncomingHttpHeaders, body: Json): string | undefined {
  for (const name of SESSION_HEADERS) {
    const found = nameIn(headers[name]);
    if (found !== undefined) return found;
  }
  const turn = headers["x-codex-turn-metadata"];
  const metadata = body["metadata"];
  const client = body["client_metadata"];
  // Most requests say nothing of the kind.
  if (turn === undefined && metadata === undefined && client === undefined) return undefined;
  const { user_id, session_id } = asObject(metadata);
  const told = [
    turn === undefined ? undefined : asObject(parseJson(String(turn)))["session_id"],
    sessionInUser(asText(user_id)),
    session_id,
    asObject(client)["session_id"],
  ];
  for (const name of told) {
    const found = nameIn(asText(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Claude Code writes JSON there, or once wrote "user_..._session_ID". */
function sessionInUser(user: string): string {
  if (user.startsWith("{")) return asText(asObject(parseJson(user))["session_id"]);
  return /_session_([\w-]+)$/.exec(user)?.[1] ?? "";
}

/** A header's value as a name: printable, of a bearable length. */
export function nameIn(value: string | string[] | undefined): string | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  if (text === undefined || text === "" || text.length > LONGEST_NAME) return undefined;
  return /^[\x20-\x7e\u00a0-\uffff]+$/u.test(text) ? text : undefined;
}

const AGENTS: readonly (readonly [RegExp, string])[] = [
  [/claude-cli|claude-code/i, "claude-code"],
  [/\bcodex/i, "codex"],
  [/gemini-?cli/i, "gemini-cli"],
  [/opencode/i, "opencode"],
];

const KNOWN_AGENTS = new Map<string, string>();

function agentOf(headers: IncomingHttpHeaders): string {
  const said = `${headers["user-agent"] ?? ""} ${String(headers["originator"] ?? "")}`.slice(0, 300);
  const known = KNOWN_AGENTS.get(said);
  if (known !== undefined) return known;
  const listed = AGENTS.find(([pattern]) => pattern.test(said))?.[1];
  const agent = listed ?? (/^[\w.@-]+(\/[A-Za-z][\w-]*)?/.exec(said.trim())?.[0] ?? "").toLowerCase().slice(0, 40);
  if (KNOWN_AGENTS.size > 500) KNOWN_AGENTS.clear();
  KNOWN_AGENTS.set(said, agent);
  return agent;
}
