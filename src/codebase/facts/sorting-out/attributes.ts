import ignore from "ignore";
import { baseOf, folderOf } from "../listing/names.ts";
import type { Verdict } from "./path-rules.ts";

/** What the .gitattributes files of a repository say of a path: left out, to be kept, or nothing. */
export type Attributes = (path: string) => Verdict | "kept" | undefined;

interface Line {
  readonly folder: string;
  readonly file: string;
  readonly matches: (path: string) => boolean;
  readonly verdict: Verdict | "kept";
}

const MEANT: Readonly<Record<string, Verdict["reason"]>> = {
  "linguist-generated": "generated",
  "linguist-vendored": "vendored",
};

/**
 * Reads the lines about `linguist-generated` and `linguist-vendored`; "-linguist-generated" and "=false" say that a file
 * is to stay. The last line that matches decides. `texts` are the .gitattributes files by their path. Pure.
 */
export function readAttributes(texts: ReadonlyMap<string, string>): Attributes {
  // A deeper file has the last word.
  const files = [...texts].toSorted(([a], [b]) => a.split("/").length - b.split("/").length);
  const lines = files.flatMap(([file, text]) => text.split("\n").flatMap((line) => readLine(file, line)));
  if (lines.length === 0) return () => undefined;
  return (path) =>
    lines.findLast(
      ({ folder, matches }) =>
        (folder === "" || path.startsWith(`${folder}/`)) &&
        matches(folder === "" ? path : path.slice(folder.length + 1)),
    )?.verdict;
}

function readLine(file: string, line: string): readonly Line[] {
  if (/^\s*(?:#|\[attr\]|$)/.test(line)) return [];
  const quoted = /^\s*"((?:[^"\\]|\\.)*)"\s+(.*)$/.exec(line);
  const [, pattern = "", rest = ""] = quoted ?? /^\s*(\S+)\s+(.*)$/.exec(line) ?? [];
  return rest.split(/\s+/).flatMap((attribute): readonly Line[] => {
    const [, minus = "", name = "", value = "true"] = /^([-!]?)([\w-]+)(?:=(.*))?$/.exec(attribute) ?? [];
    const reason = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined;
    if (reason === undefined || pattern === "" || minus === "!") return [];
    const isMeant = minus === "" && value !== "false";
    const verdict = isMeant
      ? { reason, detail: `${name} in ${baseOf(file) === file ? "" : `${folderOf(file)}/`}.gitattributes` }
      : "kept";
    return [{ folder: folderOf(file), file, matches: matcherOf(pattern), verdict }];
  });
}

function matcherOf(pattern: string): (path: string) => boolean {
  // Most lines name one file; that takes no rules.
  if (/^[\w@.+-]+(?:\/[\w@.+-]+)+$/.test(pattern)) return (path) => path === pattern || path.startsWith(`${pattern}/`);
  const rules = ignore({ ignorecase: false }).add({ pattern });
  return (path) => rules.ignores(path);
}
