import type { Language } from "../languages/languages.ts";
import type { ContentKind } from "./tokens.ts";

const PROSE: ReadonlySet<Language> = new Set(["markdown", "text"]);
const DATA: ReadonlySet<Language> = new Set(["json", "yaml", "toml"]);

/**
 * What kind of text a request mostly holds, by the tokens of its files: vocabularies differ most between code, prose and
 * data. "code" where there is nothing. Pure.
 */
export function contentKind(files: readonly { readonly language: Language; readonly tokens: number }[]): ContentKind {
  const totals = { code: 0, prose: 0, data: 0 };
  for (const { language, tokens } of files) {
    totals[PROSE.has(language) ? "prose" : DATA.has(language) ? "data" : "code"] += tokens;
  }
  if (totals.prose > totals.code && totals.prose >= totals.data) return "prose";
  return totals.data > totals.code ? "data" : "code";
}
