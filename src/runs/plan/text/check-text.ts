import type { CriterionCheck } from "../mini-task.ts";
import { pathProblem } from "./safe-path.ts";

/** What a criterion line ends in: no arrow at all, a binding, "→ unbound", or a binding gone wrong. */
export type CheckReading =
  | { readonly kind: "none" }
  | { readonly kind: "unbound"; readonly text: string }
  | { readonly kind: "bound"; readonly text: string; readonly check: CriterionCheck }
  | { readonly kind: "broken"; readonly problem: string };

/** The forms of a binding, for messages and docs. */
export const CHECK_FORMS: readonly string[] = [
  "file-exists `PATH`",
  "file-absent `PATH`",
  'contains `PATH` "TEXT"',
  'lacks `PATH` "TEXT"',
  "line-count `PATH` LINES ±TOLERANCE",
  "defines `PATH`: `NAME`, `NAME`",
  "syntax `PATH`",
  "command NUMBER",
  "fails-before NUMBER",
  "gate ID",
  "unbound",
];

/** The binding as it stands behind "→" at the end of a criterion. Pure; `readCheck` reads it back. */
export function printCheck(check: CriterionCheck): string {
  switch (check.kind) {
    case "file-exists":
    case "file-absent":
    case "syntax":
      return `${check.kind} \`${check.path}\``;
    case "contains":
    case "lacks":
      return `${check.kind} \`${check.path}\` ${JSON.stringify(check.text)}`;
    case "line-count":
      return `line-count \`${check.path}\` ${check.lines} ±${check.tolerance}`;
    case "defines":
      return `defines \`${check.path}\`: ${check.names.map((name) => `\`${name}\``).join(", ")}`;
    case "command":
    case "fails-before":
      return `${check.kind} ${check.index}`;
    case "gate":
      return `gate ${check.gate}`;
  }
}

/**
 * Splits a criterion into what it says and what it is bound to. The last arrow counts whose right side starts with a
 * word of `CHECK_FORMS`; an arrow before one lower-case word that is none of them is a binding gone wrong.
 */
export function readCheck(line: string): CheckReading {
  // From the left: the text of a "contains" may hold arrows itself, the criterion's own words hardly a whole binding.
  let broken: string | undefined;
  for (const arrow of line.matchAll(/(?:^|\s)(?:→|->)\s+/g)) {
    const text = line.slice(0, arrow.index).trim();
    const binding = line.slice(arrow.index + arrow[0].length).trim();
    if (binding === "unbound") return { kind: "unbound", text };
    const check = parseCheck(binding);
    if (typeof check !== "string") return { kind: "bound", text, check };
    broken = check;
  }
  return broken === undefined ? { kind: "none" } : { kind: "broken", problem: broken };
}

/** A check out of its text, or what is wrong with it. */
function parseCheck(text: string): CriterionCheck | string {
  const [, kind = "", rest = ""] = /^([a-z][a-z-]*)\s*(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case "file-exists":
    case "file-absent":
    case "syntax":
      return withPath(rest, (path, tail) =>
        tail === "" ? { kind, path } : `has ${JSON.stringify(tail)} after the path`,
      );
    case "contains":
    case "lacks":
      return withPath(rest, (path, tail) => {
        const quoted = readQuoted(tail);
        return quoted === undefined ? `names no text in double quotes after the path` : { kind, path, text: quoted };
      });
    case "line-count":
      return withPath(rest, (path, tail) => {
        const match = /^~?([\d,]+)(?:\s*lines)?\s*\(?(?:±|\+-|\+\/-)\s*([\d,]+)\)?$/.exec(tail);
        if (match === null) return `has ${JSON.stringify(tail)} where "600 ±50" is the form`;
        return { kind, path, lines: count(match[1]), tolerance: count(match[2]) };
      });
    case "defines":
      return withPath(rest, (path, tail) => {
        const names = tail
          .replace(/^:/, "")
          .split(",")
          .map((name) =>
            name
              .trim()
              .replace(/^`(.*)`$/, "$1")
              .replace(/\(\)$/, ""),
          )
          .filter((name) => name !== "");
        const odd = names.find((name) => !isName(name));
        if (odd !== undefined) return `names ${JSON.stringify(odd)}, which is no name of code`;
        return names.length === 0 ? "lists no names after the path" : { kind, path, names };
      });
    case "command":
    case "fails-before": {
      const index = /^#?([1-9]\d*)$/.exec(rest)?.[1];
      return index === undefined
        ? `${kind} has ${JSON.stringify(rest)} where a command's number is due`
        : { kind, index: Number(index) };
    }
    case "gate":
      return /^[a-z][a-z0-9-]*$/.test(rest)
        ? { kind, gate: rest }
        : `gate has ${JSON.stringify(rest)} where a gate's id is due`;
    default:
      return `is bound to ${JSON.stringify(text)}, which is no check; known are ${CHECK_FORMS.join(", ")}`;
  }
}

function withPath(
  rest: string,
  build: (path: string, tail: string) => CriterionCheck | string,
): CriterionCheck | string {
  const match = /^`([^`]*)`(.*)$/s.exec(rest) ?? /^([^\s:`]+)(.*)$/s.exec(rest);
  if (match === null) return "names no path";
  const [, path = "", tail = ""] = match;
  const problem = pathProblem(path);
  return problem === undefined ? build(path, tail.trim()) : `names the path ${JSON.stringify(path)}, which ${problem}`;
}

function readQuoted(text: string): string | undefined {
  if (/^`[^`]+`$/.test(text)) return text.slice(1, -1);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Dotted for members: `Parser.next`, `#private`, `operator names` stay out. */
export function isName(text: string): boolean {
  return /^[\p{L}_$#][\p{L}\p{N}_$]*(?:\.#?[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(text);
}

function count(text: string | undefined): number {
  return Number((text ?? "").replaceAll(",", ""));
}
