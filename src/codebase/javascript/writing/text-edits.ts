import { lineSha } from "../../apply-steps.ts";
import type { ExactStep, LineRange } from "../../exact-step.ts";
import type { Lines, ModuleText } from "../reading/syntax.ts";

/** Replaces the characters from `start` to `end` of the old file. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/** A run of old lines: unchanged, or with new text. */
export type LineRun = { readonly lines: Lines; readonly content?: string };

/** A range of the old file with the hash that makes it stale when the file changes. */
export function rangeOf(text: ModuleText, first: number, last: number): LineRange {
  return { path: text.path, first, last, sha: lineSha(text.lines.slice(first - 1, last)) };
}

/** Cuts old lines into runs that stay as they are and runs that edits change; a line edited away wholly gives "". */
export function editedRuns(text: ModuleText, lines: Lines, edits: readonly TextEdit[]): LineRun[] {
  const inside = edits
    .filter((edit) => text.lineAt(edit.start) >= lines.first && text.lineAt(edit.start) <= lines.last)
    .sort((a, b) => a.start - b.start);
  const runs: LineRun[] = [];
  let next = lines.first;
  for (let index = 0; index < inside.length;) {
    const first = text.lineAt((inside[index] as TextEdit).start);
    let last = first;
    const mine: TextEdit[] = [];
    while (index < inside.length && text.lineAt((inside[index] as TextEdit).start) <= last) {
      const edit = inside[index++] as TextEdit;
      mine.push(edit);
      last = Math.max(last, text.lineAt(Math.max(edit.end - 1, edit.start)));
    }
    if (first > next) runs.push({ lines: { first: next, last: first - 1 } });
    runs.push({ lines: { first, last }, content: applyEdits(text, first, last, mine) });
    next = last + 1;
  }
  if (next <= lines.last) runs.push({ lines: { first: next, last: lines.last } });
  return runs;
}

function applyEdits(text: ModuleText, first: number, last: number, edits: readonly TextEdit[]): string {
  let from = offsetOfLine(text, first);
  const end = offsetOfLine(text, last + 1);
  let out = "";
  for (const edit of edits) {
    out += text.text.slice(from, edit.start) + edit.by;
    from = edit.end;
  }
  out += text.text.slice(from, end);
  return out.replace(/\r\n/g, "\n").replace(/\n?$/, "\n");
}

/** Character offset at which a line begins. */
function offsetOfLine(text: ModuleText, line: number): number {
  let at = 0;
  for (let count = 1; count < line; count++) {
    const newline = text.text.indexOf("\n", at);
    if (newline === -1) return text.text.length;
    at = newline + 1;
  }
  return at;
}

/** Collects the steps of a new file: literal text and copies of old lines, neighbours joined. */
export class PartWriter {
  readonly #text: ModuleText;
  readonly #path: string;
  readonly #pieces: LineRun[] = [];
  lines = 0;

  constructor(text: ModuleText, path: string) {
    this.#text = text;
    this.#path = path;
  }

  /** Adds lines of new text. */
  write(...lines: readonly string[]): void {
    if (lines.length === 0) return;
    const last = this.#pieces.at(-1);
    const content = lines.map((line) => `${line}\n`).join("");
    if (last?.content !== undefined)
      this.#pieces[this.#pieces.length - 1] = { lines: last.lines, content: last.content + content };
    else this.#pieces.push({ lines: { first: 0, last: 0 }, content });
    this.lines += lines.length;
  }

  /** Adds old lines, with edits. */
  copy(lines: Lines, edits: readonly TextEdit[]): void {
    for (const run of editedRuns(this.#text, lines, edits)) {
      if (run.content === undefined) {
        const last = this.#pieces.at(-1);
        if (last !== undefined && last.content === undefined && last.lines.last + 1 === run.lines.first) {
          this.#pieces[this.#pieces.length - 1] = { lines: { first: last.lines.first, last: run.lines.last } };
        } else this.#pieces.push(run);
        this.lines += run.lines.last - run.lines.first + 1;
      } else this.write(...run.content.replace(/\n$/, "").split("\n"));
    }
  }

  steps(): ExactStep[] {
    const windows = this.#text.text.includes("\r\n");
    const out: ExactStep[] = [];
    for (const [index, piece] of this.#pieces.entries()) {
      const literal = piece.content;
      if (index === 0) {
        const head = literal ?? "";
        out.push({ kind: "create", path: this.#path, content: windows ? head.replace(/\n/g, "\r\n") : head });
        if (literal !== undefined) continue;
      }
      if (literal !== undefined) out.push({ kind: "append", path: this.#path, content: literal });
      else out.push({ kind: "copy", from: rangeOf(this.#text, piece.lines.first, piece.lines.last), to: this.#path });
    }
    return out;
  }
}

/** Collects what happens to each line of the old file and writes it as steps. */
export class FrontWriter {
  readonly #text: ModuleText;
  /** Per line: kept (undefined), or the text that replaces it ("" removes it). */
  readonly #lines: (string | undefined)[];
  readonly #inserts = new Map<number, string[]>();

  constructor(text: ModuleText) {
    this.#text = text;
    this.#lines = text.lines.map(() => undefined);
  }

  remove(lines: Lines): void {
    for (let line = lines.first; line <= lines.last; line++) this.#lines[line - 1] = "";
  }

  /** Removes lines and the blank ones above them. */
  removeWithGap(lines: Lines): void {
    let first = lines.first;
    while (first > 1 && (this.#text.lines[first - 2] ?? "").trim() === "") first--;
    this.remove({ first, last: lines.last });
  }

  replace(lines: Lines, content: string): void {
    this.remove(lines);
    this.#lines[lines.first - 1] = content;
  }

  edit(lines: Lines, edits: readonly TextEdit[]): void {
    for (const run of editedRuns(this.#text, lines, edits))
      if (run.content !== undefined) this.replace(run.lines, run.content);
  }

  /** Puts lines after an old line (0: at the top). */
  insertAfter(line: number, lines: readonly string[]): void {
    if (lines.length > 0) this.#inserts.set(line, [...(this.#inserts.get(line) ?? []), ...lines]);
  }

  isKept(line: number): boolean {
    return this.#lines[line - 1] === undefined;
  }

  /** Takes out blank lines that removals left doubled, at the top, or after an opening brace. */
  closeGaps(): void {
    let before: string | undefined = "";
    let removed = false;
    for (const [index, text] of this.#text.lines.entries()) {
      const now = this.#lines[index];
      if (now === "") removed = true;
      else if (now === undefined && text.trim() === "" && removed && before !== undefined && /^$|[{([]$/.test(before))
        this.#lines[index] = "";
      else {
        before = (now === undefined ? text : now).trim();
        removed = false;
      }
      if (this.#inserts.has(index + 1)) before = (this.#inserts.get(index + 1) ?? []).at(-1) ?? before;
    }
  }

  steps(): ExactStep[] {
    const steps: ExactStep[] = [];
    const path = this.#text.path;
    const inserted = (line: number): string => (this.#inserts.get(line) ?? []).map((text) => `${text}\n`).join("");
    if (inserted(0) !== "") steps.push({ kind: "insert", path, line: 0, content: inserted(0) });
    for (let line = 1; line <= this.#lines.length;) {
      if (this.#lines[line - 1] === undefined) {
        if (inserted(line) !== "") steps.push({ kind: "insert", path, line, content: inserted(line) });
        line++;
        continue;
      }
      const first = line;
      let content = "";
      for (; line <= this.#lines.length && this.#lines[line - 1] !== undefined; line++)
        content += (this.#lines[line - 1] ?? "") + inserted(line);
      const range = rangeOf(this.#text, first, line - 1);
      steps.push(content === "" ? { kind: "delete-lines", range } : { kind: "replace-lines", range, content });
    }
    return steps;
  }
}
