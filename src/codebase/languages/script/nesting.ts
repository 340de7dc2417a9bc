const DEEPEST = 400;
const LONGEST_CHAIN = 2500;
/** Below it a line's end is not looked at: the expression for it takes a third of all reading. */
const SHORT_CHAIN = 60;
// A line that ends so is not over: the next line is a part of the same expression or statement.
const GOES_ON =
  /(?:[^\w$)\]}"'`;,]|\b(?:typeof|new|void|delete|await|yield|keyof|else|do|extends)|^\s*(?:\}?\s*else\s+)?(?:if|for|while|with)\b.*\))\s*$/;

/**
 * Whether a text of JavaScript or TypeScript nests deeper than the parser's stack holds: it descends once a bracket and once a
 * link of a chain (`a ? b : a ? b : …`, `!!!…`, `a => a => …`), and a stack that overflows there ends the whole process. Code that people
 * write stays below a tenth of these limits. May say yes for a text that only looks so; then the text is read by lines. Pure;
 * linear in the text.
 */
export function nestsTooDeep(text: string): boolean {
  // The chain's length at each open bracket, which is what it falls back to at a separator inside.
  const base: number[] = [0];
  let chain = 0;
  let lineStart = 0;
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isWord(code)) {
      if (!inWord) chain += 1;
      inWord = true;
      if (chain > LONGEST_CHAIN) return true;
      continue;
    }
    inWord = false;
    switch (code) {
      case 34:
      case 39:
        at = stringEnd(text, at, code);
        break;
      case 40:
      case 91:
      case 123:
        base.push(chain);
        if (base.length > DEEPEST) return true;
        break;
      case 41:
      case 93:
      case 125:
        if (base.length > 1) chain = base.pop() ?? 0;
        break;
      case 59:
      case 44:
        chain = base[base.length - 1] ?? 0;
        break;
      case 10:
        if (
          chain - (base[base.length - 1] ?? 0) > SHORT_CHAIN &&
          !GOES_ON.test(text.slice(Math.max(lineStart, at - 400), at))
        )
          chain = base[base.length - 1] ?? 0;
        lineStart = at + 1;
        break;
      case 47:
        at = commentEnd(text, at);
        break;
      case 32:
      case 9:
      case 13:
      case 46:
        break;
      default:
        chain += 1;
        if (chain > LONGEST_CHAIN) return true;
    }
  }
  return false;
}

function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code > 127
  );
}

/** The closing quote, or the opening one where the line ends first: an apostrophe in prose or in a pattern. */
function stringEnd(text: string, open: number, quote: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === 92) at += 1;
    else if (code === 10) return open;
  }
  return open;
}

/** The last character of a comment that begins here, or the slash itself. The line break stays outside. */
function commentEnd(text: string, slash: number): number {
  const next = text.charCodeAt(slash + 1);
  // A slash before it: "//" inside an address in JSX text; reading that as a comment leaves out a line's rest, no more.
  if (next === 47) {
    const end = text.indexOf("\n", slash);
    return end < 0 ? text.length : end - 1;
  }
  if (next !== 42) return slash;
  const end = text.indexOf("*/", slash + 2);
  return end < 0 ? text.length : end + 1;
}
