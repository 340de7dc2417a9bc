import { posix } from "node:path";
import type { ProgramStart } from "./manifest-starts.ts";

/** Folders that a build writes: a manifest names what is in them, the source stands in src/ or beside. */
const BUILT = /^(?:dist|lib|build|out|output|es|esm|cjs|umd|commonjs|module|types|target|release|bundle|\.output)$/;
const SOURCE_EXTENSIONS = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];

/**
 * Which of `paths` programs start at, and why: by what manifests name. A built file stands for its source. The first
 * reason of a file counts. Pure.
 */
export function entryPoints(starts: readonly ProgramStart[], paths: ReadonlySet<string>): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const seen = new Set<string>();
  for (const start of starts) {
    const key = `${start.folder}\0${start.kind}\0${start.target}`;
    // A manifest may name a file under hundreds of names.
    if (seen.has(key)) continue;
    seen.add(key);
    const candidates = start.kind === "module" ? moduleFiles(start).values() : sourceFiles(start);
    const path = candidates.find((candidate) => paths.has(candidate));
    if (path !== undefined && !entries.has(path)) entries.set(path, start.why);
  }
  return entries;
}

function moduleFiles({ folder, target }: ProgramStart): readonly string[] {
  const inside = target.replaceAll(".", "/");
  return ["", "src", "lib"].flatMap((source) =>
    [`${inside}.py`, `${inside}/__main__.py`, `${inside}/__init__.py`].map((file) => within(folder, source, file)),
  );
}

function* sourceFiles({ folder, target }: ProgramStart): Generator<string, undefined> {
  const named = within(folder, target);
  if (named === ".." || named.startsWith("../")) return;
  yield named;
  const parts = posix.normalize(target).split("/");
  const firstSource = parts.findIndex((part) => !BUILT.test(part));
  const inSource = parts.slice(Math.max(0, firstSource)).join("/");
  const places = new Set([
    named,
    within(folder, "src", inSource),
    within(folder, inSource),
    within(folder, "src", posix.basename(target)),
  ]);
  for (const place of places) {
    yield place;
    const bare = place.replace(/\.[cm]?[jt]sx?$/, "");
    for (const extension of SOURCE_EXTENSIONS) yield `${bare}.${extension}`;
    if (bare !== place) continue;
    for (const extension of SOURCE_EXTENSIONS) yield `${bare}/index.${extension}`;
  }
}

function within(...parts: readonly string[]): string {
  return posix.join(...parts);
}
