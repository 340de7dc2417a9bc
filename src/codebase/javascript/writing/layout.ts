import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { namesOfUnit } from "../grouping/affinity.ts";
import { unitLines } from "../grouping/blocks.ts";
import { quoteOf } from "../reading/imports.ts";
import type { Container, Unit } from "../reading/module-units.ts";
import type { Packing } from "../grouping/packing.ts";
import type { Reference } from "../reading/uses.ts";
import type { ModuleText } from "../reading/syntax.ts";
import type { UnitGraph } from "../grouping/unit-graph.ts";
import { topicsOf } from "../grouping/topics.ts";

/** A class of the chain, or an object of members, that a part holds for a class or object taken apart. */
export interface Segment {
  readonly container: Container;
  readonly name: string;
  readonly members: readonly Unit[];
  readonly part: number;
  /** The class below in the chain; undefined for the lowest and for objects. */
  readonly below: Segment | undefined;
}

export interface PartPlan {
  readonly index: number;
  readonly path: string;
  readonly topic: string;
  /** Statements and shells in source order. */
  readonly statements: readonly Unit[];
  readonly segments: readonly Segment[];
  readonly units: readonly Unit[];
}

/** Where everything goes and what it is called. */
export interface Layout {
  readonly graph: UnitGraph;
  readonly text: ModuleText;
  readonly parts: readonly PartPlan[];
  readonly front: readonly Unit[];
  readonly segments: readonly Segment[];
  /** The part of each unit; undefined in the front. */
  readonly partOf: ReadonlyMap<number, number>;
  /** Uses that late binding serves: the name is looked up in the links object. */
  readonly late: ReadonlySet<Reference>;
  readonly linkNames: readonly string[];
  readonly linksPath: string;
  readonly linksName: string;
  /** Where the shared exports object stands, if there is one. */
  readonly exportsPath: string;
  /** The module specifier for a new sibling file. */
  readonly specifier: (path: string) => string;
  readonly quote: '"' | "'";
}

/** Names files, classes and member objects for a packing. */
export function layOut(graph: UnitGraph, packing: Packing, root: string): Layout {
  const { text } = graph.parts;
  const partOf = new Map<number, number>();
  for (const [index, units] of packing.groups.entries()) for (const unit of units) partOf.set(unit, index);
  const stem = basename(text.path).slice(0, -extname(text.path).length);
  const extension = extname(text.path);
  const folder = dirname(text.path) === "." ? "" : `${dirname(text.path)}/`;
  const fileOf = (topic: string): string => `${folder}${stem}-${topic}${extension}`;
  const taken = new Set(siblingTopics(join(root, folder), stem));
  const topics = baseTopics(
    graph,
    packing,
    topicsOf(
      packing.groups.map((units) => units.flatMap((unit) => pieces(graph, unit))),
      stem,
      taken,
    ),
    taken,
  );
  const segments = segmentsOf(graph, packing, partOf, topics, stem);
  const parts = packing.groups.map((ids, index): PartPlan => {
    const units = ids.map((id) => graph.units[id] as Unit);
    const mine = segments.filter((segment) => segment.part === index);
    return {
      index,
      path: fileOf(topics[index] as string),
      topic: topics[index] as string,
      units,
      statements: units.filter((unit) => unit.role !== "member"),
      segments: mine,
    };
  });
  const late = lateUses(graph, partOf, packing.groups.length);
  return {
    graph,
    text,
    parts,
    front: packing.front.map((id) => graph.units[id] as Unit),
    segments,
    partOf,
    late,
    linkNames: [...new Set([...late].map((site) => site.name))],
    linksPath: fileOf(freeTopic("links", new Set([...taken, ...topics]))),
    exportsPath: fileOf(freeTopic("exports", new Set([...taken, ...topics]))),
    linksName: freeName("links", text.text),
    specifier: specifierStyle(text, root),
    quote: quoteOf(text),
  };
}

function pieces(graph: UnitGraph, id: number): { name: string; lines: number }[] {
  const lines = unitLines(graph, id);
  return namesOfUnit(graph, id).map((name) => ({ name, lines }));
}

/** The part with a class's constructor is its base, whatever else it holds. */
function baseTopics(
  graph: UnitGraph,
  packing: Packing,
  topics: readonly string[],
  taken: ReadonlySet<string>,
): string[] {
  const named = [...topics];
  for (const one of graph.taken) {
    if (one.container.kind !== "class" || one.base.length === 0) continue;
    const members = graph.units.filter((unit) => unit.role === "member" && unit.owner === one.container);
    const base = members[one.base[0] as number]?.id;
    const index = packing.groups.findIndex((group) => group.includes(base as number));
    const lines = packing.groups[index]?.filter((unit) => graph.units[unit]?.owner === one.container).length ?? 0;
    const free = !taken.has("base") && !named.includes("base");
    if (index >= 0 && free && lines * 2 >= (packing.groups[index]?.length ?? 0)) named[index] = "base";
  }
  return named;
}

/** The pieces of classes and objects taken apart, lowest part first. Members that share a part with their shell stay in it. */
function segmentsOf(
  graph: UnitGraph,
  packing: Packing,
  partOf: ReadonlyMap<number, number>,
  topics: readonly string[],
  stem: string,
): Segment[] {
  const segments: Segment[] = [];
  const names = new Set<string>();
  for (const { container } of graph.taken) {
    const mine = graph.units.filter((unit) => unit.owner === container);
    const shellPart = partOf.get((mine.find((unit) => unit.role === "shell") as Unit).id);
    let below: Segment | undefined;
    for (const index of packing.groups.keys()) {
      const members = mine.filter((unit) => unit.role === "member" && partOf.get(unit.id) === index);
      if (members.length === 0 || index === shellPart) continue;
      const topic = topics[index] as string;
      const wanted =
        container.kind === "class"
          ? `${container.name ?? pascal(stem)}${pascal(topic)}`
          : `${camel(`${topic}-members`)}`;
      const name = freeName(wanted, graph.parts.text.text, names);
      names.add(name);
      const segment: Segment = {
        container,
        name,
        members,
        part: index,
        below: container.kind === "class" ? below : undefined,
      };
      segments.push(segment);
      below = segment;
    }
  }
  return segments;
}

/** Uses from a lower part to a higher one or to the front: only late binding can serve them. */
function lateUses(graph: UnitGraph, partOf: ReadonlyMap<number, number>, count: number): Set<Reference> {
  const late = new Set<Reference>();
  for (const [from, map] of graph.edges.entries()) {
    for (const [to, edge] of map) {
      if ((partOf.get(from) ?? count) >= (partOf.get(to) ?? count)) continue;
      for (const site of edge.sites) late.add(site);
    }
  }
  return late;
}

function siblingTopics(folder: string, stem: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) =>
    name.startsWith(`${stem}-`) ? [name.slice(stem.length + 1).replace(/(?:\.[a-z]+)+$/i, "")] : [],
  );
}

function freeTopic(wanted: string, used: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (!used.has(name)) return name;
  }
}

/** A name that stands nowhere in the module. */
function freeName(wanted: string, text: string, used: ReadonlySet<string> = new Set()): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}${count}`;
    if (!used.has(name) && !new RegExp(`\\b${name}\\b`).test(text)) return name;
  }
}

/** How this project writes the path of a sibling module: with which extension, if any. */
function specifierStyle(text: ModuleText, root: string): (path: string) => string {
  const extension = extname(text.path);
  const relative = relativeSpecifiers(text);
  const neighbours = relative.length > 0 ? relative : neighbourSpecifiers(text, root);
  const votes = new Map<string, number>();
  for (const specifier of neighbours) {
    const found = /\.[cm]?[jt]sx?$/.exec(specifier)?.[0] ?? "";
    votes.set(found, (votes.get(found) ?? 0) + 1);
  }
  const favourite = [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
  const written = favourite ?? (text.typescript ? "" : text.esm ? extension : "");
  const chosen =
    written === ""
      ? /^\.[cm]/.test(extension)
        ? emitted(extension)
        : ""
      : /ts/.test(written)
        ? extension
        : emitted(extension);
  return (path) => `./${basename(path).slice(0, -extension.length)}${chosen}`;
}

/** The extension a TypeScript file has once compiled. */
function emitted(extension: string): string {
  return extension.replace(/tsx?$/, "js").replace(/\.jsx$/, extension === ".jsx" ? ".jsx" : ".js");
}

function relativeSpecifiers(text: ModuleText): string[] {
  return [...text.text.matchAll(/(?:from|import|require\()\s*["'](\.\.?\/[^"'\n]+)["']/g)]
    .map((match) => match[1] as string)
    .filter((specifier) => !/\.(?:json|css|svg|node)$/.test(specifier));
}

/** Relative specifiers of the other modules in the folder, where the module itself has none. */
function neighbourSpecifiers(text: ModuleText, root: string): string[] {
  const folder = join(root, dirname(text.path));
  const found: string[] = [];
  for (const name of existsSync(folder) ? readdirSync(folder).sort().slice(0, 60) : []) {
    if (extname(name) !== extname(text.path) || name === basename(text.path)) continue;
    const content = readFileSync(join(folder, name), "utf8");
    found.push(...relativeSpecifiers({ ...text, text: content }));
  }
  return found;
}

export function pascal(topic: string): string {
  return topic
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

function camel(topic: string): string {
  const name = pascal(topic);
  return name.charAt(0).toLowerCase() + name.slice(1);
}
