import { entropyPerSign, isPlaceholder } from "./placeholders.ts";
import type { Spot } from "./preset-rules.ts";

/** Names that say that a secret follows. "key" alone names too much that is none. */
const NAMES =
  "(?:api|access|secret|private|auth|encryption|encrypt|signing|master|service|account|license|app|application|client|shared|session|jwt|admin|webhook|subscription|storage)[_. -]?key|secret|token|passwd|password|passphrase|pwd|credentials?|bearer|authorization";

/** What stands after such a name, in the same word, where the whole names something else. */
const NOT_A_SECRET =
  /^[_-]?(?:s?(?:url|uri|path|file|name|ids?|type|field|label|header|hash|selector|regex|pattern|prefix|suffix|placeholder|endpoint|error|message|policy|class|length|size|limit|count|expir|ttl|format|hint|help|title|text|desc|env|param|arg|attr|prop|column|ref|symbol|kind|scope|audience|issuer|izer|ize|public|example|template|schema|rule|input|valid|algorithm|version))/i;

/**
 * NAME = "VALUE" in the spellings of languages and configuration: a type between name and sign, a default after "||" or a
 * comma, "Bearer" before the value. Every repetition is bounded.
 */
const QUOTED = new RegExp(
  `(?:${NAMES})(?<rest>[\\w-]{0,24})(?![\\w-])["'\`)\\]]{0,3}(?:[ \\t]{0,4}:?[ \\t]{0,4}[\\w.<>[\\]|?]{1,40})?[ \\t]{0,8}(?::=|=>|={1,3}|:|,|\\|\\||\\?\\?|\\()[ \\t]{0,8}(?:["'\`]?(?:value|content)["'\`]?[ \\t]{0,2}[=:][ \\t]{0,2})?(?:[rbuf]{0,2})["'\`](?:Bearer |Basic |token )?(?<value>[^\\s"'\`<>\\\\]{8,400})["'\`]`,
  "gi",
);

/** NAME=VALUE and NAME: VALUE without quotes, as configuration is written. */
const BARE = new RegExp(
  `(?:${NAMES})(?<rest>[\\w-]{0,24})(?![\\w-])["']?[ \\t]{0,8}[=:][ \\t]{0,8}(?:Bearer |Basic )?(?<value>[^\\s"'\`<>,;#&\\\\(){}]{8,400})(?=[\\s,;#&]|$)`,
  "gim",
);

const CONFIGURATION =
  /(?:^|\/)(?:\.env[^/]*|[^/]*\.(?:env|ya?ml|properties|ini|cfg|conf|toml|tfvars|sh|bash|zsh|npmrc|netrc)|Dockerfile[^/]*)$/i;

/** What stands in every text in which an assignment can be found; in lower and upper case and with a capital. */
export const ASSIGNMENT_ANCHORS =
  /[kK][eE][yY]|[sS][eE][cC][rR][eE][tT]|[tT][oO][kK][eE][nN]|[pP][aA][sS][sS]|[pP][wW][dD]|[cC][rR][eE][dD][eE]|[bB][eE][aA][rR][eE]|[aA][uU][tT][hH][oO]/;

/**
 * Values of high entropy that code gives to a name that says "secret": rule "assigned-secret". Values that look like words,
 * paths, versions or placeholders are none: measured on real repositories, see docs/security-scan.md.
 *
 * Pure; linear in the length of `text`.
 */
export function findAssignments(path: string, text: string): readonly Spot[] {
  const spots: Spot[] = [];
  const patterns = CONFIGURATION.test(path) ? [QUOTED, BARE] : [QUOTED];
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const value = match.groups?.["value"] ?? "";
      if (NOT_A_SECRET.test(match.groups?.["rest"] ?? "")) continue;
      const isPassword = /^(?:passw|passp|pwd)/i.test(match[0]);
      if (!(isPassword ? looksLikePassword(value) : looksRandom(value))) continue;
      const start = match.index + match[0].lastIndexOf(value);
      spots.push({ rule: "assigned-secret", start, end: start + value.length });
    }
  }
  return spots;
}

/** Chance made it: letters and digits mixed, many different ones, no words, no path. */
function looksRandom(value: string): boolean {
  if (value.length < 16 || !/^[A-Za-z0-9+/_=.~:@!$%^*-]+$/.test(value) || isPlaceholder(value)) return false;
  const digits = value.replace(/[^0-9]/g, "").length;
  const letters = value.replace(/[^A-Za-z]/g, "").length;
  if (digits < 3 || letters < 3) return false;
  if (value.includes("://") || /^[./~]/.test(value) || isWords(value)) return false;
  if (/^[0-9a-f]+$/i.test(value)) return value.length >= 32 && entropyPerSign(value) > 3;
  return entropyPerSign(value) > (value.length >= 24 ? 3.6 : 3.4);
}

/** Nobody types this into an example: three kinds of signs, no word for "password" in it. */
function looksLikePassword(value: string): boolean {
  if (looksRandom(value)) return true;
  if (value.length < 10 || isPlaceholder(value) || /pass|secret|admin|test|user|login|token|123|abc/i.test(value))
    return false;
  if (/[(){}[\];/]|\.\w+\.|^[.#]/.test(value)) return false;
  return [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9_.-]/].filter((kind) => kind.test(value)).length === 4;
}

/** Parts between dashes, dots and capitals that are words: "request-token-v2-header", "user.session.token1". */
function isWords(value: string): boolean {
  const parts = value.split(/[-_.:/+=]|(?<=[a-z])(?=[A-Z])/).filter((part) => part !== "");
  const words = parts.filter((part) =>
    /^(?:[A-Za-z]?[a-z]{2,}|[A-Z]{2,}|[A-Za-z]{1,12}\d{0,2}|\d{1,4}|v\d+)$/.test(part),
  );
  return parts.length > 1 && words.length >= parts.length - (parts.length > 6 ? 1 : 0);
}
