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

/** Other names by which a text hands on what it knows by `names`: exports, and fields of objects. */
export function aliasesIn(text: string, names: RegExp): readonly string[] {
  const found = new Set<string>();
  for (const [, list = ""] of text.matchAll(/export\s*\{([^}]*)\}/g))
    for (const [, alias] of list.matchAll(new RegExp(`${names.source}\\s+as\\s+([A-Za-z_$][\\w$]*)`, "g")))
      if (alias !== undefined && alias !== "default") found.add(alias);
  const made = new RegExp(
    `(?:const|let|var)\\s+([A-Za-z_$][\\w$]*)\\s*(?::[^=\\n]*)?=\\s*(?:new\\s+|await\\s+)?${names.source}`,
    "g",
  );
  for (const [, alias] of text.matchAll(made)) if (alias !== undefined && isExported(text, alias)) found.add(alias);
  for (const [, alias] of text.matchAll(new RegExp(`[{,]\\s*([A-Za-z_$][\\w$]*)\\s*:\\s*${names.source}\\s*[,}]`, "g")))
    if (alias !== undefined) found.add(alias);
  return [...found].filter((alias) => alias.length > 1);
}

function isExported(text: string, name: string): boolean {
  return new RegExp(
    `export\\s+(?:const|let|var|default)\\s+${escaped(name)}\\b|export\\s*\\{[^}]*(?<![\\w$])${escaped(name)}(?![\\w$])`,
  ).test(text);
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
