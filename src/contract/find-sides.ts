import { SERVER_READERS } from "./servers/servers.ts";
import type { Side } from "./sides.ts";
import type { SourceTree } from "./source-tree.ts";

/** What a package's manifest is called, whatever the language. */
const MANIFEST =
  /(?:^|\/)(?:package\.json|pyproject\.toml|requirements\.txt|setup\.py|manage\.py|go\.mod|pom\.xml|build\.gradle(?:\.kts)?)$/;
const SERVER_CODE = /\.(?:[cm]?[jt]sx?|py|go|java|kt)$/;
const CLIENT_CODE = /\.(?:[cm]?[jt]sx?|vue|svelte)$/;
const TESTS =
  /(?:^|\/)(?:tests?|__tests__|e2e|cypress|__mocks__|mocks|fixtures|examples?|docs)\/|\.(?:test|spec|stories)\.[cm]?[jt]sx?$/;

/** A word that only code for a browser or an app's screen has. */
const SCREEN =
  /from\s+["'](?:react|react-dom|vue|svelte|solid-js|preact|@angular\/core|swr|@tanstack\/\w+-query|@reduxjs\/toolkit\/query)["'/]|\bdocument\.|\bwindow\.|\blocalStorage\b|import\.meta\.env/;
/** A word without which a file makes no call. */
const CALLS = /\bfetch\s*\(|\baxios\b|\bfrom\s+["'](?:ky|ofetch|openapi-fetch|swr|wretch|superagent)["']|\$fetch\b/;

/**
 * Which folders serve and which call, by what their files hold: of each package (the folder of a manifest) the deepest folder
 * that all its serving files stand in is a server; the same for the files that make calls, where the package shows something
 * on a screen. Tests are not asked. Deterministic.
 */
export function findSides(tree: SourceTree): { readonly servers: readonly Side[]; readonly clients: readonly Side[] } {
  const packages = packageFolders(tree.files);
  const serving = new Map<string, string[]>();
  const calling = new Map<string, string[]>();
  const screens = new Set<string>();
  for (const path of tree.files) {
    if (TESTS.test(path) || (!SERVER_CODE.test(path) && !CLIENT_CODE.test(path))) continue;
    const text = tree.read(path);
    if (text === undefined) continue;
    const home = homeOf(path, packages);
    if (SERVER_CODE.test(path) && SERVER_READERS.some((reader) => reader.mayServe(path, text)))
      add(serving, home, path);
    if (!CLIENT_CODE.test(path)) continue;
    if (SCREEN.test(text) || /\.(?:[jt]sx|vue|svelte)$/.test(path)) screens.add(home);
    if (CALLS.test(text)) add(calling, home, path);
  }
  const servers = [...serving.values()].map(sharedFolder);
  const clients = [...calling].flatMap(([home, files]) => {
    const own = files.filter((path) => !servers.some((folder) => folder !== home && isBelow(path, folder)));
    return screens.has(home) && own.length > 0 ? [clientFolder(home, own, servers)] : [];
  });
  return { servers: sideOf(tree, servers), clients: sideOf(tree, clients) };
}

function sideOf(tree: SourceTree, folders: readonly string[]): readonly Side[] {
  if (folders.length === 0) return [];
  return [{ root: tree.root, folders: [...new Set(folders)].toSorted() }];
}

/** The package's whole source is the client's, so that wrappers without a call of their own are seen; but for a server in it. */
function clientFolder(home: string, files: readonly string[], servers: readonly string[]): string {
  const holdsServer = servers.some((folder) => folder === home || isBelow(folder, home));
  return holdsServer ? sharedFolder(files) : home;
}

function packageFolders(files: readonly string[]): ReadonlySet<string> {
  return new Set(["", ...files.filter((path) => MANIFEST.test(path)).map(folderOf)]);
}

/** The nearest folder above with a manifest; else the first folder of the path. */
function homeOf(path: string, packages: ReadonlySet<string>): string {
  for (let folder = folderOf(path); folder !== ""; folder = folderOf(folder)) if (packages.has(folder)) return folder;
  const slash = path.indexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

function sharedFolder(files: readonly string[]): string {
  const [first = "", ...rest] = files.map(folderOf);
  let shared = first;
  for (const folder of rest)
    while (shared !== "" && folder !== shared && !isBelow(folder, shared)) shared = folderOf(shared);
  return shared;
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function add(groups: Map<string, string[]>, key: string, path: string): void {
  groups.set(key, [...(groups.get(key) ?? []), path]);
}
