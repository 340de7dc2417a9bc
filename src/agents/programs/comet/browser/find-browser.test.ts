import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type BrowserPlaces, findBrowser } from "./find-browser.ts";

async function machine(...programs: string[]): Promise<{ root: string; places: BrowserPlaces }> {
  const root = await mkdtemp(join(tmpdir(), "allot-find-browser-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const program of programs) {
    await mkdir(dirname(join(root, program)), { recursive: true });
    await writeFile(join(root, program), "");
    await chmod(join(root, program), 0o755);
  }
  const searchPath = ["/empty", join(root, "bin"), join(root, "other")].join(":");
  return { root, places: { searchPath, userHome: join(root, "home"), platform: "aix", variables: {} } };
}

test("the free one is taken before those of vendors, wherever on the PATH it stands", async () => {
  const { root, places } = await machine("bin/google-chrome", "other/chromium", "other/msedge");
  expect(await findBrowser(places)).toEqual({ kind: "found", path: join(root, "other/chromium") });
});

test("a folder, or a file that may not be run, is no browser", async () => {
  const { root, places } = await machine("bin/chromium/file", "bin/google-chrome", "other/msedge");
  await chmod(join(root, "bin/google-chrome"), 0o644);
  expect(await findBrowser(places)).toEqual({ kind: "found", path: join(root, "other/msedge") });
});

test("the named one is the only one", async () => {
  const { root, places } = await machine("bin/chromium", "mine/browser");
  const named = join(root, "mine/browser");
  expect(await findBrowser({ ...places, named })).toEqual({ kind: "found", path: named });
  expect(await findBrowser({ ...places, named: "/no/browser" })).toEqual({
    kind: "none",
    message: "there is no program at /no/browser, which is named as the browser (--browser)",
  });
});

test("applications of a Mac are found in its own folders and the user's", async () => {
  const chrome = "home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  const { root, places } = await machine(chrome);
  expect(await findBrowser({ ...places, platform: "darwin" })).toEqual({ kind: "found", path: join(root, chrome) });
});

test("the newest that a test tool has downloaded is taken where nothing is installed", async () => {
  const [old, fresh] = ["chromium-999/chrome-linux/chrome", "chromium-1181/chrome-linux64/chrome"].map(
    (path) => `home/.cache/ms-playwright/${path}`,
  ) as [string, string];
  const { root, places } = await machine(old, fresh);
  expect(await findBrowser(places)).toEqual({ kind: "found", path: join(root, fresh) });
  const variables = { PLAYWRIGHT_BROWSERS_PATH: join(root, "elsewhere") };
  expect((await findBrowser({ ...places, variables })).kind).toBe("none");
});

test("where there is none, it says what was looked for and how to get one", async () => {
  const { places } = await machine();
  expect(await findBrowser(places)).toEqual({
    kind: "none",
    message:
      "no Chromium was found: not chromium, chromium-browser, google-chrome, google-chrome-stable, chrome, microsoft-edge, microsoft-edge-stable, msedge, brave-browser, brave on the PATH, nor one in the usual places; install one, or name one by --browser FILE (ALLOT_BROWSER)",
  });
  const mac = await findBrowser({ ...places, platform: "win32" });
  expect(mac).toMatchObject({ message: expect.stringContaining("winget install Google.Chrome") });
});
