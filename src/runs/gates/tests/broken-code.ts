import { walk, type CodeFile, type FunctionNode } from "../../../codebase/test-code/syntax/code-tree.ts";
import { surfaceOf } from "../code/public-names.ts";

/** A public function that can be broken from outside, by lines at the end of its file. */
export interface Breakable {
  /** "Class.member" for members. */
  readonly name: string;
  readonly line: number;
  /** True: it gives something back, so a broken one gives nothing back. False: a broken one throws. */
  readonly answers: boolean;
  /** Lines that break it, put behind the file's text. */
  readonly appended: string;
  /** Line on which "const" has to become "let" for that; undefined where nothing has to change. */
  readonly unlockLine: number | undefined;
}

/** Python's own names for members that are not called by name. */
const SPECIAL = /^__/;

/**
 * The public functions of a file, each with what breaks it: the name is bound anew at the file's end, so that whoever
 * imports it gets the broken one and nothing of the text has to be understood. Left out: what is decorated (a registry may
 * hold the first one), accessors, constructors, abstract ones. Pure.
 */
export function breakables(file: CodeFile, text: string): readonly Breakable[] {
  const found: Breakable[] = [];
  for (const [name, { kind, signatures }] of surfaceOf(file).names) {
    const node = signatures.at(-1);
    if (kind !== "function" || node === undefined || !canBreak(node, name)) continue;
    const answers = givesBack(node);
    const local = name.includes(".") || node.name === "" ? name : node.name;
    const broken = file.language === "python" ? pythonBreak(name, answers) : scriptBreak(name, local, answers, text);
    found.push({ name, line: node.line, answers, ...broken, unlockLine: unlockLineOf(file, local, node, text) });
  }
  return found;
}

function canBreak(node: FunctionNode, name: string): boolean {
  const member = name.split(".").at(-1) ?? name;
  if (!node.hasBody || node.decorators.length > 0 || SPECIAL.test(member) || member === "constructor") return false;
  if (member === "default" || name.split(".").length > 2) return false;
  return !node.modifiers.some((mark) => ["get", "set", "abstract", "private", "protected", "default"].includes(mark));
}

/** It returns something somewhere, and not from a function inside it. */
function givesBack(node: FunctionNode): boolean {
  if (node.isGenerator) return true;
  const own = walk(node.body, (inner) => inner.kind !== "function" && inner.kind !== "class");
  for (const inner of own) {
    if (inner.kind !== "return" || inner.value === undefined) continue;
    const { value } = inner;
    const isNothing =
      (value.kind === "literal" && value.type === "none") || (value.kind === "name" && value.id === "undefined");
    if (!isNothing) return true;
  }
  return false;
}

function pythonBreak(name: string, answers: boolean): { readonly appended: string } {
  const [owner, member = owner] = name.split(".");
  const body = answers ? "return None" : 'raise RuntimeError("broken on purpose")';
  const made = `def _allot_broken(*args, **kwargs):\n    ${body}\n`;
  const bound = name.includes(".") ? `${owner}.${member} = _allot_broken` : `${owner} = _allot_broken`;
  return { appended: `\n\n${made}${bound}\n` };
}

/** `name` as others see it, `local` as the file does. */
function scriptBreak(name: string, local: string, answers: boolean, text: string): { readonly appended: string } {
  const body = answers ? "return undefined;" : 'throw new Error("broken on purpose");';
  const broken = `function () { ${body} }`;
  if (name.includes(".")) {
    const [owner = "", member = ""] = name.split(".");
    const target = `(${owner}.prototype["${member}"] === undefined ? ${owner} : ${owner}.prototype)["${member}"]`;
    return { appended: `\n;\n// @ts-ignore: broken on purpose\n${target} = ${broken};\n` };
  }
  const isCommon = /\bmodule\.exports\b|(?:^|\s)exports\./.test(text) && !/^\s*export\s/m.test(text);
  const target = isCommon ? `module.exports.${name}` : local;
  return { appended: `\n;\n// @ts-ignore: broken on purpose\n${target} = ${broken};\n` };
}

function unlockLineOf(file: CodeFile, local: string, node: FunctionNode, text: string): number | undefined {
  if (file.language === "python" || local.includes(".")) return undefined;
  const line = text.split("\n")[node.line - 1] ?? "";
  const declared = new RegExp(`\\bconst\\s+${local.replaceAll("$", String.raw`\$`)}(?![\\w$])`);
  return declared.test(line) ? node.line : undefined;
}
