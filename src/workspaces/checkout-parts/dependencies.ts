import { lstat, mkdir, readdir, readFile, readlink, realpath, stat, symlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";

/** Folders that package managers fill and nobody commits. */
const USUAL = ["node_modules", ".venv", "venv", "vendor", "bower_components", ".bundle"];

export interface LinkedDependencies {
  readonly linked: readonly string[];
  readonly readOnly: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Installed dependencies in the user's tree that `paths` (what a revision holds) does not contain; relative folders. */
export async function dependencyFolders(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const packages = paths
    .filter((path) => path.endsWith("/package.json"))
    .map((path) => `${dirname(path)}/node_modules`);
  const tracked = new Set(paths.flatMap((path) => prefixes(path)));
  const found: string[] = [];
  for (const folder of [...USUAL, ...packages]) {
    if (tracked.has(folder)) continue;
    const there = await stat(join(root, folder)).catch(() => undefined);
    if (there?.isDirectory() === true) found.push(folder);
  }
  return found;
}

function prefixes(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, count) => parts.slice(0, count + 1).join("/"));
}

/**
 * Makes the dependency folders of the user's tree visible in a checkout. The user's files are linked, never copied or
 * written. `node_modules` is linked entry by entry, so that links of a monorepo to its own packages lead into the
 * checkout, not into the user's tree, and tools that write caches there write into the checkout.
 */
export async function linkDependencies(
  root: string,
  dir: string,
  folders: readonly string[],
): Promise<LinkedDependencies> {
  const linked: string[] = [];
  const readOnly = new Set<string>();
  const pythonPath = new Set<string>();
  for (const folder of folders) {
    const source = join(root, folder);
    const target = join(dir, folder);
    const real = await realpath(source).catch(() => undefined);
    if (real === undefined || (await exists(target))) continue;
    await mkdir(dirname(target), { recursive: true });
    readOnly.add(real);
    if (folder.split("/").at(-1) === "node_modules") await linkModules(source, target, { root, readOnly });
    else await symlink(source, target);
    for (const place of await interpreterOf(real)) readOnly.add(place);
    for (const place of await editablePlaces(real, root)) pythonPath.add(join(dir, place));
    linked.push(folder);
  }
  const env = pythonPath.size === 0 ? {} : { PYTHONPATH: [...pythonPath].join(":") };
  return { linked, readOnly: [...readOnly], env };
}

async function linkModules(
  source: string,
  target: string,
  scope: { root: string; readOnly: Set<string> },
): Promise<void> {
  await mkdir(target);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory() && entry.name.startsWith("@")) {
      await linkModules(from, to, scope);
    } else if (entry.isSymbolicLink()) {
      const text = await readlink(from);
      const aim = resolve(dirname(from), text);
      const own = aim.startsWith(`${scope.root}${sep}`) && !aim.includes(`${sep}node_modules${sep}`);
      await symlink(own ? text : aim, to);
      const real = await realpath(aim).catch(() => undefined);
      if (!own && real !== undefined && !real.startsWith(`${scope.root}${sep}`)) scope.readOnly.add(real);
    } else {
      await symlink(from, to);
    }
  }
}

/** Where a Python environment's interpreter lives, when outside of it. */
async function interpreterOf(environment: string): Promise<string[]> {
  const real = await realpath(join(environment, "bin", "python")).catch(() => undefined);
  return real === undefined ? [] : [dirname(dirname(real))];
}

/** Folders of the user's tree (relative) that an environment imports from, because the project is installed "editable". */
async function editablePlaces(environment: string, root: string): Promise<string[]> {
  const found = new Set<string>();
  for (const version of await readdir(join(environment, "lib")).catch(() => [])) {
    const packages = join(environment, "lib", version, "site-packages");
    for (const name of await readdir(packages).catch(() => [])) {
      if (!name.endsWith(".pth") && !name.startsWith("__editable__")) continue;
      const text = await readFile(join(packages, name), "utf8").catch(() => "");
      for (const path of pathsIn(text, name)) {
        if (path === root) found.add("");
        else if (path.startsWith(`${root}${sep}`)) found.add(path.slice(root.length + 1));
      }
    }
  }
  return [...found];
}

/** A .pth file holds a folder a line; a finder maps package names to their folders, whose parents are meant. */
function pathsIn(text: string, name: string): string[] {
  if (name.endsWith(".pth")) return text.split("\n").map((line) => line.trim());
  return [...text.matchAll(/'(\/[^']+)'/g)].map(([, path = ""]) => dirname(path));
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
