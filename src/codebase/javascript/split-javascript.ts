import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import type { ExactStep } from "../exact-step.ts";
import type { ModuleSplit, SplitOutcome, SplitPart, SplitRequest } from "../module-split.ts";
import { frontChecks, syntaxChecks } from "./writing/checks.ts";
import { layOut, type Layout } from "./writing/layout.ts";
import { addsToExports } from "./reading/exports-object.ts";
import { cutModule, hidesNames, readsOwnSource, type ModuleParts } from "./reading/module-units.ts";
import { namesFromParts, needsOf } from "./writing/needs.ts";
import { pack } from "./grouping/packing.ts";
import { publicNamesOf } from "./reading/public-names.ts";
import { frontNeeds, renderFront, type FrontNeeds } from "./writing/render-front.ts";
import { renderPart } from "./writing/render-part.ts";
import { projectFacts, type ProjectFacts } from "./reading/project-facts.ts";
import { parseModule } from "./reading/syntax.ts";
import { buildGraph, type Manner, type UnitGraph } from "./grouping/unit-graph.ts";
import { verifySplit } from "./verify-split.ts";

/**
 * Plans the split of a JavaScript or TypeScript module that is larger than `maxLines` into sibling modules; the old
 * file becomes the front. Static analysis only: nothing is written, nothing executed. The split is applied in memory
 * and verified before it is answered; what cannot be split safely is declined with the reasons.
 * Throws `file-not-found` where there is no such file.
 */
export async function splitJavascript(request: SplitRequest): Promise<SplitOutcome> {
  const path = join(request.root, request.file);
  if (!existsSync(path)) throw new AllotError("file-not-found", `${request.file} does not exist in ${request.root}`);
  const source = readFileSync(path, "utf8");
  const text = parseModule(request.file, source);
  if ("errors" in text) return declined(`${request.file} does not parse: ${text.errors[0] ?? "unknown error"}.`);
  if (text.lines.length <= request.maxLines)
    return declined(`${request.file} has ${text.lines.length} lines; that is within the limit of ${request.maxLines}.`);
  if (hidesNames(text)) return declined(`${request.file} uses eval or with, so the names it uses cannot be followed.`);
  if (readsOwnSource(text))
    return declined(
      `${request.file} makes worker programs out of the text of its own functions, which moving them would break.`,
    );
  const parts = cutModule(text);
  if (typeof parts === "string") return declined(`${request.file} cannot be cut by lines: ${parts}.`);
  const publicNames = publicNamesOf(parts);
  const reasons: string[] = [];
  let second: ModuleSplit | undefined;
  const facts = projectFacts(request.root);
  for (const manner of mannersFor(parts, facts)) {
    const graph = buildGraph(parts, Math.floor(request.maxLines * 0.9), manner);
    const outcome = firstGoodSplit(graph, request, { publicNames, source, facts });
    if ("reasons" in outcome) reasons.push(...outcome.reasons);
    else if (outcome.frontLines <= request.maxLines) return { kind: "split", split: outcome.split };
    else second ??= outcome.split;
  }
  if (second !== undefined) return { kind: "split", split: second };
  return { kind: "declined", reasons: [...new Set(reasons)].slice(0, 8) };
}

/** Ways to read the module, the most careful first. */
function mannersFor(parts: ModuleParts, facts: ProjectFacts): Manner[] {
  const whole = new Map(
    [...facts.listedClasses].map(([name, file]) => [
      name,
      `${file} lists its own members, which a chain of classes would change`,
    ]),
  );
  const careful: Manner = { shared: false, trusting: false, loose: false, whole };
  const manners = [careful, { ...careful, trusting: true }];
  if (parts.text.typescript && !facts.typesAreTested) manners.push({ ...careful, loose: true });
  return addsToExports(parts) ? [...manners, ...manners.map((manner) => ({ ...manner, shared: true }))] : manners;
}

/** Imports and headers come on top of what is packed; where a part came out too large, pack tighter. */
function firstGoodSplit(
  graph: UnitGraph,
  request: SplitRequest,
  known: { readonly publicNames: readonly string[]; readonly source: string; readonly facts: ProjectFacts },
): { split: ModuleSplit; frontLines: number } | { reasons: string[] } {
  const reasons: string[] = [];
  let longFront: { split: ModuleSplit; frontLines: number } | undefined;
  for (const share of [0.94, 0.85, 0.75, 0.6]) {
    const split = planSplit(graph, request, Math.floor(request.maxLines * share), known);
    if (typeof split === "string") {
      reasons.push(split);
      continue;
    }
    const { faults, frontLines } = verifySplit(split, graph, request, known.source);
    if (faults.length === 0 && frontLines <= request.maxLines) return { split, frontLines };
    if (faults.length === 0) longFront ??= { split, frontLines };
    reasons.push(...faults);
  }
  return longFront ?? { reasons: [...graph.notes, ...reasons] };
}

function declined(reason: string): SplitOutcome {
  return { kind: "declined", reasons: [reason] };
}

function planSplit(
  graph: UnitGraph,
  request: SplitRequest,
  cap: number,
  known: { readonly publicNames: readonly string[]; readonly facts: ProjectFacts },
): ModuleSplit | string {
  const { publicNames, facts } = known;
  const packing = pack(graph, cap, cap);
  if (packing.groups.length === 0) {
    return [`${request.file} holds nothing that can move to another file.`, ...packing.notes].join(" ");
  }
  const layout = layOut(graph, packing, request.root);
  const needs = frontNeeds(layout);
  const offered = offeredNames(layout, needs);
  const parts = layout.parts.map((plan) => renderPart(layout, plan, offered));
  const links = [
    ...(layout.graph.manner.shared ? [exportsPart(layout, publicNames)] : []),
    ...(layout.late.size > 0 ? [linksPart(layout)] : []),
  ];
  return {
    file: request.file,
    language: layout.text.typescript ? "typescript" : "javascript",
    parts: [...links, ...parts],
    front: renderFront(layout, needs),
    publicNames,
    frontChecks: frontChecks(layout, publicNames),
    notes: [...graph.notes, ...packing.notes, ...notesOf(layout, parts, request.maxLines, facts)],
  };
}

/** Names that the front or another part takes from a part. */
function offeredNames(layout: Layout, needs: FrontNeeds): Set<string> {
  const offered = new Set<string>([...needs.passed.values()].flat());
  for (const names of namesFromParts(layout, needs.own.names, undefined).values())
    for (const name of names) offered.add(name);
  for (const plan of layout.parts) {
    const wanted = needsOf(layout, plan.units, []).names;
    for (const names of namesFromParts(layout, wanted, plan).values()) for (const name of names) offered.add(name);
    for (const unit of plan.statements)
      if (unit.node.type === "ExportDefaultDeclaration") for (const name of unit.names) offered.add(name);
  }
  for (const one of layout.graph.taken) for (const site of one.heritage?.references ?? []) offered.add(site.name);
  return offered;
}

/** The object through which lower parts find what stands above them. */
function linksPart(layout: Layout): SplitPart {
  const { esm, text } = layout.text;
  const names = layout.linkNames.join(", ");
  const strict = layout.graph.parts.directives.length > 0 && !esm ? ['"use strict";', ""] : [];
  const declaration = text.includes("const ") || esm ? "const" : "var";
  const lines = [
    `// Links: what lower parts use of higher ones when they are called (${names}). The front fills it in.`,
    "",
    ...strict,
    `${esm ? "export " : ""}${declaration} ${layout.linksName} = {};`,
    ...(esm ? [] : ["", `module.exports = { ${layout.linksName}: ${layout.linksName} };`]),
  ];
  const steps: ExactStep[] = [{ kind: "create", path: layout.linksPath, content: `${lines.join("\n")}\n` }];
  return {
    path: layout.linksPath,
    title: "Links",
    purpose: "Late-bound names that lower parts use of higher ones.",
    names: [layout.linksName],
    steps,
    checks: syntaxChecks(layout.linksPath),
    lines: lines.length,
  };
}

/** The object that every part of the module adds its public names to; they stand in their old order. */
function exportsPart(layout: Layout, publicNames: readonly string[]): SplitPart {
  const order = publicNames
    .map((name) => ({ name, at: layout.text.text.search(new RegExp(`exports\\.${name}\\b`)) }))
    .sort((a, b) => a.at - b.at);
  const lines = [
    `// Exports: the object that ${layout.text.path.split("/").at(-1) ?? ""} and its parts add their public names to.`,
    "",
    ...order.map(({ name }) => `exports.${name} = undefined;`),
  ];
  return {
    path: layout.exportsPath,
    title: "Exports",
    purpose: "The one object that all parts add their public names to.",
    names: [],
    steps: [{ kind: "create", path: layout.exportsPath, content: `${lines.join("\n")}\n` }],
    checks: syntaxChecks(layout.exportsPath),
    lines: lines.length,
  };
}

function notesOf(layout: Layout, parts: readonly SplitPart[], maxLines: number, facts: ProjectFacts): string[] {
  const notes: string[] = [];
  const { loose, trusting } = layout.graph.manner;
  if (trusting && layout.late.size > 0)
    notes.push("Functions that are given to calls while the module loads are taken to run later.");
  if (loose)
    notes.push(
      "Members of the class use others that stand higher in its chain: the code runs as before, but a type checker will complain; the project's test command does not run one.",
    );
  if (layout.text.typescript && facts.isolatedDeclarations)
    notes.push(
      "The project asks for written types on all exports; names that only this module knew are exported between its parts now and may need them.",
    );
  for (const part of parts) {
    if (part.lines > maxLines)
      notes.push(
        `${part.path} has ${part.lines} lines: one definition in it (${part.names.slice(0, 3).join(", ")}) is larger than the limit and cannot be cut.`,
      );
  }
  if (layout.late.size > 0) {
    notes.push(
      `${layout.linkNames.join(", ")} ${layout.linkNames.length === 1 ? "is" : "are"} looked up when called (${layout.late.size} places), because the definitions use each other in circles; ${layout.text.path} fills in ${layout.linksPath}.`,
    );
  }
  const added = layout.parts
    .flatMap((part) => part.statements)
    .filter((unit) => unit.names.length === 0 && /\.[\w$]+ = /.test(layout.text.lines[unit.codeFirst - 1] ?? ""));
  if (added.length > 1 && !layout.graph.manner.shared)
    notes.push(
      "Properties that are assigned one by one are added part by part now; their order on the object can differ.",
    );
  for (const { container } of layout.graph.taken) {
    const chain = layout.segments.filter((segment) => segment.container === container);
    if (container.kind !== "class" || chain.length === 0) continue;
    notes.push(
      `${container.name ?? "The class"} is a chain of ${chain.length + 1} classes now: its members are inherited, so hasOwnProperty on the prototype and the class's length see fewer of its own.`,
    );
  }
  return notes;
}
