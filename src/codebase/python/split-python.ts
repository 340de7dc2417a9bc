import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import type { ModuleSplit, SplitOutcome, SplitRequest } from "../module-split.ts";
import { loosenClasses } from "./classes/loosen.ts";
import { findDependencies, type StatementGroup } from "./grouping/dependencies.ts";
import { packParts } from "./grouping/packing.ts";
import { pinnedStatements } from "./grouping/pins.ts";
import { readNameTable, type NameTable } from "./reading/name-table.ts";
import { readProject, readTexts, type Project } from "./reading/project.ts";
import { readStatements, type PythonModule, type Statement } from "./reading/statements.ts";
import { parsePython } from "./reading/syntax.ts";
import { frontChecks } from "./writing/checks.ts";
import { writeFront, type LoadingHabits } from "./writing/front-text.ts";
import { readLayout, type ModuleLayout } from "./writing/layout.ts";
import {
  linkStatements,
  openLinker,
  prematureLookups,
  type Linker,
  type Links,
  type PartPlan,
} from "./writing/links.ts";
import { splitNotes } from "./writing/notes.ts";
import { nameParts } from "./writing/part-names.ts";
import { frontAlias, writePart } from "./writing/part-text.ts";
import { findFaults } from "./writing/verify.ts";

/**
 * Splits a Python module into private modules beside it; the old file becomes their front. It owns: which statement
 * goes where, and the text of both.
 *
 * Invariant: a part imports earlier parts only. What is needed while the module loads always comes from an earlier
 * part or the same; what functions look up later may come from a later one, and then the front sets it (no import).
 * Rejected: a package in the place of the file (moves a path that tools and people know), one shared namespace for
 * all parts (nothing would be a module of its own), late imports inside functions (cycles in disguise).
 */
export async function splitPython(request: SplitRequest): Promise<SplitOutcome> {
  const source = await readSource(request);
  const old = source.replace(/^\uFEFF/, "");
  if (source.includes("\uFFFD")) return declined(`${request.file} is not UTF-8`);
  const { module: tree, errorLine } = await parsePython(old);
  if (errorLine !== undefined) return declined(`${request.file} does not parse as Python 3 at line ${errorLine}`);
  const lines = source.replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines.length <= request.maxLines)
    return declined(`${request.file} has ${lines.length} lines, which is within ${request.maxLines}`);
  if (/\bsys\.modules\[__name__\](\.__class__)?\s*=[^=]/.test(old)) {
    return declined(
      `${request.file} puts another object in its own place in sys.modules, so no front can stand for it`,
    );
  }
  if (/^__name__\s*=[^=]/m.test(old))
    return declined(`${request.file} gives itself another name, by which its front could not be found`);
  const taken = new Set(old.match(/\w+/g) ?? []);
  const loosened = loosenClasses(tree, old, lines, Math.floor(request.maxLines * 0.95), taken);
  if (loosened !== undefined) {
    const text = `${loosened.lines.join("\n")}\n`;
    const { module: looseTree } = await parsePython(text);
    const module = readStatements(looseTree, text, loosened.lines, [...loosened.origins]);
    const outcome = await splitStatements(await readSubject(request, source, module));
    if (outcome.kind === "split")
      return { kind: "split", split: { ...outcome.split, notes: [...loosened.notes, ...outcome.split.notes] } };
  }
  return splitStatements(await readSubject(request, source, readStatements(tree, old, lines)));
}

async function splitStatements(subject: Subject): Promise<SplitOutcome> {
  const star = lateStar(subject.module);
  if (star !== undefined) {
    return declined(
      `${subject.request.file} imports * at line ${star}, below definitions that it may replace; which ones cannot be known without running it`,
    );
  }
  const reasons: string[] = [];
  // The header of a part is known only when it is written: leave room, and more if that was not enough.
  for (const room of ROOMS) {
    const tried = await trySplit(subject, Math.floor(subject.request.maxLines * (1 - room)), room === ROOMS.at(-1));
    if (tried.kind === "split") return tried;
    reasons.splice(0, reasons.length, ...tried.reasons);
  }
  return { kind: "declined", reasons };
}

/** The line of a star import below a good part of the definitions: there to replace them by faster ones, as a rule. */
function lateStar(module: PythonModule): number | undefined {
  const star = module.statements.find((statement) => {
    const defined = module.statements.slice(0, statement.index).some((above) => above.isClass || above.isFunction);
    return (
      defined &&
      statement.ownFirst > module.lines.length / 4 &&
      statement.names.innerImports.some((imported) => imported.name === "*")
    );
  });
  return star === undefined ? undefined : (module.origins[star.ownFirst - 1] ?? star.ownFirst);
}

/** Share of a part's lines kept free for its header, by try. */
const ROOMS = [0.08, 0.15, 0.25, 0.35];

interface Subject {
  readonly request: SplitRequest;
  readonly source: string;
  readonly module: PythonModule;
  readonly table: NameTable;
  readonly pins: ReadonlySet<number>;
  readonly project: Project;
  readonly layout: ModuleLayout;
  readonly habits: LoadingHabits;
  readonly taken: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
}

async function readSource(request: SplitRequest): Promise<string> {
  try {
    return await readFile(join(request.root, request.file), "utf8");
  } catch (cause) {
    throw new AllotError("file-not-found", `there is no ${request.file} to split`, { cause });
  }
}

async function readSubject(request: SplitRequest, source: string, module: PythonModule): Promise<Subject> {
  const imports = module.statements.flatMap((statement) => statement.names.innerImports);
  const layout = readLayout(
    request.root,
    request.file,
    imports.some((imported) => imported.level > 0),
  );
  const project = await readProject(request.root, request.file, layout.importRoot, imports);
  const table = readNameTable(module.statements);
  const itself = (statement: Statement): boolean => {
    const atImport = statement.kind === "plain" && /^(try|if|with)\b/.test(statement.text);
    return statement.names.innerImports.some((imported) =>
      project
        .filesOf(imported, request.file)
        .some((file) => file === request.file || (atImport && project.leadsBack(file))),
    );
  };
  const pins = pinnedStatements(module, table, itself);
  const texts = await readTexts(request.root, /\.(py|toml|cfg|ini)$/);
  const python = [...texts].filter(([path]) => path.endsWith(".py")).map(([, text]) => text);
  const loadsByPath = python.some((text) =>
    /spec_from_file_location|SourceFileLoader|load_source|run_path\(|execfile\(/.test(text),
  );
  const habits: LoadingHabits = {
    loadsByPath,
    otherNames: loadsByPath || module.statements.some((statement) => statement.kind === "main"),
    reloads: python.some((text) =>
      /\breload\(|\bdel sys\.modules\[|sys\.modules\.pop\(|run_module\(|(?:patch\.dict|delitem|setitem)\([^)]*sys\.modules/.test(
        text,
      ),
    ),
  };
  const beside = [...texts.keys()].map((path) => path.split("/").at(-1)?.replace(/\.py$/, "") ?? "");
  const taken = new Set([...table.defined.keys(), ...table.imported.keys(), ...beside]);
  return { request, source, module, table, pins, project, layout, habits, taken, texts };
}

async function trySplit(subject: Subject, limit: number, last: boolean): Promise<SplitOutcome> {
  const { request, table, layout } = subject;
  const packed = packSoundly(subject, limit);
  if (packed.groups.length < 2 && packed.groups[0]?.length === 1)
    return declined(`${request.file} is one definition that cannot be cut at its top level`);
  if (packed.groups.length === 0) return declined(`everything in ${request.file} is tied to that very file`);
  const { linker, links } = packed;
  const inParts = new Set(linker.parts.flatMap((part) => part.statements));
  const newInFront = linker.module.statements.some(
    (statement) =>
      !inParts.has(statement) && linker.module.origins.slice(statement.first - 1, statement.last).includes(0),
  );
  if (newInFront) return declined(`a class of ${request.file} that would be taken apart has to stay in it`);
  const split = assemble(subject, linker, links);
  const given = links.map((link) => givenNames(link, linker, layout));
  const faults = await findFaults({
    split,
    oldText: subject.source,
    maxLines: request.maxLines,
    given,
    scratch: table.scratch,
    hasStar: linker.hasStar,
  });
  if (packed.premature > 0) faults.push(`${packed.premature} names would be looked up before they are there`);
  const alone = (index: number): boolean =>
    packed.groups[index]?.some((group) => group.statements.length === 1 && group.lines > limit) === true;
  const tooLong = split.parts.filter((part, index) => part.lines > request.maxLines && !alone(index));
  const excess = tooLong.map(
    (part) =>
      `${part.path} has ${part.lines} lines, above ${request.maxLines}: its definitions need each other while they load.`,
  );
  if (faults.length > 0 || (tooLong.length > 0 && !last)) return { kind: "declined", reasons: [...faults, ...excess] };
  return { kind: "split", split: { ...split, notes: [...split.notes, ...excess] } };
}

interface Packed {
  readonly groups: readonly (readonly StatementGroup[])[];
  readonly linker: Linker;
  readonly links: readonly Links[];
  /** Lookups that would come too soon; 0 when the packing is sound. */
  readonly premature: number;
}

/** Packs the parts again and again until nothing that is bound late is looked up while the parts load. */
function packSoundly(subject: Subject, limit: number): Packed {
  const { module, table, layout, request, project, pins } = subject;
  const cyclic = new Set(
    module.statements
      .flatMap((statement) => statement.imports)
      .filter((imported) => project.filesOf(imported, request.file).some((file) => project.leadsBack(file)))
      .map((imported) => imported.local),
  );
  const firm: (readonly [number, string])[] = [];
  for (;;) {
    const dependencies = findDependencies(module, table, pins, firm);
    const groups = packParts(dependencies, table, limit).map((ids) =>
      ids.map((id) => dependencies.groups[id]).filter((group) => group !== undefined),
    );
    const names = nameParts(
      groups,
      layout.stem === "__init__" ? (layout.importName.split(".").at(-1) ?? "") : layout.stem,
      layout.isPackageInit,
      subject.taken,
    );
    const parts: PartPlan[] = groups.map((inner, index) => ({
      module: names[index]?.module ?? `_part${index}`,
      title: names[index]?.title ?? "",
      statements: inner.flatMap((group) => group.statements).sort((a, b) => a.index - b.index),
    }));
    const linker = openLinker(module, table, dependencies, parts, cyclic);
    const links = parts.map((part, index) => linkStatements(linker, index, part.statements));
    const premature = prematureLookups(linker, dependencies, links);
    const news = premature.filter(([from, name]) => !firm.some(([known, other]) => known === from && other === name));
    if (news.length === 0) return { groups, linker, links, premature: premature.length };
    firm.push(...news);
  }
}

function assemble(subject: Subject, linker: Linker, links: readonly Links[]): ModuleSplit {
  const { request, layout, habits, table } = subject;
  const lineEnd = subject.source.includes("\r\n") ? "\r\n" : "\n";
  const none: Links = {
    externals: new Set(),
    fromParts: new Map(),
    partModules: new Set(),
    late: new Map(),
    lateModules: new Set(),
    rewrites: [],
    unknown: new Set(),
  };
  const parts = linker.parts.map((part, index) => writePart(part, links[index] ?? none, linker, layout, lineEnd));
  const front = writeFront(linker, links, layout, habits);
  const publicNames = [...table.defined.keys()]
    .filter((name) => !table.gone.has(name) && !table.scratch.has(name) && isPublic(name))
    .sort();
  return {
    file: request.file,
    language: "python",
    parts,
    front,
    publicNames,
    frontChecks: frontChecks(layout, linker, parts),
    notes: splitNotes({ layout, linker, links, parts, maxLines: request.maxLines, texts: subject.texts }),
  };
}

function givenNames(links: Links, linker: Linker, layout: ModuleLayout): Set<string> {
  const names = new Set([...links.late.values()].flatMap((late) => [...late]));
  for (const index of links.lateModules) names.add(linker.parts[index]?.module ?? frontAlias(layout));
  for (const name of links.unknown) names.add(name);
  return names;
}

function isPublic(name: string): boolean {
  return !name.startsWith("_") || name === "__version__";
}

function declined(reason: string): SplitOutcome {
  return { kind: "declined", reasons: [reason] };
}
