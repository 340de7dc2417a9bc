import ignore, { type Ignore } from "ignore";
import { folderOf } from "./names.ts";

/** What files of one name (".gitignore", ".allotignore") say about a path. */
export interface IgnoreRules {
  /** The rule that leaves it out; "kept" where a rule says that it is to stay; null where none speaks. Folders end in "/". */
  judge(path: string): Judgement;
}

export type Judgement = { readonly by: string } | "kept" | null;

/**
 * Rules in gitignore syntax, read from a file of that name in each folder: a deeper file has the last word, but nothing
 * comes back below a folder that is left out.
 *
 * `readText` gives the text of such a file, undefined where there is none; it is asked once a folder.
 */
export function openIgnoreRules(fileName: string, readText: (path: string) => string | undefined): IgnoreRules {
  const chains = new Map<string, readonly Rules[]>();
  const judged = new Map<string, Judgement>();

  /** The rules that speak below a folder, the outermost first. */
  const chainOf = (folder: string): readonly Rules[] => {
    let chain = chains.get(folder);
    if (chain === undefined) {
      const text = readText(folder === "" ? fileName : `${folder}/${fileName}`);
      const above = folder === "" ? [] : chainOf(folderOf(folder));
      const own = text === undefined || text.trim() === "" ? [] : [{ folder, rules: readRules(text) }];
      chain = own.length === 0 ? above : [...above, ...own];
      chains.set(folder, chain);
    }
    return chain;
  };

  const judgeFolder = (folder: string): Judgement => {
    if (folder === "") return null;
    let judgement = judged.get(folder);
    if (judgement === undefined) {
      judgement = judge(`${folder}/`);
      judged.set(folder, judgement);
    }
    return judgement;
  };

  const judge = (path: string): Judgement => {
    const parent = folderOf(path.endsWith("/") ? path.slice(0, -1) : path);
    const above = judgeFolder(parent);
    if (above !== null && above !== "kept") return above;
    // What holds for the folder holds for its files, unless a rule names them.
    let judgement: Judgement = above;
    for (const { folder, rules } of chainOf(parent)) {
      const said = rules.test(folder === "" ? path : path.slice(folder.length + 1));
      const place = folder === "" ? fileName : `${folder}/${fileName}`;
      if (said.ignored) judgement = { by: `${place}: ${said.rule?.pattern ?? ""}` };
      else if (said.unignored) judgement = "kept";
    }
    return judgement;
  };
  return { judge };
}

interface Rules {
  readonly folder: string;
  readonly rules: Ignore;
}

function readRules(text: string): Ignore {
  return ignore({ ignorecase: false }).add(text.replace(/^\uFEFF/, ""));
}
