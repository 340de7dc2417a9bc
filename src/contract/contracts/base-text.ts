import { basePath } from "./contract-path.ts";
import { CODE_END, CODE_START } from "./markdown-lines.ts";

const ADDRESS = `((?:https?:\\/\\/|\\{\\{|\\$\\{?[A-Za-z_]|\\/|localhost|[\\w.-]+:\\d+)[^\\s${CODE_START}${CODE_END}|,;)]*)`;
const NAME =
  "(?:base[ _-]?(?:url|uri|path|route|address|endpoint|prefix)?|root[ _-](?:url|uri|path)|(?:api|url|uri|path|route|global|common)[ _-]prefix|prefix|api[ _-](?:base|root)(?:[ _-](?:url|path))?|server(?:[ _-]url)?|(?:api)?(?:根路径|基础路径|统一前缀|前缀)|préfixe|präfix|prefijo)";
const STATED = new RegExp(
  `^[^\\p{L}/]*(?:the |api |default |our )*${NAME}\\s*(?:\\([^()]*\\))?\\s*(?:is|are|:|=|–|—|-|\\|)*[\\s${CODE_START}${CODE_END}:]*${ADDRESS}`,
  "iu",
);
const SAID = new RegExp(
  `\\b(?:all|every|each|paths?|endpoints?|routes?|urls?|api|resources?)\\b[^.|/]{0,60}?\\b(?:prefixed (?:with|by)|relative to|(?:starts?|begins?|lives?|served|mounted|hosted|available|exposed|sits?|found|is|are|go(?:es)?) (?:with|under|at|below|beneath|on))\\b[^./|]{0,30}?${ADDRESS}`,
  "iu",
);
const TITLE = new RegExp(`^[^\\p{L}]*(?:\\d+[.)]?\\s*)*(?:the |api )*${NAME}s?\\W*$`, "iu");
const LONG_TITLE = /^[^\p{L}]*(?:the |api )*base[ _-]?(?:url|uri|path)\b/iu;
const GENERAL =
  /\b(?:overview|conventions?|general|introduction|about|basics|info(?:rmation)?|set-?up|servers?|environments?|common|global|getting started|base|authentication|api|contract)\b/iu;

/** The base path that a line states ("Base URL: …", "All paths are relative to …"); undefined where it states none. */
export function statedBase(text: string): string | undefined {
  const found = STATED.exec(text) ?? SAID.exec(text);
  return found === null ? undefined : basePath((found[1] ?? "").replace(/[.,:*]+$/u, ""));
}

/** Whether a heading announces the base path. */
export function isBaseTitle(title: string): boolean {
  const plain = title.replace(/[\uE000\uE001]/gu, "");
  return TITLE.test(plain) || LONG_TITLE.test(plain);
}

/** Whether a heading's section is about the whole contract. */
export function isGeneralTitle(title: string): boolean {
  return GENERAL.test(title);
}

/** The first address in a text, as a base path. */
export function addressIn(text: string): string | undefined {
  const found = new RegExp(`(?<![\\w/])${ADDRESS}`, "iu").exec(text);
  return found === null ? undefined : basePath((found[1] ?? "").replace(/[.,:*]+$/u, ""));
}
