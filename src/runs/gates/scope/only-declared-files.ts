import picomatch from "picomatch";
import { pathEscape } from "../../../foundation/safe-path.ts";
import { isDocstring, walk, type CodeNode } from "../../../codebase/test-code/syntax/code-tree.ts";
import type { FileToWrite, MiniTask } from "../../plan/mini-task.ts";
import { changedFiles, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf } from "../facts/intent.ts";
import { diffLines, type Hunk } from "../facts/line-diff.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Change, Gate, GateFacts } from "../gate.ts";

const ID = "only-declared-files";

/** How many lines around a declared range still count as the range: a blank line, a decorator, a closing bracket. */
const SLACK = 3;

/** Only files of the task's list changed, in the way it says, within the lines it names. */
export const onlyDeclaredFiles: Gate = {
  id: ID,
  title: "only declared files changed, as declared",
  price: 0,
  async check(facts) {
    const findings = facts.changes.flatMap((change) => judge(facts.task, change));
    for (const file of await changedFiles(facts)) findings.push(...(await outsideLines(facts, file)));
    return resultOf(ID, findings, "every changed file is on the task's list");
  },
};

function judge(task: MiniTask, change: Change): Finding[] {
  const { path } = change;
  const forbidden = forbiddenReason(path);
  if (forbidden !== undefined)
    return [{ code: "forbidden-path", message: `${path} ${forbidden}; no task may write there`, path }];
  const findings = [...links(task, change), ...modes(task, change)];
  if (change.kind === "renamed" && change.from !== undefined) {
    const may = allows(task, change.from, "delete") && allows(task, path, "create");
    return may
      ? findings
      : [
          ...findings,
          {
            code: "undeclared-file",
            message: `${change.from} was renamed to ${path}, which the task does not say; keep the file where it is`,
            path,
          },
        ];
  }
  const wanted = change.kind === "deleted" ? "delete" : change.kind === "added" ? "create" : "edit";
  if (allows(task, path, wanted)) return findings;
  const listed = task.writes.some((write) => covers(write, path));
  const word = { delete: "deleted", create: "created", edit: "edited" }[wanted];
  const list = task.writes.map((write) => `${write.path} (${write.action})`).join(", ");
  const message = listed
    ? `${path} was ${word}; the task lists it for something else: ${list}`
    : `${path} was ${word} and is not on the task's list: ${list === "" ? "no files" : list}`;
  return [...findings, { code: "undeclared-file", message, path }];
}

function covers(write: FileToWrite, path: string): boolean {
  if (write.path === path) return true;
  if (write.path.endsWith("/")) return path.startsWith(write.path);
  return /[*?]/.test(write.path) && picomatch.isMatch(path, write.path);
}

/** Creating and editing are one permission to write; deleting is another. */
function allows(task: MiniTask, path: string, wanted: FileToWrite["action"]): boolean {
  return task.writes.some((write) => covers(write, path) && (write.action === "delete") === (wanted === "delete"));
}

function forbiddenReason(path: string): string | undefined {
  const escape = pathEscape(path);
  if (escape !== undefined) return escape;
  if (/(?:^|\/)\.gitmodules$/.test(path)) return "declares submodules";
  return path.startsWith(".allot/") ? "is allot's own folder" : undefined;
}

function links(task: MiniTask, change: Change): Finding[] {
  if (change.mode === "160000")
    return [{ code: "link-added", message: `${change.path} is a submodule; put files there`, path: change.path }];
  if (change.mode !== "120000" || change.baseMode === "120000") return [];
  const target = change.linkTarget ?? "";
  const away = target.startsWith("/") || target.split("/").includes("..");
  if (!away && intentOf(task).matches(/\bsym(?:bolic )?link/i)) return [];
  return [
    {
      code: "link-added",
      message: `${change.path} is a symbolic link to ${JSON.stringify(target)}; write a regular file`,
      path: change.path,
    },
  ];
}

function modes(task: MiniTask, change: Change): Finding[] {
  const { path, mode, baseMode } = change;
  if (intentOf(task).matches(/\b(?:executable|chmod|file mode|\+x)\b/i)) return [];
  if (change.kind === "added" && mode === "100755" && !/(?:^|\/)(?:bin|scripts?)\/|\.(?:sh|bash)$/.test(path)) {
    return [{ code: "mode-changed", message: `${path} was created executable; the task does not ask for that`, path }];
  }
  if (
    mode === undefined ||
    baseMode === undefined ||
    mode === baseMode ||
    !mode.startsWith("100") ||
    !baseMode.startsWith("100")
  )
    return [];
  return [
    {
      code: "mode-changed",
      message: `${path} changed its mode from ${baseMode} to ${mode}; the task does not ask for that`,
      path,
    },
  ];
}

/**
 * Edits outside the declared lines. Allowed besides the range: imports anywhere, and a new definition elsewhere that
 * the code in the range uses, because both follow from the edit asked for.
 */
async function outsideLines(facts: GateFacts, file: ChangedFile): Promise<Finding[]> {
  const declared = facts.task.writes.filter((write) => write.path === file.path && write.action === "edit");
  const ranges = declared.flatMap((write) => (write.lines === undefined ? [] : [write.lines]));
  if (ranges.length === 0 || ranges.length < declared.length || file.before === undefined || file.after === undefined)
    return [];
  const inside = (hunk: Hunk): boolean => {
    const first = hunk.beforeLine;
    const last = hunk.beforeLine + Math.max(1, hunk.before.length) - 1;
    return ranges.some(
      (range) =>
        last >= range.first - SLACK &&
        first <= range.last + SLACK &&
        (hunk.before.length <= 1 || (first >= range.first - SLACK && last <= range.last + SLACK)),
    );
  };
  // Slack ends where another definition begins.
  const others = [...walk(file.base?.body ?? [])].filter(
    (node) =>
      (node.kind === "function" || node.kind === "class") &&
      !ranges.some((range) => node.line <= range.last && node.endLine >= range.first),
  );
  const inOther = (hunk: Hunk): boolean =>
    hunk.before.length > 0 &&
    others.some((node) => hunk.beforeLine >= node.line && hunk.beforeLine + hunk.before.length - 1 <= node.endLine);
  const hunks = diffLines(file.before, file.after);
  const used = hunks
    .filter(inside)
    .flatMap(({ after }) => after)
    .join("\n");
  return hunks
    .filter(
      (hunk) =>
        (!inside(hunk) || inOther(hunk)) &&
        !isImportOnly(hunk) &&
        !isUsedHelper(hunk, file, used) &&
        [...hunk.before, ...hunk.after].some((line) => line.trim() !== ""),
    )
    .map((hunk) => ({
      code: "outside-lines" as const,
      message: `${file.path} was changed at line ${hunk.beforeLine}, outside of the lines that the task names (${ranges.map(({ first, last }) => `${first}-${last}`).join(", ")})`,
      path: file.path,
      line: hunk.afterLine,
      text: (hunk.after[0] ?? hunk.before[0] ?? "").trim(),
    }));
}

function isImportOnly(hunk: Hunk): boolean {
  const lines = [...hunk.before, ...hunk.after].map((line) => line.trim()).filter((line) => line !== "");
  return (
    lines.every((line) =>
      /^(?:import\b|from\s+\S+\s+import\b|(?:const|let|var)\s.*=\s*require\(|[\w*{},\s]+,?$|\)|\}?\s*from\s)/.test(
        line,
      ),
    ) && lines.some((line) => /\b(?:import|from|require)\b/.test(line))
  );
}

function isUsedHelper(hunk: Hunk, file: ChangedFile, used: string): boolean {
  if (hunk.before.some((line) => line.trim() !== "") || file.head === undefined) return false;
  const last = hunk.afterLine + hunk.after.length - 1;
  const own = [...walk(file.head.body)].filter(
    (node) => node.line >= hunk.afterLine && node.endLine <= last && !isDocstring(node),
  );
  const outer = own.filter(
    (node) =>
      isDefinition(node) &&
      !own.some(
        (other) =>
          other !== node &&
          isDefinition(other) &&
          other.line <= node.line &&
          other.endLine >= node.endLine &&
          other.endLine - other.line > node.endLine - node.line,
      ),
  );
  return (
    outer.length > 0 &&
    outer.every((node) =>
      new RegExp(`(?<![\\w$])${definedName(node).replaceAll("$", String.raw`\$`)}(?![\\w$])`).test(used),
    )
  );
}

function isDefinition(node: CodeNode): boolean {
  return definedName(node) !== "";
}

function definedName(node: CodeNode): string {
  if (node.kind === "function" || node.kind === "class" || node.kind === "type") return node.name;
  return node.kind === "assign" && node.target.kind === "name" ? node.target.id : "";
}
