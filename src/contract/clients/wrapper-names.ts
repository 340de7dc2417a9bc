import type { Func } from "../javascript/values.ts";

/** `name = `, `name: `, `name = useCallback(`, each before a function. */
const BEFORE =
  /([A-Za-z_$][\w$]*)["']?\s*(?::[^;{}()=]*(?:\([^()]*\)[^;{}()=]*)?)?[=:]\s*(?:[\w$.]+\s*(?:<[^;(){}]*>)?\(\s*)?(?:async\s*)?(?:<[^()]*>\s*)?$/;
const LONGEST_BEFORE = 240;

/** The names by which other files may call a function: its own, that of its variable or field, that of its file. */
export function wrapperNames(func: Func): readonly string[] {
  const { text, path } = func.scope.module;
  const before = text.slice(Math.max(0, func.node.start - LONGEST_BEFORE), func.node.start);
  const written = /(?:async\s+)?function\s*\*?\s*$/.test(before) ? undefined : BEFORE.exec(before)?.[1];
  const names = [func.name, written ?? ""].filter((name) => name !== "" && name !== "default");
  const isDefault =
    func.name === "default" ||
    /export\s+default\s+(?:async\s*)?(?:function\s*\*?\s*)?$/.test(before) ||
    names.some((name) =>
      new RegExp(
        `export\\s+default\\s+(?:async\\s+)?(?:function\\s+)?${escaped(name)}\\b|\\b${escaped(name)}\\s+as\\s+default\\b`,
      ).test(text),
    );
  return isDefault || names.length === 0 ? [...names, fileName(path)] : names;
}

/** Other names that a text gives to what it knows by `names`: `as` in imports and exports, and variables made of it. */
export function aliasesIn(text: string, names: RegExp): readonly string[] {
  const found: string[] = [];
  for (const [, alias] of text.matchAll(new RegExp(`${names.source}\\s+as\\s+([A-Za-z_$][\\w$]*)`, "g")))
    if (alias !== undefined && alias !== "default") found.push(alias);
  for (const [, alias] of text.matchAll(
    new RegExp(
      `(?:const|let|var)\\s+([A-Za-z_$][\\w$]*)\\s*(?::[^=\\n]*)?=\\s*(?:new\\s+|await\\s+)?${names.source}`,
      "g",
    ),
  ))
    if (alias !== undefined) found.push(alias);
  return found;
}

/** One expression for all names, as whole words. */
export function wordsOf(names: Iterable<string>): RegExp {
  return new RegExp(`(?<![\\w$])(?:${[...names].map(escaped).join("|")})(?![\\w$])`);
}

/** "api" for src/lib/api.ts and for src/api/index.ts. */
function fileName(path: string): string {
  const parts = path.replace(/\.\w+$/, "").split("/");
  const last = parts.at(-1) ?? "";
  return last === "index" ? (parts.at(-2) ?? last) : last;
}

function escaped(word: string): string {
  return word.replaceAll(/[$.*+?^(){}|[\]\\]/g, String.raw`\$&`);
}
