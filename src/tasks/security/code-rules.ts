import type { Language } from "../../codebase/languages/languages.ts";
import { calledName, dottedName, type CallNode, type CodeNode } from "../../codebase/test-code/syntax/code-tree.ts";
import type { WorkFinding } from "../work.ts";

/** One dangerous thing that the syntax alone shows. */
export interface CodeRule {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly severity: WorkFinding["severity"];
  readonly languages: readonly Language[];
  /** Stands in every text in which the rule can match. */
  readonly anchor: RegExp;
  /** True, or the node inside that shows it, whose place is told. */
  matches(node: CodeNode, text: string): boolean | CodeNode;
}

const PYTHON: readonly Language[] = ["python"];
const SCRIPT: readonly Language[] = ["javascript", "typescript"];
const BOTH: readonly Language[] = [...PYTHON, ...SCRIPT];

/**
 * Few rules, each for a thing that is nearly always wrong: a false alarm costs more trust than a miss that a model or a
 * full scanner finds beside us.
 */
export const CODE_RULES: readonly CodeRule[] = [
  {
    id: "shell-command-from-values",
    title: "Shell command put together from values",
    detail: "A value with shell signs in it runs commands of its own. Pass a list of arguments, without a shell.",
    severity: "high",
    languages: BOTH,
    anchor: /shell\s*=\s*True|os\.(?:system|popen)|child_process/,
    matches: (node, text) =>
      node.kind === "call" &&
      isPutTogether(node.args[0]) &&
      (/^os\.(?:system|popen)$/.test(dottedName(node.callee)) ||
        (isTrue(keyword(node, "shell")) &&
          /^(?:subprocess\.)?(?:run|call|Popen|check_call|check_output|getoutput)$/.test(dottedName(node.callee))) ||
        (/^(?:(?:child_process|cp)\.)?exec(?:Sync)?$/.test(dottedName(node.callee)) &&
          /["'](?:node:)?child_process["']/.test(text))),
  },
  {
    id: "evaluated-value",
    title: "Code made of values is run",
    detail:
      "Whoever has a say in the value runs code here. Parse it instead: JSON, a literal, a table of what is allowed.",
    severity: "high",
    languages: BOTH,
    anchor: /(?<![.\w])eval\s*\(|\bnew Function\s*\(/,
    matches: (node) =>
      node.kind === "call" &&
      node.callee.kind === "name" &&
      ((node.callee.id === "eval" && !isConstant(node.args[0])) ||
        (node.isNew && node.callee.id === "Function" && isPutTogether(node.args.at(-1)))),
  },
  {
    id: "executed-value",
    title: "Code made of values is run",
    detail: "Whoever has a say in the value runs code here. Import a module, or read data instead of code.",
    severity: "high",
    languages: PYTHON,
    anchor: /(?<![.\w])exec\s*\(/,
    matches: (node) =>
      node.kind === "call" && node.callee.kind === "name" && node.callee.id === "exec" && !isConstant(node.args[0]),
  },
  {
    id: "sql-from-values",
    title: "SQL put together from values",
    detail: "A value with SQL in it changes the statement. Use placeholders, and pass the values beside it.",
    severity: "high",
    languages: BOTH,
    anchor:
      /["'`]\s*(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|select|insert\s+into|update|delete\s+from)\s+[\w"'`*$({]/,
    matches: (node) =>
      node.kind === "call" &&
      /^(?:execute|executemany|executescript|query|raw|\$queryRawUnsafe|\$executeRawUnsafe|exec|run|all|get|prepare)$/.test(
        calledName(node),
      ) &&
      isPutTogether(node.args[0]) &&
      startsWithSql(node.args[0]),
  },
  {
    id: "unsafe-load",
    title: "Foreign bytes become objects",
    detail:
      "Loading such data runs what it says. Use JSON, or the loader that builds plain data only (yaml.safe_load).",
    severity: "high",
    languages: PYTHON,
    anchor: /\b(?:pickle|marshal|shelve|dill|yaml)\b/,
    matches: (node) => {
      if (node.kind !== "call") return false;
      const name = dottedName(node.callee);
      if (/^(?:c?[pP]ickle|dill|marshal)\.loads?$/.test(name)) return true;
      const loader = keyword(node, "Loader") ?? node.args[1];
      return (
        /^yaml\.(?:unsafe_load|full_load|load)(?:_all)?$/.test(name) &&
        !(loader !== undefined && /Safe|Base/.test(dottedName(loader))) &&
        !name.includes("safe_load")
      );
    },
  },
  {
    id: "certificates-not-checked",
    title: "Certificates are not checked",
    detail:
      "Anybody on the way can read and change what is sent. Check certificates; trust a private authority by name.",
    severity: "high",
    languages: BOTH,
    anchor: /verify\s*=\s*False|rejectUnauthorized|_create_unverified_context|NODE_TLS_REJECT_UNAUTHORIZED/,
    matches: (node) => {
      if (node.kind === "call") {
        if (/_create_unverified_context$/.test(dottedName(node.callee))) return true;
        return (
          isFalse(keyword(node, "verify")) &&
          /(?:^|\.)(?:get|post|put|patch|delete|head|request|Session|Client|AsyncClient|stream)$/.test(
            dottedName(node.callee),
          )
        );
      }
      if (node.kind === "dict") {
        const entry = node.entries.find(({ key, value }) => literal(key) === "rejectUnauthorized" && isFalse(value));
        return entry?.value ?? false;
      }
      return (
        node.kind === "assign" &&
        /NODE_TLS_REJECT_UNAUTHORIZED$/.test(dottedName(node.target)) &&
        literal(node.value) === "0"
      );
    },
  },
  {
    id: "markup-from-values",
    title: "Markup put together from values",
    detail: "A value with markup in it runs scripts in the reader's browser. Set text, or clean the markup first.",
    severity: "medium",
    languages: SCRIPT,
    anchor: /innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
    matches: (node) =>
      (node.kind === "assign" &&
        node.target.kind === "member" &&
        /^(?:inner|outer)HTML$/.test(node.target.name) &&
        isPutTogether(node.value)) ||
      (node.kind === "call" &&
        ((calledName(node) === "insertAdjacentHTML" && isPutTogether(node.args[1])) ||
          (/^document\.write(?:ln)?$/.test(dottedName(node.callee)) && isPutTogether(node.args[0])))),
  },
  {
    id: "template-from-values",
    title: "A template is put together from values",
    detail: "A value with template signs in it runs in the template engine. Pass values to a fixed template.",
    severity: "high",
    languages: PYTHON,
    anchor: /render_template_string/,
    matches: (node) =>
      node.kind === "call" && calledName(node) === "render_template_string" && isPutTogether(node.args[0]),
  },
  {
    id: "debugger-in-production",
    title: "The debugger is left on",
    detail:
      "Flask's debugger runs code for whoever reaches the page. Take debug=True out, or read it from the environment.",
    severity: "medium",
    languages: PYTHON,
    anchor: /debug\s*=\s*True/,
    matches: (node) =>
      node.kind === "call" &&
      /^(?:\w*app|application|server)\.run$/.test(dottedName(node.callee)) &&
      isTrue(keyword(node, "debug")),
  },
  {
    id: "name-race",
    title: "A temporary name that somebody else may take first",
    detail: "Between name and file another program can put a link there. Use mkstemp or NamedTemporaryFile.",
    severity: "medium",
    languages: PYTHON,
    anchor: /\bmktemp\b/,
    matches: (node) => node.kind === "call" && dottedName(node.callee) === "tempfile.mktemp",
  },
  {
    id: "signature-not-checked",
    title: "The token's signature is not checked",
    detail: "Anybody can write such a token. Check it with the key and one fixed algorithm.",
    severity: "high",
    languages: BOTH,
    anchor: /verify_signature/,
    matches: (node) =>
      node.kind === "call" &&
      calledName(node) === "decode" &&
      /jwt|jose/i.test(dottedName(node.callee)) &&
      [keyword(node, "options"), ...node.args].some(
        (value) =>
          value?.kind === "dict" &&
          value.entries.some((entry) => literal(entry.key) === "verify_signature" && isFalse(entry.value)),
      ),
  },
];

function keyword(call: CallNode, name: string): CodeNode | undefined {
  return call.keywords.find((each) => each.name === name)?.value;
}

function isTrue(node: CodeNode | undefined): boolean {
  return node?.kind === "literal" && node.type === "boolean" && /^true$/i.test(node.value);
}

function isFalse(node: CodeNode | undefined): boolean {
  return node?.kind === "literal" && node.type === "boolean" && /^false$/i.test(node.value);
}

function literal(node: CodeNode | undefined): string | undefined {
  if (node?.kind === "name") return node.id;
  return node?.kind === "literal" ? node.value : undefined;
}

/** Written down whole: a literal, or several of them joined. */
function isConstant(node: CodeNode | undefined): boolean {
  if (node === undefined) return true;
  if (node.kind === "literal") return true;
  if (node.kind === "template") return node.parts.every(isConstant);
  return node.kind === "binary" && isConstant(node.left) && isConstant(node.right);
}

/** A text with values in it: a template, a sum, "...".format(), "..." % x. */
function isPutTogether(node: CodeNode | undefined): boolean {
  if (node === undefined || isConstant(node)) return false;
  if (node.kind === "template") return true;
  if (node.kind === "binary") return (node.op === "+" || node.op === "%") && firstText(node) !== undefined;
  return (
    node.kind === "call" &&
    node.callee.kind === "member" &&
    node.callee.name === "format" &&
    node.callee.object.kind === "literal"
  );
}

/** The text that stands first in one that is put together. */
function firstText(node: CodeNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.kind === "literal") return node.type === "string" ? node.value : undefined;
  if (node.kind === "template") return firstText(node.parts[0]);
  if (node.kind === "binary") return firstText(node.left) ?? (node.op === "+" ? firstText(node.right) : undefined);
  return node.kind === "call" && node.callee.kind === "member" ? firstText(node.callee.object) : undefined;
}

/** In capitals, or in small letters with more of a statement: running text starts with "select" and "update" too. */
function startsWithSql(node: CodeNode | undefined): boolean {
  const first = firstText(node) ?? "";
  if (/^\s*(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\b/s.test(first)) return true;
  return /^\s*(?:select\s.+\sfrom\s.+\s(?:where|join|order by|limit)|insert\s+into\s.+\svalues|update\s.+\sset\s.+=|delete\s+from\s.+\swhere)\b/s.test(
    first,
  );
}
