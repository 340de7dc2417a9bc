import { posix } from "node:path";
import type { Codebase, FileFacts, LeftOut, ModuleFacts } from "../facts/facts.ts";
import { countTokens } from "../tokens/count-tokens.ts";
import { oneLine, shownPath } from "./block.ts";
import { byCodeUnits } from "./order-files.ts";

/** Longest line of the overview, as a share of what one text may hold. */
const LINE_SHARE = 0.5;

/**
 * What the codebase is and its table of contents, in texts of at most `budget` tokens. Where all of it fits in `share` of
 * the budget it is one text, as telling as fits: each module with its tokens, its signatures of note and what it imports; with
 * its tokens; by name. Where even the names do not fit, they go on over as many texts as they need: every module is named.
 *
 * The commit is not in it: equal contents give equal bytes. Pure.
 */
export function overviewTexts(codebase: Codebase, budget: number, share: number): readonly string[] {
  if (share <= 0) return [];
  const modules = [...codebase.modules].sort(
    (a, b) =>
      Number(b.criticality.isCritical) - Number(a.criticality.isCritical) ||
      byCodeUnits(folderOf(a), folderOf(b)) ||
      byCodeUnits(a.name, b.name),
  );
  const head = headLines(codebase, Math.floor(budget * share));
  const most = Math.floor(budget * share);
  for (const form of [telling, sized]) {
    const lines = [...head, ...moduleLines(modules, form)];
    // A line has two tokens at least: what cannot fit is not written out.
    if (lines.length * 2 > most) continue;
    const text = lines.join("");
    if (countTokens(text) <= most) return [text];
  }
  const names = moduleLines(modules, named);
  return inTexts([...head, ...names], budget, most);
}

type Form = (module: ModuleFacts) => string;

const telling: Form = (module) => {
  const imports = module.imports.length === 0 ? "" : `; imports ${module.imports.slice(0, 8).join(", ")}`;
  return `${sized(module)}${imports}${module.imports.length > 8 ? ", …" : ""}`;
};
const sized: Form = (module) =>
  `${module.name} (${module.tokens}${module.importedBy.length === 0 ? "" : `, used by ${module.importedBy.length}`})`;
const named: Form = (module) => module.name;

function moduleLines(modules: readonly ModuleFacts[], form: Form): readonly string[] {
  const lines: string[] = [];
  let group = "";
  for (const module of modules) {
    const title = module.criticality.isCritical ? "### Critical modules\n" : "### Supporting modules\n";
    if (title !== group) lines.push(title);
    group = title;
    lines.push(`- ${oneLine(form(module))}\n`);
  }
  return lines;
}

function headLines(codebase: Codebase, most: number): readonly string[] {
  const lines = [`# ${shownPath(posix.basename(codebase.root.replaceAll("\\", "/")), 20)}\n`];
  const tokens = codebase.files.reduce((sum, file) => sum + file.tokens, 0);
  lines.push(`Files: ${codebase.files.length}, tokens: ${tokens}, modules: ${codebase.modules.length}\n`);
  const more = [
    counted("Languages", codebase.files, (file: FileFacts) => file.language),
    counted("Roles", codebase.files, (file: FileFacts) => file.role),
    // What git ignores stands on this machine, not in the commit: the same commit gives the same text.
    counted("Left out", committed(codebase.leftOut), ({ reason }) => reason),
    ...codebase.files.filter(({ entry }) => entry !== null).map((file) => entryLine(file)),
  ];
  // Half of the room at most: the table of contents matters more.
  let used = countTokens(lines.join(""));
  for (const line of more) {
    used += countTokens(line);
    if (used > most / 2) break;
    lines.push(line);
  }
  lines.push("## Table of contents\n");
  return lines;
}

function committed(leftOut: readonly LeftOut[]): readonly LeftOut[] {
  return leftOut.filter(({ reason }) => reason !== "ignored");
}

function entryLine(file: FileFacts): string {
  return `Starts at: ${shownPath(file.path, 40)} (${oneLine(file.entry ?? "").slice(0, 100)})\n`;
}

function counted<T>(title: string, items: readonly T[], kindOf: (item: T) => string): string {
  if (items.length === 0) return "";
  const counts = new Map<string, number>();
  for (const item of items) counts.set(kindOf(item), (counts.get(kindOf(item)) ?? 0) + 1);
  const shown = [...counts].sort((a, b) => b[1] - a[1] || byCodeUnits(a[0], b[0]));
  return `${title}: ${shown.map(([kind, count]) => `${kind} ${count}`).join(", ")}\n`;
}

/** Lines in as few texts as they need; the first `share` only where that is enough for all. */
function inTexts(lines: readonly string[], budget: number, most: number): readonly string[] {
  const texts: string[] = [];
  let text = "";
  let tokens = 0;
  const total = lines.reduce((sum, line) => sum + countTokens(line), 0);
  const room = total <= most ? most : budget;
  for (const line of lines.flatMap((long) => shortLines(long, Math.floor(budget * LINE_SHARE)))) {
    const more = countTokens(line);
    if (tokens + more > room && text !== "") {
      texts.push(text);
      text = "# Table of contents, continued\n";
      tokens = countTokens(text);
    }
    text += line;
    tokens += more;
  }
  return text === "" ? texts : [...texts, text];
}

/** A name that is longer than a text stands on several lines. */
function shortLines(line: string, most: number): readonly string[] {
  if (line.length <= most || countTokens(line) <= most) return [line];
  // A character has at most four tokens.
  const step = Math.max(1, Math.floor((most - 4) / 4));
  const pieces = line.trimEnd().match(new RegExp(`.{1,${step}}`, "gsu")) ?? [];
  return pieces.map((piece, at) => `${at === 0 ? "" : "  "}${piece}\n`);
}

function folderOf(module: ModuleFacts): string {
  return posix.dirname(module.files[0] ?? "");
}
