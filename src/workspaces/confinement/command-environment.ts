import { existsSync, lstatSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, isAbsolute, join, sep } from "node:path";

/** What a command gets from the user's machine: variables without secrets, and folders its programs live in. */
export interface CommandEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Folders (and single programs) under the user's home that programs in PATH need. */
  readonly toolFolders: readonly string[];
}

/** Harmless, and wanted by programs. Everything else of our environment stays behind. */
const PASSED_ON =
  "LANG LC_ALL LC_CTYPE TZ USER LOGNAME LD_LIBRARY_PATH JAVA_HOME GOROOT VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV PYENV_VERSION RBENV_VERSION ASDF_DIR NODENV_VERSION".split(
    " ",
  );

/**
 * Tool chains in the user's home. The home of a command is empty, so each is named by its variable. `shown`: the parts
 * a command may read, where the folder also holds credentials.
 */
const TOOL_CHAINS: readonly { variable: string; folder: string; shown?: readonly string[] }[] = [
  { variable: "PYENV_ROOT", folder: ".pyenv" },
  { variable: "PYTHONUSERBASE", folder: ".local", shown: ["bin", "lib"] },
  { variable: "RUSTUP_HOME", folder: ".rustup" },
  { variable: "CARGO_HOME", folder: ".cargo", shown: ["bin", "registry", "git", "config.toml", "env"] },
  { variable: "GOPATH", folder: "go", shown: ["bin", "pkg"] },
  { variable: "NVM_DIR", folder: ".nvm" },
  { variable: "VOLTA_HOME", folder: ".volta" },
  { variable: "BUN_INSTALL", folder: ".bun", shown: ["bin"] },
  { variable: "ASDF_DATA_DIR", folder: ".asdf" },
  { variable: "MISE_DATA_DIR", folder: ".local/share/mise" },
  { variable: "RBENV_ROOT", folder: ".rbenv" },
  { variable: "NODENV_ROOT", folder: ".nodenv" },
  { variable: "SDKMAN_DIR", folder: ".sdkman" },
  { variable: "DOTNET_ROOT", folder: ".dotnet" },
  { variable: "NUGET_PACKAGES", folder: ".nuget/packages" },
  { variable: "PLAYWRIGHT_BROWSERS_PATH", folder: ".cache/ms-playwright" },
];

/** Folders of a home that hold programs beside private things: only the program folder itself is shown. */
const MIXED = new Set([".local", ".config", ".cache", ".cargo", ".bun", ".gem", "Library", "snap"]);

/** What stands beside a `bin` in an installation of programs. */
const MARKS_OF_A_PREFIX = ["lib", "lib64", "libexec", "share", "versions", "installs", "include", "pyvenv.cfg"];

/** Reads our environment and the home's tool chains. `home` and `scratch` are folders for one command. */
export function commandEnvironment(folders: { home: string; scratch: string }): CommandEnvironment {
  const path = [dirname(process.execPath), ...(process.env["PATH"] ?? "/usr/bin:/bin").split(delimiter)].filter(
    (folder, index, all) => isAbsolute(folder) && all.indexOf(folder) === index,
  );
  const variables: Record<string, string> = {
    LANG: "C.UTF-8",
    ...pick(PASSED_ON),
    PATH: path.join(delimiter),
    HOME: folders.home,
    TMPDIR: folders.scratch,
    TERM: "dumb",
    CI: "1",
  };
  const shown = new Set(path.flatMap(programsOf));
  for (const { variable, folder, shown: parts } of TOOL_CHAINS) {
    const place = process.env[variable] ?? join(homedir(), folder);
    if (!isAbsolute(place) || !existsSync(place)) continue;
    variables[variable] = place;
    for (const part of parts ?? [""]) shown.add(join(place, part));
  }
  for (const name of ["JAVA_HOME", "GOROOT", "VIRTUAL_ENV", "CONDA_PREFIX", "ASDF_DIR"] as const) {
    const place = variables[name];
    if (place !== undefined && isAbsolute(place)) shown.add(place);
  }
  const real = realpathSync(process.execPath);
  shown.add(prefixOf(dirname(real)) ?? real);
  return { variables, toolFolders: [...shown].filter((place) => existsSync(place) && place !== homedir()) };
}

function pick(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** A folder of PATH: the installation it belongs to, and what its links lead to. Outside of the home nothing is hidden. */
function programsOf(folder: string): readonly string[] {
  if (!isInHome(folder) || !existsSync(folder)) return [];
  const found = [prefixOf(folder) ?? folder];
  const names = readdirSync(folder);
  if (names.length > 2_000) return found;
  for (const name of names) {
    const link = join(folder, name);
    if (!lstatSync(link).isSymbolicLink() || !existsSync(link)) continue;
    const real = realpathSync(link);
    if (isInHome(real)) found.push(prefixOf(dirname(real)) ?? real);
  }
  return found;
}

/** The installation that a program folder belongs to, when it looks like one; undefined for a folder among other things. */
function prefixOf(folder: string): string | undefined {
  const parent = dirname(folder);
  if (!["bin", "sbin", "shims", ".bin"].includes(basename(folder)) || parent === homedir()) return undefined;
  if (dirname(parent) === homedir() && MIXED.has(basename(parent))) return undefined;
  if (basename(folder) === ".bin" || basename(folder) === "shims") return parent;
  return MARKS_OF_A_PREFIX.some((name) => existsSync(join(parent, name))) ? parent : undefined;
}

function isInHome(path: string): boolean {
  return path.startsWith(`${homedir()}${sep}`);
}
