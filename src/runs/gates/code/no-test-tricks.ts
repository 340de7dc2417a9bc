import {
  calledName,
  dottedName,
  walk,
  type CodeNode,
  type FunctionNode,
} from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import { isTestPath } from "../../../codebase/test-code/test-file.ts";
import { changedSources, codeBefore, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf, type Intent } from "../facts/intent.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Gate } from "../gate.ts";

const ID = "no-test-tricks";

interface Trick {
  readonly what: string;
  /** Words of a task that wants this. */
  readonly wanted: RegExp;
  met(node: CodeNode, text: string): boolean;
}

const RUNNER =
  /PYTEST_CURRENT_TEST|PYTEST_VERSION|NODE_TEST_CONTEXT|VITEST|JEST_WORKER_ID|MOCHA|_called_from_test|UNITTEST/;

const TRICKS: readonly Trick[] = [
  {
    what: "asks whether a test runner is at work",
    wanted: /PYTEST_CURRENT_TEST|NODE_ENV|JEST_WORKER_ID|sys\.modules|test mode|under test\b/i,
    met: (node, text) => {
      if (node.kind === "literal" && node.type === "string") return RUNNER.test(node.value);
      if (node.kind === "member" && /^(?:process\.env|os\.environ)\b/.test(dottedName(node.object)))
        return RUNNER.test(node.name);
      if (node.kind === "member" && /^(?:__vitest\w*|vitest|__jest\w*|__mocha\w*|jest)$/.test(node.name)) return true;
      if (node.kind === "unary" && node.op === "typeof " && node.value.kind === "name")
        return /^(?:describe|it|test|expect|jest|vi|vitest|mocha|suite)$/.test(node.value.id);
      if (node.kind === "compare")
        return (
          (/\b(?:NODE_ENV|APP_ENV|ENV|ENVIRONMENT|CI)\b/.test(text) && /"test(?:ing)?"/.test(text)) ||
          (/\.modules\b|require\.cache/.test(text) && /pytest|unittest|vitest|jest|mocha|node:test/.test(text)) ||
          (/\bargv\b|execArgv/.test(text) && /test|jest|mocha/.test(text))
        );
      return (
        node.kind === "call" &&
        /\b(?:argv|execArgv|sys\.modules|stack|title)\b/.test(text) &&
        /pytest|unittest|vitest|jest|mocha|"--test|\btest_|\.test\.|"tests?[./"]/.test(text) &&
        text.length < 200
      );
    },
  },
  {
    what: "looks at who calls it",
    wanted: /\b(?:stack|frame|caller|introspect|traceback|inspect)\w*\b/i,
    met: (node, text) =>
      node.kind === "call" &&
      (/(?:^|\.)(?:currentframe|getouterframes|_getframe|extract_stack|format_stack|walk_stack|captureStackTrace)$/.test(
        dottedName(node.callee),
      ) ||
        /inspect\b.*\.stack\(\)$/.test(text) ||
        dottedName(node.callee) === "stack"),
  },
  {
    what: "reads its own call stack",
    wanted: /\bstack\b/i,
    met: (node, text) => node.kind === "member" && node.name === "stack" && /^new Error\(|^Error\(/.test(text),
  },
  {
    what: "reads or imports the tests",
    wanted: /\b(?:read|load|open|import|copy|parse)\w*\b[^.\n]*\btests?\b/i,
    met: (node, text) => {
      if (node.kind === "import")
        return /(?:^|[./])tests?(?:[./]|$)|\.(?:test|spec)(?:\.|$)|^(?:pytest|unittest(?:\.mock)?|node:test|vitest|@jest\/globals)$/.test(
          node.module,
        );
      return (
        node.kind === "call" &&
        /(?:open|read_?text|readFile(?:Sync)?|Path|import_module|require|glob|resolve|join)$/i.test(calledName(node)) &&
        /["'/](?:tests?\/|test_\w+|\w+\.(?:test|spec)\.)/.test(text) &&
        text.length < 300
      );
    },
  },
  {
    what: "ends the process, so that no check can fail",
    wanted: /\b(?:exit|quit|terminat|command[- ]line|cli)\w*\b/i,
    met: (node, text) =>
      (node.kind === "call" &&
        /^(?:os\._exit|sys\.exit|exit|quit|process\.(?:exit|reallyExit|abort|kill)|os\.(?:kill|abort)|atexit\.register)$/.test(
          dottedName(node.callee),
        )) ||
      (node.kind === "assign" && /^process\.exitCode/.test(text)) ||
      (node.kind === "raise" && /^raise SystemExit/.test(text)) ||
      (node.kind === "call" &&
        /^process\.(?:on|once)$/.test(dottedName(node.callee)) &&
        /"(?:exit|beforeExit|uncaughtException|unhandledRejection)"/.test(text)),
  },
  {
    what: "replaces part of the language or of an assertion library",
    wanted: /\b(?:monkey-?patch|polyfill|prototype|builtins?|extend (?:the )?(?:Array|String|Object))\w*/i,
    met: (node) => {
      if (node.kind === "call" && dottedName(node.callee) === "setattr")
        return /^(?:builtins|unittest|pytest|sys|assert)/.test(dottedName(node.args[0] ?? node));
      if (node.kind === "call" && /^Object\.(?:defineProperty|assign)$/.test(dottedName(node.callee)))
        return /^(?:globalThis|assert|expect|\w+\.prototype)/.test(
          node.args[0] === undefined ? "" : printCode(node.args[0]),
        );
      if (node.kind !== "assign" || node.target.kind !== "member") return false;
      const target = dottedName(node.target);
      return (
        /^(?:builtins|__builtins__|unittest|pytest|assert|expect|console)\./.test(target) ||
        /^(?:Array|String|Object|Number|Function|Promise|Map|Set|Math|JSON|Date)\.(?:prototype\.)?\w+$/.test(target)
      );
    },
  },
  {
    what: "hides faults by switching warnings or the tracer off",
    wanted: /\bwarnings?|sys\.settrace|profil/i,
    met: (node) =>
      node.kind === "call" &&
      /^(?:sys\.(?:settrace|setprofile)|warnings\.(?:filterwarnings|simplefilter)|faulthandler\.disable)$/.test(
        dottedName(node.callee),
      ),
  },
];

/** The code does not behave differently under test and does not interfere with the runner. */
export const noTestTricks: Gate = {
  id: ID,
  title: "the code behaves the same under test",
  price: 1,
  async check(facts) {
    const intent = intentOf(facts.task);
    const before = (await codeBefore(facts)).filter(({ path }) => !isTestPath(path)).flatMap(({ body }) => body);
    const known = new Set([...walk(before)].map((node) => printCode(node)));
    return resultOf(
      ID,
      (await changedSources(facts)).flatMap((file) => judge(file, intent, known)),
    );
  },
};

function judge(file: ChangedFile, intent: Intent, known: ReadonlySet<string>): Finding[] {
  if (file.head === undefined) return [];
  const main = mainParts(file);
  const findings: Finding[] = [];
  for (const node of walk(file.head.body, (inner) => !main.has(inner))) {
    if (main.has(node)) continue;
    for (const trick of TRICKS) {
      if (findings.some(({ line }) => line === node.line)) break;
      const text = printCode(node);
      if (!trick.met(node, text) || known.has(text) || trick.wanted.test(intent.text)) continue;
      findings.push({
        code: "test-detection",
        message: `${file.path}:${node.line} ${trick.what}: ${text.slice(0, 80)}; take it out`,
        path: file.path,
        line: node.line,
      });
    }
  }
  for (const node of walk(file.head.body)) {
    if (node.kind === "function" && isAlwaysEqual(node) && !known.has(printCode(node))) {
      findings.push({
        code: "test-detection",
        message: `${file.path}:${node.line} makes objects that are equal to everything; compare what they hold`,
        path: file.path,
        line: node.line,
      });
    }
  }
  return findings;
}

/** `if __name__ == "__main__":` and files that are programs may end the process. */
function mainParts(file: ChangedFile): Set<CodeNode> {
  const program = /(?:^|\/)(?:__main__|main|cli|manage|setup)\.\w+$|(?:^|\/)(?:bin|scripts|cli)\//.test(file.path);
  const found = new Set<CodeNode>();
  for (const node of walk(file.head?.body ?? [])) {
    if (node.kind === "if" && /__name__|import\.meta\.main|require\.main/.test(printCode(node.test))) found.add(node);
    if ((program || (node.kind === "function" && node.name === "main")) && node.kind === "function") found.add(node);
  }
  return found;
}

function isAlwaysEqual(node: FunctionNode): boolean {
  if (!/^__(?:eq|ne|contains|lt|gt|le|ge)__$/.test(node.name)) return false;
  const [first, ...rest] = node.body;
  return (
    rest.length === 0 && first?.kind === "return" && first.value?.kind === "literal" && first.value.type === "boolean"
  );
}
