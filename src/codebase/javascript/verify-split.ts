import { basename, dirname, join as joinPath } from "node:path/posix";
import { applySteps } from "../apply-steps.ts";
import type { ModuleSplit, SplitPart, SplitRequest } from "../module-split.ts";
import { usesOf } from "./reading/references.ts";
import { declare, hoistVars, innerScope } from "./reading/scopes.ts";
import { parseModule, walk, type ModuleText, type Node } from "./reading/syntax.ts";
import type { UnitGraph } from "./grouping/unit-graph.ts";

/**
 * Applies a split in memory and looks for anything that breaks the promise: files that do not parse, names that nothing
 * binds, imports that nothing offers, cycles, doubled names, lost lines, parts above the limit. Sentences; none is good.
 */
export function verifySplit(
  split: ModuleSplit,
  graph: UnitGraph,
  request: SplitRequest,
  source: string,
): { faults: string[]; frontLines: number } {
  const steps = [...split.parts.flatMap((part) => part.steps), ...split.front];
  let files: Map<string, string | null>;
  try {
    files = applySteps(steps, (path) => (path === split.file ? source : undefined));
  } catch (error) {
    return {
      faults: [`The steps do not apply: ${error instanceof Error ? error.message : String(error)}.`],
      frontLines: 0,
    };
  }
  const faults: string[] = [];
  const modules: ModuleText[] = [];
  for (const [path, content] of files) {
    const parsed = parseModule(path, content ?? "");
    if ("errors" in parsed) faults.push(`${path} would not parse: ${parsed.errors[0] ?? ""}.`);
    else modules.push(parsed);
  }
  if (faults.length > 0) return { faults, frontLines: 0 };
  faults.push(
    ...freeNameFaults(modules, graph),
    ...importFaults(modules),
    ...cycleFaults(modules),
    ...doubleFaults(modules, split.file),
  );
  faults.push(...sizeFaults(modules, split, request, graph), ...lineFaults(source, files, split));
  return { faults, frontLines: modules.find((text) => text.path === split.file)?.lines.length ?? 0 };
}

/** Names a file uses that neither it binds nor the old module left to its surroundings. */
function freeNameFaults(modules: readonly ModuleText[], graph: UnitGraph): string[] {
  const before = freeNames(graph.parts.text);
  return modules.flatMap((text) => {
    const lost = [...freeNames(text)].filter(
      (name) => !before.has(name) && !["require", "module", "exports", "undefined"].includes(name),
    );
    return lost.length > 0 ? [`${text.path} would use ${lost.slice(0, 4).join(", ")} without a definition.`] : [];
  });
}

function freeNames(text: ModuleText): Set<string> {
  const bound = boundNames(text);
  const free = new Set<string>();
  for (const statement of text.body) {
    for (const site of usesOf(statement).references) if (!bound.has(site.name)) free.add(site.name);
  }
  return free;
}

function boundNames(text: ModuleText): Set<string> {
  const scope = innerScope(undefined);
  for (const statement of text.body) {
    declare(scope, statement);
    hoistVars(scope, statement);
  }
  return new Set([...scope.values, ...scope.types]);
}

/** Import specifiers (of any kind, in functions too) that name one of the files. */
function linksOf(text: ModuleText, paths: ReadonlyMap<string, string>): { to: string; names: string[] }[] {
  const links: { to: string; names: string[] }[] = [];
  const add = (specifier: unknown, names: string[]): void => {
    if (typeof specifier !== "string" || !specifier.startsWith("./")) return;
    const to = paths.get(stemPath(joinPath(dirname(text.path), specifier)));
    if (to !== undefined && to !== text.path) links.push({ to, names });
  };
  for (const statement of text.body) {
    walk(statement, (node) => {
      if (node.type === "ImportDeclaration")
        add(
          node["source"].value,
          (node["specifiers"] as Node[]).flatMap((one) => one["imported"]?.name ?? []),
        );
      else if (node.type === "ExportNamedDeclaration" && node["source"])
        add(
          node["source"].value,
          (node["specifiers"] as Node[]).map((one) => one["local"].name as string),
        );
      else if (/^(?:ExportAllDeclaration|ImportExpression)$/.test(node.type)) add(node["source"]?.value, []);
      else if (node.type === "TSImportType") add(node["source"]?.value ?? node["argument"]?.literal?.value, []);
      else if (node.type === "CallExpression" && node["callee"].name === "require")
        add(node["arguments"][0]?.value, []);
      if (
        node.type === "VariableDeclarator" &&
        node["id"].type === "ObjectPattern" &&
        node["init"]?.callee?.name === "require"
      ) {
        add(
          node["init"].arguments[0]?.value,
          (node["id"].properties as Node[]).map((one) => one["key"].name as string),
        );
      }
    });
  }
  return links;
}

function stemPath(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, "");
}

function pathsByStem(modules: readonly ModuleText[]): Map<string, string> {
  return new Map(modules.map((text) => [stemPath(text.path), text.path]));
}

function importFaults(modules: readonly ModuleText[]): string[] {
  const offers = new Map(modules.map((text) => [text.path, offeredBy(text)]));
  return modules.flatMap((text) =>
    linksOf(text, pathsByStem(modules)).flatMap(({ to, names }) => {
      const missing = names.filter((name) => offers.get(to)?.has(name) === false);
      return missing.length > 0
        ? [`${text.path} would import ${missing.join(", ")} from ${basename(to)}, which does not offer it.`]
        : [];
    }),
  );
}

/** Names a file exports. */
function offeredBy(text: ModuleText): Set<string> {
  const names = new Set<string>();
  for (const node of text.body) {
    if (node.type === "ExportNamedDeclaration") {
      for (const one of node["specifiers"] as Node[]) names.add(one["exported"].name as string);
      if (node["declaration"]) {
        const scope = innerScope(undefined);
        declare(scope, node["declaration"]);
        for (const name of [...scope.values, ...scope.types]) names.add(name);
      }
    }
    const assigned =
      node.type === "ExpressionStatement" && node["expression"].type === "AssignmentExpression"
        ? (node["expression"] as Node)
        : undefined;
    if (assigned?.["right"].type === "ObjectExpression") {
      for (const property of assigned["right"].properties as Node[])
        if (property["key"]?.name) names.add(property["key"].name as string);
    }
  }
  return names;
}

function cycleFaults(modules: readonly ModuleText[]): string[] {
  const paths = pathsByStem(modules);
  const edges = new Map(modules.map((text) => [text.path, linksOf(text, paths).map((link) => link.to)]));
  const state = new Map<string, "open" | "done">();
  const faults: string[] = [];
  const visit = (path: string): void => {
    state.set(path, "open");
    for (const to of edges.get(path) ?? []) {
      if (state.get(to) === "open")
        faults.push(`${basename(path)} and ${basename(to)} would import each other in a circle.`);
      else if (!state.has(to)) visit(to);
    }
    state.set(path, "done");
  };
  for (const text of modules) if (!state.has(text.path)) visit(text.path);
  return faults;
}

/** Names defined in more than one file. */
function doubleFaults(modules: readonly ModuleText[], front: string): string[] {
  const homes = new Map<string, string>();
  const faults: string[] = [];
  for (const text of modules) {
    const names = new Set<string>();
    for (const node of text.body) {
      const inner = /^Export(?:Named|Default)Declaration$/.test(node.type)
        ? ((node["declaration"] ?? node) as Node)
        : node;
      if (
        !/^(?:FunctionDeclaration|ClassDeclaration|VariableDeclaration|TS(?:Interface|TypeAlias|Enum|Module)Declaration)$/.test(
          inner.type,
        )
      )
        continue;
      const fromRequire =
        inner.type === "VariableDeclaration" && /\brequire\s*\(/.test(text.text.slice(inner.start, inner.end));
      if (fromRequire || inner["declare"] === true) continue;
      const scope = innerScope(undefined);
      declare(scope, inner);
      for (const name of [...scope.values, ...scope.types]) names.add(name);
    }
    for (const name of names) {
      const other = homes.get(name);
      if (other !== undefined && text.path !== front)
        faults.push(`${name} would be defined in ${basename(other)} and in ${basename(text.path)}.`);
      homes.set(name, text.path);
    }
  }
  return faults;
}

function sizeFaults(
  modules: readonly ModuleText[],
  split: ModuleSplit,
  request: SplitRequest,
  graph: UnitGraph,
): string[] {
  const sizes = new Map(modules.map((text) => [text.path, text.lines.length]));
  const before = graph.parts.text.lines.length;
  const faults: string[] = [];
  for (const part of split.parts) {
    const lines = sizes.get(part.path) ?? 0;
    if (lines > request.maxLines && !holdsGiant(part, graph, request.maxLines)) {
      faults.push(`${part.path} would have ${lines} lines; the limit is ${request.maxLines}.`);
    }
  }
  const left = sizes.get(split.file) ?? 0;
  if (left > request.maxLines && left > before * 0.6)
    faults.push(`${split.file} would still have ${left} of its ${before} lines: most of it hangs together.`);
  const largest = Math.max(...sizes.values());
  if (largest > request.maxLines && largest > before * 0.85)
    faults.push(
      `One file would still have ${largest} of the ${before} lines: a single definition makes up most of it.`,
    );
  return faults;
}

/** True where the part holds a definition that is above the limit alone. */
function holdsGiant(part: SplitPart, graph: UnitGraph, maxLines: number): boolean {
  const giants = graph.units.filter(
    (unit) => unit.role !== "shell" && unit.lines.last - unit.lines.first + 1 > maxLines * 0.9,
  );
  return giants.some((unit) =>
    part.steps.some(
      (step) => step.kind === "copy" && step.from.first <= unit.lines.first && step.from.last >= unit.lines.last,
    ),
  );
}

/** At least 98 of 100 old lines must be found again, white space aside. */
function lineFaults(source: string, files: ReadonlyMap<string, string | null>, split: ModuleSplit): string[] {
  const kept = keptShare(
    source,
    [...files.values()].flatMap((content) => content ?? []),
  );
  return kept >= 0.98
    ? []
    : [`Only ${(kept * 100).toFixed(1)}% of the lines of ${split.file} would be found again unchanged.`];
}

/** Share of the old non-blank lines found in the new texts, each counted once, runs of white space as one blank. */
export function keptShare(before: string, after: readonly string[]): number {
  const normal = (text: string): string[] =>
    text
      .split("\n")
      .map((line) => line.trim().replace(/\s+/g, " "))
      .filter((line) => line !== "");
  const counts = new Map<string, number>();
  for (const line of after.flatMap(normal)) counts.set(line, (counts.get(line) ?? 0) + 1);
  const old = normal(before);
  let found = 0;
  for (const line of old) {
    const left = counts.get(line) ?? 0;
    if (left === 0) continue;
    counts.set(line, left - 1);
    found++;
  }
  return old.length === 0 ? 1 : found / old.length;
}
