import { lineEnd, splice, type TextForm } from "./text-form.ts";

interface Variable {
  readonly name: string;
  /** Of its line, or lines where its value has several. */
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A file of `NAME=value` lines. A place is a name; as the last line of a name counts, that one is changed. */
export const ENV_FORM: TextForm = {
  empty: "",
  read(text, place) {
    const found = variable(text, place[0]);
    return found === undefined ? undefined : text.slice(found.valueStart, found.valueEnd);
  },
  write(text, place, value) {
    const found = variable(text, place[0]);
    if (found !== undefined) return splice(text, found.valueStart, found.valueEnd, value);
    const end = lineEnd(text);
    const gap = text === "" || text.endsWith("\n") ? "" : end;
    return `${text}${gap}${place[0]}=${value}${end}`;
  },
  remove(text, place) {
    const found = variable(text, place[0]);
    return found === undefined ? text : splice(text, found.start, found.end, "");
  },
  parents: () => 0,
};

function variable(text: string, name: string | undefined): Variable | undefined {
  return variables(text).findLast((found) => found.name === name);
}

const NAME = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*/y;
const LINE = /[^\r\n]*(?:\r?\n)?/y;

function variables(text: string): readonly Variable[] {
  const found: Variable[] = [];
  for (let at = 0; at < text.length;) {
    NAME.lastIndex = at;
    const head = NAME.exec(text);
    const valueStart = at + (head?.[0].length ?? 0);
    const valueEnd = head === null ? valueStart : valueStart + valueLength(text.slice(valueStart));
    LINE.lastIndex = valueEnd;
    const end = valueEnd + (LINE.exec(text)?.[0].length ?? 0);
    if (head?.[1] !== undefined) found.push({ name: head[1], start: at, end, valueStart, valueEnd });
    at = Math.max(end, at + 1);
  }
  return found;
}

/** In quotes up to the closing one, which may stand lines below; else up to a remark or the line's end. */
function valueLength(rest: string): number {
  const quoted = /^(?:"(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`)/s.exec(rest)?.[0];
  return (quoted ?? /^[^\r\n#]*/.exec(rest)?.[0].trimEnd() ?? "").length;
}
