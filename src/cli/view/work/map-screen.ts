import type { Codebase } from "../../../codebase/facts/facts.ts";
import { formatCount } from "../../../foundation/units.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";
import { bar } from "../spend/bars.ts";
import { codebaseTree, leftOutText, type TreeNode } from "./codebase-tree.ts";

export interface MapForm {
  readonly paint: Paint;
  readonly columns: number;
  /** Lines of the tree at most; folders are left closed where there would be more. */
  readonly most: number;
}

const BAR = 6;
/** From here on a module is worth a look, though not critical. */
const MUCH = 0.2;

interface Line {
  readonly indent: string;
  readonly node: TreeNode;
  /** What stands for several nodes that are not shown. */
  readonly rest: boolean;
}

/** The codebase as a tree with tokens and criticality; the heaviest first. Pure. */
export function mapScreen(codebase: Codebase, form: MapForm): string {
  const { paint: p, columns } = form;
  const tree = codebaseTree(codebase);
  const critical = codebase.modules.filter(({ criticality }) => criticality.isCritical).length;
  const lines = treeLines(tree, form.most);
  const left = leftOutText(codebase.leftOut);
  return [
    p.bold(codebase.root),
    ...wrapText(
      `${formatCount(tree.files)} files, ${formatCount(tree.tokens)} tokens, ${formatCount(codebase.modules.length)} modules, ${formatCount(critical)} of them critical`,
      columns,
    ),
    "",
    ...fitTable([["", "tokens", "criticality", ""].map(p.dim), ...lines.map((line) => row(line, tree.score, p))], {
      columns,
      align: ["left", "right", "left", "left"],
      giving: [
        { column: 3, least: 0 },
        { column: 0, least: 24 },
      ],
    }),
    ...(left === "" ? [] : ["", ...wrapText(`Left out: ${left}. --json names each with its reason.`, columns)]),
    "",
  ].join("\n");
}

function row({ indent, node, rest }: Line, most: number, p: Paint): string[] {
  const name = `${indent}${node.children === null ? node.name : `${node.name}/`}`;
  const shown = rest ? p.dim(`${indent}${node.name}`) : node.isCritical ? p.bold(name) : name;
  const hasScore = node.score > 0 && !rest;
  return [
    shown,
    formatCount(node.tokens),
    hasScore ? `${colourOf(node, p)(bar(node.score / most, BAR))} ${node.score.toFixed(2)}` : "",
    p.dim(noteOf(node)),
  ];
}

function noteOf(node: TreeNode): string {
  if (node.children !== null) return node.files === 1 ? "1 file" : `${formatCount(node.files)} files`;
  const words = [node.isCritical ? "critical" : "", node.entry === null ? "" : `starts here: ${node.entry}`];
  return words.filter((word) => word !== "").join(", ");
}

/** The colour of a module's weight: what much depends on stands out. */
export function colourOf({ isCritical, score }: Pick<TreeNode, "isCritical" | "score">, p: Paint) {
  if (isCritical) return p.red;
  return score >= MUCH ? p.yellow : p.green;
}

/** The tree as lines: the heaviest folders are opened first, until no more lines fit. */
function treeLines(root: TreeNode, most: number): readonly Line[] {
  const open = new Set<TreeNode>([root]);
  let lines = root.children?.length ?? 0;
  const waiting = (root.children ?? []).filter(({ children }) => children !== null);
  while (waiting.length > 0) {
    waiting.sort((a, b) => Number(b.isCritical) - Number(a.isCritical) || b.tokens - a.tokens);
    const next = waiting.shift();
    if (next === undefined || next.children === null) continue;
    const more = Math.min(next.children.length, mostIn(most));
    if (lines + more > most) continue;
    lines += more;
    open.add(next);
    waiting.push(...next.children.filter(({ children }) => children !== null));
  }
  return linesBelow(root, "", open, mostIn(most));
}

/** One large folder does not take the whole screen. */
function mostIn(most: number): number {
  return Math.max(12, Math.floor(most / 4));
}

function linesBelow(node: TreeNode, indent: string, open: ReadonlySet<TreeNode>, most: number): readonly Line[] {
  const children = node.children ?? [];
  const shown = children.length <= most ? children : [...children].toSorted(byInterest).slice(0, most - 1);
  const kept = children.filter((child) => shown.includes(child));
  const rest = children.filter((child) => !shown.includes(child));
  return [
    ...kept.flatMap((child) => [
      { indent, node: child, rest: false },
      ...(open.has(child) ? linesBelow(child, `${indent}  `, open, most) : []),
    ]),
    ...(rest.length === 0 ? [] : [{ indent, node: restNode(rest), rest: true }]),
  ];
}

function byInterest(a: TreeNode, b: TreeNode): number {
  return Number(b.isCritical) - Number(a.isCritical) || b.tokens - a.tokens;
}

function restNode(rest: readonly TreeNode[]): TreeNode {
  const files = rest.reduce((sum, child) => sum + child.files, 0);
  return {
    path: "",
    files,
    score: 0,
    isCritical: false,
    module: null,
    why: [],
    entry: null,
    children: null,
    name: `… ${formatCount(files)} more`,
    tokens: rest.reduce((sum, child) => sum + child.tokens, 0),
  };
}
