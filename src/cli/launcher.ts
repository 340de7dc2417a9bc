import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The program itself, as TypeScript in the source tree and as JavaScript when built. */
export function mainFile(): string {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), `main${extname(here)}`);
}

/** Node and the arguments that start this very program, whatever is on the PATH. */
export function selfLauncher(): [string, ...string[]] {
  return [process.execPath, "--disable-warning=ExperimentalWarning", mainFile()];
}

/** How other programs start allot: by its name where the PATH has this very one, else as we were started. */
export function launcherFor(path: string | undefined): [string, ...string[]] {
  const isOurs = (folder: string): boolean => {
    const file = join(folder, "allot");
    return existsSync(file) && realpathSync(file) === realpathSync(mainFile());
  };
  return (path ?? "").split(delimiter).some((folder) => folder !== "" && isOurs(folder)) ? ["allot"] : selfLauncher();
}
