import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { findRepository } from "../codebase/facts/listing/find-repository.ts";
import { listFiles } from "../codebase/facts/listing/list-files.ts";
import { binaryRule, generatedRule, minifiedRule } from "../codebase/facts/sorting-out/content-rules.ts";
import { pathRule } from "../codebase/facts/sorting-out/path-rules.ts";
import type { SourceTree } from "./source-tree.ts";

/** Larger files are data, whatever their name. */
const LARGEST_SOURCE_BYTES = 2 * 2 ** 20;
/** So many characters of text are kept at most; what is asked for again after that is read again. */
const KEPT_CHARACTERS = 24 * 2 ** 20;
const CODE = /\.(?:[cm]?[jt]sx?|py|go|java|kt|vue|svelte)$/;
const SCRIPT = /\.[cm]?[jt]sx?$/;
// Generated Go and Java that is committed wires routers together, or registers and declares routes itself.
const WIRING = /(?<!\.pb|\.pb\.gw)\.(?:go|java)$/;
const BUILT = /^(?:dist|build|out|coverage|target|\.next|\.nuxt|\.output|\.svelte-kit|\.turbo|\.vercel)$/;

/**
 * Opens the files below `root`. What git ignores, packages, build output, generated and minified files are left out, by git
 * where it answers and by the .gitignore files where it does not. A folder `vendor` that holds the project's own scripts (a
 * shop has vendors) stays.
 *
 * Throws `file-not-found` where there is no such folder. Files are read when they are asked for; a link is never followed.
 */
export async function openSourceTree(root: string, signal?: AbortSignal): Promise<SourceTree> {
  const place = await findRepository(root, signal);
  const real = realpathSync.native(root);
  const below = real === place.root ? "" : `${real.slice(place.root.length + 1).replaceAll("\\", "/")}/`;
  const isOurs = (path: string): boolean =>
    isOwnVendor(path)
      ? pathRule(withoutVendor(path)) === undefined
      : WIRING.test(path) && pathRule(path)?.reason === "generated";
  const listing = await listFiles(place, { ...(signal === undefined ? {} : { signal }), isKnown: isOurs });
  const paths = listing.files.flatMap(({ path }) => (path.startsWith(below) ? [path.slice(below.length)] : []));
  const kept = new Set(listing.files.flatMap(({ path, isKept }) => (isKept ? [path.slice(below.length)] : [])));
  const packages = new Set(paths.filter((path) => /(?:^|\/)(?:package|project)\.json$/.test(path)).map(folderOf));
  const files = paths.filter((path) => kept.has(path) || !isBuilt(path, packages));
  return { root: real, files, read: textReader(real, new Set(files), kept) };
}

/** Texts by path; the first ones are kept, so that several readers may look at the same file. */
function textReader(root: string, known: ReadonlySet<string>, kept: ReadonlySet<string>): SourceTree["read"] {
  const texts = new Map<string, string | undefined>();
  let characters = 0;
  return (path) => {
    if (texts.has(path)) return texts.get(path);
    if (!known.has(path)) return undefined;
    const text = sourceText(join(root, path), path, kept.has(path));
    if (characters + (text?.length ?? 0) <= KEPT_CHARACTERS) {
      characters += text?.length ?? 0;
      texts.set(path, text);
    }
    return text;
  };
}

function sourceText(place: string, path: string, isKept: boolean): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(place);
  } catch {
    return undefined;
  }
  if (bytes.length > LARGEST_SOURCE_BYTES && CODE.test(path)) return undefined;
  if (binaryRule(bytes) !== undefined) return undefined;
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  if (isKept || !CODE.test(path)) return text;
  if (!WIRING.test(path) && generatedRule(text) !== undefined) return undefined;
  if (SCRIPT.test(path) && minifiedRule("javascript", text, linesIn(text)) !== undefined) return undefined;
  return text;
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Build output stands beside the manifest of what it was built from. */
function isBuilt(path: string, packages: ReadonlySet<string>): boolean {
  if (!/\.(?:[cm]?js|map|d\.[cm]?ts|json|html|css|class)$/.test(path)) return false;
  const parts = path.split("/");
  return parts.some(
    (part, index) => index < parts.length - 1 && BUILT.test(part) && packages.has(parts.slice(0, index).join("/")),
  );
}

function isOwnVendor(path: string): boolean {
  return /(?:^|\/)vendor\//.test(path) && /\.(?:[cm]?tsx?|py)$/.test(path) && !/(?:^|\/)node_modules\//.test(path);
}

function withoutVendor(path: string): string {
  return path.replaceAll(/(^|\/)vendor(?=\/)/g, "$1vendors");
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
