/** Words that people write where a secret would stand. Compared in lower case, anywhere in the value. */
const PLACEHOLDER_WORDS =
  /example|placeholder|change[-_ ]?(?:me|this|it)|your[-_]|yourself|replace|redacted|dummy|sample|insert[-_]|\btodo\b|fake|mock|xxx|\.\.\.|…|\*\*\*|secret-?here|key-?here|token-?here|not-?a-?real|notreal|foobar|lorem|<[a-z_ -]{1,40}>/i;

/** Ends of the alphabet and of the digits that hands type when they need something long. */
const TYPED_RUNS =
  /0123456789|1234567890|123456789a|abcdefghij|bcdefghijk|jklmnopqrs|klmnopqrst|qwertyuiop|asdfghjkl|deadbeefdeadbeef|abcdef0123|abc123abc|fedcba98/i;

/** Values that stand for others: "${TOKEN}", "{{ token }}", "%TOKEN%", "$TOKEN", "<token>", "%s", "#{token}". */
const TEMPLATES = /\$\{|\{\{|#\{|%\{|^%[A-Za-z_]{1,40}%$|^\$[A-Za-z_]|^<.*>$|%[sdv]|\$\(|^@|\{[a-zA-Z_]{1,40}\}/;

/** Letters of the best known example token, which stands in the documentation of JSON web tokens. */
const KNOWN_EXAMPLES = ["eyJzdWIiOiIxMjM0NTY3ODkwI", "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"];

/**
 * Says whether `value` stands for a secret instead of being one: a template, a word such as "example", letters typed in
 * order, one sign again and again. Pure; linear in the length of `value`.
 */
export function isPlaceholder(value: string): boolean {
  return (
    PLACEHOLDER_WORDS.test(value) ||
    TEMPLATES.test(value) ||
    TYPED_RUNS.test(value) ||
    KNOWN_EXAMPLES.some((known) => value.includes(known)) ||
    isRepetitive(value)
  );
}

/** Bits for one sign of `value`, by how often each of its signs occurs (Shannon). */
export function entropyPerSign(value: string): number {
  const counts = new Map<string, number>();
  for (const sign of value) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** One sign six times in a row, or few different signs for the length. */
function isRepetitive(value: string): boolean {
  if (/(.)\1{5}/.test(value)) return true;
  return value.length >= 16 && new Set(value.slice(0, 256)).size < 6;
}
