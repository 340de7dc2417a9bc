import type { Route } from "../../../contract.ts";
import type { ScriptModule, Value } from "../../../javascript/values.ts";
import { optionsOf, plainText } from "../../../javascript/values.ts";
import type { ServerReading } from "../../server-reader.ts";
import type { ScriptFramework, ScriptProject } from "../framework.ts";
import { joinPaths } from "../route-path.ts";
import { pageMethods } from "./next/page-methods.ts";

const VERBS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const ROUTE_FILE = /(?:^|\/)app\/(?:.*\/)?route\.[cm]?[jt]sx?$/;
const PAGE_FILE = /(?:^|\/)pages\/api(?:\/.*)?\.[cm]?[jt]sx?$/;

/** Next.js: the place of a file is its path, and the names it exports (or, below pages/api, asks for) are its methods. */
export const nextjs: ScriptFramework = {
  name: "nextjs",
  speaks: (path, content) =>
    (ROUTE_FILE.test(path) && /\b(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS)\b|export\s*\*/.test(content)) ||
    (PAGE_FILE.test(path) && /\bdefault\b|module\.exports/.test(content)),
  open: (project) => ({ finish: () => readFiles(project) }),
};

function readFiles(project: ScriptProject): ServerReading {
  const routes: Route[] = [];
  const bases = new Map<string, string>();
  const known = new Set(project.tree.files);
  for (const path of project.files) {
    const module = project.scripts.module(path);
    const place = routePlace(known, path);
    if (module === undefined || place === undefined) continue;
    let base = bases.get(place.project);
    if (base === undefined) bases.set(place.project, (base = basePath(project, place.project)));
    const urls = urlPaths(place.segments);
    for (const { method, line } of place.isPage ? pageMethods(module) : exportedMethods(module))
      for (const url of urls)
        routes.push({ method, path: joinPaths(base, url), framework: "nextjs", file: path, line });
  }
  return { routes, unresolved: [] };
}

interface RoutePlace {
  /** The folder of the application. */
  readonly project: string;
  /** What stands between `app` and the file, or after `pages`. */
  readonly segments: readonly string[];
  readonly isPage: boolean;
}

function routePlace(known: ReadonlySet<string>, path: string): RoutePlace | undefined {
  const parts = path.split("/");
  const isPage = PAGE_FILE.test(path) && !ROUTE_FILE.test(path);
  if (!isPage && !ROUTE_FILE.test(path)) return undefined;
  const name = isPage ? "pages" : "app";
  const isProject = (folder: string): boolean =>
    ["package.json", "next.config.js", "next.config.mjs", "next.config.ts"].some((file) =>
      known.has(folder === "" ? file : `${folder}/${file}`),
    );
  const places = parts.flatMap((part, index) => (part === name && index < parts.length - 1 ? [index] : []));
  const homeOf = (index: number): string => parts.slice(0, parts[index - 1] === "src" ? index - 1 : index).join("/");
  const at = places.find((index) => isProject(homeOf(index))) ?? places[0];
  if (at === undefined) return undefined;
  const inside = parts.slice(at + 1);
  const file = inside.pop() ?? "";
  if (isPage) {
    const page = file.replace(/\.[cm]?[jt]sx?$/, "");
    return { project: homeOf(at), isPage, segments: page === "index" ? inside : [...inside, page] };
  }
  // Folders with an underscore are nobody's path, and those that intercept serve pages only.
  if (inside.some((part) => part.startsWith("_") || /^\(\.+\)/.test(part))) return undefined;
  return {
    project: homeOf(at),
    isPage,
    segments: inside.filter((part) => !/^\(.*\)$/.test(part) && !part.startsWith("@")),
  };
}

/** `[id]` is a parameter, `[...path]` the rest of a path, and `[[...path]]` the rest where there is one. */
function urlPaths(segments: readonly string[]): readonly string[] {
  let made: readonly string[] = [""];
  for (const segment of segments) {
    const optional = /^\[\[\.\.\.(.+)\]\]$/.exec(segment)?.[1];
    const name = /^\[(?:\.\.\.)?(.+)\]$/.exec(segment)?.[1];
    if (optional !== undefined) made = made.flatMap((before) => [before, `${before}/{${optional}}`]);
    else if (name !== undefined) made = made.map((before) => `${before}/{${name}}`);
    else made = made.map((before) => `${before}/${segment.replaceAll("%5F", "_")}`);
  }
  return made.map((path) => (path === "" ? "/" : path));
}

function exportedMethods(module: ScriptModule): readonly { readonly method: string; readonly line: number }[] {
  const names = new Set(module.exportNames());
  return VERBS.flatMap((method) => {
    if (!names.has(method)) return [];
    // What another framework's app serves is read there.
    const value = /hono|elysia/i.test(module.text) ? module.exported(method) : undefined;
    if (value !== undefined && isOtherApp(value)) return [];
    const at = new RegExp(`\\bexport\\b[^;]*?\\b${method}\\b|\\b${method}\\b`).exec(module.text);
    const found = at === null ? 0 : at.index + at[0].length - method.length;
    return [{ method, line: module.lineAt(found) }];
  });
}

function isOtherApp(value: Value): boolean {
  return optionsOf(value).some(
    (option) =>
      (option.kind === "foreign" && /^@?hono(?:\/|$)/.test(option.package) && option.steps.length > 0) ||
      (option.kind === "native" && /^(?:hono|elysia)/.test(option.type)),
  );
}

/** `basePath` of the project's configuration, also where it is wrapped by functions of packages. */
function basePath(project: ScriptProject, folder: string): string {
  for (const name of ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs"]) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (!(project.tree.read(path) ?? "").includes("basePath")) continue;
    const value = project.scripts.module(path)?.exported("default");
    const base = value === undefined ? undefined : basePathIn(value, 0);
    if (base !== undefined) return base;
  }
  return "";
}

function basePathIn(value: Value, depth: number): string | undefined {
  if (depth > 4) return undefined;
  for (const option of optionsOf(value)) {
    if (option.kind === "fields") {
      const base = option.fields.get("basePath")?.value();
      const known =
        base === undefined
          ? undefined
          : optionsOf(base)
              .map((one) => plainText(one))
              .find((one) => one !== undefined);
      if (known !== undefined) return known;
    }
    const last = option.kind === "foreign" ? option.steps.at(-1) : undefined;
    if (last?.kind !== "call") continue;
    for (const argument of last.args) {
      const found = basePathIn(argument.value(), depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
