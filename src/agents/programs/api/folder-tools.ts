import type { AgentTool } from "../../agent-tool.ts";
import { deletingTool, endingTools, writingTools } from "../../file-tools.ts";
import { readerTools } from "../../reader-tools.ts";
import { openFolder } from "./folder-files.ts";

/** Tools whose call, when it worked, has changed a file. */
const CHANGING_TOOLS: ReadonlySet<string> = new Set(["write_file", "edit_file", "delete_file"]);

export interface FolderToolOptions {
  readonly dir: string;
  readonly sandbox: "read-only" | "workspace-write";
  /** Told of each file that was changed. */
  readonly onChange: (path: string) => void;
}

/** The tools of an agent in its folder: explore and read, change where it may, and the two ends. */
export function folderTools(options: FolderToolOptions): AgentTool[] {
  const { files, tree } = openFolder(options.dir);
  const changing = [...writingTools(files, "file of the workspace"), deletingTool(files, "file of the workspace")];
  return [
    ...readerTools(tree),
    ...(options.sandbox === "read-only" ? [] : changing.map((tool) => watched(tool, options))),
    ...endingTools(),
  ];
}

function watched(tool: AgentTool, { onChange }: FolderToolOptions): AgentTool {
  if (!CHANGING_TOOLS.has(tool.spec.name)) return tool;
  return {
    spec: tool.spec,
    async run(input) {
      const outcome = await tool.run(input);
      const path = (input as { path?: unknown }).path;
      if (!outcome.failed && typeof path === "string") onChange(path.replace(/^(\.\/+)+/, ""));
      return outcome;
    },
  };
}
