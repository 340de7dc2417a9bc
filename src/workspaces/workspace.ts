import { chmod, lstat, mkdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import picomatch from "picomatch";
import { pathEscape, safePath } from "../foundation/safe-path.ts";
import { ownGit, partsOf } from "./git.ts";
import { cachesAmong, filesBelow, isLeftBehind, LEFT_BEHIND, markOf, tooLarge } from "./leftovers/work-files.ts";
import { removeTree } from "./remove-tree.ts";
import type { FileContent, FileMode, RunRepository } from "./run-repository.ts";

export type { FileContent } from "./run-repository.ts";

/**
 * The place of one attempt at a mini-task: a fresh git repository that holds the declared files and nothing else, so
 * that a worker (also a program that insists on git) sees a tiny fraction of the tokens and none of the rest.
 */
export interface Workspace {
  readonly dir: string;
  readonly size: WorkspaceSize;
  /**
   * What is different from the start, by path: declared or not, so that a gate can name what was not. Links are told
   * as links and never followed; files that git would ignore are left out unless they are declared to be written; devices and pipes too. What tools leave
   * behind (`LEFT_BEHIND`) and ignored folders that say of themselves that they are caches have to be declared themselves.
   * Throws `workspace-too-large`.
   */
  collect(): Promise<Map<string, FileContent>>;
  /** Removes the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How small the workspace is. Tokens are estimated at four bytes of text each; what is no text by its name has none. */
export interface WorkspaceSize {
  readonly files: number;
  readonly bytes: number;
  readonly tokens: number;
  readonly repositoryFiles: number;
  readonly repositoryBytes: number;
  readonly repositoryTokens: number;
}

export interface WorkspaceRequest {
  readonly repository: RunRepository;
  readonly rev: string;
  /** Repository-relative; a folder or a pattern (`backend/**`) stands for the files in it. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Made from scratch, whatever a crashed attempt left there, unless `keep` says otherwise. */
  readonly dir: string;
  /** Files given besides, by path: a contract, a skill. What becomes of them is collected like everything else. */
  readonly given?: ReadonlyMap<string, string>;
  /**
   * What the folder stands for. A folder of the same name and meaning is gone on with as it is, and disposing leaves it:
   * an agent's session belongs to the folder it works in.
   */
  readonly keep?: string;
  /** A later commit: what it changed is laid on top where the folder has to be made anew. */
  readonly upTo?: string;
}

const NO_TEXT =
  /\.(?:png|jpe?g|gif|webp|avif|ico|bmp|tiff?|pdf|zip|gz|tgz|bz2|xz|zst|7z|rar|jar|war|class|pyc|so|dylib|dll|exe|bin|wasm|woff2?|ttf|otf|eot|mp[34]|m4a|ogg|wav|mov|avi|webm|sqlite3?|db|parquet|npy|onnx|pt|psd|ai|sketch)$/i;

/** Beyond these a worker has done something else than its task. */
const LIMITS = { fileBytes: 8 * 2 ** 20, totalBytes: 64 * 2 ** 20 };

/** Opens the workspace. Throws `path-escapes`, `revision-not-found`. */
export async function openWorkspace(request: WorkspaceRequest): Promise<Workspace> {
  const { repository, rev } = request;
  const dir = resolve(request.dir);
  const declared = new Set([...request.reads, ...request.writes].map(safePath));
  const entries = await repository.entries(rev);
  const start = await startOf(request, entries, declared);
  if (request.keep === undefined || !(await isKept(dir, request.keep))) await fill(dir, start, request);
  return {
    dir,
    size: sizeOf(start, entries),
    collect: () => collectChanges(dir, start, declared, new Set(request.writes.map(safePath))),
    [Symbol.asyncDispose]: () => (request.keep === undefined ? removeTree(dir) : Promise.resolve()),
  };
}

/** What the folder holds at the start: the declared files of the commit, and what is given besides. */
async function startOf(
  { repository, rev, given = new Map() }: WorkspaceRequest,
  entries: ReadonlyMap<string, { mode: string }>,
  declared: ReadonlySet<string>,
): Promise<Map<string, StartFile>> {
  const start = new Map<string, StartFile>();
  for (const [path, { mode }] of entries) {
    if (!isDeclared(path, declared) || !mode.startsWith("100")) continue;
    const bytes = await repository.readBytes(rev, path);
    if (bytes !== undefined) start.set(path, { bytes, mode: mode as FileMode });
  }
  for (const [path, text] of given) start.set(safePath(path), { bytes: Buffer.from(text), mode: "100644" });
  return start;
}

async function fill(dir: string, start: ReadonlyMap<string, StartFile>, request: WorkspaceRequest): Promise<void> {
  const { repository, rev } = request;
  await rm(markOf(dir), { force: true });
  await removeTree(dir);
  await mkdir(dir, { recursive: true });
  await ownGit(undefined, ["-c", "init.defaultBranch=allot", "init", "--quiet", "--template=", dir]);
  for (const [path, file] of start) await put(dir, path, file);
  // Folders of files to create: a worker without a shell could not make them.
  for (const path of request.writes) await mkdir(dirname(join(dir, safePath(path))), { recursive: true });
  const ignored = [...LEFT_BEHIND, (await repository.read(rev, ".gitignore")) ?? ""];
  await mkdir(join(dir, ".git", "info"), { recursive: true });
  await writeFile(join(dir, ".git", "info", "exclude"), `${ignored.join("\n")}\n`);
  await recordStart(dir, [...start.keys()]);
  if (request.upTo !== undefined) await layOnTop(dir, request, request.upTo);
  if (request.keep === undefined) return;
  await mkdir(dirname(markOf(dir)), { recursive: true });
  await writeFile(markOf(dir), request.keep);
}

async function put(dir: string, path: string, { bytes, mode }: StartFile): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), bytes);
  if (mode === "100755") await chmod(join(dir, path), 0o755);
}

/** What a later commit made of the tree, as an earlier worker had left it in the folder. */
async function layOnTop(dir: string, { repository, rev }: WorkspaceRequest, upTo: string): Promise<void> {
  for (const { path, from, kind } of await repository.changes(rev, upTo)) {
    if (kind === "deleted") await rm(join(dir, path), { force: true });
    if (from !== undefined) await rm(join(dir, from), { force: true });
    const bytes = await repository.readBytes(upTo, path);
    const mode = (await repository.entries(upTo)).get(path)?.mode as FileMode | undefined;
    if (bytes !== undefined && mode !== undefined) await put(dir, path, { bytes, mode });
  }
}

async function isKept(dir: string, keep: string): Promise<boolean> {
  const mark = await readFile(markOf(dir), "utf8").catch(() => undefined);
  const there = await lstat(join(dir, ".git")).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return there && mark === keep;
}

interface StartFile {
  readonly bytes: Buffer;
  readonly mode: FileMode;
}

function isDeclared(path: string, declared: ReadonlySet<string>): boolean {
  for (const pattern of declared)
    if (/[*?]/.test(pattern) && picomatch.isMatch(path, pattern, { dot: true })) return true;
  for (let part = path; part !== "."; part = dirname(part)) if (declared.has(part)) return true;
  return false;
}

/** A first commit, so that programs which look for changes find only their own. */
async function recordStart(dir: string, paths: readonly string[]): Promise<void> {
  const gitDir = join(dir, ".git");
  const at = [`--work-tree=${dir}`];
  const list = paths.map((path) => `${path}\0`).join("");
  await ownGit(
    gitDir,
    [...at, "--literal-pathspecs", "add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"],
    { input: list },
  );
  const env = { GIT_AUTHOR_DATE: "@0 +0000", GIT_COMMITTER_DATE: "@0 +0000" };
  await ownGit(
    gitDir,
    [...at, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", "The files of the mini-task"],
    { env },
  );
}

function sizeOf(start: ReadonlyMap<string, StartFile>, entries: ReadonlyMap<string, { bytes: number }>): WorkspaceSize {
  const bytes = [...start.values()].reduce((sum, file) => sum + file.bytes.length, 0);
  const repositoryBytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  const textBytes = [...entries].reduce((sum, [path, entry]) => sum + (NO_TEXT.test(path) ? 0 : entry.bytes), 0);
  return {
    files: start.size,
    bytes,
    tokens: Math.ceil(bytes / 4),
    repositoryFiles: entries.size,
    repositoryBytes,
    repositoryTokens: Math.ceil(textBytes / 4),
  };
}

async function collectChanges(
  dir: string,
  start: ReadonlyMap<string, StartFile>,
  declared: ReadonlySet<string>,
  writes: ReadonlySet<string>,
): Promise<Map<string, FileContent>> {
  const found = await filesBelow(dir);
  const ignored = await ignoredOf(dir, ignorable(found, declared, writes));
  const changes = new Map<string, FileContent>();
  let total = 0;
  for (const path of found) {
    const before = start.get(path);
    if (before === undefined && (ignored.has(path) || pathEscape(path) !== undefined)) continue;
    const now = await readEntry(join(dir, path), path);
    total += now.bytes.length;
    if (total > LIMITS.totalBytes) throw tooLarge(`more than ${LIMITS.totalBytes} bytes in all`);
    if (before?.mode === now.mode && before.bytes.equals(now.bytes)) continue;
    changes.set(path, { content: now.bytes, mode: now.mode });
  }
  const there = new Set(found);
  for (const path of start.keys()) if (!there.has(path)) changes.set(path, { content: null });
  return changes;
}

/**
 * The files that count only where git does not ignore them: not what is declared by its name, nor what lies in a folder that is
 * declared to be written, unless that is a tool's. A project may well ignore a folder that a component is asked to make.
 */
function ignorable(
  found: readonly string[],
  declared: ReadonlySet<string>,
  writes: ReadonlySet<string>,
): readonly string[] {
  const caches = cachesAmong(found);
  const ofTools = new Set([...writes].filter((path) => isLeftBehind(path) || isLeftBehind(`${path}/any`)));
  const asked = (path: string) =>
    isLeftBehind(path) || caches.some((folder) => path.startsWith(`${folder}/`))
      ? isDeclared(path, ofTools)
      : isDeclared(path, writes);
  return found.filter((path) => !declared.has(path) && !asked(path));
}

async function readEntry(file: string, path: string): Promise<StartFile> {
  const stats = await lstat(file);
  if (stats.isSymbolicLink()) return { bytes: Buffer.from(await readlink(file)), mode: "120000" };
  if (stats.size > LIMITS.fileBytes)
    throw tooLarge(`${path} has ${stats.size} bytes; at most ${LIMITS.fileBytes} are taken`);
  return { bytes: await readFile(file), mode: (stats.mode & 0o111) === 0 ? "100644" : "100755" };
}

async function ignoredOf(dir: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const answer = await ownGit(
    join(dir, ".git"),
    [`--work-tree=${dir}`, "check-ignore", "--stdin", "-z", "--no-index"],
    {
      input: paths.map((path) => `${path}\0`).join(""),
      accept: [0, 1, 128],
    },
  );
  return new Set(partsOf(answer));
}
