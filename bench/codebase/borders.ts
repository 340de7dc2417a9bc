/**
 * Judges where a file was cut, by its lines alone: by how they begin and how far they are indented. No parser, so that the
 * readers that chose the border do not judge themselves.
 */
export type Border = "symbol" | "inside" | "not code";

/** Languages in which declarations can be told by their lines. */
const CODE = /\.(?:[cm]?[jt]sx?|py|go|java|rs|rb|php|cs|c|h|cpp|cc|hpp|sh)$/;

/** A line that ends or goes on with what stands before it. */
const GOES_ON = /^(?:[)\]}.?:&|+*=,]|else\b|catch\b|finally\b|elif\b|except\b|rescue\b|end\b|=>|->|<\/)/;

const COMMENT = /^(?:\/\/|\/\*|\*|#|"""|'''|--)/;

/** How a member of something begins, in any of the languages: words, then a name, then what a declaration goes on with. */
const MEMBER =
  /^(?:@[\w.]|#\[|(?:(?:export|default|public|private|protected|internal|static|async|abstract|final|override|virtual|readonly|const|let|var|declare|unsafe|pub(?:\([\w:]+\))?|extern|inline|synchronized|native|get|set|\*)\s+)*(?:def|class|function|fn|func|interface|enum|struct|trait|impl|type|namespace|module|mod|macro_rules!|union|record|static|constructor)\b|(?:[\w$<>[\],.?&*:\s]+\s)?[#\w$"'[\]]+\??!?\s*(?:<[^>]*>)?\s*(?:\(|:|=|\{|;))/;

/** Statements look like members; these words begin none. */
const STATEMENT =
  /^(?:if|for|while|switch|return|throw|try|do|with|yield|await|break|continue|case|raise|assert|print|del|pass|goto|defer|go|select|match|loop|echo|super|this\.|self\.)\b/;

/** Where the text is cut at `at` (an offset in characters). */
export function judgeBorder(path: string, text: string, at: number): Border {
  if (!CODE.test(path)) return "not code";
  if (at > 0 && text[at - 1] !== "\n") return "inside";
  const line = firstLine(text, at);
  if (line === undefined) return "symbol";
  const own = line.trim();
  const indent = line.length - line.trimStart().length;
  if (indent === 0) return GOES_ON.test(own) ? "inside" : "symbol";
  return !GOES_ON.test(own) && !STATEMENT.test(own) && MEMBER.test(own) ? "symbol" : "inside";
}

/** What has members between which it may be cut. */
const CONTAINER =
  /^(?:(?:export|default|public|private|protected|internal|static|abstract|final|sealed|partial|declare|unsafe|data|open|pub(?:\([\w:]+\))?)\s+)*(?:class|interface|enum|struct|trait|impl|namespace|module|mod|object|record|union)\b/;

/**
 * The declaration that the cut goes through, by indentation: what stands at the top, or, where that has members, the member.
 * What stands inside of functions is none.
 */
export function enclosing(text: string, at: number): string {
  const lines = text.split("\n");
  const cut = text.slice(0, at).split("\n").length - 1;
  const indents = lines.map((line) => (line.trim() === "" ? Infinity : line.length - line.trimStart().length));
  let [from, until] = [0, lines.length];
  for (let depth = 0; ;) {
    const begins = (line: number): boolean => indents[line] === depth && !GOES_ON.test((lines[line] ?? "").trim());
    let first = Math.min(cut, until - 1);
    // A line that is cut itself is a part of what begins with it.
    while (first > from && !begins(first)) first -= 1;
    let last = Math.max(cut, first) + 1;
    while (last < until && !begins(last)) last += 1;
    const inner = Math.min(...indents.slice(first + 1, last).filter((indent) => indent > depth));
    const isContainer = CONTAINER.test((lines[first] ?? "").trim());
    if (!isContainer || inner === Infinity || cut === first) return lines.slice(first, last).join("\n");
    [from, until, depth] = [first + 1, last, inner];
  }
}

/** The first line from there on that is neither blank nor a comment. */
function firstLine(text: string, at: number): string | undefined {
  for (const line of text.slice(at).split("\n")) {
    if (line.trim() !== "" && !COMMENT.test(line.trim())) return line;
  }
  return undefined;
}
