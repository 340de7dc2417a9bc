import { readdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LeftOut } from "../facts.ts";
import { folderRule } from "../sorting-out/path-rules.ts";
import { openIgnoreRules } from "./ignore-rules.ts";
import { type FoundName, nameOf } from "./names.ts";

/** What a walk found: names of files, links and others, and the folders it did not enter. */
export interface Walked {
  readonly names: readonly FoundName[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Every name below `root`, by .gitignore files as git would have it, for folders that are no repository. Enters no link,
 * no `.git`, nothing ignored, and no folder of packages; what it does not enter is one entry, the folder's path with "/".
 */
export async function walkFolder(root: string, signal?: AbortSignal): Promise<Walked> {
  const rules = openIgnoreRules(".gitignore", (path) => textAt(join(root, path)));
  const names: FoundName[] = [];
  const leftOut: LeftOut[] = [];
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal?.throwIfAborted();
    let entries;
    try {
      entries = await readdir(join(root, folder), { withFileTypes: true, encoding: "buffer" });
    } catch (error) {
      leftOut.push({ path: `${folder}/`, bytes: 0, reason: "unreadable", detail: codeOf(error) });
      continue;
    }
    for (const entry of entries) {
      const name = nameOf(entry.name);
      if (name.path === ".git") continue;
      const path = folder === "" ? name.path : `${folder}/${name.path}`;
      if (name.raw !== null) {
        names.push({ path, raw: Buffer.concat([Buffer.from(folder === "" ? "" : `${folder}/`), name.raw]) });
        continue;
      }
      const isFolder = entry.isDirectory();
      const said = rules.judge(isFolder ? `${path}/` : path);
      if (said !== null && said !== "kept") {
        leftOut.push({ path: isFolder ? `${path}/` : path, bytes: 0, reason: "ignored", detail: said.by });
      } else if (!isFolder) names.push({ path, raw: null });
      else {
        const rule = folderRule(name.path);
        if (rule === undefined) waiting.push(path);
        else leftOut.push({ path: `${path}/`, bytes: 0, reason: "vendored", detail: rule });
      }
    }
  }
  return { names, leftOut };
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
