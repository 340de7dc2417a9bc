const LONGEST = 200;

/** How a language writes what a signature leaves out. */
export interface SignatureRules {
  /** "//" or "#". */
  readonly lineComment: string;
}

/**
 * A declaration's head as one line of at most 200 characters: comments and line breaks gone, and what only opens a body
 * ("{", "=>", ":" at the end of a Python head, "=") cut off. Pure.
 */
export function signatureOf(head: string, rules: SignatureRules): string {
  // Whatever stands behind the first two thousand characters cannot be seen in two hundred.
  let line = head.slice(0, 2000);
  if (line.includes("\n")) line = withoutLineComments(line, rules.lineComment);
  line = line
    .replace(/\/\*[^]*?\*\//g, " ")
    .replace(/\s+/g, " ")
    .replace(/([([]) /g, "$1")
    .replace(/,? ([)\]])/g, "$1")
    .trim();
  for (let before = ""; before !== line;) {
    before = line;
    line = line.replace(/\s*(?:\{|=>|[=;:,])$/, "");
  }
  if (line.length <= LONGEST) return line;
  const cut = line.slice(0, LONGEST - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

function withoutLineComments(head: string, mark: string): string {
  if (mark === "") return head;
  return head
    .split("\n")
    .map((line) => {
      const at = line.startsWith(mark) ? 0 : line.search(mark === "#" ? /\s#/ : /\s\/\//);
      return at < 0 ? line : line.slice(0, at);
    })
    .join("\n");
}
