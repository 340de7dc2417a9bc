import { z } from "zod";
import { isAllotError } from "../foundation/errors.ts";
import type { AgentTool, ToolOutcome } from "./agent-tool.ts";
import { defineTool, done, failed } from "./agent-tool.ts";
import { isBinary, linesOf, numberedLines } from "./numbered-lines.ts";
import { GIVE_UP } from "./tool-loop.ts";
import type { Access, DeclaredFiles, ReachableFiles } from "./workspace-files.ts";
import { WorkspaceFiles } from "./workspace-files.ts";

/** A file larger than this is none that a worker writes by hand. */
const MAX_WRITE_BYTES = 2_000_000;

/**
 * The tools of a worker in its workspace: it can read the declared files and write those declared as written, and
 * nothing else. Whatever is wrong comes back as a failed result that says what is allowed. `delete_file` is offered only
 * where deletions are declared.
 */
export function fileTools(options: DeclaredFiles & { readonly dir: string }): AgentTool[] {
  const files = new WorkspaceFiles(options.dir, options);
  return [
    listFiles(files),
    readFile(files),
    ...writingTools(files, "declared file"),
    ...(files.paths("delete").length > 0
      ? [
          deletingTool(
            files,
            "declared file",
            `file that is declared to be deleted: ${files.paths("delete").join(", ")}`,
          ),
        ]
      : []),
    ...endingTools(),
  ];
}

/** The tools that create and change files; `what` says to the model which. */
export function writingTools(files: ReachableFiles, what: string): AgentTool[] {
  return [writeFile(files, what), editFile(files, what)];
}

/** The tools by which work ends. */
export function endingTools(): AgentTool[] {
  return [finish(), giveUp()];
}

const pathOf = (what: string): z.ZodString =>
  z.string().describe(`Path of a ${what}, relative to the root of the workspace`);

function listFiles(files: WorkspaceFiles): AgentTool {
  return defineTool({
    name: "list_files",
    description: "Lists the declared files: which may be read, which written, and which exist.",
    input: z.strictObject({}),
    async run() {
      const rows: string[] = [];
      for (const name of files.paths("read")) {
        const content = await files.read(name).catch(() => undefined);
        const size =
          content === undefined
            ? "does not exist yet"
            : isBinary(content)
              ? "binary"
              : `${linesOf(content.toString("utf8")).length} lines`;
        const rights = (["write", "delete"] as const).filter(
          (access) => files.permission(name, access).kind === "allowed",
        );
        rows.push(`${name} (${["read", ...rights].join(", ")}; ${size})`);
      }
      return done(rows.length === 0 ? "No files are declared for this task." : rows.join("\n"));
    },
  });
}

function readFile(files: WorkspaceFiles): AgentTool {
  return defineTool({
    name: "read_file",
    description: "Shows a declared file with line numbers (number, tab, text), whole or a range of lines.",
    input: z.strictObject({
      path: pathOf("declared file"),
      first_line: z.number().int().min(1).optional().describe("1-based; default: the first"),
      last_line: z.number().int().min(1).optional().describe("Inclusive; default: the last"),
    }),
    run: (input) =>
      onFile(files, input.path, "read", async (name) => {
        const content = await files.read(name);
        if (content === undefined) return failed(`${name} does not exist yet.`);
        if (isBinary(content)) return failed(`${name} is binary (${content.length} bytes) and cannot be shown.`);
        return done(numberedLines(name, content.toString("utf8"), input.first_line, input.last_line));
      }),
  });
}

function writeFile(files: ReachableFiles, what: string): AgentTool {
  return defineTool({
    name: "write_file",
    description: `Creates a ${what}, or replaces its whole content. For changes in an existing file prefer edit_file.`,
    input: z.strictObject({
      path: pathOf(what),
      content: z.string().describe("The whole content, without line numbers"),
    }),
    run: (input) =>
      onFile(files, input.path, "write", async (name) => {
        const bytes = Buffer.byteLength(input.content);
        if (bytes > MAX_WRITE_BYTES)
          return failed(`The content has ${bytes} bytes; at most ${MAX_WRITE_BYTES} are written.`);
        await files.write(name, input.content);
        return done(`${name} written: ${linesOf(input.content).length} lines.`);
      }),
  });
}

function editFile(files: ReachableFiles, what: string): AgentTool {
  return defineTool({
    name: "edit_file",
    description: `Replaces one piece of text in a ${what}. old_text must stand in the file exactly once, with its exact indentation and without line numbers; take enough lines to make it unique.`,
    input: z.strictObject({ path: pathOf(what), old_text: z.string().min(1), new_text: z.string() }),
    run: (input) =>
      onFile(files, input.path, "write", async (name) => {
        const content = await files.read(name);
        if (content === undefined) return failed(`${name} does not exist yet; create it with write_file.`);
        if (isBinary(content)) return failed(`${name} is binary and cannot be edited.`);
        const edited = replaceOnce(content.toString("utf8"), input.old_text, input.new_text);
        if (typeof edited !== "string") return failed(`${name} is unchanged: ${edited.why}`);
        await files.write(name, edited);
        return done(`${name} edited: now ${linesOf(edited).length} lines.`);
      }),
  });
}

/** The tool that deletes; `which` says to the model more nearly which of the files it may name. */
export function deletingTool(files: ReachableFiles, what: string, which = what): AgentTool {
  return defineTool({
    name: "delete_file",
    description: `Deletes a ${which}.`,
    input: z.strictObject({ path: pathOf(what) }),
    run: (input) =>
      onFile(files, input.path, "delete", async (name) =>
        (await files.delete(name)) ? done(`${name} deleted.`) : failed(`${name} does not exist.`),
      ),
  });
}

function finish(): AgentTool {
  return defineTool({
    name: "finish",
    description:
      "Ends the work when every step of the task is done. Whether it holds is checked afterwards by running the checks.",
    input: z.strictObject({
      report: z
        .string()
        .min(1)
        .describe("What was created or changed, file by file, and what you checked; a few lines"),
    }),
    run: () => done("Noted."),
  });
}

function giveUp(): AgentTool {
  return defineTool({
    name: GIVE_UP,
    description:
      "Ends the work when the task cannot be done as it is written, for example because a step contradicts the files.",
    input: z.strictObject({ reason: z.string().min(1).describe("What stands in the way, with file and line") }),
    run: () => done("Noted."),
  });
}

async function onFile(
  files: ReachableFiles,
  given: string,
  access: Access,
  act: (path: string) => Promise<ToolOutcome>,
): Promise<ToolOutcome> {
  const permission = files.permission(given, access);
  if (permission.kind === "denied") return failed(permission.why);
  try {
    return await act(permission.path);
  } catch (error) {
    if (isAllotError(error, "path-escapes")) return failed(error.message);
    throw error;
  }
}

/** The text with the one occurrence replaced, in the file's own line ends. Pure. */
export function replaceOnce(text: string, oldText: string, newText: string): string | { why: string } {
  const crlf = text.includes("\r\n") && !oldText.includes("\r\n");
  const wanted = crlf ? oldText.replaceAll("\n", "\r\n") : oldText;
  const at = text.indexOf(wanted);
  if (at < 0) return { why: `old_text does not stand in it${nearMiss(text, oldText)}` };
  const next = text.indexOf(wanted, at + 1);
  if (next >= 0) {
    const lines = [at, next].map((offset) => linesOf(text.slice(0, offset + 1)).length);
    return { why: `old_text stands in it more than once (lines ${lines.join(" and ")}); take more lines around it` };
  }
  const replacement = crlf ? newText.replaceAll(/\r?\n/g, "\r\n") : newText;
  return text.slice(0, at) + replacement + text.slice(at + wanted.length);
}

/** What helps to find the right text: it differs in white space only, or its first line stands somewhere. */
function nearMiss(text: string, oldText: string): string {
  const wanted = linesOf(oldText).map((line) => line.trim());
  const lines = linesOf(text).map((line) => line.trim());
  const start = lines.findIndex((_line, index) => wanted.every((line, offset) => lines[index + offset] === line));
  if (start >= 0)
    return `, only with other white space (lines ${start + 1} to ${start + wanted.length}); read these lines again`;
  const first = wanted.find((line) => line !== "");
  const found = first === undefined ? -1 : lines.indexOf(first);
  return found >= 0
    ? `; its first line stands at line ${found + 1}, but what follows differs`
    : "; read the file again";
}
