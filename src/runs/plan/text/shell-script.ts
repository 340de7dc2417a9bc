/** One command of a script: its lines as written, the comment lines directly above it, and where it starts. */
export interface ScriptCommand {
  readonly command: string;
  /** Without "# "; several lines are joined by "\n". */
  readonly comments: readonly string[];
  /** Index of its first line. */
  readonly line: number;
}

export type ScriptReading =
  | { readonly kind: "read"; readonly commands: readonly ScriptCommand[] }
  | { readonly kind: "open"; readonly line: number; readonly what: string };

/**
 * Cuts a shell script into its commands. Lines belong together through a trailing backslash, an open quote, a here
 * document, an operator at the end of the line, or an open bracket or keyword (if, for, while, until, case, {, (, $( ).
 * Comment lines directly above a command are its comment; a blank line parts them. Pure.
 */
export function readScript(lines: readonly string[]): ScriptReading {
  const commands: ScriptCommand[] = [];
  let comments: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.trim() === "") {
      comments = [];
      continue;
    }
    const comment = /^\s*#(?: ?)(.*)$/.exec(line);
    if (comment !== null) {
      comments.push((comment[1] ?? "").trimEnd());
      continue;
    }
    const state = newState();
    let stop = at;
    scanLine(line, state);
    while (isOpen(state) && stop + 1 < lines.length) scanLine(lines[++stop] ?? "", state);
    if (isOpen(state)) return { kind: "open", line: at, what: openWhat(state) };
    commands.push({
      command: lines
        .slice(at, stop + 1)
        .join("\n")
        .trim(),
      comments,
      line: at,
    });
    comments = [];
    at = stop;
  }
  return { kind: "read", commands };
}

interface ScanState {
  /** Open quotes, substitutions, brackets and keywords, innermost last. */
  readonly stack: string[];
  /** Here documents whose bodies follow the current line. */
  readonly waiting: { readonly word: string; readonly tabs: boolean }[];
  /** True where the next word stands in a command's place, so that `if` is a keyword and no argument. */
  atCommand: boolean;
  continued: boolean;
}

function newState(): ScanState {
  return { stack: [], waiting: [], atCommand: true, continued: false };
}

function isOpen(state: ScanState): boolean {
  return state.stack.length > 0 || state.waiting.length > 0 || state.continued;
}

function openWhat(state: ScanState): string {
  const here = state.waiting[0];
  if (here !== undefined) return `the here document ${here.word}`;
  const inner = state.stack.at(-1);
  return inner === undefined ? "a line that announces another" : `an open ${inner}`;
}

const CLOSERS: Readonly<Record<string, string>> = { fi: "if", done: "do", esac: "case", "}": "{" };

function scanLine(line: string, state: ScanState): void {
  const here = state.waiting[0];
  if (here !== undefined) {
    if ((here.tabs ? line.replace(/^\t+/, "") : line) === here.word) state.waiting.shift();
    return;
  }
  if (!state.continued) state.atCommand = true;
  state.continued = false;
  let at = 0;
  while (at < line.length) at = scanAt(line, at, state);
}

/** Takes one token of the line and answers where the next begins. */
function scanAt(line: string, at: number, state: ScanState): number {
  const inner = state.stack.at(-1);
  const char = line[at] ?? "";
  if (inner === "single quote") {
    if (char === "'") state.stack.pop();
    return at + 1;
  }
  if (char === "\\") {
    if (at === line.length - 1) state.continued = true;
    state.atCommand = false;
    return at + 2;
  }
  if (line.startsWith("$(", at)) {
    state.stack.push("bracket");
    state.atCommand = true;
    return at + 2;
  }
  if (char === "`") {
    if (inner === "backtick") state.stack.pop();
    else state.stack.push("backtick");
    state.atCommand = inner !== "backtick";
    return at + 1;
  }
  if (inner === "double quote") {
    if (char === '"') state.stack.pop();
    return at + 1;
  }
  return scanPlain(line, at, char, state);
}

function scanPlain(line: string, at: number, char: string, state: ScanState): number {
  if (char === "'" || char === '"') {
    state.stack.push(char === "'" ? "single quote" : "double quote");
    state.atCommand = false;
    return at + 1;
  }
  if (/\s/.test(char)) return at + 1;
  if (char === "#" && (at === 0 || /[\s;&|(]/.test(line[at - 1] ?? ""))) return line.length;
  if (line.startsWith("<<<", at)) return at + 3;
  const here = /^<<(-?)\s*(?:'([^']+)'|"([^"]+)"|\\?([A-Za-z_][\w.-]*))/.exec(line.slice(at));
  if (here !== null) {
    state.waiting.push({ word: here[2] ?? here[3] ?? here[4] ?? "", tabs: here[1] === "-" });
    return at + here[0].length;
  }
  if (char === "(") {
    state.stack.push("bracket");
    state.atCommand = true;
    return at + 1;
  }
  if (char === ")") {
    // Also ends a pattern of `case`, where no bracket is open; "()" announces a function's body.
    if (state.stack.at(-1) === "bracket") state.stack.pop();
    state.atCommand = state.stack.at(-1) === "case" || line[at - 1] === "(";
    return at + 1;
  }
  const operator = /^(?:&&|\|\||;;|[|;&])/.exec(line.slice(at))?.[0];
  if (operator !== undefined) return scanOperator(line, at, operator, state);
  return scanWord(line, at, state);
}

function scanOperator(line: string, at: number, operator: string, state: ScanState): number {
  state.atCommand = true;
  const rest = line.slice(at + operator.length).trim();
  if (["&&", "||", "|"].includes(operator) && (rest === "" || rest.startsWith("#"))) state.continued = true;
  return at + operator.length;
}

function scanWord(line: string, at: number, state: ScanState): number {
  const word = /^[^\s;&|()<>'"`\\$]+/.exec(line.slice(at))?.[0] ?? line[at] ?? "";
  const next = line[at + word.length] ?? " ";
  const whole = /[\s;&|()]/.test(next);
  if (state.atCommand && whole) {
    if (word === "if" || word === "case" || word === "{") state.stack.push(word);
    else if (word === "for" || word === "while" || word === "until" || word === "select") state.stack.push("do");
    else if (CLOSERS[word] !== undefined && state.stack.at(-1) === CLOSERS[word]) state.stack.pop();
  }
  const keepsPlace = ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "time"].includes(word);
  state.atCommand = state.atCommand && keepsPlace;
  return at + word.length;
}
