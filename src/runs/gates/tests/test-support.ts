import { literalsOf, type TestFile } from "../../../codebase/test-code/test-file.ts";
import { isDocstring, walk, type CodeNode } from "../../../codebase/test-code/code-tree.ts";
import type { Intent } from "../facts/intent.ts";
import type { Finding } from "../facts/result.ts";
import type { TestPairing } from "./match-tests.ts";

/** Values of fixtures, tables and set-up code that tests lean on and that are gone from the test files. */
export function lostSupport(base: readonly TestFile[], head: readonly TestFile[], pairings: readonly TestPairing[], intent: Intent): Finding[] {
  const now = new Set(head.flatMap(({ code }) => literalsOf(code.body)));
  if (base.length === 0 || head.length === 0) return [];
  return base.flatMap((file): Finding[] => {
    const still = pairings.some((pairing) => pairing.path === file.path && pairing.head !== undefined);
    const mayChange = file.cases.some(({ name }) => intent.mayChangeTest(name));
    if (!still || mayChange) return [];
    const spans = file.cases.map(({ line, endLine }) => ({ line, endLine }));
    const support = file.code.body.flatMap((node) => outside(node, spans));
    const lost = literalsOf(support).find((literal) => !now.has(literal) && !/^string:(?:\S+\s+){3,}/.test(literal) && !/^(?:boolean|none):/.test(literal));
    if (lost === undefined || intent.text.includes(lost.replace(/^\w+:/, ""))) return [];
    return [{ code: "test-weakened", message: `${file.path}: the tests no longer have ${lost.replace(/^\w+:/, "").slice(0, 60)} to work on; keep fixtures and tables as they were`, path: file.path }];
  });
}

/** Parts of a node that stand in no test: assignments, fixtures, set-up methods. Titles of groups do not count. */
function outside(node: CodeNode, spans: readonly { line: number; endLine: number }[]): CodeNode[] {
  if (isDocstring(node) || node.kind === "import") return [];
  if (spans.some(({ line, endLine }) => node.line >= line && node.endLine <= endLine)) return [];
  const holds = spans.some(({ line, endLine }) => line >= node.line && endLine <= node.endLine);
  if (!holds) {
    if (node.kind === "function" || node.kind === "class") return [...walk(node.body)].filter((inner) => inner.kind === "assign" || inner.kind === "return" || inner.kind === "expr").filter((inner) => !isDocstring(inner));
    return node.kind === "assign" ? [node] : [];
  }
  if (node.kind === "class" || node.kind === "function" || node.kind === "block") return node.body.flatMap((inner) => outside(inner, spans));
  if (node.kind === "expr" && node.value.kind === "call") return node.value.args.flatMap((argument) => (argument.kind === "function" ? argument.body.flatMap((inner) => outside(inner, spans)) : []));
  return [];
}
