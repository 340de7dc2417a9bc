import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the project around a module says about how its code is looked at. */
export interface ProjectFacts {
  /** The test command also checks types, so that a type error fails it. */
  readonly typesAreTested: boolean;
  /** Everything exported must have its type written out. */
  readonly isolatedDeclarations: boolean;
  /** A class that some file lists the own members of, with that file. */
  readonly listedClasses: ReadonlyMap<string, string>;
}

/** Reads the project's settings and the files (at most 4,000) that could list a class's own members. Reads only. */
export function projectFacts(root: string): ProjectFacts {
  const manifest = textOf(join(root, "package.json"));
  const configs = existsSync(root) ? readdirSync(root).filter((name) => /^tsconfig.*\.json$/.test(name)) : [];
  return {
    typesAreTested: /ts-jest|"(?:pre)?test"\s*:\s*"[^"]*\b(?:tsc|tap|vue-tsc)\b/.test(manifest),
    isolatedDeclarations: configs.some((name) => /"isolatedDeclarations"\s*:\s*true/.test(textOf(join(root, name)))),
    listedClasses: listedClasses(root),
  };
}

const LISTING =
  /\b(?:getOwnPropertyNames|getOwnPropertyDescriptors|ownKeys)\(\s*([A-Za-z_$][\w$]*)(?:\.prototype)?\s*\)/g;

function listedClasses(root: string): Map<string, string> {
  const found = new Map<string, string>();
  let left = 4000;
  const look = (folder: string, path: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (left <= 0) return;
      if (entry.isDirectory() && !/^(?:node_modules|dist|build|coverage|\..*)$/.test(entry.name))
        look(join(folder, entry.name), `${path}${entry.name}/`);
      if (!entry.isFile() || !/\.[cm]?[jt]sx?$/.test(entry.name)) continue;
      left--;
      const text = textOf(join(folder, entry.name));
      if (!/OwnProperty|ownKeys/.test(text)) continue;
      for (const match of text.matchAll(LISTING)) found.set(match[1] as string, `${path}${entry.name}`);
    }
  };
  if (existsSync(root)) look(root, "");
  return found;
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
