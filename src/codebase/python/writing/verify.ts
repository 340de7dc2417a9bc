import { applySteps } from "../../apply-steps.ts";
import type { ModuleSplit } from "../../module-split.ts";
import { components, emptyGraph } from "../grouping/graph.ts";
import { BUILTINS } from "../reading/builtins.ts";
import { readStatements, type PythonModule, type Statement } from "../reading/statements.ts";
import { parsePython } from "../reading/syntax.ts";

/** What the split must hold beyond the old file's text. */
export interface Promises {
  readonly split: ModuleSplit;
  readonly oldText: string;
  readonly maxLines: number;
  /** Per part: names that the front sets, and names that nothing defined before either. */
  readonly given: readonly ReadonlySet<string>[];
  /** Names that several statements may bind without clashing: loop variables. */
  readonly scratch: ReadonlySet<string>;
  readonly hasStar: boolean;
}

/** Applies a split in memory and answers what is wrong with the result; nothing when it is sound. */
export async function findFaults(promises: Promises): Promise<string[]> {
  const { split, oldText } = promises;
  const steps = [...split.parts.flatMap((part) => part.steps), ...split.front];
  const texts = applySteps(steps, (path) => (path === split.file ? oldText : undefined));
  const faults: string[] = [];
  const modules = new Map<string, PythonModule>();
  for (const path of [...split.parts.map((part) => part.path), split.file]) {
    const text = (texts.get(path) ?? "").replace(/^\uFEFF/, "");
    const { module, errorLine } = await parsePython(text);
    if (errorLine !== undefined) faults.push(`${path} does not parse at line ${errorLine}`);
    modules.set(path, readStatements(module, text, text.split("\n")));
  }
  for (const [index, part] of split.parts.entries()) {
    const module = modules.get(part.path);
    if (module === undefined) continue;
    faults.push(...unknownNames(part.path, module, promises.given[index] ?? new Set(), promises.hasStar));
    const lines = linesOf(texts.get(part.path) ?? "").length;
    if (lines !== part.lines) faults.push(`${part.path} has ${lines} lines, not ${part.lines}`);
  }
  faults.push(...importCycles(modules), ...doubleDefinitions(modules, promises.scratch), ...lostLines(oldText, texts));
  return faults;
}

function unknownNames(path: string, module: PythonModule, given: ReadonlySet<string>, hasStar: boolean): string[] {
  if (hasStar) return [];
  const bound = new Set(module.statements.flatMap((statement) => [...statement.names.bindings.bound.keys()]));
  for (const statement of module.statements) for (const { local } of statement.imports) bound.add(local);
  const free = new Set<string>();
  for (const statement of module.statements) {
    for (const { name, phase, use } of statement.names.occurrences) {
      if (phase === "weak" || use === "declare") continue;
      if (!bound.has(name) && !given.has(name) && !BUILTINS.has(name)) free.add(name);
    }
  }
  return [...free].map((name) => `${path} uses ${name}, which nothing gives it`);
}

function importCycles(modules: ReadonlyMap<string, PythonModule>): string[] {
  const paths = [...modules.keys()];
  const stems = paths.map((path) => path.split("/").at(-1)?.replace(/\.py$/, "") ?? "");
  const graph = emptyGraph(paths.length);
  for (const [index, path] of paths.entries()) {
    for (const statement of modules.get(path)?.statements ?? []) {
      for (const imported of statement.names.innerImports) {
        const last = imported.module === "" ? imported.name : imported.module.split(".").at(-1);
        const target = stems.indexOf(last ?? "");
        if (target !== -1 && imported.level <= 1) graph[index]?.add(target);
      }
    }
  }
  return components(graph)
    .filter((component) => component.length > 1)
    .map((component) => `${component.map((index) => paths[index]).join(", ")} import each other`);
}

function doubleDefinitions(modules: ReadonlyMap<string, PythonModule>, scratch: ReadonlySet<string>): string[] {
  const where = new Map<string, string>();
  const faults: string[] = [];
  for (const [path, module] of modules) {
    const names = new Set(module.statements.filter((statement) => statement.kind === "plain").flatMap(definedIn));
    for (const name of names) {
      const other = where.get(name);
      if (other !== undefined && !scratch.has(name)) faults.push(`${name} is defined in ${other} and in ${path}`);
      where.set(name, path);
    }
  }
  return faults;
}

/** Names that the statement binds other than by importing them. */
function definedIn(statement: Statement): string[] {
  const imported = new Set(statement.names.innerImports.map(({ local }) => local));
  return [...statement.binds].filter((name) => !imported.has(name));
}

/** At least 98 of 100 old lines must be found again as they were. */
function lostLines(oldText: string, texts: ReadonlyMap<string, string | null>): string[] {
  const found = new Map<string, number>();
  for (const text of texts.values())
    for (const line of linesOf(text ?? "")) found.set(line, (found.get(line) ?? 0) + 1);
  const old = linesOf(oldText);
  let lost = 0;
  for (const line of old) {
    const left = found.get(line) ?? 0;
    if (left === 0) lost++;
    else found.set(line, left - 1);
  }
  return lost > old.length * 0.02 ? [`${lost} of ${old.length} lines are not found again as they were`] : [];
}

function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}
