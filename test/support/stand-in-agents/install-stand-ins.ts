import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes programs named `claude` and `codex` into a folder and answers it. They take the arguments of the real ones that allot uses, tell
 * the same events, keep sessions in the same home, and ask the same endpoint for their model, so that a scripted provider plays it.
 * Tool calls they carry out in their folder: `Write` {file_path, content}, `Bash` {command}; Codex' `write_file` and `shell`.
 */
export async function installStandIns(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of ["claude", "codex"]) {
    const main = join(import.meta.dirname, "main.ts");
    const text = `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' ${name} "$@"\n`;
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}
