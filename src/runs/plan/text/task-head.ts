import { AGENT_NAMES, isAgentName } from "../../../foundation/agent-names.ts";
import type { FileToRead, FileToWrite, MiniTask } from "../mini-task.ts";
import { readUsd } from "./money-text.ts";
import { isBlank, readCount, type Passage, type Reading } from "./reading.ts";
import { pathProblem } from "./safe-path.ts";

/** Number and title out of "# Mini-Task 2: Extract Base Class"; the template's [N] is 0. */
export function readTitle(reading: Reading, index: number): Pick<MiniTask, "number" | "title"> {
  const line = reading.lines[index] ?? "";
  const match = /^# Mini-Task\s+(\S+?)\s*(?::|\s[-–—]\s)\s*(.+?)\s*$/i.exec(line);
  if (match === null) {
    throw reading.fault(
      index,
      `a mini-task starts with its title, met ${JSON.stringify(line)}`,
      `write "# Mini-Task 2: Title"`,
    );
  }
  const number = readCount(match[1] ?? "");
  if (number === undefined) {
    throw reading.fault(index, `the mini-task's number is ${JSON.stringify(match[1])}`, "write a whole number");
  }
  return { number, title: match[2] ?? "" };
}

/** "3,000 input + 800 output". */
export function readTokens(
  reading: Reading,
  index: number,
  text: string,
): { inputTokens: number; outputTokens: number } {
  const match = /^(.+?)\s*(?:tokens\s*)?input(?:\s*tokens)?\s*[+,]\s*(.+?)\s*(?:tokens\s*)?output(?:\s*tokens)?$/i.exec(
    text,
  );
  const inputTokens = readCount(match?.[1] ?? "");
  const outputTokens = readCount(match?.[2] ?? "");
  if (match === null || inputTokens === undefined || outputTokens === undefined) {
    throw reading.fault(index, `the estimate is ${JSON.stringify(text)}`, `write "3,000 input + 800 output"`);
  }
  return { inputTokens, outputTokens };
}

/** "$0.002"; the template's $[Z] is no cost. */
export function readCost(reading: Reading, index: number, text: string): Pick<MiniTask["estimate"], "cost"> {
  if (/^\$?\[[^\]]*\]$/.test(text)) return {};
  const cost = readUsd(text);
  if (cost === undefined)
    throw reading.fault(index, `the cost is ${JSON.stringify(text)}`, `write dollars as "$0.002"`);
  return { cost };
}

/** "exact", "small" or "big". */
export function readTier(reading: Reading, index: number, text: string): MiniTask["tier"] {
  const tier = text.toLowerCase();
  if (tier === "exact" || tier === "small" || tier === "big") return tier;
  throw reading.fault(index, `the tier is ${JSON.stringify(text)}`, "write exact, small or big");
}

/** "codex", "claude", "comet" or "api". */
export function readAgent(reading: Reading, index: number, text: string): Pick<MiniTask, "agent"> {
  const agent = text.toLowerCase();
  if (isAgentName(agent)) return { agent };
  throw reading.fault(index, `the agent is ${JSON.stringify(text)}`, `write one of ${AGENT_NAMES.join(", ")}`);
}

/** "Mini-Task 1, Mini-Task 3", "1, 3", "Mini-Tasks 1-3", "none". */
export function readDependsOn(reading: Reading, index: number, text: string): readonly number[] {
  if (/^(?:none|nothing|-)?$/i.test(text)) return [];
  const numbers: number[] = [];
  for (const part of text.split(/,|\band\b/)) {
    const match = /^(?:(?:mini-)?tasks?\s+)?#?(\d{1,4})(?:\s*(?:-|–|to)\s*(\d{1,4}))?$/i.exec(part.trim());
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? first);
    if (match === null || last < first) {
      throw reading.fault(
        index,
        `it depends on ${JSON.stringify(part.trim())}`,
        `write "Mini-Task 1, Mini-Task 3", or "none"`,
      );
    }
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return [...new Set(numbers)];
}

/** The list under "**Files to Read**:". */
export function readReads(reading: Reading, passage: Passage): readonly FileToRead[] {
  return bullets(reading, passage).flatMap(({ path, remark, index }) => readRead(reading, index, path, remark));
}

function readRead(reading: Reading, index: number, path: string, remark: string): readonly FileToRead[] {
  let rest = remark;
  const optional = /^optional\b/i.test(rest);
  if (optional) rest = rest.replace(/^optional\s*[,;:-]?\s*/i, "");
  const ranges: { first: number; last: number }[] = [];
  const spans = /^lines?\s+(~?\d\S*?(?:\s*(?:,|and)\s*\d\S*?)*)(?=$|\s*[,;:]?\s*(?:only\b|[-–—]\s|[,;:]|\s))/i.exec(
    rest,
  );
  if (spans !== null) {
    for (const span of (spans[1] ?? "").split(/\s*(?:,|and)\s*/)) ranges.push(readSpan(reading, index, span));
    rest = rest
      .slice(spans[0].length)
      .replace(/^\s*only\b/i, "")
      .replace(/^\s*(?:[-–—,;:]\s*)?/, "");
  }
  const note = rest.replace(/^note:\s?/, "").trim();
  if (ranges.length === 0) return [{ path, optional, note }];
  return ranges.map((lines) => ({ path, lines, optional, note }));
}

/** The lists under "**Files to Create**:", "**Files to Edit**:", "**Files to Create/Edit**:" ...; `usual` is the heading's own action. */
export function readWrites(
  reading: Reading,
  passage: Passage,
  usual: FileToWrite["action"] | undefined,
): readonly FileToWrite[] {
  return bullets(reading, passage).map(({ path, remark, index }) => {
    const match = /^(create|new|edit|delete|remove)?d?\s*,?\s*(?:lines?\s+(\S+))?$/i.exec(remark);
    const word = match?.[1]?.toLowerCase();
    const action = word === undefined ? usual : ACTIONS[word];
    if (match === null || action === undefined) {
      const met = remark === "" ? `${path} has no action` : `${path} is marked (${remark})`;
      throw reading.fault(index, met, "write (create), (edit), (edit lines 50-60) or (delete)");
    }
    if (match[2] === undefined || /^[A-Z]-[A-Z]$/.test(match[2])) return { path, action };
    if (action !== "edit") {
      throw reading.fault(index, `${path} is marked (${remark})`, "lines belong to edits: (edit lines 50-60)");
    }
    return { path, action, lines: readSpan(reading, index, match[2]) };
  });
}

const ACTIONS: Readonly<Record<string, FileToWrite["action"]>> = {
  create: "create",
  new: "create",
  edit: "edit",
  delete: "delete",
  remove: "delete",
};

function readSpan(reading: Reading, index: number, text: string): { first: number; last: number } {
  const match = /^(\d+)(?:[-–](\d+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? first);
  if (match === null || first < 1 || last < first || !Number.isSafeInteger(last)) {
    throw reading.fault(
      index,
      `the lines are ${JSON.stringify(text)}`,
      `write "lines 40-50": from 1, the first not after the last`,
    );
  }
  return { first, last };
}

function bullets(reading: Reading, passage: Passage): readonly { path: string; remark: string; index: number }[] {
  const items: { path: string; remark: string; index: number }[] = [];
  for (const [offset, line] of passage.lines.entries()) {
    const index = passage.first + offset;
    if (isBlank(line) || /^(?:[-*]\s+)?\(?none\)?\.?$/i.test(line.trim())) continue;
    const match = /^[-*]\s+(?:`([^`]*)`|([^\s(`]+))\s*(?:\((.*)\))?\s*$/.exec(line.trim());
    if (match === null) {
      throw reading.fault(index, `met ${JSON.stringify(line.trim())} in a list of files`, 'write "- `path` (remark)"');
    }
    const path = match[1] ?? match[2] ?? "";
    const problem = pathProblem(path);
    if (problem !== undefined) {
      throw reading.fault(
        index,
        `the path ${JSON.stringify(path)} ${problem}`,
        "write a path inside the repository, outside .git",
      );
    }
    items.push({ path, remark: (match[3] ?? "").trim(), index });
  }
  return items;
}
