import { isValue } from "../../../codebase/test-code/checks.ts";
import { walk, type CodeNode } from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";

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
    if (node.kind === "if") {
      if (!inChain.has(node)) chain(node, group, found, inChain);
    } else if (node.kind === "switch" || node.kind === "ternary") {
      found.push(...answersOf(node).map((answer) => ({ ...answer, form: "branch" as const, group })));
    } else
      found.push(...rowsOf(node).map((row) => ({ ...row, form: "table" as const, group: isSingle(node) ? 0 : group })));
  }
  return found;
}

type Answer = Pick<MemoEntry, "keys" | "value" | "line">;

/** Entries that are put into a table one by one all belong together. */
function isSingle(node: CodeNode): boolean {
  return node.kind === "call" || node.kind === "assign";
}

function answersOf(node: Extract<CodeNode, { kind: "switch" | "ternary" }>): Answer[] {
  if (node.kind === "ternary") {
    const keys = keysOf(node.test);
    return keys.length > 0 && isValue(node.then) ? [{ keys, value: printCode(node.then), line: node.line }] : [];
  }
  return node.cases.flatMap(({ tests, body }) => {
    const value = answerOf(body);
    if (value === undefined || tests.length === 0) return [];
    const keys = tests.flatMap((test) => (isValue(test) ? textsOf(test) : literalsIn(test)));
    return [{ keys, value, line: body[0]?.line ?? node.line }];
  });
}

/** Rows of a table: entries of a dictionary, lists of lists, `table.set(key, value)`, `table[key] = value`. */
function rowsOf(node: CodeNode): Answer[] {
  switch (node.kind) {
    case "dict":
      return node.entries.flatMap(({ key, value }) => (key === undefined ? [] : rowOf([key], value)));
    case "list":
      if (node.items.length < 2) return [];
      return node.items.flatMap((item) =>
        item.kind === "list" ? rowOf(item.items.slice(0, -1), item.items.at(-1)) : [],
      );
    case "call":
      return /(?:^|\.)set$/.test(printCode(node.callee)) && node.args.length === 2
        ? rowOf(node.args.slice(0, 1), node.args[1])
        : [];
    case "assign":
      return node.target.kind === "index" ? rowOf([node.target.index], node.value) : [];
    default:
      return [];
  }
}

function rowOf(keys: readonly CodeNode[], value: CodeNode | undefined): Answer[] {
  if (value === undefined || keys.length === 0 || !keys.every(isValue) || !isValue(value)) return [];
  return [{ keys: keys.flatMap(textsOf), value: printCode(value), line: value.line }];
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
    if (
      node.kind === "call" &&
      /(?:equals|isEqual|deepEqual|startswith|startsWith|includes)$/.test(printCode(node.callee))
    )
      return node.args.filter(isValue).flatMap(textsOf);
    if (node.kind !== "compare" || !["==", "is", "in"].includes(node.op)) return [];
    return [node.left, node.right].filter(isValue).flatMap(textsOf);
  });
}

/** The literal that a branch hands back or stores: its last statement. */
function answerOf(body: readonly CodeNode[]): string | undefined {
  const last = body.filter((node) => node.kind !== "jump" && node.kind !== "pass").at(-1);
  if (
    (last?.kind === "return" || (last?.kind === "assign" && last.target.kind === "name")) &&
    last.value !== undefined &&
    isValue(last.value)
  )
    return printCode(last.value);
  return undefined;
}

function textsOf(node: CodeNode): string[] {
  return node.kind === "literal" ? [printCode(node)] : [printCode(node), ...literalsIn(node)];
}

function literalsIn(node: CodeNode): string[] {
  return [...walk([node])].flatMap((inner) => (inner.kind === "literal" ? [printCode(inner)] : []));
}
