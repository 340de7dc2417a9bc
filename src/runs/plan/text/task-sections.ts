import type { ContractedName, Criterion, MiniTask, Snippet, TaskStep, ValidationCommand } from "../mini-task.ts";
import { bindCriterion, type BindingScope } from "./bind-criterion.ts";
import { CHECK_FORMS, isName, readCheck } from "./check-text.ts";
import { codeBlocks } from "./fences.ts";
import { readItems, unescapeProse } from "./prose.ts";
import { isBlank, trimmed, type Passage, type Reading } from "./reading.ts";
import { pathProblem } from "./safe-path.ts";
import { readScript } from "./shell-script.ts";
import { readStepText } from "./step-text.ts";

/** Time limit of a validation command that names none. */
export const DEFAULT_TIMEOUT_MS = 120_000;

/** The section "Task": what stands above the steps, and the steps. */
export function readTask(
  reading: Reading,
  passage: Passage,
  tier: MiniTask["tier"],
): Pick<MiniTask, "intro" | "steps"> {
  const { intro, items } = readItems(passage, "number");
  const text = unescapeProse(intro.lines);
  const steps = items.map(({ text: step, line, lineOf }): TaskStep => {
    if (step.trim() === "") throw reading.fault(line, "the step is empty", "say what to do, or remove the number");
    const found = readStepText(step);
    if (found.kind === "broken") {
      throw reading.fault(
        lineOf(found.line),
        `the step ${found.problem}`,
        "docs/plan.md has the sentences of exact steps",
      );
    }
    if (found.kind === "exact") return { text: step, exact: found.step };
    if (tier === "exact") {
      throw reading.fault(
        line,
        `the task is of exact steps, and ${JSON.stringify(step.split("\n")[0])} is none`,
        "write it as docs/plan.md has it, or name a model",
      );
    }
    return { text: step };
  });
  return text === "" ? { steps } : { intro: text, steps };
}

/** The section "Code Snippets": fenced blocks, each with what is said above it. */
export function readSnippets(reading: Reading, passage: Passage): readonly Snippet[] {
  const blocks = codeBlocks(passage.lines);
  let above = 0;
  return blocks.map((block): Snippet => {
    if (!block.closed)
      throw reading.fault(passage.first + block.first, "the code block is never closed", "close it with its own marks");
    const note = unescapeProse(passage.lines.slice(above, block.first));
    above = block.end;
    const snippet = { language: block.language, code: block.lines.join("\n") };
    return note === "" ? snippet : { ...snippet, note };
  });
}

/** The section "Acceptance Criteria"; criteria in plain words are bound where their meaning is clear. */
export function readCriteria(reading: Reading, passage: Passage, scope: BindingScope): readonly Criterion[] {
  const items: { text: string; done: boolean; index: number }[] = [];
  for (const [offset, line] of passage.lines.entries()) {
    const index = passage.first + offset;
    const item = /^[-*]\s+(?:\[([ xX])\]\s+)?(.*)$/.exec(line);
    const last = items.at(-1);
    if (item !== null) items.push({ text: (item[2] ?? "").trim(), done: /x/i.test(item[1] ?? ""), index });
    else if (!isBlank(line) && /^\s/.test(line) && last !== undefined) last.text += ` ${line.trim()}`;
    else if (!isBlank(line)) {
      throw reading.fault(
        index,
        `met ${JSON.stringify(line.trim())} among the criteria`,
        `write "- [ ] what must hold"`,
      );
    }
  }
  return items.map(({ text, done, index }): Criterion => {
    const found = readCheck(text);
    switch (found.kind) {
      case "broken":
        throw reading.fault(
          index,
          `the criterion ${found.problem}`,
          `after the arrow stands one of: ${CHECK_FORMS.join(", ")}`,
        );
      case "unbound":
        return { text: found.text, done };
      case "bound":
        if ("index" in found.check && found.check.index > scope.validation.length) {
          throw reading.fault(
            index,
            `the criterion is bound to command ${found.check.index} of ${scope.validation.length}`,
            "number the commands of the section Validation from 1",
          );
        }
        return { text: found.text, done, check: found.check };
      case "none": {
        const check = bindCriterion(text, scope);
        return check === undefined ? { text, done } : { text, done, check };
      }
    }
  });
}

/** The section "Validation": the commands of its shell blocks. */
export function readValidation(reading: Reading, passage: Passage): readonly ValidationCommand[] {
  return codeBlocks(passage.lines).flatMap((block) => {
    const opening = passage.first + block.first;
    if (!block.closed) throw reading.fault(opening, "the code block is never closed", "close it with its own marks");
    if (!/^(?:|bash|sh|shell|console|zsh)$/i.test(block.language)) {
      throw reading.fault(opening, `the block is ${JSON.stringify(block.language)}`, "commands stand in a bash block");
    }
    const script = readScript(block.lines);
    if (script.kind === "open") {
      throw reading.fault(opening + 1 + script.line, `the command ends in ${script.what}`, "close it within the block");
    }
    return script.commands.map(({ command, comments, line }) => {
      const { comment, timeoutMs } = readComments(reading, opening + 1 + line, comments);
      return { command, comment, timeoutMs };
    });
  });
}

const TIMEOUT = /^timeout:\s*(.*)$/i;

function readComments(
  reading: Reading,
  index: number,
  comments: readonly string[],
): { comment: string; timeoutMs: number } {
  let timeoutMs = DEFAULT_TIMEOUT_MS;
  const said: string[] = [];
  for (const [offset, comment] of comments.entries()) {
    const limit = TIMEOUT.exec(comment)?.[1];
    if (limit === undefined) said.push(/^\\+timeout:/i.test(comment) ? comment.slice(1) : comment);
    else {
      const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min)$/i.exec(limit.trim());
      const factor = { ms: 1, s: 1000, m: 60_000, min: 60_000 }[(match?.[2] ?? "s").toLowerCase()] ?? 1000;
      timeoutMs = Math.round(Number(match?.[1]) * factor);
      if (match === null || timeoutMs < 1 || !Number.isSafeInteger(timeoutMs)) {
        throw reading.fault(
          index - comments.length + offset,
          `the time limit is ${JSON.stringify(limit)}`,
          `write "# timeout: 300s"`,
        );
      }
    }
  }
  return { comment: said.join("\n"), timeoutMs };
}

/** The section "Contract": "- `path`: `name(signature)`". */
export function readContract(reading: Reading, passage: Passage): readonly ContractedName[] {
  const names: ContractedName[] = [];
  for (const [offset, line] of passage.lines.entries()) {
    if (isBlank(line) || /^(?:[-*]\s+)?none\.?$/i.test(line.trim())) continue;
    const index = passage.first + offset;
    const [, path = "", rest = ""] = /^[-*]\s+`([^`]*)`\s*:\s*(.+)$/.exec(line.trim()) ?? [];
    const found = readContracted(rest.trim());
    if (found === undefined) {
      throw reading.fault(
        index,
        `met ${JSON.stringify(line.trim())} in the contract`,
        'write "- `path`: `name(parameters)`"',
      );
    }
    const problem = pathProblem(path);
    if (problem !== undefined)
      throw reading.fault(index, `the path ${JSON.stringify(path)} ${problem}`, "write a path inside the repository");
    names.push({ path, ...found });
  }
  return names;
}

function readContracted(text: string): { name: string; signature?: string } | undefined {
  const span = /^(`+)(.*)\1$/.exec(text);
  const code = span === null ? text : (span[2] ?? "").replace(/^ (.*`.*|`.*) $/, "$1");
  const match = /^([^\s(:=<]+)(.*)$/.exec(code);
  if (match === null || !isName(match[1] ?? "")) return undefined;
  const [, name = "", signature = ""] = match;
  return signature === "" ? { name } : { name, signature };
}

/** The section "On Failure": what to do, without the line that opens it. */
export function readOnFailure(passage: Passage): readonly string[] {
  const { intro, items } = readItems(trimmed(passage), "number");
  const said = unescapeProse(intro.lines).replace(/^if (?:the )?validation fails:?\s*/i, "");
  const bullets = items.length > 0 ? undefined : bulletItems(said);
  return [...(bullets ?? (said === "" ? [] : [said])), ...items.map(({ text }) => text).filter((text) => text !== "")];
}

function bulletItems(text: string): readonly string[] | undefined {
  const lines = text.split("\n");
  return lines.every((line) => /^[-*]\s+\S/.test(line))
    ? lines.map((line) => line.replace(/^[-*]\s+/, "").trim())
    : undefined;
}

/** Free text of a section. */
export function readProse(passage: Passage): string {
  return unescapeProse(trimmed(passage).lines);
}
