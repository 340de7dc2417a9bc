import {
  calledName,
  dottedName,
  walk,
  type CallNode,
  type CodeNode,
} from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import type { TestFile } from "../../../codebase/test-code/test-file.ts";
import type { Intent } from "../facts/intent.ts";
import type { Finding } from "../facts/result.ts";

/** Tests whose subject is no longer the project's code: a double, a copy in the test file, a patched function. */
export function replacedSubjects(base: readonly TestFile[], head: readonly TestFile[], intent: Intent): Finding[] {
  const known = new Set(
    base.flatMap(({ code }) => [...walk(code.body)].flatMap((node) => doublesOf(node).map(({ text }) => text))),
  );
  return head.flatMap((file): Finding[] => {
    const subjects = new Set(
      file.cases.flatMap(({ checks }) => checks.flatMap(({ sides }) => [...calledNames(sides)])),
    );
    const imported = new Set(
      base.filter(({ path }) => path === file.path).flatMap(({ code }) => importedNames(code.body)),
    );
    const now = new Set(importedNames(file.code.body));
    const findings: Finding[] = [];
    for (const node of walk(file.code.body)) {
      for (const { name, text } of doublesOf(node)) {
        if (known.has(text) || !subjects.has(name) || intent.matches(/\b(?:mock|stub|fake|patch|spy|double)\w*\b/i))
          continue;
        findings.push({
          code: "subject-replaced",
          message: `${file.path}:${node.line} ${name} is replaced by a double and then checked; test the real one`,
          path: file.path,
          line: node.line,
          text,
        });
      }
      const own = definedName(node);
      if (own !== "" && imported.has(own) && !now.has(own) && subjects.has(own)) {
        findings.push({
          code: "subject-replaced",
          message: `${file.path}:${node.line} defines its own ${own} instead of importing the project's; import it as before`,
          path: file.path,
          line: node.line,
        });
      }
    }
    return findings;
  });
}

function calledNames(nodes: readonly CodeNode[]): Set<string> {
  return new Set([...walk(nodes)].flatMap((node) => (node.kind === "call" ? [calledName(node)] : [])));
}

function importedNames(body: readonly CodeNode[]): string[] {
  return body.flatMap((node) => {
    if (node.kind === "import") return node.names.map(({ as }) => as);
    if (
      node.kind === "assign" &&
      node.value !== undefined &&
      /^(?:await )?(?:require|import)\(/.test(printCode(node.value))
    )
      return [...walk([node.target])].flatMap((part) => (part.kind === "name" ? [part.id] : []));
    return [];
  });
}

function definedName(node: CodeNode): string {
  if (node.kind === "function" || node.kind === "class") return node.name;
  return node.kind === "assign" &&
    node.target.kind === "name" &&
    node.value !== undefined &&
    !/require\(|import\(/.test(printCode(node.value))
    ? node.target.id
    : "";
}

/** Names that a statement or call replaces by a double. */
function doublesOf(node: CodeNode): { name: string; text: string }[] {
  if (node.kind === "assign" && node.target.kind === "member" && node.value !== undefined) {
    const target = dottedName(node.target);
    const root = target.split(".")[0] ?? "";
    if (
      root === "self" ||
      root === "this" ||
      target === "" ||
      !/^(?:fn|arrow|jest|vi|Mock|MagicMock|sinon)|Mock\(|lambda|\bfn \(/.test(printCode(node.value))
    )
      return [];
    return [{ name: node.target.name, text: printCode(node) }];
  }
  return node.kind === "call" ? doublesOfCall(node) : [];
}

function doublesOfCall(call: CallNode): { name: string; text: string }[] {
  const callee = dottedName(call.callee);
  const text = printCode(call);
  const [first, second] = call.args;
  const word = (node: CodeNode | undefined): string =>
    node?.kind === "literal" && node.type === "string" ? (node.value.split(".").at(-1) ?? "") : "";
  if (/(?:^|\.)patch$/.test(callee)) return [{ name: word(first), text }];
  if (
    /(?:^|\.)patch\.object$/.test(callee) ||
    /monkeypatch\.setattr$/.test(callee) ||
    /(?:^|\.)(?:spyOn|stub|method|replace)$/.test(callee)
  ) {
    // A spy that calls through replaces nothing.
    if (/spyOn$/.test(callee)) return [];
    return [{ name: word(second) || word(first), text }];
  }
  if (/^mock(?:Return|Implementation|Resolved|Rejected)/.test(calledName(call)) && call.callee.kind === "member") {
    const spy = [...walk([call.callee.object])].find(
      (node): node is CallNode => node.kind === "call" && /spyOn$/.test(dottedName(node.callee)),
    );
    const target =
      call.callee.object.kind === "name" ? call.callee.object.id : dottedName(call.callee.object).split(".").at(-1);
    return [{ name: spy === undefined ? (target ?? "") : word(spy.args[1]), text }];
  }
  if (/^(?:vi|jest|mock)\.(?:mock|module|doMock)$/.test(callee) && second !== undefined) {
    return [...walk([second])].flatMap((node) =>
      node.kind === "dict"
        ? node.entries.flatMap(({ key }) => (key?.kind === "literal" ? [{ name: key.value, text }] : []))
        : [],
    );
  }
  return [];
}
