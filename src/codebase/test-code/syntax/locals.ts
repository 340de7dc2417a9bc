import { walk, type CodeNode } from "./code-tree.ts";

/** What each single-assigned name of a body stands for. */
export type Locals = ReadonlyMap<string, CodeNode>;

const MAX_DEPTH = 4;

/** The names of a body (inner functions included) that are assigned exactly once, with their values. */
export function localsOf(body: readonly CodeNode[]): Locals {
  const values = new Map<string, CodeNode | undefined>();
  for (const node of walk(body)) {
    if (node.kind === "assign" && node.target.kind === "name") {
      const seen = values.has(node.target.id) || node.op !== "=";
      values.set(node.target.id, seen ? undefined : node.value);
    }
    if (node.kind === "loop" && node.target !== undefined) {
      for (const part of walk([node.target])) if (part.kind === "name") values.set(part.id, undefined);
    }
  }
  return new Map(
    [...values].flatMap(([name, value]) =>
      value === undefined || value.kind === "function" ? [] : [[name, value] as const],
    ),
  );
}

/** The tree with single-assigned names replaced by what they stand for, a few levels deep. */
export function substitute(node: CodeNode, locals: Locals, depth: number = MAX_DEPTH): CodeNode {
  if (locals.size === 0 || depth === 0) return node;
  if (node.kind === "name") {
    const value = locals.get(node.id);
    return value === undefined ? node : substitute(value, locals, depth - 1);
  }
  return copy(node, locals, depth) as CodeNode;
}

function copy(value: unknown, locals: Locals, depth: number): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => inner(item, locals, depth));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item, locals, depth)]));
}

function inner(value: unknown, locals: Locals, depth: number): unknown {
  if (value !== null && typeof value === "object" && "kind" in value && (value as CodeNode).kind === "name") {
    return substitute(value as CodeNode, locals, depth);
  }
  return copy(value, locals, depth);
}
