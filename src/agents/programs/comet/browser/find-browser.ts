import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where a browser is looked for. */
export interface BrowserPlaces {
  /** The one that the user named; then no other is looked for. */
  readonly named?: string;
  /** As in PATH. */
  readonly searchPath: string;
  /** The user's own home, not the agent's. */
  readonly userHome: string;
  readonly platform: NodeJS.Platform;
  /** Windows' folders of programs, and the like. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export type BrowserFound =
  | { readonly kind: "found"; readonly path: string }
  /** In one sentence what was looked for, in one how to get one. */
  | { readonly kind: "none"; readonly message: string };

/** Names on the PATH, the free ones first. All of them speak the protocol of Chromium. */
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
  "microsoft-edge-stable",
  "msedge",
  "brave-browser",
  "brave",
];

const MAC_APPLICATIONS = [
  "Chromium.app/Contents/MacOS/Chromium",
  "Google Chrome.app/Contents/MacOS/Google Chrome",
  "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "Brave Browser.app/Contents/MacOS/Brave Browser",
];

const WINDOWS_PROGRAMS = [
  "Chromium\\Application\\chrome.exe",
  "Google\\Chrome\\Application\\chrome.exe",
  "Microsoft\\Edge\\Application\\msedge.exe",
  "BraveSoftware\\Brave-Browser\\Application\\brave.exe",
];

const LINUX_FILES = [
  "/snap/bin/chromium",
  "/usr/lib/chromium/chromium",
  "/usr/lib/chromium-browser/chromium-browser",
  "/opt/google/chrome/chrome",
  "/opt/microsoft/msedge/msedge",
  "/opt/brave.com/brave/brave",
];

const INSTALL: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "install one (Debian, Ubuntu: apt install chromium; Fedora: dnf install chromium)",
  darwin: "install one (brew install --cask google-chrome)",
  win32: "install one (winget install Google.Chrome), or repair Microsoft Edge",
};

/**
 * The first Chromium of the machine: the named one, else on the PATH, in the usual places, among those that test tools
 * have downloaded. Starts nothing. Never throws.
 */
export async function findBrowser(places: BrowserPlaces): Promise<BrowserFound> {
  const { named } = places;
  if (named !== undefined && named !== "") {
    if (await isProgram(named)) return { kind: "found", path: named };
    return { kind: "none", message: `there is no program at ${named}, which is named as the browser (--browser)` };
  }
  for (const path of candidates(places)) if (await isProgram(path)) return { kind: "found", path };
  for (const path of await downloaded(places)) if (await isProgram(path)) return { kind: "found", path };
  const install = INSTALL[places.platform] ?? "install one";
  return {
    kind: "none",
    message: `no Chromium was found: not ${NAMES.join(", ")} on the PATH, nor one in the usual places; ${install}, or name one by --browser FILE (ALLOT_BROWSER)`,
  };
}

function candidates({ searchPath, userHome, platform, variables }: BrowserPlaces): readonly string[] {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  const names = platform === "win32" ? NAMES.map((name) => `${name}.exe`) : NAMES;
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...onPath, ...usualPlaces(userHome, platform, variables)];
}

function usualPlaces(
  userHome: string,
  platform: NodeJS.Platform,
  variables: BrowserPlaces["variables"],
): readonly string[] {
  if (platform === "darwin") {
    const folders = ["/Applications", join(userHome, "Applications")];
    return folders.flatMap((folder) => MAC_APPLICATIONS.map((name) => join(folder, name)));
  }
  if (platform === "win32") {
    const folders = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"].flatMap((name) => variables[name] ?? []);
    return folders.flatMap((folder) => WINDOWS_PROGRAMS.map((name) => `${folder}\\${name}`));
  }
  return platform === "linux" ? LINUX_FILES : [];
}

/** Programs inside a folder that a test tool keeps, by system. */
const IN_DOWNLOAD = [
  "chrome-linux64/chrome",
  "chrome-linux/chrome",
  "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
  "chrome-mac-arm64/Chromium.app/Contents/MacOS/Chromium",
  "chrome-win64/chrome.exe",
  "chrome-win/chrome.exe",
];

/** Where Playwright keeps the browsers it has downloaded, the newest first. */
async function downloaded({ userHome, platform, variables }: BrowserPlaces): Promise<readonly string[]> {
  const caches: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(userHome, "Library", "Caches", "ms-playwright"),
    win32: join(variables["LOCALAPPDATA"] ?? join(userHome, "AppData", "Local"), "ms-playwright"),
  };
  const cache = variables["PLAYWRIGHT_BROWSERS_PATH"] ?? caches[platform] ?? join(userHome, ".cache", "ms-playwright");
  const folders = await readdir(cache).catch((): string[] => []);
  const newest = folders
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)));
  return newest.flatMap((name) => IN_DOWNLOAD.map((file) => join(cache, name, file)));
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
