import { lineSha } from "../../apply-steps.ts";
import type { ExactStep } from "../../exact-step.ts";
import type { SplitPart } from "../../module-split.ts";
import type { PythonModule, Statement } from "../reading/statements.ts";
import { externalImports, fromImport, proseLines } from "./imports-text.ts";
import { partPath, type ModuleLayout } from "./layout.ts";
import { FRONT, isSure, type Linker, type Links, type PartPlan } from "./links.ts";
import { rewrittenLines, type LineRewrite } from "./rewrites.ts";

/** Writes one part: a header, the old lines copied, and the uses of rebound names spelled out. */
export function writePart(
  part: PartPlan,
  links: Links,
  linker: Linker,
  layout: ModuleLayout,
  lineEnd: string,
): SplitPart {
  const path = partPath(layout, part.module);
  const names = definedNames(part, linker);
  const header = headerLines(part, names, links, linker, layout);
  const steps: ExactStep[] = [{ kind: "create", path, content: header.map((line) => line + lineEnd).join("") }];
  let lines = header.length;
  const startOf = new Map<Statement, number>();
  let previous: Statement | undefined;
  for (const run of runsOf(part.statements)) {
    const blank = missingBlankLines(previous, run.statements[0], linker.module.lines);
    if (blank > 0) steps.push({ kind: "append", path, content: lineEnd.repeat(blank) });
    lines += blank;
    previous = run.statements.at(-1);
    steps.push(...copySteps(linker.module, run, layout.file, path, lineEnd));
    for (const statement of run.statements) startOf.set(statement, lines + 1 + statement.first - run.first);
    lines += run.last - run.first + 1;
  }
  const spelled = (keeper: number): string =>
    keeper === FRONT ? frontAlias(layout) : (linker.parts[keeper]?.module ?? "");
  for (const edit of rewrittenLines(linker.module, links.rewrites, spelled)) {
    const line = (startOf.get(edit.statement) ?? 1) + edit.line - edit.statement.first;
    steps.push(rewriteStep(path, line, edit));
  }
  return {
    path,
    title: part.title,
    purpose: `${part.title}: ${listOf(names, 6)}.`,
    names,
    steps,
    checks: [
      `python3 -c 'import sys; compile(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1], "exec")' ${quoted(path)}`,
    ],
    lines,
  };
}

/** A line of the file with uses of rebound names spelled out, as a step. */
export function rewriteStep(path: string, line: number, edit: LineRewrite): ExactStep {
  const range = { path, first: line, last: line };
  return edit.find === undefined
    ? { kind: "replace-lines", range, content: `${edit.text}\n` }
    : { kind: "replace-text", range, find: edit.find, by: edit.by, count: edit.count };
}

/** Names that the part defines and that exist once the module is loaded. */
export function definedNames(part: PartPlan, linker: Linker): string[] {
  const names = new Set(part.statements.flatMap((statement) => [...statement.binds]));
  return [...names].filter((name) => !linker.table.gone.has(name) && !linker.table.scratch.has(name));
}

/** The name under which a part knows the front where it must look something up in it. */
export function frontAlias(layout: ModuleLayout): string {
  return `_${layout.importName.split(".").at(-1) ?? layout.stem}_front`;
}

/** How many blank lines a statement lacks below a function or class that did not stand above it before. */
export function missingBlankLines(
  previous: Statement | undefined,
  next: Statement | undefined,
  lines: readonly string[],
): number {
  if (previous === undefined || next === undefined || previous.index + 1 === next.index) return 0;
  const definition = previous.isClass || previous.isFunction || next.isClass || next.isFunction;
  let there = 0;
  while (there < 2 && (lines[next.first - 1 + there] ?? "x").trim() === "") there++;
  return definition ? 2 - there : 0;
}

/** Runs of statements whose lines follow each other in the old file. */
export function runsOf(statements: readonly Statement[]): { first: number; last: number; statements: Statement[] }[] {
  const runs: { first: number; last: number; statements: Statement[] }[] = [];
  for (const statement of statements) {
    const run = runs.at(-1);
    if (run !== undefined && run.last + 1 === statement.first) {
      run.last = statement.last;
      run.statements.push(statement);
    } else runs.push({ first: statement.first, last: statement.last, statements: [statement] });
  }
  return runs;
}

/** Lines of the old file as they are, and the few new ones between them. */
function copySteps(
  module: PythonModule,
  run: { first: number; last: number },
  file: string,
  path: string,
  lineEnd: string,
): ExactStep[] {
  const steps: ExactStep[] = [];
  for (let first = run.first; first <= run.last;) {
    const origin = module.origins[first - 1] ?? 0;
    let last = first;
    while (last < run.last && module.origins[last] === (origin === 0 ? 0 : origin + last + 1 - first)) last++;
    const lines = module.lines.slice(first - 1, last);
    const from = { path: file, first: origin, last: origin + last - first, sha: lineSha(lines) };
    steps.push(
      origin === 0
        ? { kind: "append", path, content: lines.map((line) => line + lineEnd).join("") }
        : { kind: "copy", from, to: path },
    );
    first = last + 1;
  }
  return steps;
}

/** "a, b, c and 4 more". */
export function listOf(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** A word for a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function headerLines(
  part: PartPlan,
  names: readonly string[],
  links: Links,
  linker: Linker,
  layout: ModuleLayout,
): string[] {
  const { statements } = linker.module;
  const futures = statements
    .filter((statement) => statement.kind === "future")
    .flatMap((statement) =>
      statement.names.bindings.bound.size > 0 ? [...statement.names.bindings.bound.keys()] : [],
    );
  const blocks = [
    [
      `"""${part.title}, a part of ${layout.importName}.`,
      "",
      ...proseLines(`Holds ${listOf(names, 8)}.`),
      `Import from ${layout.importName}, not from here.`,
      '"""',
    ],
    futures.length > 0 ? [`from __future__ import ${futures.join(", ")}`] : [],
    externalImports(links.externals, statements),
    partImports(links, linker, layout),
    [
      ...proseLines(`Definitions belong to ${layout.importName}, for pickles, logs and messages.`, "# "),
      `globals()["__name__"] = ${nameExpression(layout)}`,
    ],
    lateRemark(links, linker, layout),
  ].filter((block) => block.length > 0);
  const lines = blocks.flatMap((block, index) => (index === 0 ? block : ["", ...block]));
  const firstCopied = linker.module.lines[(part.statements[0]?.first ?? 1) - 1] ?? "";
  return firstCopied.trim() === "" ? lines : [...lines, ""];
}

function partImports(links: Links, linker: Linker, layout: ModuleLayout): string[] {
  const lines: string[] = [];
  const place = (module: string): string => (layout.inPackage ? `.${module}` : module);
  for (const index of [...links.partModules].sort((a, b) => a - b)) {
    const module = linker.parts[index]?.module ?? "";
    lines.push(layout.inPackage ? `from . import ${module}` : `import ${module}`);
  }
  const maybe: string[] = [];
  for (const [index, names] of [...links.fromParts].sort(([a], [b]) => a - b)) {
    const source = place(linker.parts[index]?.module ?? "");
    const sure = [...names].filter((name) => isSure(linker.table, name)).sort();
    if (sure.length > 0) lines.push(...fromImport(source, sure));
    for (const name of [...names].filter((other) => !sure.includes(other)).sort()) {
      maybe.push(
        "",
        "try:",
        `    from ${source} import ${name}`,
        "except ImportError:  # not defined on this platform",
        "    pass",
      );
    }
  }
  return [...lines, ...maybe];
}

function lateRemark(links: Links, linker: Linker, layout: ModuleLayout): string[] {
  const names = [...links.late.values()].flatMap((late) => [...late]);
  const modules = [...links.lateModules].map((index) =>
    index === FRONT ? frontAlias(layout) : (linker.parts[index]?.module ?? ""),
  );
  const all = [...new Set([...names, ...modules, ...links.unknown])].filter((name) => !links.unknown.has(name)).sort();
  if (all.length === 0) return [];
  return proseLines(`Set by ${layout.importName} once they are there: ${all.join(", ")}.`, "# ");
}

/** Python for the name of the front as it was imported. */
function nameExpression(layout: ModuleLayout): string {
  if (!layout.inPackage) return JSON.stringify(layout.importName);
  return layout.isPackageInit ? "__package__" : `f"{__package__}.${layout.stem}"`;
}
