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

/** The innermost declaration that holds the border, by indentation: from its line to the last line that is deeper. */
export function enclosing(text: string, at: number): string {
  const lines = text.split("\n");
  const cut = text.slice(0, at).split("\n").length - 1;
  const indents = lines.map((line) => (line.trim() === "" ? Infinity : line.length - line.trimStart().length));
  const depth = Math.min(indents[cut] ?? 0, indents[cut - 1] ?? Infinity);
  let first = cut;
  for (let own = depth; first > 0;) {
    first -= 1;
    const indent = indents[first] ?? 0;
    const line = lines[first]?.trim() ?? "";
    if (indent < own || (indent === 0 && own === 0)) {
      own = indent;
      if (!STATEMENT.test(line) && !GOES_ON.test(line) && MEMBER.test(line)) break;
    }
  }
  const outer = indents[first] ?? 0;
  let last = Math.max(cut, first + 1);
  while (last < lines.length && (indents[last] ?? 0) > outer) last += 1;
  return lines.slice(first, last + 1).join("\n");
}

/** The first line from there on that is neither blank nor a comment. */
function firstLine(text: string, at: number): string | undefined {
  for (const line of text.slice(at).split("\n")) {
    if (line.trim() !== "" && !COMMENT.test(line.trim())) return line;
  }
  return undefined;
}
