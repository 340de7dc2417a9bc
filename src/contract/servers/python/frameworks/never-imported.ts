import type { SourceTree } from "../../../source-tree.ts";

const IMPORTS = /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)|import[ \t]+([^\n]+))/gm;
const TEXTS = /["']([\w./]+)["']/g;
/** A program begins in such a file, so nothing imports it. */
const ENTRY = /(?:^|\/)(?:__init__|__main__|main|app|application|api|wsgi|asgi|run|server|serve|manage|index)\.py$/;
const STARTS = /__main__|\buvicorn\b|\bgunicorn\b|\.run\(/;
/** Modules are found by looking into folders: any may be imported. */
const LOOKS_AROUND = /\b(?:iter_modules|walk_packages|find_modules|glob\(|listdir\(|scandir\(|rglob\(|iterdir\()/;

/**
 * Says of a file whether nothing imports it: what it adds to another file's application is never added. Answers no wherever a
 * file may be an entry of the program, its name is in any import or text of another file, or modules are looked for in folders.
 */
export function neverImported(tree: SourceTree): (path: string) => boolean {
  let words: Map<string, string> | undefined;
  let looksAround = false;
  const wordsOf = (): Map<string, string> => {
    if (words !== undefined) return words;
    words = new Map();
    for (const path of tree.files) {
      if (!path.endsWith(".py")) continue;
      const text = tree.read(path) ?? "";
      looksAround ||= LOOKS_AROUND.test(text) && /import_module|__import__|import_string|find_modules/.test(text);
      for (const match of text.matchAll(IMPORTS)) note(words, path, `${match[1] ?? ""} ${match[2] ?? match[3] ?? ""}`);
      if (/import_module|__import__|import_string|include\(/.test(text))
        for (const match of text.matchAll(TEXTS)) note(words, path, match[1] ?? "");
    }
    return words;
  };
  return (path) => {
    if (ENTRY.test(path) || STARTS.test(tree.read(path) ?? "")) return false;
    const by = wordsOf().get(path.slice(path.lastIndexOf("/") + 1, -".py".length));
    return !looksAround && (by === undefined || by === path);
  };
}

/** Keeps for each word a file that has it; "" where several have. */
function note(words: Map<string, string>, path: string, text: string): void {
  for (const word of text.match(/[A-Za-z_]\w*/g) ?? []) {
    const known = words.get(word);
    words.set(word, known === undefined || known === path ? path : "");
  }
}
