/**
 * One text file under line edits whose numbers all mean the text at the start. Edits are noted beside the original
 * lines and resolved when the file is rendered, so their order does not shift anything.
 */
export interface EditedFile {
  /** True for a file that the running steps made themselves. */
  readonly made: boolean;
  /** Lines without their ends. */
  readonly original: readonly string[];
  /** The end of each line: "\n", "\r\n", or "" for a last line without one. */
  readonly ends: readonly string[];
  /** The end that new lines get: the commoner one of the file. */
  readonly end: string;
  /** Lines after text replacements; undefined: removed. */
  readonly work: (string | undefined)[];
  /** How each line was touched, to refuse a second edit. */
  readonly touched: ("text" | "removed" | undefined)[];
  /** New lines by the number of the line they follow (0: the top). */
  readonly inserted: Map<number, string[]>;
  /** Replacement lines by the number of the first line they replace. */
  readonly replaced: Map<number, readonly string[]>;
  /** Text after the last line, with ends as it will be written. */
  tail: string;
}

/** A file without edits. */
export function editedFile(text: string, made: boolean): EditedFile {
  const original: string[] = [];
  const ends: string[] = [];
  let windows = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const stop = newline === -1 ? text.length : newline;
    const crlf = newline > start && text[newline - 1] === "\r";
    original.push(text.slice(start, crlf ? stop - 1 : stop));
    ends.push(newline === -1 ? "" : crlf ? "\r\n" : "\n");
    if (crlf) windows++;
    start = stop + 1;
  }
  const end = windows * 2 > original.length ? "\r\n" : "\n";
  const touched = original.map(() => undefined);
  return {
    made,
    original,
    ends,
    end,
    work: [...original],
    touched,
    inserted: new Map(),
    replaced: new Map(),
    tail: "",
  };
}

/** Literal content as lines: "" is none, "\n" one empty line; a final newline adds no line. */
export function linesOf(content: string): string[] {
  return [...editedFile(content, true).original];
}

/** Removes lines, or puts `by` in their place. Answers why not where another edit has touched one of them. */
export function removeLines(file: EditedFile, first: number, last: number, by: readonly string[]): string | undefined {
  for (let line = first; line <= last; line++) {
    if (file.touched[line - 1] !== undefined) return `line ${line} is edited by an earlier step`;
    if (line < last && file.inserted.has(line))
      return `line ${line} is followed by lines that an earlier step inserted`;
  }
  for (let line = first; line <= last; line++) {
    file.touched[line - 1] = "removed";
    file.work[line - 1] = undefined;
  }
  if (by.length > 0) file.replaced.set(first, by);
  return undefined;
}

/** Adds lines after `line`. Answers why not where that place is inside lines another edit removed. */
export function insertLines(file: EditedFile, line: number, lines: readonly string[]): string | undefined {
  if (!Number.isInteger(line) || line < 0 || line > file.original.length) {
    return `has ${file.original.length} lines; nothing can stand after line ${line}`;
  }
  const inside =
    file.touched[line - 1] === "removed" && file.touched[line] === "removed" && !file.replaced.has(line + 1);
  if (inside) return `line ${line} is inside lines that an earlier step removed`;
  file.inserted.set(line, [...(file.inserted.get(line) ?? []), ...lines]);
  return undefined;
}

/** Replaces text within lines. Answers why not where the number of places differs or a line is gone. */
export function replaceText(
  file: EditedFile,
  step: {
    readonly range: { readonly first: number; readonly last: number };
    readonly find: string;
    readonly by: string;
    readonly count: number;
  },
): string | undefined {
  if (step.find === "" || step.find.includes("\n"))
    return "cannot be searched for an empty text or one of several lines";
  const changed: [number, string][] = [];
  let found = 0;
  for (let line = step.range.first; line <= step.range.last; line++) {
    const text = file.work[line - 1];
    if (text === undefined) return `line ${line} is edited by an earlier step`;
    const pieces = text.split(step.find);
    if (pieces.length === 1) continue;
    found += pieces.length - 1;
    changed.push([line, pieces.join(step.by).replace(/\r?\n/g, file.end)]);
  }
  if (found !== step.count) {
    const { first, last } = step.range;
    return `lines ${first} to ${last} hold ${JSON.stringify(step.find)} ${found} times; the step says ${step.count}`;
  }
  for (const [line, text] of changed) {
    file.work[line - 1] = text;
    file.touched[line - 1] = "text";
  }
  return undefined;
}

/** Adds text after the last line, on a line of its own. */
export function appendText(file: EditedFile, content: string): undefined {
  file.tail += content.replace(/\r?\n/g, file.end);
  return undefined;
}

/** The text after all edits. */
export function renderFile(file: EditedFile): string {
  const out: { text: string; end: string }[] = [];
  const add = (lines: readonly string[] | undefined): void => {
    for (const text of lines ?? []) out.push({ text, end: file.end });
  };
  add(file.inserted.get(0));
  for (const [index, text] of file.work.entries()) {
    add(file.replaced.get(index + 1));
    if (text !== undefined) out.push({ text, end: file.ends[index] || file.end });
    add(file.inserted.get(index + 1));
  }
  const unfinished = file.ends.at(-1) === "" && file.tail === "";
  const body = out.map((line, index) => line.text + (unfinished && index === out.length - 1 ? "" : line.end)).join("");
  return body + file.tail;
}
