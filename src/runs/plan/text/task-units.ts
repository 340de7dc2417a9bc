import { fencesOf, neverClosed } from "./fences.ts";
import { isBlank, type Passage, type Reading } from "./reading.ts";

/** The parts of a mini-task file, in the order in which allot writes them. */
export const UNIT_KEYS = [
  "title",
  "model",
  "tier",
  "agent",
  "tokens",
  "cost",
  "dependsOn",
  "reads",
  "writes",
  "context",
  "task",
  "snippets",
  "contract",
  "criteria",
  "validation",
  "onFailure",
  "next",
] as const;

export type UnitKey = (typeof UNIT_KEYS)[number];

/** One part of the file as it stands there: nothing of the source is outside a unit. */
export interface Unit {
  readonly key: UnitKey;
  /** Index of the heading or field line. */
  readonly line: number;
  /** What stands on that line behind the field's colon; "" for sections. */
  readonly inline: string;
  /** The name as written: "Files to Create/Edit". */
  readonly name: string;
  /** The lines below the heading, without the divider and blank lines that follow them. */
  readonly body: Passage;
  /** Source text: heading and body, then dividers and blank lines up to the next unit. */
  readonly source: string;
  readonly trailing: string;
}

const FIELDS: Readonly<Record<string, UnitKey>> = {
  model: "model",
  tier: "tier",
  agent: "agent",
  "estimated tokens": "tokens",
  "estimated cost": "cost",
  "depends on": "dependsOn",
  "files to read": "reads",
  "files to create": "writes",
  "files to edit": "writes",
  "files to delete": "writes",
  "files to create/edit": "writes",
  "files to create/edit/delete": "writes",
  "files to create or edit": "writes",
};

const SECTIONS: Readonly<Record<string, UnitKey>> = {
  context: "context",
  task: "task",
  steps: "task",
  "code snippets": "snippets",
  contract: "contract",
  "acceptance criteria": "criteria",
  validation: "validation",
  "on failure": "onFailure",
  "next task": "next",
};

/** Cuts a mini-task file into its units. Throws `task-file-invalid` for what is unknown, doubled, or outside any unit. */
export function readUnits(reading: Reading): readonly Unit[] {
  const { lines } = reading;
  const open = neverClosed(lines);
  if (open !== undefined) throw reading.fault(open, "the code block is never closed", "close it with its own marks");
  const fences = fencesOf(lines);
  const starts: { key: UnitKey; line: number; name: string; inline: string }[] = [];
  let inSections = false;
  for (const [index, line] of lines.entries()) {
    if (fences[index] !== undefined) {
      if (!inSections)
        throw reading.fault(index, "met a code block before the first section", "code stands in a section");
      continue;
    }
    if (starts.length === 0) {
      if (!isBlank(line)) starts.push({ key: "title", line: index, name: "title", inline: line });
      continue;
    }
    if (/^# /.test(line))
      throw reading.fault(index, `met a second title ${JSON.stringify(line)}`, "one file holds one mini-task");
    const heading = /^##\s+(.*?)\s*$/.exec(line);
    if (heading !== null) {
      inSections = true;
      starts.push(section(reading, index, heading[1] ?? ""));
    } else if (!inSections) {
      const start = headLine(reading, index, line, starts.at(-1)?.key ?? "title");
      if (start !== undefined) starts.push(start);
    }
  }
  if (starts.length === 0)
    throw reading.fault(0, "the file is empty", `write a mini-task, from "# Mini-Task 1: Title" on`);
  refuseDoubles(reading, starts);
  return starts.map((start, at) => unitOf(lines, start, starts[at + 1]?.line, at === 0));
}

type Start = { readonly key: UnitKey; readonly line: number; readonly name: string; readonly inline: string };

function section(reading: Reading, index: number, heading: string): Start {
  const name = heading.replace(/\s*\([^)]*\)\s*$/, "").replace(/:$/, "");
  const key = SECTIONS[name.toLowerCase()];
  if (key === undefined) {
    const known = "Context, Task, Code Snippets, Contract, Acceptance Criteria, Validation, On Failure, Next Task";
    throw reading.fault(index, `the section ${JSON.stringify(heading)} is unknown`, `known are ${known}`);
  }
  return { key, line: index, name, inline: "" };
}

function headLine(reading: Reading, index: number, line: string, current: UnitKey): Start | undefined {
  const field = /^\*\*([^*]+?):?\*\*\s*:?\s*(.*?)\s*$/.exec(line);
  if (field !== null) {
    const name = field[1] ?? "";
    const key = FIELDS[name.toLowerCase()];
    if (key !== undefined) return { key, line: index, name, inline: field[2] ?? "" };
    const known =
      "Model, Tier, Agent, Estimated Tokens, Estimated Cost, Depends on, Files to Read, Files to Create/Edit";
    throw reading.fault(index, `the field ${JSON.stringify(name)} is unknown`, `known are ${known}`);
  }
  const isList = current === "reads" || current === "writes";
  if (isBlank(line) || /^---\s*$/.test(line) || isList) return undefined;
  throw reading.fault(
    index,
    `met ${JSON.stringify(line)} above the first section`,
    "write a field as **Name**: value, or a section",
  );
}

/** Files to Create, to Edit and to Delete may stand apart; everything else once. */
function refuseDoubles(reading: Reading, starts: readonly Start[]): void {
  const seen = new Map<string, number>();
  for (const { key, line, name } of starts) {
    const known = key === "writes" ? name.toLowerCase() : key;
    const before = seen.get(known);
    if (before !== undefined) {
      throw reading.fault(
        line,
        `${JSON.stringify(name)} stands twice, first in line ${before + 1}`,
        "keep one of them",
      );
    }
    seen.set(known, line);
  }
}

function unitOf(lines: readonly string[], start: Start, next: number | undefined, isFirst: boolean): Unit {
  const end = next ?? lines.length;
  let stop = end;
  while (stop > start.line + 1 && isBlank(lines[stop - 1])) stop--;
  // One divider belongs to the frame; a second one would be text.
  if (stop > start.line + 1 && /^---\s*$/.test(lines[stop - 1] ?? "")) stop--;
  while (stop > start.line + 1 && isBlank(lines[stop - 1])) stop--;
  const from = isFirst ? 0 : start.line;
  const source = lines.slice(from, end).join("\n") + (next === undefined ? "" : "\n");
  const kept = lines.slice(from, stop).join("\n");
  return {
    key: start.key,
    line: start.line,
    inline: start.inline,
    name: start.name,
    body: { first: start.line + 1, lines: lines.slice(start.line + 1, stop) },
    source,
    trailing: source.slice(kept.length),
  };
}
