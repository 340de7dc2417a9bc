import { readCode } from "../../src/codebase/test-code/syntax/read-code.ts";
import { definitionsOf } from "../../src/runs/gates/code/definitions.ts";

/** One edit of a file, as the bundles write it down. */
export interface Edit {
  readonly verb: "write" | "append" | "prepend" | "replace" | "insert" | "remove";
  readonly path: string;
  /** For replace and insert: the definition that goes, or after which the text comes. */
  readonly definition: string;
  readonly text: string;
}

export interface Variant {
  readonly name: string;
  /** "good", or the kind of fault. */
  readonly kind: string;
  readonly edits: readonly Edit[];
}

export interface BundleTask {
  readonly id: string;
  readonly markdown: string;
  /** The definition that the task is about. */
  readonly subject: { readonly path: string; readonly name: string };
  readonly testFile: string;
  /** Tests that good results bring, unless they write their own. */
  readonly tests: readonly Edit[];
  readonly variants: readonly Variant[];
}

export type Files = ReadonlyMap<string, string>;

export interface Project {
  readonly name: string;
  /** The commit before the base, and the base. */
  readonly before: Files;
  readonly base: Files;
  readonly tasks: readonly BundleTask[];
}

/** Reads a project's bundle: `@@` opens a section, `@@@` an edit; everything else is text. */
export async function readBundle(name: string, text: string): Promise<Project> {
  let base: Files = new Map();
  let before: Edit[] = [];
  const tasks: { id: string; head: string[]; markdown: string; tests: Edit[]; variants: Variant[] }[] = [];
  for (const section of text.split(/^@@ /m).slice(1)) {
    const [head = "", ...rest] = section.split("\n");
    const [word = "", id = "", ...more] = head.trim().split(/\s+/);
    const body = rest.join("\n");
    const edits = readEdits(body);
    const task = tasks.find((each) => each.id === id);
    if (word === "base") base = await applyEdits(new Map(), edits);
    else if (word === "before") before = edits;
    else if (word === "task") tasks.push({ id, head: more, markdown: body, tests: [], variants: [] });
    else if (task === undefined) throw new Error(`${name}: section "${head}" before its task`);
    else if (word === "tests") task.tests.push(...edits);
    else if (word === "good") task.variants.push({ name: more[0] ?? "plain", kind: "good", edits });
    else task.variants.push({ kind: more[0] ?? "", name: more[1] ?? "plain", edits });
  }
  return {
    name,
    base,
    before: await applyEdits(base, before),
    tasks: tasks.map(({ id, head, markdown, tests, variants }) => {
      const value = (key: string): string =>
        head.find((each) => each.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";
      const [path = "", definition = ""] = value("subject").split(":");
      return { id, markdown, subject: { path, name: definition }, testFile: value("tests"), tests, variants };
    }),
  };
}

function readEdits(body: string): Edit[] {
  return body
    .split(/^@@@ /m)
    .slice(1)
    .map((part) => {
      const [head = "", ...rest] = part.split("\n");
      const [verb = "write", path = "", ...more] = head.trim().split(/\s+/);
      return {
        verb: verb as Edit["verb"],
        path,
        definition: more.filter((word) => word !== "after").join(" "),
        text: rest.join("\n"),
      };
    });
}

/** The files after the edits. Throws where a definition to replace is not there: a bundle must fit its project. */
export async function applyEdits(files: Files, edits: readonly Edit[]): Promise<Files> {
  const after = new Map(files);
  for (const { verb, path, definition, text } of edits) {
    const old = after.get(path) ?? "";
    if (verb === "write") after.set(path, text);
    else if (verb === "remove") after.delete(path);
    else if (verb === "append") after.set(path, `${old.replace(/\n+$/, "\n")}${text}`);
    else if (verb === "prepend") after.set(path, prepend(old, text));
    else {
      const { first, last } = await spanOf(path, old, definition);
      const lines = old.split("\n");
      const block = text.replace(/\n$/, "").split("\n");
      if (verb === "replace") lines.splice(first - 1, last - first + 1, ...block);
      else lines.splice(last, 0, ...block);
      after.set(path, lines.join("\n"));
    }
  }
  return after;
}

/** Text in the place of a file's first paragraph. */
function prepend(old: string, text: string): string {
  const rest = old.split("\n\n").slice(1).join("\n\n");
  return `${text}\n${rest}`;
}

/** The lines of a definition with its decorators; comments above it stay. */
export async function spanOf(path: string, text: string, definition: string): Promise<{ first: number; last: number }> {
  const file = await readCode(path, text);
  const node = file === undefined ? undefined : definitionsOf(file).find(({ name }) => name === definition)?.node;
  if (node === undefined) throw new Error(`${path} has no ${definition}`);
  const lines = text.split("\n");
  let first = node.line;
  while (first > 1 && /^\s*@|^\s+(?:\[|\(|\]|"|'|\d)|^\s*\]?\)$/.test(lines[first - 2] ?? "") && path.endsWith(".py"))
    first--;
  return { first, last: node.endLine };
}
