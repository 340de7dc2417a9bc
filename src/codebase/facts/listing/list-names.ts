import type { LeftOut } from "../facts.ts";
import type { Place } from "./find-repository.ts";
import { askGit } from "./git.ts";
import { namesIn } from "./names.ts";
import { walkFolder, type Walked } from "./walk-folder.ts";

/**
 * The names of what is in the codebase: by git what is tracked and what is neither tracked nor ignored, else by a walk.
 * Ignored files and folders are named in `leftOut`, a folder as one entry: those depend on the machine, not on the commit.
 */
export async function listNames(place: Place, signal?: AbortSignal): Promise<Walked> {
  if (place.isRepository) {
    const [kept, ignored] = await Promise.all([
      askGit(place.root, ["ls-files", "-z", "-co", "--exclude-standard"], signal),
      askGit(place.root, ["ls-files", "-z", "-oi", "--exclude-standard", "--directory"], signal),
    ]);
    // A repository that git cannot read (a broken index) still has files.
    if (kept.ok) {
      const leftOut = namesIn(ignored.bytes).map(({ path }): LeftOut => ({
        path,
        bytes: 0,
        reason: "ignored",
        detail: "git ignores it",
      }));
      return { names: namesIn(kept.bytes), leftOut };
    }
  }
  return walkFolder(place.root, signal);
}
