import type { SplitPart } from "../../module-split.ts";
import type { ModuleLayout } from "./layout.ts";
import { FRONT, type Linker, type Links } from "./links.ts";

export interface NotedSplit {
  readonly layout: ModuleLayout;
  readonly linker: Linker;
  readonly links: readonly Links[];
  readonly parts: readonly SplitPart[];
  readonly maxLines: number;
  /** Texts of the repository's Python and configuration files. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What a reader of the plan should know, one sentence each. */
export function splitNotes(noted: NotedSplit): string[] {
  return [
    ...largeFront(noted),
    ...largeParts(noted),
    ...lateNames(noted),
    ...reboundNames(noted),
    ...knots(noted),
    ...packaging(noted),
  ];
}

function largeFront({ layout, linker, maxLines }: NotedSplit): string[] {
  const moved = new Set(linker.parts.flatMap((part) => part.statements));
  const kept = linker.module.statements.filter((statement) => !moved.has(statement));
  const lines = kept.reduce((sum, statement) => sum + statement.last - statement.first + 1, 0);
  if (lines <= maxLines) return [];
  return [`${layout.file} keeps ${lines} lines: that code uses the file's own name, namespace or path, or what does.`];
}

function largeParts({ linker, parts, maxLines }: NotedSplit): string[] {
  return parts.flatMap((part, index) => {
    const definitions = (linker.parts[index]?.statements ?? []).filter(
      (statement) => statement.last - statement.ownFirst + 1 > maxLines - 60,
    );
    const [largest] = definitions;
    const name = largest === undefined ? undefined : [...largest.binds][0];
    if (part.lines <= maxLines || largest === undefined || name === undefined) return [];
    return [
      `${part.path} has ${part.lines} lines, above ${maxLines}: ${name} has ${largest.last - largest.ownFirst + 1} lines that cannot be cut safely.`,
    ];
  });
}

function lateNames({ links, parts, layout }: NotedSplit): string[] {
  return links.flatMap((link, index) => {
    const names = [...link.late]
      .flatMap(([keeper, late]) => [...late].map((name) => (keeper === FRONT ? `${name} (of ${layout.file})` : name)))
      .sort();
    if (names.length === 0) return [];
    return [
      `${layout.file} sets ${names.join(", ")} in ${parts[index]?.path ?? ""} after loading, because these come later and an import would be a cycle.`,
    ];
  });
}

function reboundNames({ linker, parts, layout }: NotedSplit): string[] {
  return [...linker.table.rebound]
    .filter((name) => linker.table.defined.has(name) && linker.keeperOf(name) !== FRONT)
    .map(
      (name) =>
        `${name} is rebound by functions; it is kept in ${parts[linker.keeperOf(name)]?.path ?? ""} and read there by all others, ${layout.file} included.`,
    );
}

function knots({ linker, parts, links }: NotedSplit): string[] {
  return links.flatMap((link, index) => {
    const names = [...link.externals].filter((name) => linker.cyclic.has(name));
    if (names.length === 0) return [];
    return [
      `${parts[index]?.path ?? ""} imports ${names.join(", ")} from modules that import the old file, as it did itself; it cannot load without.`,
    ];
  });
}

function packaging({ layout, parts, texts }: NotedSplit): string[] {
  if (layout.inPackage) return [];
  const modules = parts.map((part) => part.path.split("/").at(-1)?.replace(/\.py$/, "") ?? "").join(", ");
  const listing = [...texts].find(
    ([path, text]) =>
      /^(setup\.py|setup\.cfg|pyproject\.toml)$/.test(path) &&
      /py[-_]modules|flit|only-include|\bmodule\s*=/.test(text),
  );
  if (listing === undefined) return [];
  return [
    `${listing[0]} packages a single module: add ${modules} there before the next release (flit cannot package several top-level modules).`,
  ];
}
