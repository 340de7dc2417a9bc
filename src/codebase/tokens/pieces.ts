/**
 * Where o200k cuts a text before it merges: words with the sign before them, up to three digits, runs of signs, blanks.
 * A hand-written scan for ASCII, which is nearly all of code and five times as fast as the expression; the expression itself
 * wherever another character could matter.
 */
const CONTRACTION = "(?:'(?:[sS]|[dD]|[mM]|[tT]|[lL][lL]|[vV][eE]|[rR][eE]))?";
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const LEAD = "[^\\r\\n\\p{L}\\p{N}]?";
const PIECE = new RegExp(
  [
    `${LEAD}${UPPER}*${LOWER}+${CONTRACTION}`,
    `${LEAD}${UPPER}+${LOWER}*${CONTRACTION}`,
    "\\p{N}{1,3}",
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*",
    "\\s*[\\r\\n]+",
    "\\s+(?!\\S)",
    "\\s+",
  ].join("|"),
  "uy",
);

const SIGN = 0;
const UPPERCASE = 1;
const LOWERCASE = 2;
const DIGIT = 3;
const BLANK = 4;
const NEWLINE = 5;
/** Beyond ASCII: the expression decides. */
const OTHER = 6;
/** Behind the text's end. */
const END = 7;

const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const sign = String.fromCharCode(code);
  if (/[A-Z]/.test(sign)) return UPPERCASE;
  if (/[a-z]/.test(sign)) return LOWERCASE;
  if (/[0-9]/.test(sign)) return DIGIT;
  if (/[\r\n]/.test(sign)) return NEWLINE;
  return /\s/.test(sign) ? BLANK : SIGN;
});

function classAt(text: string, at: number): number {
  if (at >= text.length) return END;
  const code = text.charCodeAt(at);
  return code < 128 ? (CLASSES[code] ?? SIGN) : OTHER;
}

/** Where the piece that starts at `from` ends. Pure; every character is in exactly one piece. */
export function pieceEnd(text: string, from: number): number {
  const first = classAt(text, from);
  const end = first === OTHER ? -1 : asciiEnd(text, from, first);
  if (end >= 0) return end;
  PIECE.lastIndex = from;
  const found = PIECE.exec(text);
  // Half of a pair is no character to the expression's classes of letters, but always a sign.
  return found === null || found[0] === "" ? from + 1 : from + found[0].length;
}

/** -1 where a character beyond ASCII could belong to the piece. */
function asciiEnd(text: string, from: number, first: number): number {
  if (first === UPPERCASE || first === LOWERCASE) return wordEnd(text, from);
  if (first === DIGIT) {
    let at = from + 1;
    while (at < from + 3 && classAt(text, at) === DIGIT) at++;
    return at < from + 3 && classAt(text, at) === OTHER ? -1 : at;
  }
  const second = classAt(text, from + 1);
  if (first !== NEWLINE && (second === UPPERCASE || second === LOWERCASE)) return wordEnd(text, from + 1);
  if (first !== NEWLINE && second === OTHER) return -1;
  if (first === SIGN) return signsEnd(text, from);
  if (second === SIGN && text.charCodeAt(from) === 32) return signsEnd(text, from + 1);
  return blanksEnd(text, from);
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (classAt(text, at) === UPPERCASE) at++;
  while (classAt(text, at) === LOWERCASE) at++;
  if (classAt(text, at) === OTHER) return -1;
  return text.charCodeAt(at) === 39 ? contractionEnd(text, at) : at;
}

/** Behind "'s", "'LL" and their like, or where the word ends. */
function contractionEnd(text: string, quote: number): number {
  const one = text.charCodeAt(quote + 1) | 32;
  const two = text.charCodeAt(quote + 2) | 32;
  if (classAt(text, quote + 1) === OTHER || classAt(text, quote + 2) === OTHER) return -1;
  if (one === 115 || one === 100 || one === 109 || one === 116) return quote + 2;
  const isLong = (one === 108 && two === 108) || (one === 118 && two === 101) || (one === 114 && two === 101);
  return isLong ? quote + 3 : quote;
}

function signsEnd(text: string, from: number): number {
  let at = from;
  while (classAt(text, at) === SIGN) at++;
  if (classAt(text, at) === OTHER) return -1;
  for (let code = text.charCodeAt(at); code === 10 || code === 13 || code === 47; code = text.charCodeAt(++at));
  return at;
}

function blanksEnd(text: string, from: number): number {
  let at = from;
  let newline = -1;
  for (let kind = classAt(text, at); kind === BLANK || kind === NEWLINE; kind = classAt(text, ++at)) {
    if (kind === NEWLINE) newline = at;
  }
  if (classAt(text, at) === OTHER) return -1;
  if (newline >= 0) return newline + 1;
  // The last blank goes with what stands behind it.
  return at === text.length || at === from + 1 ? at : at - 1;
}
