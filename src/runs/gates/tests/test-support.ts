import { literalsOf, type TestFile } from "../../../codebase/test-code/test-file.ts";
import { isSkipCall } from "../../../codebase/test-code/checks.ts";
import {
  calledName,
  isDocstring,
  walk,
  type CodeNode,
  type FunctionNode,
} from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import type { Intent } from "../facts/intent.ts";
import type { Finding } from "../facts/result.ts";
import type { TestPairing } from "./match-tests.ts";

/** Values of fixtures, tables and set-up code that tests lean on and that are gone from the test files. */
export function lostSupport(
  base: readonly TestFile[],
  head: readonly TestFile[],
  pairings: readonly TestPairing[],
  intent: Intent,
): Finding[] {
  const now = new Set(head.flatMap(({ code }) => literalsOf(code.body)));
  if (base.length === 0 || head.length === 0) return [];
  return base.flatMap((file): Finding[] => {
    const still = pairings.some((pairing) => pairing.path === file.path && pairing.head !== undefined);
    const mayChange = file.cases.some(({ name }) => intent.mayChangeTest(name));
    if (!still || mayChange) return [];
    const spans = file.cases.map(({ line, endLine }) => ({ line, endLine }));
    const support = file.code.body.flatMap((node) => outside(node, spans));
    const lost = literalsOf(support).find(
      (literal) => !now.has(literal) && !/^string:(?:\S+\s+){3,}/.test(literal) && !/^(?:boolean|none):/.test(literal),
    );
    if (lost === undefined || (lost.length > 10 && intent.text.includes(lost.replace(/^\w+:/, "")))) return [];
    return [
      {
        code: "test-weakened",
        message: `${file.path}: the tests no longer have ${lost.replace(/^\w+:/, "").slice(0, 60)} to work on; keep fixtures and tables as they were`,
        path: file.path,
      },
    ];
  });
}

/** Fixtures and set-up code, by name, that skip now or hand out a double in the place of the real thing. */
export function spoiledSupport(base: readonly TestFile[], head: readonly TestFile[], intent: Intent): Finding[] {
  const before = new Map(base.flatMap(({ code }) => supportOf(code.body).map((node) => [node.name, node] as const)));
  return head.flatMap((file): Finding[] =>
    supportOf(file.code.body).flatMap((node): Finding[] => {
      const old = before.get(node.name);
      const at = { path: file.path, line: node.line, text: node.name };
      const skips = (body: readonly CodeNode[]): boolean =>
        [...walk(body)].some((inner) => inner.kind === "call" && isSkipCall(inner));
      if (skips(node.body) && (old === undefined ? base.length > 0 : !skips(old.body)) && !intent.matches(/\bskip/i)) {
        return [
          {
            code: "test-skipped",
            message: `${file.path}:${node.line} ${node.name} skips the tests that use it; let them run`,
            ...at,
          },
        ];
      }
      if (old === undefined || printCode(old.body) === printCode(node.body)) return [];
      const [made, makes] = [callsOf(old.body), callsOf(node.body)];
      const doubled = [...makes].some(
        (name) =>
          /^(?:Mock|MagicMock|AsyncMock|create_autospec|fn|stub|SimpleNamespace)$/.test(name) && !made.has(name),
      );
      const lost = [...made].find((name) => !makes.has(name) && /^[A-Z]/.test(name));
      if (doubled && lost !== undefined && !intent.matches(/\b(?:mock|stub|fake|double)\w*\b/i)) {
        return [
          {
            code: "subject-replaced",
            message: `${file.path}:${node.line} ${node.name} hands out a double where it made ${lost}; make the real one`,
            ...at,
          },
        ];
      }
      const now = literalsOf(node.body);
      const gone = literalsOf(old.body).find(
        (literal) => !now.includes(literal) && !/^(?:boolean|none):/.test(literal),
      );
      if (gone === undefined || intent.matches(/\b(?:fixture|set-?up|test data)\b/i)) return [];
      return [
        {
          code: "test-weakened",
          message: `${file.path}:${node.line} ${node.name} no longer uses ${gone.replace(/^\w+:/, "").slice(0, 40)}; keep what the tests work on`,
          ...at,
        },
      ];
    }),
  );
}

function callsOf(body: readonly CodeNode[]): Set<string> {
  return new Set([...walk(body)].flatMap((node) => (node.kind === "call" ? [calledName(node)] : [])));
}

/** Functions and methods that are no tests. */
function supportOf(body: readonly CodeNode[]): FunctionNode[] {
  return body.flatMap((node) => {
    if (node.kind === "class")
      return supportOf(node.body).map((method) => ({ ...method, name: `${node.name}.${method.name}` }));
    return node.kind === "function" && node.name !== "" && !/^test/.test(node.name) ? [node] : [];
  });
}

/** Parts of a node that stand in no test: assignments, fixtures, set-up methods. Titles of groups do not count. */
function outside(node: CodeNode, spans: readonly { line: number; endLine: number }[]): CodeNode[] {
  if (isDocstring(node) || node.kind === "import") return [];
  if (spans.some(({ line, endLine }) => node.line >= line && node.endLine <= endLine)) return [];
  const holds = spans.some(({ line, endLine }) => line >= node.line && endLine <= node.endLine);
  if (!holds) {
    if (node.kind === "function" || node.kind === "class")
      return [...walk(node.body)]
        .filter((inner) => inner.kind === "assign" || inner.kind === "return" || inner.kind === "expr")
        .filter((inner) => !isDocstring(inner));
    return node.kind === "assign" ? [node] : [];
  }
  if (node.kind === "class" || node.kind === "function" || node.kind === "block")
    return node.body.flatMap((inner) => outside(inner, spans));
  if (node.kind === "expr" && node.value.kind === "call")
    return node.value.args.flatMap((argument) =>
      argument.kind === "function" ? argument.body.flatMap((inner) => outside(inner, spans)) : [],
    );
  return [];
}
