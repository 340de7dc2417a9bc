import { lineSha } from "../../apply-steps.ts";
import type { ExactStep } from "../../exact-step.ts";
import { reachAtImport } from "../grouping/import-time.ts";
import { BUILTINS } from "../reading/builtins.ts";
import type { PythonModule, Statement } from "../reading/statements.ts";
import { filled, fromImport, handOver } from "./imports-text.ts";
import type { ModuleLayout } from "./layout.ts";
import { FRONT, isSure, linkStatements, type Linker, type Links } from "./links.ts";
import { definedNames, frontAlias, missingBlankLines, rewriteStep } from "./part-text.ts";
import { rewrittenLines } from "./rewrites.ts";

/** How the repository loads the module, as far as it matters for the front. */
export interface LoadingHabits {
  /** Something reloads or re-imports modules: the parts must then be made anew as well. */
  readonly reloads: boolean;
  /** Something loads files by their path: the parts may then not be on the import path. */
  readonly loadsByPath: boolean;
  /** The module runs as a program too, or under another name: its definitions then go by that name. */
  readonly otherNames: boolean;
}

/** Names that the front needs for itself, none of them a name of the module. */
interface OwnNames {
  readonly os: string;
  readonly sys: string;
  readonly parts: string;
  readonly own: string;
  readonly front: string;
  readonly keptIn: string;
  readonly rename: string;
  readonly part: string;
  readonly folder: string;
  readonly added: string;
}

function ownNames({ table }: Linker): OwnNames {
  const free = (name: string): string =>
    table.defined.has(name) || table.imported.has(name) ? free(`${name}_`) : name;
  return {
    os: free("_os"),
    sys: free("_sys"),
    parts: free("_PARTS"),
    own: free("_OWN_ATTRIBUTES"),
    front: free("_FrontModule"),
    keptIn: free("_kept_in"),
    rename: free("_rename"),
    part: free("_part"),
    folder: free("_folder"),
    added: free("_added"),
  };
}

/** Edits that turn the old file into the front: moved lines go, and one block brings everything back in. */
export function writeFront(
  linker: Linker,
  partLinks: readonly Links[],
  layout: ModuleLayout,
  habits: LoadingHabits,
): ExactStep[] {
  const { module, parts } = linker;
  const moved = new Set(parts.flatMap((part) => part.statements));
  const kept = module.statements.filter((statement) => !moved.has(statement));
  const steps: ExactStep[] = deletions(module, kept, layout.file);
  const block = blockPlace(linker, kept);
  const insert = (line: number, lines: readonly string[]): void => {
    if (lines.length > 0)
      steps.push({ kind: "insert", path: layout.file, line, content: lines.map((text) => `${text}\n`).join("") });
  };
  // What the front has already is handed to a part as soon as that is loaded: the next one may run its code.
  const isEarly = (statement: Statement): boolean => statement.index <= block.after;
  const early = partLinks.map((links, index) =>
    [...frontHandOvers(linker, links, index, layout, isEarly).values()].flat(),
  );
  insert(block.line, [...(block.line === 0 ? [] : [""]), ...blockLines(linker, partLinks, layout, habits, early)]);
  const late = new Map<number, string[]>();
  for (const [index, links] of partLinks.entries()) {
    for (const [line, lines] of frontHandOvers(linker, links, index, layout, (statement) => !isEarly(statement)))
      late.set(line, [...(late.get(line) ?? []), ...lines]);
  }
  for (const [line, lines] of late) insert(line, lines);
  for (const [index, next] of kept.entries()) {
    const blank = missingBlankLines(kept[index - 1], next, module.lines);
    if (blank > 0 && kept[index - 1]?.index !== block.after)
      insert(
        (module.origins[next.first - 1] ?? 1) - 1,
        Array.from({ length: blank }, () => ""),
      );
  }
  const frontLinks = linkStatements(linker, FRONT, kept);
  for (const edit of rewrittenLines(module, frontLinks.rewrites, (keeper) => parts[keeper]?.module ?? "")) {
    steps.push(rewriteStep(layout.file, module.origins[edit.line - 1] ?? edit.line, edit));
  }
  return steps;
}

/** Deletes every line of the old file that no statement kept in the front holds. */
function deletions(module: PythonModule, kept: readonly Statement[], file: string): ExactStep[] {
  const stays = new Set(kept.flatMap((statement) => module.origins.slice(statement.first - 1, statement.last)));
  const old = new Map(module.origins.map((origin, index) => [origin, module.lines[index] ?? ""]));
  const steps: ExactStep[] = [];
  const end = Math.max(module.headerEnd, ...module.origins);
  for (let first = module.headerEnd + 1; first <= end; first++) {
    if (stays.has(first)) continue;
    let last = first;
    while (last < end && !stays.has(last + 1)) last++;
    // A line that was rewritten on the way has no text here: then the range goes without its fingerprint.
    const texts = Array.from({ length: last - first + 1 }, (_, index) => old.get(first + index));
    const known = texts.filter((text) => text !== undefined);
    steps.push({
      kind: "delete-lines",
      range: { path: file, first, last, ...(known.length === texts.length ? { sha: lineSha(known) } : {}) },
    });
    first = last;
  }
  return steps;
}

/** Below the imports at the top, but above everything that runs code of the parts. */
function blockPlace(linker: Linker, kept: readonly Statement[]): { readonly line: number; readonly after: number } {
  const { table, module, keeperOf } = linker;
  const firstMoved = module.statements.find((statement) => !kept.includes(statement))?.index ?? 0;
  let place = { line: module.headerEnd, after: -1 };
  for (const statement of kept) {
    const inParts = (name: string): boolean => table.defined.has(name) && keeperOf(name) !== FRONT;
    const needs =
      [...reachAtImport(statement, table.bindersOf).needs].some(inParts) ||
      [...statement.names.bindings.bound.keys()].some(inParts);
    const leadsBack =
      statement.kind === "import" &&
      statement.index > firstMoved &&
      [...statement.binds].some((name) => linker.cyclic.has(name));
    const rebinds =
      statement.kind === "import" &&
      [...statement.binds].some((name) => table.bindersOf(name).some((binder) => binder.index < statement.index));
    if ((needs && statement.kind !== "import") || leadsBack || rebinds) break;
    if (statement.kind === "plain" || statement.kind === "main") continue;
    place = { line: module.origins[statement.last - 1] ?? statement.last, after: statement.index };
  }
  return place;
}

function blockLines(
  linker: Linker,
  partLinks: readonly Links[],
  layout: ModuleLayout,
  habits: LoadingHabits,
  early: readonly (readonly string[])[],
): string[] {
  const { parts } = linker;
  const own = ownNames(linker);
  const imports = parts.flatMap((_part, index) => [
    ...stageLines(linker, partLinks, layout, index),
    ...(early[index] ?? []),
  ]);
  const byPath = !layout.inPackage && habits.loadsByPath;
  return [
    "# The code of this module stands in the private modules below, each",
    "# building on those before it. All their names can be imported from",
    "# here, and assignments to this module reach them.",
    ...(byPath ? [`import os as ${own.os}`] : []),
    `import sys as ${own.sys}`,
    "",
    ...(habits.reloads ? [...reloadLines(linker, layout, own), ""] : []),
    ...(byPath ? onPath(imports, own) : imports),
    "",
    ...forwardingLines(linker, own),
    ...(habits.otherNames ? ["", "", ...renamingLines(own)] : []),
  ];
}

function stageLines(linker: Linker, partLinks: readonly Links[], layout: ModuleLayout, index: number): string[] {
  const part = linker.parts[index];
  if (part === undefined) return [];
  const names = definedNames(part, linker).sort();
  const source = layout.inPackage ? `.${part.module}` : part.module;
  const sure = names.filter((name) => isSure(linker.table, name));
  const lines = sure.length === 0 ? [] : fromImport(source, sure, "  # noqa: E402, F401");
  for (const name of names.filter((other) => !sure.includes(other))) {
    lines.push(
      "try:",
      `    from ${source} import ${name}  # noqa: F401`,
      "except ImportError:  # not defined on this platform",
      "    pass",
    );
  }
  lines.push(layout.inPackage ? `from . import ${part.module}  # noqa: E402` : `import ${part.module}  # noqa: E402`);
  for (const [earlier, links] of partLinks.slice(0, index).entries()) {
    const late = [...(links.late.get(index) ?? [])].sort();
    const pairs: [string, string][] = late.filter((name) => sure.includes(name)).map((name) => [name, name]);
    if (links.lateModules.has(index)) pairs.push([part.module, part.module]);
    const target = linker.parts[earlier]?.module ?? "";
    if (pairs.length > 0) lines.push(...handOver(target, pairs));
    for (const name of late.filter((other) => !sure.includes(other)))
      lines.push(`if "${name}" in globals():`, `    vars(${target}).update(${name}=${name})`);
  }
  return lines;
}

/** What one part needs of the front's own names: lines by the place where the name is there. */
function frontHandOvers(
  linker: Linker,
  links: Links,
  index: number,
  layout: ModuleLayout,
  wanted: (statement: Statement) => boolean,
): Map<number, string[]> {
  const { table, module, parts } = linker;
  const target = parts[index]?.module ?? "";
  const lines = new Map<number, string[]>();
  const push = (statement: Statement, more: readonly string[]): void => {
    if (!wanted(statement)) return;
    const line = module.origins[statement.last - 1] ?? statement.last;
    const definition = (statement.isClass || statement.isFunction) && !lines.has(line);
    lines.set(line, [...(lines.get(line) ?? (definition ? ["", ""] : [])), ...more]);
  };
  const byStatement = new Map<Statement, string[]>();
  for (const name of links.late.get(FRONT) ?? []) {
    const binders = table.defined.has(name) ? table.bindersOf(name) : table.importsOf(name).slice(-1);
    // After each of them, since the front's own code below may run the part's.
    for (const binder of binders.filter((statement) => statement.binds.has(name) && statement.kind !== "typing")) {
      if (isSure(table, name)) byStatement.set(binder, [...(byStatement.get(binder) ?? []), name]);
      else push(binder, [`if "${name}" in globals():`, `    vars(${target}).update(${name}=${name})`]);
    }
  }
  for (const [binder, names] of byStatement)
    push(
      binder,
      handOver(
        target,
        names.sort().map((name) => [name, name]),
      ),
    );
  const [first] = module.statements;
  if (links.lateModules.has(FRONT) && first !== undefined)
    push(first, handOver(target, [[frontAlias(layout), `${ownNames(linker).sys}.modules[__name__]`]]));
  const moved = new Set(parts.flatMap((part) => part.statements));
  const dynamic = module.statements.findLast(
    (statement) => statement.names.namespaceCalls.size > 0 && !moved.has(statement),
  );
  if (dynamic === undefined || linker.hasStar) return lines;
  for (const name of links.unknown) {
    if (!BUILTINS.has(name))
      push(dynamic, [`if "${name}" in globals():`, `    vars(${target}).update(${name}=globals()["${name}"])`]);
  }
  return lines;
}

function reloadLines(linker: Linker, layout: ModuleLayout, own: OwnNames): string[] {
  const prefix = layout.inPackage ? `f"{__package__}.{${own.part}}"` : own.part;
  return [
    "# Loading this module anew makes its parts anew, too.",
    `for ${own.part} in (${linker.parts.map((part) => JSON.stringify(part.module)).join(", ")},):`,
    `    ${own.sys}.modules.pop(${prefix}, None)`,
    `del ${own.part}`,
  ];
}

function onPath(imports: readonly string[], own: OwnNames): string[] {
  return [
    `${own.folder} = ${own.os}.path.dirname(${own.os}.path.abspath(__file__))`,
    `${own.added} = ${own.folder} not in ${own.sys}.path  # loaded by its path, perhaps`,
    `if ${own.added}:`,
    `    ${own.sys}.path.append(${own.folder})`,
    "try:",
    ...imports.map((line) => (line === "" ? "" : `    ${line}`)),
    "finally:",
    `    if ${own.added}:`,
    `        ${own.sys}.path.remove(${own.folder})`,
  ];
}

function forwardingLines(linker: Linker, own: OwnNames): string[] {
  const rebound = [...linker.table.rebound]
    .filter((name) => linker.table.defined.has(name) && linker.keeperOf(name) !== FRONT)
    .sort();
  const modules = linker.parts.map((part) => part.module);
  return [
    ...(modules.length === 1 ? [`${own.parts} = (${modules[0]},)`] : [`${own.parts} = (`, ...filled(modules), ")"]),
    `${own.own} = {`,
    `    *vars(type(${own.sys})("_")), "__class__", "__file__", "__path__",`,
    '    "__cached__", "__builtins__",',
    "}",
    "",
    "",
    `class ${own.front}(type(${own.sys})):`,
    '    """Passes assignments and deletions on to the parts."""',
    "",
    "    def __setattr__(self, name, value):",
    "        super().__setattr__(name, value)",
    `        if name not in ${own.own}:`,
    `            for part in ${own.parts}:`,
    "                setattr(part, name, value)",
    "",
    "    def __delattr__(self, name):",
    "        super().__delattr__(name)",
    `        if name not in ${own.own}:`,
    `            for part in ${own.parts}:`,
    "                vars(part).pop(name, None)",
    "",
    "",
    ...(rebound.length > 0 ? reboundLines(linker, rebound, own) : []),
    `if vars(${own.sys}.modules.get(__name__, ${own.sys})) is globals():`,
    `    ${own.sys}.modules[__name__].__class__ = ${own.front}`,
  ];
}

/** Run as a program, the module's definitions belong to `__main__`, as pickles and messages want it. */
function renamingLines(own: OwnNames): string[] {
  return [
    `def ${own.rename}(part):`,
    '    """Lets definitions belong to the name that this module runs under."""',
    '    old = vars(part)["__name__"]',
    "    for value in vars(part).values():",
    `        if isinstance(value, (type, type(${own.rename}))):`,
    "            if value.__module__ == old:",
    "                value.__module__ = __name__",
    '    vars(part)["__name__"] = __name__',
    "",
    "",
    `for ${own.part} in ${own.parts}:`,
    `    if vars(${own.part})["__name__"] != __name__:`,
    `        ${own.rename}(${own.part})`,
    `del ${own.part}`,
  ];
}

/** Functions rebind these names in the part that keeps them, so they are read there each time. */
function reboundLines(linker: Linker, names: readonly string[], own: OwnNames): string[] {
  return [
    `def ${own.keptIn}(part, name):`,
    '    """An attribute that functions rebind in `part`: read there."""',
    "",
    "    def read(front):",
    "        if name not in vars(part):",
    "            raise AttributeError(",
    '                f"module {front.__name__!r} has no attribute {name!r}")',
    "        vars(front)[name] = vars(part)[name]",
    "        return vars(part)[name]",
    "",
    "    def write(front, value):",
    "        vars(front)[name] = value",
    "",
    "    def remove(front):",
    "        vars(front).pop(name, None)",
    "",
    "    return property(read, write, remove)",
    "",
    "",
    ...names.flatMap((name) => {
      const part = linker.parts[linker.keeperOf(name)]?.module ?? "";
      const line = `${own.front}.${name} = ${own.keptIn}(${part}, "${name}")`;
      return line.length < 80 ? [line] : [`${own.front}.${name} = ${own.keptIn}(`, `    ${part}, "${name}")`];
    }),
  ];
}
