import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, posix } from "node:path";
import { isAllotError } from "../../../foundation/errors.ts";
import { type Folder, openFolder } from "../api/folder-files.ts";

/** A folder's files on loopback. */
export interface ServedFolder extends AsyncDisposable {
  /** "http://127.0.0.1:PORT". */
  readonly origin: string;
  /** The page to begin with, below `origin`: "/", "/demo.html"; undefined where the folder has none. */
  readonly start: string | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".htm": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".xml": "application/xml; charset=utf-8",
  ".wasm": "application/wasm",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
  ".mp3": "audio/mpeg",
};

/**
 * Serves a folder's files as they are at each moment, on a free port of loopback, to whoever names it by that address. The
 * site begins where the shallowest `index.html` stands; what is not found there is looked for in the folder itself. Names
 * with a leading dot, git's own and what lies behind links are not served.
 */
export async function serveFolder(dir: string): Promise<ServedFolder> {
  const folder = openFolder(dir);
  const page = startPage(folder.tree.list());
  const root = page?.endsWith("index.html") === true ? posix.dirname(page) : ".";
  const server = createServer((request, response) => {
    void answer(folder, root, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    start: page === undefined ? undefined : `/${posix.relative(root, page)}`.replace(/^\/index\.html$/, "/"),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The shallowest `index.html`, else the shallowest page; of equals the first by name. Pure. */
export function startPage(paths: readonly string[]): string | undefined {
  const pages = paths.filter((path) => /\.html?$/i.test(path) && !isHidden(path));
  const depth = (path: string): number => path.split("/").length;
  const indexes = pages.filter((path) => posix.basename(path) === "index.html");
  return (indexes.length > 0 ? indexes : pages).toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))[0];
}

async function answer(folder: Folder, root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "only GET is served");
  // A page elsewhere whose name was made to lead here is not told the files.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? "")) return refuse(response, 403, "wrong host");
  const path = pathOf(request.url ?? "/");
  const found = path === undefined ? undefined : await firstFile(folder, candidates(root, path));
  if (found === undefined) {
    // Browsers ask for it by themselves; that there is none is no fault of the page.
    if (path === "favicon.ico") return void response.writeHead(204).end();
    return refuse(response, 404, "not found");
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(found.path).toLowerCase()] ?? "application/octet-stream",
    "content-length": found.content.length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : found.content);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${why}\n`);
}

/** The path asked for, decoded, without its query and leading slash; undefined where it is none. */
function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url, "http://localhost").pathname).replace(/^\/+/, "");
  } catch {
    return undefined;
  }
}

/** Which files a path may mean: itself, the index of a folder, a page named without its ending. */
function candidates(root: string, path: string): readonly string[] {
  const names =
    path === "" || path.endsWith("/") ? [`${path}index.html`] : [path, `${path}.html`, `${path}/index.html`];
  const places = root === "." ? [""] : [`${root}/`, ""];
  return places.flatMap((place) => names.map((name) => place + name));
}

async function firstFile(
  { files }: Folder,
  paths: readonly string[],
): Promise<{ readonly path: string; readonly content: Buffer } | undefined> {
  for (const path of paths) {
    const permission = files.permission(path, "read");
    if (permission.kind === "denied" || isHidden(permission.path)) continue;
    try {
      const content = await files.read(permission.path);
      if (content !== undefined) return { path: permission.path, content };
    } catch (error) {
      // A folder or a link of that name: the next one may be a file.
      if (!isAllotError(error, "path-escapes")) throw error;
    }
  }
  return undefined;
}

function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith("."));
}
