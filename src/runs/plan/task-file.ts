/**
 * The text form of a mini-task: one Markdown file in the seeds' template that a person reads and edits.
 *
 * Owns both directions. Invariant: what is printed parses back to an equal task, and what was parsed and not changed
 * prints back byte for byte; where a part was changed, the other parts keep the layout they were written in.
 * `docs/plan.md` describes the form for those who edit it; the pieces stand in `text/`.
 *
 * Rejected: front matter with a schema (two notations in one file, and the seeds' files would not parse), and guessing
 * what an odd line may mean: it is refused with its line, since a plan decides what is executed.
 */
import { canonicalJson } from "../../foundation/ids.ts";
import type { FileToWrite, MiniTask } from "./mini-task.ts";
import { isHeadUnit, printUnit } from "./text/print-task.ts";
import { readingOf, type Reading } from "./text/reading.ts";
import {
  readAgent,
  readCost,
  readDependsOn,
  readReads,
  readTier,
  readTitle,
  readTokens,
  readWrites,
} from "./text/task-head.ts";
import {
  readContract,
  readCriteria,
  readOnFailure,
  readProse,
  readSnippets,
  readTask,
  readValidation,
} from "./text/task-sections.ts";
import { readUnits, UNIT_KEYS, type Unit, type UnitKey } from "./text/task-units.ts";
import { tierOfModel } from "./text/model-tier.ts";

/** A mini-task together with the text it was read from. */
export interface TaskDocument {
  readonly task: MiniTask;
  readonly source: string;
  readonly units: readonly Unit[];
  /** The source's line end; everything else here has "\n". */
  readonly lineEnd: "\n" | "\r\n";
}

/** Remembers the text of tasks as they were read, so that an unchanged one prints as it was written. */
const documents = new WeakMap<MiniTask, TaskDocument>();

/**
 * The mini-task that `text` describes. `file` is named in faults.
 * Throws `task-file-invalid` with file, line, what was met and what would be right.
 */
export function parseTaskFile(text: string, file: string): MiniTask {
  return parseTaskDocument(text, file).task;
}

/** Like `parseTaskFile`, with the layout of the text, for `printTaskFile(changed, document)`. */
export function parseTaskDocument(text: string, file: string): TaskDocument {
  const windows = text.includes("\r\n") && !/[^\r]\n|^\n/.test(text);
  const plain = (windows ? text.replaceAll("\r\n", "\n") : text).replace(/^\ufeff/, "");
  const reading = readingOf(plain.split("\n"), file, "task-file-invalid");
  const units = readUnits(reading);
  const task = readMiniTask(reading, units);
  const document: TaskDocument = { task, source: text, units, lineEnd: windows ? "\r\n" : "\n" };
  documents.set(task, document);
  return document;
}

/**
 * The text of a task. A task just as `parseTaskFile` answered it prints byte for byte as it was read. With `like`,
 * parts that are equal to that document's keep its text; changed parts are written in allot's layout.
 * Throws `plan-invalid` for text that no file could hold (an open code block).
 */
export function printTaskFile(task: MiniTask, like: TaskDocument | undefined = documents.get(task)): string {
  if (like === undefined) return printCanonical(task);
  if (like.task === task) return like.source;
  const merged = printLike(task, like);
  if (parsesTo(task, merged)) return like.lineEnd === "\n" ? merged : merged.replaceAll("\n", "\r\n");
  return printCanonical(task);
}

function readMiniTask(reading: Reading, units: readonly Unit[]): MiniTask {
  const unit = (key: UnitKey): Unit | undefined => units.find((each) => each.key === key);
  const inline = <T>(key: UnitKey, read: (reading: Reading, index: number, text: string) => T, otherwise: T): T => {
    const found = unit(key);
    return found === undefined ? otherwise : read(reading, found.line, found.inline);
  };
  const body = <T>(key: UnitKey, read: (passage: Unit["body"]) => T, otherwise: T): T => {
    const found = unit(key);
    return found === undefined ? otherwise : read(found.body);
  };
  for (const { key, line, name, inline: said } of units) {
    if ((key === "reads" || key === "writes") && !/^\(?(?:none)?\)?\.?$/i.test(said)) {
      throw reading.fault(
        line,
        `met ${JSON.stringify(said)} behind ${JSON.stringify(name)}`,
        "write the files as a list below it",
      );
    }
  }
  const { number, title } = readTitle(reading, unit("title")?.line ?? 0);
  const model = unit("model");
  if (model === undefined || model.inline === "") {
    throw reading.fault(
      model?.line ?? 0,
      "no model is named",
      `write "**Model**: none (exact steps)" or a model's name`,
    );
  }
  const tier = inline("tier", readTier, tierOfModel(model.inline));
  const estimate = {
    ...inline("tokens", readTokens, { inputTokens: 0, outputTokens: 0 }),
    ...inline("cost", readCost, {}),
  };
  const writes = units
    .filter(({ key }) => key === "writes")
    .flatMap((each) => readWrites(reading, each.body, usualAction(each.name)));
  const validation = body("validation", (passage) => readValidation(reading, passage), []);
  const contract = body("contract", (passage) => readContract(reading, passage), []);
  const task = body("task", (passage) => readTask(reading, passage, tier), { steps: [] });
  const scope = { writes, steps: task.steps, validation, contract };
  return {
    number,
    title,
    tier,
    model: model.inline,
    ...inline("agent", readAgent, {}),
    estimate,
    dependsOn: inline("dependsOn", readDependsOn, []),
    reads: body("reads", (passage) => readReads(reading, passage), []),
    writes,
    context: body("context", readProse, ""),
    ...task,
    snippets: body("snippets", (passage) => readSnippets(reading, passage), []),
    criteria: body("criteria", (passage) => readCriteria(reading, passage, scope), []),
    validation,
    contract,
    onFailure: body("onFailure", readOnFailure, []),
    next: body("next", readProse, ""),
  };
}

function usualAction(heading: string): FileToWrite["action"] | undefined {
  const word = /^files to (create|edit|delete)$/i.exec(heading)?.[1]?.toLowerCase();
  return word === "create" || word === "edit" || word === "delete" ? word : undefined;
}

function printCanonical(task: MiniTask): string {
  const printed = UNIT_KEYS.map((key) => ({ key, text: printUnit(task, key) })).filter(({ text }) => text !== "");
  let out = "";
  for (const [index, { key, text }] of printed.entries()) {
    const before = printed[index - 1];
    if (before !== undefined) out += gapBetween(before.key, key);
    out += text;
  }
  return `${out}\n`;
}

function gapBetween(before: UnitKey, key: UnitKey): string {
  if (!isHeadUnit(key)) return "\n\n---\n\n";
  return before === "title" || key === "reads" || key === "writes" ? "\n\n" : "\n";
}

/** The document's text with the parts of `task` that differ from it written anew. */
function printLike(task: MiniTask, like: TaskDocument): string {
  const pieces: { key: UnitKey; text: string; trailing: string }[] = [];
  for (const { key, source, trailing } of like.units) {
    if (sameUnit(task, like.task, key))
      pieces.push({ key, text: source.slice(0, source.length - trailing.length), trailing });
    else if (!pieces.some((piece) => piece.key === key)) {
      const text = printUnit(task, key);
      if (text !== "") pieces.push({ key, text, trailing });
    }
  }
  const divided = like.units.some(({ trailing }) => trailing.includes("---"));
  for (const key of UNIT_KEYS) {
    const text = printUnit(task, key);
    if (text === "" || pieces.some((piece) => piece.key === key) || sameUnit(task, like.task, key)) continue;
    const rank = UNIT_KEYS.indexOf(key);
    const at = pieces.findLastIndex((piece) => UNIT_KEYS.indexOf(piece.key) < rank);
    const before = pieces[at];
    const gap = gapBetween(before?.key ?? "title", key).replace("---\n\n", divided ? "---\n\n" : "");
    const after = before === undefined ? "\n\n" : before.trailing;
    if (before !== undefined) before.trailing = gap;
    pieces.splice(at + 1, 0, { key, text, trailing: after });
  }
  return pieces.map(({ text, trailing }) => text + trailing).join("");
}

function sameUnit(a: MiniTask, b: MiniTask, key: UnitKey): boolean {
  return canonicalJson(valueOf(a, key)) === canonicalJson(valueOf(b, key));
}

function valueOf(task: MiniTask, key: UnitKey): unknown {
  switch (key) {
    case "title":
      return [task.number, task.title];
    case "tier":
      return [task.tier, task.model];
    case "tokens":
      return [task.estimate.inputTokens, task.estimate.outputTokens];
    case "agent":
      return task.agent ?? null;
    case "cost":
      return task.estimate.cost ?? null;
    case "task":
      return [task.intro ?? "", task.steps];
    default:
      return task[key];
  }
}

function parsesTo(task: MiniTask, text: string): boolean {
  try {
    return canonicalJson(parseTaskFile(text, "")) === canonicalJson(task);
  } catch {
    return false;
  }
}
