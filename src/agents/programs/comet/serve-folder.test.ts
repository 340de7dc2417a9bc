import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveFolder, startPage } from "./serve-folder.ts";

async function served(files: Readonly<Record<string, string>>): Promise<{
  dir: string;
  start: string | undefined;
  get: (path: string, host?: string) => Promise<{ status: number; type: string; body: string }>;
}> {
  const dir = await mkdtemp(join(tmpdir(), "allot-serve-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const site = await serveFolder(dir);
  onTestFinished(async () => {
    await site[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });
  const { port, host: own } = new URL(site.origin);
  // By hand: fetch would clean the path first.
  const get = (path: string, host = own): Promise<{ status: number; type: string; body: string }> =>
    new Promise((resolve, reject) => {
      request({ port, host: "127.0.0.1", path, headers: { host } }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (piece: string) => (body += piece));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", body }),
        );
      })
        .on("error", reject)
        .end();
    });
  return { dir, start: site.start, get };
}

test("the site begins where the shallowest index stands, and finds what lies beside it in the folder too", async () => {
  const { start, get } = await served({
    "web/index.html": "home",
    "web/app.js": "1",
    "web/docs/index.html": "docs",
    "web/about.html": "about",
    "shared/theme.css": "a{}",
  });
  expect(start).toBe("/");
  expect(await get("/")).toEqual({ status: 200, type: "text/html; charset=utf-8", body: "home" });
  expect(await get("/app.js?v=2")).toMatchObject({ type: "text/javascript; charset=utf-8", body: "1" });
  expect(await get("/docs/")).toMatchObject({ body: "docs" });
  expect(await get("/docs")).toMatchObject({ body: "docs" });
  expect(await get("/about")).toMatchObject({ body: "about" });
  expect(await get("/shared/theme.css")).toMatchObject({ type: "text/css; charset=utf-8", body: "a{}" });
  expect(await get("/missing.html")).toMatchObject({ status: 404 });
  expect(await get("/favicon.ico")).toMatchObject({ status: 204 });
});

test("a file is served as it is at that moment", async () => {
  const { dir, get } = await served({ "index.html": "old" });
  expect((await get("/")).body).toBe("old");
  await writeFile(join(dir, "index.html"), "new");
  expect((await get("/")).body).toBe("new");
});

test("nothing outside, behind a link, hidden or of git is served, nor anything to another host's name", async () => {
  const { dir, get } = await served({ "index.html": "home", ".env": "SECRET=1", ".git/config": "x", "a/.npmrc": "x" });
  await symlink("/etc", join(dir, "etc"));
  await symlink("/etc/hosts", join(dir, "hosts.txt"));
  for (const path of [
    "/.env",
    "/.git/config",
    "/a/.npmrc",
    "/../etc/hosts",
    "/%2e%2e/etc/hosts",
    "/etc/hosts",
    "/hosts.txt",
    "/a%00b",
    "/%zz",
  ])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  expect((await get("/", "rebound.example.com")).status).toBe(403);
});

test("the page to begin with is the shallowest index, else the shallowest page, else none", () => {
  expect(startPage(["docs/index.html", "index.html", "a.html"])).toBe("index.html");
  expect(startPage(["z/deep/index.html", "app/index.html", "web/index.html"])).toBe("app/index.html");
  expect(startPage(["b/page.html", "demo.htm"])).toBe("demo.htm");
  expect(startPage([".hidden/index.html", "main.ts"])).toBeUndefined();
});
