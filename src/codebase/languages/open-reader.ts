import { C_FAMILY } from "./grammar/c-family.ts";
import { CSHARP } from "./grammar/csharp.ts";
import { CSS } from "./grammar/css.ts";
import { GO } from "./grammar/go.ts";
import { JAVA } from "./grammar/java.ts";
import { PHP } from "./grammar/php.ts";
import { PYTHON } from "./grammar/python.ts";
import { RUBY } from "./grammar/ruby.ts";
import { RUST } from "./grammar/rust.ts";
import { SHELL } from "./grammar/shell.ts";
import { openGrammarReader, type Rules } from "./grammar/walk.ts";
import type { Language, SourceReader } from "./languages.ts";
import { MARKDOWN } from "./markdown.ts";
import { openScriptReader } from "./script/read-script.ts";

/**
 * The reader of a language; loads its grammar, so open it once a thread and keep it. Undefined for languages that have no
 * symbols (JSON, YAML, TOML, SQL, HTML, plain text): their files are cut at lines.
 */
export async function openReader(language: Language): Promise<SourceReader | undefined> {
  if (language === "javascript" || language === "typescript") return openScriptReader(language);
  if (language === "markdown") return MARKDOWN;
  const rules = RULES[language];
  return rules === undefined ? undefined : openGrammarReader(rules);
}

const RULES: Readonly<Partial<Record<Language, Rules>>> = {
  python: PYTHON,
  go: GO,
  java: JAVA,
  rust: RUST,
  ruby: RUBY,
  php: PHP,
  c: C_FAMILY,
  cpp: C_FAMILY,
  csharp: CSHARP,
  shell: SHELL,
  css: CSS,
};
