/**
 * API contracts against code: what a contract promises, what a server's code serves, what a client's code calls, and where
 * they differ. Everything is read statically; nothing of the project runs.
 *
 * Invariants: what cannot be followed is told as unresolved with its reason, never guessed; a finding names both places where
 * there are two; the same files give the same report, in the same order.
 *
 * `validateContract` stands in validate-contract.ts, the readers of frameworks in servers/, of callers in clients/, of
 * contracts in contracts/.
 *
 * Rejected: running the application to ask its router (needs its dependencies and its secrets), and regular expressions over
 * lines (a mean recall of 0.30 on real projects).
 */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" | "ALL" | (string & {});

/** Where something stands. */
export interface Place {
  /** Relative to the root that was given, with "/". */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A route that a server's code serves. Parameters are `{name}`, a wildcard is `{name}` or `{*}`; a trailing slash as served. */
export interface Route extends Place {
  readonly method: Method;
  readonly path: string;
  readonly framework: string;
  /** Registered inside a condition. */
  readonly conditional?: boolean;
}

/** A call that a client's code makes; `{}` for each dynamic part. */
export interface Call extends Place {
  readonly method: Method;
  readonly path: string;
  /** "fetch", "axios", "ky", "openapi-fetch", "swr", the name of a wrapper. */
  readonly by: string;
  /** What stands before the path comes from elsewhere (a base address that is configured): a prefix may be missing. */
  readonly baseUnknown?: true;
  /** Its options come from elsewhere and may name another method. */
  readonly methodUnknown?: true;
}

/** What a contract promises. */
export interface Endpoint extends Place {
  readonly method: Method;
  readonly path: string;
}

export interface Unresolved extends Place {
  /** For people: "the prefix comes from a function's argument". */
  readonly reason: string;
}

export type FindingKind =
  | "missing"
  | "method-mismatch"
  | "param-name"
  | "param-count"
  | "undocumented"
  | "unknown-path";

export interface Finding {
  readonly side: "server" | "client";
  readonly kind: FindingKind;
  readonly method: Method;
  readonly path: string;
  /** Where the contract says so, and where the code does; null where there is nothing to point at. */
  readonly contract: Place | null;
  readonly code: Place | null;
  /** The nearest route there is, for a wrong name or method. */
  readonly closest: { readonly method: Method; readonly path: string } | null;
  /** What to change: one sentence. */
  readonly suggestion: string;
}

export interface ContractReport {
  readonly routes: readonly Route[];
  readonly calls: readonly Call[];
  readonly endpoints: readonly Endpoint[];
  readonly findings: readonly Finding[];
  readonly unresolved: readonly Unresolved[];
  /** What the contract was held against: a server's folders, found or named; a client's calls. */
  readonly compared?: { readonly server: boolean; readonly client: boolean };
}

/** Whether a contract promises something and was held against nothing, so that no finding says nothing. Pure. */
export function isNothingCompared({ endpoints, compared }: ContractReport): boolean {
  return endpoints.length > 0 && compared?.server === false && !compared.client;
}

export interface ValidateOptions {
  /** All paths are relative to it, and none outside of it is read. */
  readonly root: string;
  /** Markdown or OpenAPI (JSON, YAML); absent: server and clients are compared with each other. */
  readonly contract?: string;
  /** Folders; absent: found by what the files import. */
  readonly servers?: readonly string[];
  readonly clients?: readonly string[];
}
