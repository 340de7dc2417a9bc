import { writeUserGit } from "./git.ts";

/** Makes a folder a git repository with everything in it as the first commit on `main`, in allot's name. */
export async function commitAll(dir: string, message: string): Promise<void> {
  await writeUserGit(dir, ["init", "--quiet", "--initial-branch=main"]);
  await writeUserGit(dir, ["add", "--all"]);
  await writeUserGit(dir, ["commit", "--quiet", "--message", message]);
}
