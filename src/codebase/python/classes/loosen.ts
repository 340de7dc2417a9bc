import { wordsOf } from "../grouping/affinity.ts";
import { slice } from "../reading/bindings.ts";
import { fieldOf, namedChildren, type Syntax } from "../reading/syntax.ts";
import { readMembers, type ClassMember } from "./class-members.ts";

/** A text in which over-large classes take most of their methods from classes before them. */
export interface Loosened {
  readonly lines: readonly string[];
  /** For each line its number in the old file; 0 for a new one. */
  readonly origins: readonly number[];
  /** One sentence per class. */
  readonly notes: readonly string[];
}

/** Class decorators and bases that look at the class's own body, and so must find everything there. */
const NEUTRAL_DECORATOR =
  /^@\s*((dataclasses\.)?dataclass|(functools\.)?total_ordering|(typing\.)?(final|runtime_checkable))\b/;
const BODY_BASE = /\b(NamedTuple|TypedDict|Protocol|\w*Enum|\w*Flag)\b/;

/**
 * Rewrites each top-level class above `limit` lines into classes that hold some of its methods each, and the class
 * itself, which inherits from them first and keeps everything else. The methods' lines stay as they are. It stays one
 * class to its users: same name, same attributes, subclasses and `isinstance` as before; the new classes have no
 * state, no metaclass and no bases of their own. Undefined where no class is too large or none can be loosened.
 */
export function loosenClasses(
  module: Syntax,
  text: string,
  lines: readonly string[],
  limit: number,
  taken: ReadonlySet<string>,
): Loosened | undefined {
  const out: string[] = [];
  const origins: number[] = [];
  const notes: string[] = [];
  const used = new Set(taken);
  const keep = (from: number, to: number): void => {
    for (let line = from; line <= to; line++) {
      out.push(lines[line - 1] ?? "");
      origins.push(line);
    }
  };
  const write = (line: string): void => {
    out.push(line);
    origins.push(0);
  };
  let done = 0;
  for (const statement of namedChildren(module)) {
    const plan = planClass(statement, text, limit, used);
    if (plan === undefined) continue;
    let gap = statement.line;
    while (gap - 1 > done && /^\s*(#.*)?$/.test(lines[gap - 2] ?? "x")) gap--;
    keep(done + 1, gap - 1);
    for (const { name, members, words } of plan.holders) {
      for (const line of holderHead(name, words, plan.className, plan.indent)) write(line);
      if ((lines[(members[0]?.first ?? 1) - 1] ?? "").trim() !== "") write("");
      for (const member of members) keep(member.first, member.last);
    }
    if ((lines[gap - 1] ?? "").trim() !== "") for (const line of ["", ""]) write(line);
    const moved = new Set(plan.holders.flatMap((holder) => holder.members));
    keep(gap, plan.headerLine - 1);
    write(plan.header);
    let at = plan.headerLine;
    for (const member of plan.members) {
      if (!moved.has(member)) continue;
      keep(at + 1, member.first - 1);
      at = member.last;
    }
    keep(at + 1, statement.endLine);
    if (plan.members.every((member) => moved.has(member))) write(`${plan.indent}pass`);
    done = statement.endLine;
    notes.push(
      `${plan.className} takes methods from ${plan.holders.map((holder) => holder.name).join(", ")}; it is one class to its users as before.`,
    );
  }
  if (notes.length === 0) return undefined;
  keep(done + 1, lines.length);
  return { lines: out, origins, notes };
}

/** How a class that holds some of another's methods begins. */
function holderHead(name: string, words: string, className: string, indent: string): string[] {
  const doc = `${indent}"""Methods of ${className}: ${words}."""`;
  return ["", "", `class ${name}:`, doc, "", `${indent}__slots__ = ()`];
}

interface Holder {
  readonly name: string;
  readonly words: string;
  readonly members: readonly ClassMember[];
}

interface ClassPlan {
  readonly className: string;
  readonly members: readonly ClassMember[];
  readonly holders: readonly Holder[];
  readonly headerLine: number;
  readonly header: string;
  readonly indent: string;
}

function planClass(statement: Syntax, text: string, limit: number, used: Set<string>): ClassPlan | undefined {
  const definition = statement.type === "decorated_definition" ? fieldOf(statement, "definition") : statement;
  if (definition?.type !== "class_definition" || statement.endLine - statement.line + 1 <= limit) return undefined;
  const decorators = statement.children.filter((child) => child.type === "decorator");
  if (!decorators.every((decorator) => NEUTRAL_DECORATOR.test(slice(decorator, text)))) return undefined;
  const bases = fieldOf(definition, "superclasses");
  const baseText = bases === undefined ? "" : slice(bases, text);
  const metaclass = /metaclass\s*=\s*([\w.]+)/.exec(baseText)?.[1];
  if (BODY_BASE.test(baseText) || (metaclass !== undefined && !/(^|\.)ABCMeta$/.test(metaclass))) return undefined;
  if (fieldOf(definition, "type_parameters") !== undefined) return undefined;
  const name = fieldOf(definition, "name");
  const size = (list: readonly ClassMember[]): number =>
    list.reduce((sum, member) => sum + member.last - member.first + 1, 0);
  const plain = readMembers(definition, text, false);
  const stillLarge = size(plain.filter((member) => !member.movable)) > limit * 0.9;
  const members = stillLarge && decorators.length === 0 ? readMembers(definition, text, true) : plain;
  const [first] = namedChildren(fieldOf(definition, "body") ?? definition);
  if (name === undefined || first === undefined || first.line === definition.line) return undefined;
  const className = slice(name, text);
  const holders = chunk(
    members.filter((member) => member.movable),
    limit,
  ).map((chosen) => ({ members: chosen, ...nameHolder(className, chosen, used) }));
  if (holders.length === 0) return undefined;
  const inherited = holders.map((holder) => holder.name).join(", ");
  const at = bases === undefined ? name.end : bases.start + 1;
  const empty = bases === undefined || namedChildren(bases).length === 0;
  const inserted = bases === undefined ? `(${inherited})` : empty ? inherited : `${inherited}, `;
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const lineStop = text.indexOf("\n", at);
  const line = text.slice(lineStart, lineStop === -1 ? undefined : lineStop).replace(/\r$/, "");
  const header = line.slice(0, at - lineStart) + inserted + line.slice(at - lineStart);
  const firstLine = text.slice(text.lastIndexOf("\n", first.start - 1) + 1, first.start);
  return { className, members, holders, headerLine: bases?.line ?? name.line, header, indent: firstLine };
}

/** Runs of methods in their order, each well below the limit; methods that must stay together come together. */
function chunk(members: readonly ClassMember[], limit: number): ClassMember[][] {
  const units = new Map<number, ClassMember[]>();
  for (const member of members) units.set(member.unit, [...(units.get(member.unit) ?? []), member]);
  const size = (list: readonly ClassMember[]): number =>
    list.reduce((sum, member) => sum + member.last - member.first + 1, 0);
  const total = size(members);
  const target = total / Math.ceil(total / (limit * 0.7));
  const chunks: ClassMember[][] = [];
  for (const unit of units.values()) {
    const last = chunks.at(-1);
    const full = last === undefined || size(last) + size(unit) / 2 > target || size(last) + size(unit) > limit * 0.85;
    if (full) chunks.push([...unit]);
    else last.push(...unit);
  }
  return chunks.map((list) => list.sort((a, b) => a.first - b.first));
}

/** `_TableHtmlMethods` for methods of `Table` that speak most of html. */
function nameHolder(
  className: string,
  members: readonly ClassMember[],
  used: Set<string>,
): { name: string; words: string } {
  const weights = new Map<string, number>();
  for (const member of members) {
    for (const word of new Set(member.names.flatMap(wordsOf))) {
      if (/^(get|set|is|has|to|from|do|add|the|of|for|in|and|not|with|by)$/.test(word) || word.length < 3) continue;
      weights.set(word, (weights.get(word) ?? 0) + Math.sqrt(member.last - member.first + 1));
    }
  }
  const ranked = [...weights].sort(([, a], [, b]) => b - a).map(([word]) => word);
  const candidates = [...ranked, ...members.map((_, index) => `part${index + 1}`)].map(
    (word) => `_${className.replace(/^_+/, "")}${word.slice(0, 1).toUpperCase()}${word.slice(1)}Methods`,
  );
  const name = candidates.find((candidate) => !used.has(candidate)) ?? `_${className}Methods${used.size}`;
  used.add(name);
  return { name, words: ranked.slice(0, 3).join(", ") };
}
