import { isValue } from "../../../codebase/test-code/checks.ts";
import { walk, type CodeNode } from "../../../codebase/test-code/code-tree.ts";
import { printCode } from "../../../codebase/test-code/print-code.ts";

/** A literal that is answered when a literal is met: an entry of a table, or a branch. */
export interface MemoEntry {
  readonly keys: readonly string[];
  readonly value: string;
  readonly line: number;
  readonly form: "table" | "branch";
  /** Entries of one table or one chain of branches share it. */
  readonly group: number;
}

/** Every table entry and branch of a tree that maps literals to literals. */
export function memoEntries(nodes: readonly CodeNode[]): MemoEntry[] {
  const found: MemoEntry[] = [];
  let group = 0;
  const inChain = new Set<CodeNode>();
  for (const node of walk(nodes)) {
    group++;
    if (node.kind === "dict") {
      for (const { key, value } of node.entries) {
        if (key !== undefined && isValue(key) && isValue(value)) found.push({ keys: textsOf(key), value: printCode(value), line: value.line, form: "table", group });
      }
    } else if (node.kind === "list" && node.items.length > 1) {
      for (const item of node.items) {
        if (item.kind !== "list" || item.items.length < 2 || !item.items.every(isValue)) continue;
        const value = item.items.at(-1);
        if (value !== undefined) found.push({ keys: item.items.slice(0, -1).flatMap(textsOf), value: printCode(value), line: item.line, form: "table", group });
      }
    } else if (node.kind === "if" && !inChain.has(node)) {
      chain(node, group, found, inChain);
    } else if (node.kind === "switch") {
      for (const { tests, body } of node.cases) {
        const value = answerOf(body);
        if (value !== undefined && tests.length > 0) found.push({ keys: tests.flatMap((test) => (isValue(test) ? textsOf(test) : literalsIn(test))), value, line: body[0]?.line ?? node.line, form: "branch", group });
      }
    } else if (node.kind === "ternary") {
      const keys = keysOf(node.test);
      if (keys.length > 0 && isValue(node.then)) found.push({ keys, value: printCode(node.then), line: node.line, form: "branch", group });
    } else if (node.kind === "call" && /(?:^|\.)set$/.test(printCode(node.callee)) && node.args.length === 2) {
      const [key, value] = node.args;
      if (key !== undefined && value !== undefined && isValue(key) && isValue(value)) found.push({ keys: textsOf(key), value: printCode(value), line: node.line, form: "table", group: 0 });
    } else if (node.kind === "assign" && node.target.kind === "index" && node.value !== undefined && isValue(node.value) && isValue(node.target.index)) {
      found.push({ keys: textsOf(node.target.index), value: printCode(node.value), line: node.line, form: "table", group: 0 });
    }
  }
  return found;
}

/** `if x == A: return 1 / elif ...` and separate `if`s in a row are one chain each; the group only bounds the share. */
function chain(start: Extract<CodeNode, { kind: "if" }>, group: number, into: MemoEntry[], seen: Set<CodeNode>): void {
  let node: CodeNode | undefined = start;
  while (node?.kind === "if") {
    seen.add(node);
    const keys = keysOf(node.test);
    const value = answerOf(node.then);
    if (keys.length > 0 && value !== undefined) into.push({ keys, value, line: node.line, form: "branch", group });
    node = node.else.length === 1 ? node.else[0] : undefined;
  }
}

/** Literals that a condition compares something with for equality or membership. */
function keysOf(test: CodeNode): string[] {
  return [...walk([test])].flatMap((node): string[] => {
    if (node.kind === "call" && /(?:equals|isEqual|deepEqual|startswith|startsWith|includes)$/.test(printCode(node.callee))) return node.args.filter(isValue).flatMap(textsOf);
    if (node.kind !== "compare" || !["==", "is", "in"].includes(node.op)) return [];
    return [node.left, node.right].filter(isValue).flatMap(textsOf);
  });
}

/** The literal that a branch hands back or stores: its last statement. */
function answerOf(body: readonly CodeNode[]): string | undefined {
  const last = body.filter((node) => node.kind !== "jump" && node.kind !== "pass").at(-1);
  if ((last?.kind === "return" || (last?.kind === "assign" && last.target.kind === "name")) && last.value !== undefined && isValue(last.value)) return printCode(last.value);
  return undefined;
}

function textsOf(node: CodeNode): string[] {
  return node.kind === "literal" ? [printCode(node)] : [printCode(node), ...literalsIn(node)];
}

function literalsIn(node: CodeNode): string[] {
  return [...walk([node])].flatMap((inner) => (inner.kind === "literal" ? [printCode(inner)] : []));
}
