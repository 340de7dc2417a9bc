/** One JSON line per event; ids and units stand in the field names. Never a prompt, a key or code. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A log that appends JSON lines through `write`; `now` gives epoch milliseconds. */
export function lineLog(write: (line: string) => void, now: () => number): Log {
  const at =
    (level: "info" | "warn") =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, event, ...fields })}\n`);
  return { info: at("info"), warn: at("warn") };
}

/** Drops everything. */
export const silentLog: Log = { info: () => {}, warn: () => {} };
