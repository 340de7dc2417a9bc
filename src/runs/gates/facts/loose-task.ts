import { isAllotError } from "../../../foundation/errors.ts";
import { pathEscape } from "../../../foundation/safe-path.ts";
import type { FileToWrite, MiniTask, ValidationCommand } from "../../plan/mini-task.ts";
import { parseTaskFile } from "../../plan/task-file.ts";
import { readScript } from "../../plan/text/shell-script.ts";

const TIMEOUT_MS = 120_000;
const WRITES =
  /\bfiles?\b.*\b(?:creat|edit|modif|chang|writ|updat|delet|touch)|\b(?:allowed|writable|write set|output|changed) (?:files|paths)|\bwrite set\b/i;
const NOT_WRITES = /\b(?:read|forbidden|not (?:be )?(?:touch|edit|chang|modif)|do not|don't|off[- ]limits)\b/i;
const CHECKS = /\b(?:validat|verif|checks?\b|test commands?|how to test)/i;

/**
 * The mini-task that a Markdown file describes, for judging a result only. A file in the template is read exactly; a
 * hand-written one that bends it (headings in place of bold labels, remarks behind paths, no model) still tells which
 * files may change, what is asked and which commands must pass, and that is all that gates need. A task is never
 * carried out from this reading. Throws `task-file-invalid` where no file to write can be made out.
 */
export function readTaskForGates(text: string, file: string): MiniTask {
  try {
    const task = parseTaskFile(text, file);
    if (task.writes.length > 0) return task;
    const writes = pathsNamed(text);
    return writes.length === 0 ? task : { ...task, writes };
  } catch (error) {
    if (!isAllotError(error, "task-file-invalid")) throw error;
    const task = readLoosely(text);
    if (task.writes.length === 0) throw error;
    return task;
  }
}

function readLoosely(source: string): MiniTask {
  const text = source.replaceAll("\r\n", "\n");
  const lines = text.split("\n");
  const title = lines.find((line) => /^#\s/.test(line))?.replace(/^#+\s*/, "") ?? "";
  const writes: FileToWrite[] = [];
  const commands: ValidationCommand[] = [];
  const words: string[] = [];
  let label = "";
  let fence: { mark: string; lines: string[] } | undefined;
  for (const line of lines) {
    const bar = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (bar === fence.mark) {
        if (CHECKS.test(label)) commands.push(...commandsOf(fence.lines));
        else words.push(fence.mark, ...fence.lines, fence.mark);
        fence = undefined;
      } else fence.lines.push(line);
      continue;
    }
    if (bar !== undefined) {
      fence = { mark: bar, lines: [] };
      continue;
    }
    const named = /^(?:#{1,6}\s+(.+?)|\*\*(.+?)\*\*:?|\*\*(.+?):\*\*)\s*(?::\s*)?$/.exec(line.trim());
    if (named !== null) {
      label = named[1] ?? named[2] ?? named[3] ?? "";
      words.push(label);
      continue;
    }
    const isItem = /^\s*[-*+]\s+/.test(line);
    const write = isItem && WRITES.test(label) && !NOT_WRITES.test(label) ? fileOf(line, label) : undefined;
    if (write === undefined) words.push(line);
    else writes.push(write);
  }
  return {
    number: Number(/\d+/.exec(title)?.[0] ?? 1),
    title: title.replace(/^mini-?task\s*\d*\s*[:.-]?\s*/i, ""),
    tier: "small",
    model: "",
    estimate: { inputTokens: 0, outputTokens: 0 },
    dependsOn: [],
    reads: [],
    writes: writes.length > 0 ? writes : pathsNamed(words.join("\n")),
    context: "",
    steps: [{ text: words.join("\n").trim() }],
    snippets: [],
    criteria: [],
    validation: commands,
    contract: [],
    onFailure: [],
    next: "",
  };
}

function commandsOf(lines: readonly string[]): ValidationCommand[] {
  const script = readScript(lines);
  if (script.kind !== "read") return [{ command: lines.join("\n"), comment: "", timeoutMs: TIMEOUT_MS }];
  return script.commands.map(({ command, comments }) => ({
    command,
    comment: comments.join("\n"),
    timeoutMs: TIMEOUT_MS,
  }));
}

/** The file of a list's line: its path, and what the words beside it or above the list say is done with it. */
function fileOf(line: string, label: string): FileToWrite | undefined {
  const path = (/`([^`]+)`/.exec(line)?.[1] ?? /^\s*[-*+]\s+(?:\[.\]\s+)?([^\s,;()]+)/.exec(line)?.[1] ?? "")
    .replace(/^\.\//, "")
    .replace(/:$/, "");
  if (path === "" || pathEscape(path) !== undefined || !/[./]/.test(path)) return undefined;
  const said = line.slice(line.indexOf(path) + path.length);
  const lines = /\blines?\s+(\d+)\s*(?:-|–|to)\s*(\d+)/i.exec(said);
  const only = /\b(?:creat|edit|delet)\w*/i.exec(label)?.[0] ?? "";
  const word =
    /\b(?:creat|new\b|delet|remov|edit|modif|updat|chang|extend)\w*/i.exec(said)?.[0] ??
    (/\/|\bor\b|,/.test(label) ? "" : only);
  const action = /^(?:delet|remov)/i.test(word) ? "delete" : /^(?:creat|new)/i.test(word) ? "create" : "edit";
  const range = lines === null ? {} : { lines: { first: Number(lines[1]), last: Number(lines[2]) } };
  return { path, action, ...(action === "edit" ? range : {}) };
}

/** Where a task lists no file at all, the paths that it names in code marks are what it is about. */
function pathsNamed(text: string): FileToWrite[] {
  const paths = [
    ...text.matchAll(/`((?:[\w@.-]+\/)*[\w@.-]+\.(?:pyi?|[cm]?[jt]sx?|md|json|ya?ml|toml|txt|cfg|ini|css|html|sh))`/g),
  ].map(([, path = ""]) => path);
  return [...new Set(paths)].filter((path) => pathEscape(path) === undefined).map((path) => ({ path, action: "edit" }));
}
