import type { Finding } from "./lint.ts";
import { parseTaskDocument } from "./task-file.ts";
import { codeBlocks } from "./text/fences.ts";
import { readItems } from "./text/prose.ts";
import { readScript } from "./text/shell-script.ts";
import type { Unit, UnitKey } from "./text/task-units.ts";

/** Names under which findings speak of a part of a task file. */
const PARTS: Readonly<Record<string, UnitKey>> = {
  title: "title",
  "Depends on": "dependsOn",
  "Files to Read": "reads",
  "Files to Create/Edit": "writes",
  "Estimated Tokens": "tokens",
  Context: "context",
  Task: "task",
  "Acceptance Criteria": "criteria",
  Validation: "validation",
  Contract: "contract",
};

/**
 * The line (from 1) of a task file that a finding of the linter is about: the step, criterion or command it names, else
 * the heading of its section, else the title. `text` is the file as it was read; throws `task-file-invalid` where it is none.
 */
export function findingLine(finding: Pick<Finding, "place">, text: string): number {
  const { units } = parseTaskDocument(text, "");
  const part = /^Mini-Task \d+, (.*)$/.exec(finding.place)?.[1] ?? "title";
  const [, kind = "", number = ""] = /^(step|criterion|command) (\d+)$/.exec(part) ?? [];
  const found = kind === "" ? undefined : numbered(units, kind, Number(number));
  const key = PARTS[part] ?? "title";
  const line = found ?? units.find((unit) => unit.key === key)?.line ?? 0;
  return line + 1;
}

function numbered(units: readonly Unit[], kind: string, number: number): number | undefined {
  const key: UnitKey = kind === "step" ? "task" : kind === "criterion" ? "criteria" : "validation";
  const body = units.find((unit) => unit.key === key)?.body;
  if (body === undefined) return undefined;
  if (kind === "command") return commandLines(body)[number - 1];
  return readItems(body, kind === "step" ? "number" : "bullet").items[number - 1]?.line;
}

function commandLines(body: Unit["body"]): readonly number[] {
  return codeBlocks(body.lines).flatMap((block) => {
    const script = readScript(block.lines);
    return script.kind === "read" ? script.commands.map(({ line }) => body.first + block.first + 1 + line) : [];
  });
}
