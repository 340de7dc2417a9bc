/** A signal that follows others until it is let go. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Ends the following, so that a signal that lives as long as the program does not keep every call it ever had. */
  readonly unlink: () => void;
}

/** A signal that aborts when the first of the others does, with its reason. */
export function linkSignals(others: readonly AbortSignal[]): LinkedSignal {
  const own = new AbortController();
  const links = others.map((other) => ({ other, follow: () => own.abort(other.reason) }));
  for (const { other, follow } of links) {
    if (other.aborted) follow();
    else other.addEventListener("abort", follow, { once: true });
  }
  return {
    signal: own.signal,
    unlink: () => {
      for (const { other, follow } of links) other.removeEventListener("abort", follow);
    },
  };
}
