import type { AgentName, Lack, UsageRecord } from "./transcripts.ts";
import { LogLines, type LogLine, type Unread } from "./log-lines.ts";

/** Where a user's agents keep their logs. */
export interface Homes {
  /** The user's home folder. */
  readonly home: string;
  /** Variables by which agents are told other places; none where another home than one's own is measured. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One agent's logs: where they are, and who reads them. */
export interface AgentLogs {
  readonly agent: AgentName;
  /** Files and folders in which logs may be; those that are not there are told. */
  places(homes: Homes): readonly string[];
  /** Whether a file below such a place is one. */
  isLog(path: string): boolean;
  open(): AgentReader;
}

/** Reads one agent's logs, and may read on when they have grown. */
export interface AgentReader {
  /** What was added to the file since it was last read. Rejects as the file system does. */
  read(file: string): Promise<void>;
  /** All that is known so far. Pure. */
  told(): Told;
}

export interface Told {
  readonly records: readonly UsageRecord[];
  readonly lacks: readonly Lack[];
  readonly unread: ReadonlyMap<string, Unread>;
}

/** What becomes of the lines of an agent's logs. */
export interface LineFold {
  /** Whether a very long line may hold usage, by its bytes. */
  mayMatter(bytes: Buffer): boolean;
  take(line: LogLine): void;
  records(): readonly UsageRecord[];
  lacks(): readonly Lack[];
}

/** The reader of logs that have a JSON object a line. */
export function lineReader(fold: LineFold): AgentReader {
  const files = new Map<string, LogLines>();
  return {
    async read(file) {
      let lines = files.get(file);
      if (lines === undefined) files.set(file, (lines = new LogLines(file)));
      await lines.read(
        (bytes) => fold.mayMatter(bytes),
        (line) => fold.take(line),
      );
    },
    told() {
      const unread = [...files].flatMap(([file, lines]): [string, Unread][] => {
        const count = lines.unread.lines + (lines.isTorn ? 1 : 0);
        const why = lines.unread.why === "" ? "the last line is not whole" : lines.unread.why;
        return count === 0 ? [] : [[file, { lines: count, why }]];
      });
      return { records: fold.records(), lacks: fold.lacks(), unread: new Map(unread) };
    },
  };
}
