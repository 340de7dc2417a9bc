import type { Node } from "web-tree-sitter";
import type { FileSymbol, SourceFacts, SourceReader } from "../languages.ts";
import { type Findings, findings, NO_FACTS } from "../text/found-facts.ts";
import { sourceText } from "../text/source-text.ts";
import { type GrammarName, loadGrammar } from "./grammar.ts";

/** How one language is read: what each kind of node declares or imports. */
export interface Rules {
  readonly grammar: GrammarName;
  readonly lineComment: string;
  /** Kinds of nodes that belong to the declaration after them, besides comments: attributes that stand beside it. */
  readonly attached?: ReadonlySet<string>;
  /** Whether the grammar would take too long for a text, in a way that its own steps do not show; such a text has no symbols. */
  isCostly?(text: string): boolean;
  /** Called for every named child on the levels that are walked, in order; comments left out. */
  visit(node: Node, at: Level): void;
  /** Once, in the end: what is found by the text rather than at the top of the tree. */
  finish?(root: Node, text: string, into: Findings): void;
}

/** Where a walk stands: which symbol holds what is found, and what the language's own rule says of it. */
export interface Level {
  readonly into: Findings;
  readonly text: string;
  readonly parent: number;
  /** Kind of the symbol that holds it; undefined at the top. */
  readonly holder: FileSymbol["kind"] | undefined;
  /** What holds it can be reached from other files. */
  readonly open: boolean;
  readonly depth: number;
  /** Where the node begins with the comments and attributes above it. */
  readonly from: number;
  /** Free for a language's rules: "public" sections, names exported by a list. */
  readonly state: Record<string, unknown>;
  /** Declares a symbol; answers its number. `body` is where the signature ends. */
  declare(node: Node, found: Found): number;
  /** Walks the children of a node as members of a symbol; `-1` as a symbol walks nothing. */
  inside(node: Node | null, symbol: number, holder: FileSymbol["kind"], open: boolean): void;
  /** Walks the children of a node as if they stood where the node stands. */
  through(node: Node | null): void;
}

export interface Found {
  readonly kind: FileSymbol["kind"];
  readonly name: Node | null | undefined;
  /** Where it differs from the text of the node `name`. */
  readonly called?: string;
  readonly exported: boolean;
  /** The node that the signature leaves out; all of the declaration is its signature without it. */
  readonly body?: Pick<Node, "startIndex"> | null | undefined;
  /** The signature begins here, behind attributes; the node's start without it. */
  readonly headStart?: number | undefined;
  /** Start and end, where they are not those of the node with what stands above it. */
  readonly range?: readonly [start: number, end: number];
}

const DEEPEST = 40;

/** Opens the reader of a language that has a grammar. */
export async function openGrammarReader(rules: Rules): Promise<SourceReader> {
  const grammar = await loadGrammar(rules.grammar);
  return {
    read: (_path, text) =>
      rules.isCostly?.(text) === true
        ? NO_FACTS
        : (grammar.parse(text, (tree) => readTree(rules, tree.rootNode, text)) ?? NO_FACTS),
  };
}

function readTree(rules: Rules, root: Node, text: string): SourceFacts {
  const into = findings(sourceText(text), rules.lineComment);
  children(rules, root, { into, text, parent: -1, holder: undefined, open: true, depth: 0, state: {} });
  rules.finish?.(root, text, into);
  return into.facts();
}

type Place = Pick<Level, "into" | "text" | "parent" | "holder" | "open" | "depth" | "state">;

function children(rules: Rules, node: Node, place: Place): void {
  if (place.depth > DEEPEST) return;
  let pending: { start: number; end: number } | undefined;
  for (const child of node.namedChildren) {
    const start = child.startIndex;
    const isComment = child.type.endsWith("comment");
    if (isComment || rules.attached?.has(child.type) === true) {
      const end = child.endIndex;
      // A comment behind code of the same line belongs to that code.
      if (isComment && !startsLine(place.text, start)) pending = undefined;
      else
        pending = {
          start: pending !== undefined && joins(place.text, pending.end, start) ? pending.start : start,
          end,
        };
      continue;
    }
    const from = pending !== undefined && joins(place.text, pending.end, start) ? pending.start : start;
    pending = undefined;
    // What the grammar could not read may hold whole declarations all the same.
    if (child.type === "ERROR") children(rules, child, { ...place, depth: place.depth + 1 });
    else rules.visit(child, levelAt(rules, place, from));
  }
}

function levelAt(rules: Rules, place: Place, from: number): Level {
  return {
    ...place,
    from,
    declare: (node, found) => {
      const name = found.called ?? found.name?.text ?? "";
      const [start, end] = found.range ?? [from, node.endIndex];
      const headStart = found.headStart ?? node.startIndex;
      return place.into.declare({
        name: name.slice(0, 200),
        kind: found.kind,
        start,
        end,
        nameAt: found.name?.startIndex ?? node.startIndex,
        head: [headStart, found.body?.startIndex ?? node.endIndex],
        exported: found.exported,
        parent: place.parent,
      });
    },
    inside: (node, symbol, holder, open) => {
      if (node !== null && symbol >= 0)
        children(rules, node, { ...place, parent: symbol, holder, open, depth: place.depth + 1, state: {} });
    },
    through: (node) => {
      if (node !== null) children(rules, node, { ...place, depth: place.depth + 1 });
    },
  };
}

function startsLine(text: string, start: number): boolean {
  for (let at = start - 1; at >= 0; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === 10) return true;
    if (code !== 32 && code !== 9 && code !== 0xfeff) return false;
  }
  return true;
}

/** At most one line break between, and nothing but blanks. Some grammars end a comment behind its line break. */
function joins(text: string, from: number, to: number): boolean {
  let breaks = from > 0 && text.charCodeAt(from - 1) === 10 ? 1 : 0;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10) breaks += 1;
    else if (code !== 32 && code !== 9 && code !== 13) return false;
  }
  return breaks <= 1;
}
