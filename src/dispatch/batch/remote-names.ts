/** Rows that one statement names; SQLite binds at most 32,766 values. */
export const ROWS_AT_ONCE = 500;

/** Who has a call that was handed in, as it stands in `calls.host`: by the token it was sent with, then by the provider's id. */
export interface RemoteHost {
  readonly provider: string;
  /** The provider's id; null while it is not known. */
  readonly id: string | null;
  /** What it was sent with; null once the id is known. */
  readonly token: string | null;
}

/** A process identity never begins like this: no recovery takes such a host for a process of this machine. */
const PREFIX = "batch";

export function sendingHost(provider: string, token: string): string {
  return [PREFIX, provider, "token", token].join("|");
}

export function knownHost(provider: string, id: string): string {
  return [PREFIX, provider, "id", id].join("|");
}

/** Pure. */
export function hostOf(host: string): RemoteHost {
  const [, provider = "", kind, name = ""] = host.split("|");
  return { provider, id: kind === "id" ? name : null, token: kind === "token" ? name : null };
}
