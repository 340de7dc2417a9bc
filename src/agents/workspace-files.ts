import { lstat, mkdir, readFile, realpath, unlink, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import { pathEscape, safePath } from "../foundation/safe-path.ts";

/** What of a workspace may be read, written and deleted; paths are relative, with forward slashes. */
export interface DeclaredFiles {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly deletes?: readonly string[];
}

export type Access = "read" | "write" | "delete";

export type Permission =
  | { readonly kind: "allowed"; readonly path: string }
  | { readonly kind: "denied"; readonly why: string };

/** Files that tools act on: what may be done with which, and the doing. */
export interface ReachableFiles {
  permission(path: string, access: Access): Permission;
  read(path: string): Promise<Buffer | undefined>;
  write(path: string, text: string): Promise<void>;
  delete(path: string): Promise<boolean>;
}

/**
 * The files of one workspace that were declared, and no others: a path must be, to the letter, one of the declared ones,
 * and nothing on its way may be a symbolic link. So no name that a model makes up leads out of the workspace.
 */
export class WorkspaceFiles implements ReachableFiles {
  readonly #dir: string;
  readonly #allowed: Record<Access, ReadonlySet<string>>;

  constructor(dir: string, declared: DeclaredFiles) {
    this.#dir = dir;
    const deletes = new Set((declared.deletes ?? []).map(safePath));
    const writes = declared.writes.map(safePath);
    this.#allowed = {
      read: new Set([...declared.reads.map(safePath), ...writes, ...deletes]),
      // Deleting a file is a write, but not the other way round: what is to go is not written first.
      write: new Set(writes.filter((path) => !deletes.has(path))),
      delete: deletes,
    };
  }

  /** The declared paths of that kind, sorted. */
  paths(access: Access): string[] {
    return [...this.#allowed[access]].sort();
  }

  /** May `path` be used so? A denial names what is allowed. Pure. */
  permission(path: string, access: Access): Permission {
    const escape = pathEscape(path);
    const clean = escape === undefined ? safePath(path) : undefined;
    if (clean !== undefined && this.#allowed[access].has(clean)) return { kind: "allowed", path: clean };
    const allowed = this.paths(access);
    const list = allowed.length === 0 ? "none" : allowed.join(", ");
    const problem = escape ?? `is not declared for this task`;
    return { kind: "denied", why: `${JSON.stringify(path)} ${problem}. Files you may ${access}: ${list}.` };
  }

  /** Bytes of an allowed file; undefined where there is none. Throws `path-escapes` for links and special files. */
  async read(path: string): Promise<Buffer | undefined> {
    const full = await this.#locate(path);
    return (await kindOf(full)) === "absent" ? undefined : readFile(full);
  }

  /** Creates or replaces an allowed file, with the folders on its way. Throws `path-escapes` as `read` does. */
  async write(path: string, text: string): Promise<void> {
    const full = await this.#locate(path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text, "utf8");
  }

  /** Deletes an allowed file; false where there is none. */
  async delete(path: string): Promise<boolean> {
    const full = await this.#locate(path);
    if ((await kindOf(full)) === "absent") return false;
    await unlink(full);
    return true;
  }

  async #locate(path: string): Promise<string> {
    const root = await realpath(this.#dir);
    let full = root;
    const parts = path.split("/");
    for (const [index, part] of parts.entries()) {
      full = join(full, part);
      const kind = await kindOf(full);
      const wanted = index === parts.length - 1 ? "file" : "folder";
      if (kind !== "absent" && kind !== wanted) {
        throw new AllotError(
          "path-escapes",
          `the path ${JSON.stringify(path)} leads over a ${kind}, where a ${wanted} is wanted`,
          { details: { path } },
        );
      }
    }
    if (!full.startsWith(root + sep))
      throw new AllotError("path-escapes", `the path ${JSON.stringify(path)} leaves the workspace`, {
        details: { path },
      });
    return full;
  }
}

async function kindOf(full: string): Promise<"absent" | "file" | "folder" | "symbolic link" | "special file"> {
  try {
    const found = await lstat(full);
    if (found.isSymbolicLink()) return "symbolic link";
    if (found.isDirectory()) return "folder";
    return found.isFile() ? "file" : "special file";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "absent";
    throw error;
  }
}
