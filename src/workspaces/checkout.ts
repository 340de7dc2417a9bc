import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import { copyBorder, lendObjects } from "./borrowed-objects.ts";
import { dependencyFolders, linkDependencies } from "./checkout-parts/dependencies.ts";
import { ownGit } from "./git.ts";
import { removeTree } from "./remove-tree.ts";
import { runCommand, type CommandOutcome, type CommandRequest } from "./run-command.ts";
import { fillSubmodules } from "./checkout-parts/submodules.ts";
import type { UserRepository } from "./user-repository.ts";

/** A clean checkout of one revision, to run commands in and throw away. */
export interface Checkout {
  readonly dir: string;
  readonly rev: string;
  /** Folders outside `dir` that commands in it need to read: borrowed objects, linked dependencies, their interpreters. */
  readonly readOnly: readonly string[];
  /** Variables that commands in it need: a PYTHONPATH where a linked environment points at the user's own tree. */
  readonly env: Readonly<Record<string, string>>;
  /** Dependency folders of the user that are linked, relative. */
  readonly linked: readonly string[];
  /** Runs a command in it with all of the above. */
  run(command: string, options: Omit<CommandRequest, "command" | "cwd" | "readOnly">): Promise<CommandOutcome>;
  /** Removes the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CheckoutRequest {
  readonly user: UserRepository;
  readonly gitDir: string;
  readonly objects: readonly string[];
  readonly rev: string;
  readonly dir: string;
  /** What the tree holds; its keys are the paths. */
  readonly entries: ReadonlyMap<string, { readonly mode: string; readonly hash: string }>;
  readonly link?: readonly string[];
}

/** See `RunRepository.export`. */
export async function checkOut(request: CheckoutRequest): Promise<Checkout> {
  const { user, rev } = request;
  const dir = resolve(request.dir);
  if (`${user.root}${sep}`.startsWith(`${dir}${sep}`)) {
    throw new AllotError(
      "path-escapes",
      `${dir} holds the repository ${user.root}; a checkout needs a folder of its own`,
    );
  }
  await removeTree(dir);
  await mkdir(dir, { recursive: true });
  await ownGit(undefined, [
    "-c",
    "init.defaultBranch=allot",
    "init",
    "--quiet",
    "--template=",
    `--object-format=${user.objectFormat}`,
    dir,
  ]);
  const gitDir = join(dir, ".git");
  await lendObjects(join(request.gitDir, "objects"), gitDir);
  await copyBorder(request.gitDir, gitDir);
  await writeFile(join(gitDir, "HEAD"), `${rev}\n`);
  await ownGit(gitDir, [`--work-tree=${dir}`, "reset", "--hard", "--quiet", rev]);
  await fillSubmodules(user.root, dir, request.entries);
  const linked = request.link ?? (await dependencyFolders(user.root, [...request.entries.keys()]));
  const links = await linkDependencies(user.root, dir, linked);
  await mkdir(join(gitDir, "info"), { recursive: true });
  await writeFile(join(gitDir, "info", "exclude"), links.linked.map((folder) => `/${folder}\n`).join(""));
  const readOnly = [...new Set([...request.objects, ...links.readOnly])];
  return {
    dir,
    rev,
    readOnly,
    env: links.env,
    linked: links.linked,
    run: (command, options) =>
      runCommand({ ...options, command, cwd: dir, readOnly, env: { ...links.env, ...options.env } }),
    [Symbol.asyncDispose]: () => removeTree(dir),
  };
}
