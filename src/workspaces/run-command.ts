/** A command run by allot: clean environment, time limit, own process group, sandbox where the system has one. */
export interface CommandRequest {
  /** POSIX shell text. */
  readonly command: string;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Extra variables on top of the clean environment (PATH, HOME in a temporary folder, LANG, TERM=dumb, CI=1 ...). */
  readonly env?: Readonly<Record<string, string>>;
  /** "off": the network is withheld where the system can; "on": left as it is. Default "off". */
  readonly network?: "off" | "on";
  /** Folders that may be read besides the system's; cwd is always readable and writable. */
  readonly readOnly?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** Both streams in order, the last 16 KiB. */
  readonly output: string;
  readonly tookMs: number;
  /** What really held: "bwrap", "unshare-net", "none". */
  readonly sandbox: string;
}
