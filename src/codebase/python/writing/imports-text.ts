import type { Statement } from "../reading/statements.ts";

/** Room for the strictest common style, inside one indented block. */
const WIDTH = 75;
const PROSE_WIDTH = 72;

/**
 * Import lines for `names` as the old file imports them, one line a module, in the old order; names that only type
 * checkers import come as a block of their own.
 */
export function externalImports(names: ReadonlySet<string>, statements: readonly Statement[]): string[] {
  const lines: string[] = [];
  const typing = linesFor(
    names,
    statements.filter((statement) => statement.kind === "typing"),
  );
  const wanted = new Set(names);
  const block = statements.find((statement) => statement.kind === "typing");
  const written = /^if\s+([\w.]+)/.exec(block?.text ?? "")?.[1] ?? "";
  const root = written.split(".")[0] ?? "";
  const known = statements.some((statement) => statement.kind === "import" && statement.binds.has(root));
  if (typing.length > 0) wanted.add(known ? root : "");
  if (typing.length > 0 && !known) lines.push("from typing import TYPE_CHECKING");
  lines.push(
    ...linesFor(
      wanted,
      statements.filter((statement) => statement.kind === "import"),
    ),
  );
  if (typing.length > 0)
    lines.push("", `if ${known ? written : "TYPE_CHECKING"}:`, ...typing.map((line) => `    ${line}`));
  return lines;
}

/** `from X import (a, b)`, wrapped when it is long. */
export function fromImport(source: string, names: readonly string[], remark = ""): string[] {
  const line = `from ${source} import ${names.join(", ")}${remark}`;
  if (line.length <= WIDTH) return [line];
  return [`from ${source} import (${remark}`, ...filled(names), ")"];
}

/** A call whose keyword arguments hand names over: `vars(_part).update(a=a, b=b)`. */
export function handOver(target: string, names: readonly (readonly [string, string])[]): string[] {
  const pairs = names.map(([name, value]) => `${name}=${value}`);
  const line = `vars(${target}).update(${pairs.join(", ")})`;
  return line.length <= WIDTH ? [line] : [`vars(${target}).update(`, ...filled(pairs), ")"];
}

/** Indented lines filled with words, each followed by a comma. */
export function filled(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= WIDTH) lines[lines.length - 1] = `${last} ${word},`;
    else lines.push(`    ${word},`);
  }
  return lines;
}

/** Prose in lines of at most 72 characters, each after `prefix`. */
export function proseLines(text: string, prefix = ""): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < PROSE_WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(prefix + word);
  }
  return lines;
}

function linesFor(names: ReadonlySet<string>, statements: readonly Statement[]): string[] {
  const bySource = new Map<string, string[]>();
  const plain: string[] = [];
  const order: (() => string[])[] = [];
  for (const statement of statements) {
    for (const imported of statement.imports) {
      if (imported.name !== "*" && !names.has(imported.local)) continue;
      if (imported.name === undefined) {
        const line = `import ${imported.text}`;
        if (plain.includes(line)) continue;
        plain.push(line);
        order.push(() => [line]);
        continue;
      }
      const source = ".".repeat(imported.level) + imported.module;
      const known = bySource.get(source);
      if (imported.name === "*") order.push(() => [`from ${source} import *  # noqa: F403`]);
      else if (known === undefined) {
        const texts = [imported.text];
        bySource.set(source, texts);
        order.push(() => fromImport(source, texts));
      } else if (!known.includes(imported.text)) known.push(imported.text);
    }
  }
  return order.flatMap((lines) => lines());
}
