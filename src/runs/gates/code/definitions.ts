import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import {
  dottedName,
  walk,
  type AssignNode,
  type ClassNode,
  type CodeFile,
  type CodeNode,
  type FunctionNode,
} from "../../../codebase/test-code/syntax/code-tree.ts";

/** A function or method with the class it stands in. */
export interface Definition {
  /** "Class.method", "function". */
  readonly name: string;
  readonly node: FunctionNode;
  readonly owner: ClassNode | undefined;
}

/** The named functions and methods of a file: top level, in branches, in classes, in object literals that are assigned. */
export function definitionsOf(file: Pick<CodeFile, "body">): Definition[] {
  const found: Definition[] = [];
  collect(file.body, "", undefined, found);
  return found;
}

function collect(nodes: readonly CodeNode[], prefix: string, owner: ClassNode | undefined, into: Definition[]): void {
  for (const node of nodes) {
    if (node.kind === "function" && node.name !== "") into.push({ name: `${prefix}${node.name}`, node, owner });
    else if (node.kind === "class") collect(node.body, `${prefix}${node.name}.`, node, into);
    else if (node.kind === "block") collect(node.body, prefix, owner, into);
    else if (node.kind === "if") collect([...node.then, ...node.else], prefix, owner, into);
    else if (node.kind === "try")
      collect([...node.body, ...node.handlers.flatMap(({ body }) => body), ...node.last], prefix, owner, into);
    else if (node.kind === "assign") collectAssigned(node, prefix, owner, into);
  }
}

function collectAssigned(node: AssignNode, prefix: string, owner: ClassNode | undefined, into: Definition[]): void {
  const name = dottedName(node.target);
  if (node.value?.kind === "function" && name !== "")
    into.push({ name: `${prefix}${name.replace(/^(?:module\.)?exports\./, "")}`, node: node.value, owner });
  if (node.value?.kind === "dict") {
    const inside = name === "module.exports" || name === "exports" || name === "default" ? prefix : `${prefix}${name}.`;
    for (const { value } of node.value.entries)
      if (value.kind === "function" && value.name !== "")
        into.push({ name: `${inside}${value.name}`, node: value, owner });
  }
}

/** True for classes and functions that leave work to others on purpose: abstract bases, protocols, overloads, declarations. */
export function isAbstract({ node, owner }: Definition): boolean {
  if (!node.hasBody || node.modifiers.includes("abstract")) return true;
  if (node.decorators.some((mark) => /(?:abstract\w*|overload)$/.test(dottedName(mark)))) return true;
  if (owner === undefined) return false;
  if (owner.modifiers.includes("abstract")) return !isConcreteStyle(owner);
  return owner.bases.some((base) => /(?:^|\b)(?:ABC|ABCMeta|Protocol)\b/.test(printCode(base)));
}

/** In TypeScript only members marked abstract are; in Python the whole base may hold hooks. */
function isConcreteStyle(owner: ClassNode): boolean {
  return owner.modifiers.includes("abstract");
}

/** The statements that do something: docstrings left out. */
export function workOf(node: FunctionNode): CodeNode[] {
  return node.body.filter(
    (inner) => !(inner.kind === "expr" && inner.value.kind === "literal" && inner.value.type === "string"),
  );
}

export type BodyShape = "empty" | "not-implemented" | "constant" | "raises" | "work";

/** What kind of body a function has. "constant": nothing but a literal (or nothing) is handed back. */
export function shapeOf(node: FunctionNode): BodyShape {
  const work = workOf(node);
  if (work.every((inner) => inner.kind === "pass" || isEllipsis(inner))) return "empty";
  const telling = work.filter((inner) => !isIdle(inner));
  const [first, ...rest] = telling.length === 0 ? work : telling;
  if (first === undefined) return "empty";
  if (first.kind === "raise" && rest.length === 0) return isNotImplemented(first) ? "not-implemented" : "raises";
  if (first.kind === "return" && rest.length === 0 && telling.length <= 1) {
    if (first.value === undefined) return "empty";
    return isConstant(first.value) ? "constant" : "work";
  }
  return "work";
}

/** Statements without effect on the result: `pass`, `_ = x`, `del x`, `void x`, logging. */
function isIdle(node: CodeNode): boolean {
  if (node.kind === "pass" || isEllipsis(node)) return true;
  if (node.kind === "assign") return node.target.kind === "name" && /^_+$/.test(node.target.id);
  if (node.kind === "other") return node.tag === "delete_statement";
  if (node.kind !== "expr") return false;
  if (node.value.kind === "unary") return node.value.op.startsWith("void");
  if (node.value.kind === "name") return true;
  return (
    node.value.kind === "call" &&
    /^(?:print|console\.\w+|logg(?:er|ing)\.\w+|log\.\w+|warnings\.warn)$/.test(dottedName(node.value.callee))
  );
}

export function isEllipsis(node: CodeNode): boolean {
  return node.kind === "expr" && node.value.kind === "literal" && node.value.type === "ellipsis";
}

export function isConstant(node: CodeNode): boolean {
  if (node.kind === "literal") return true;
  if (node.kind === "name") return node.id === "undefined" || node.id === "NaN";
  if (node.kind === "list") return node.items.every(isConstant);
  if (node.kind === "dict")
    return node.entries.every(({ key, value }) => (key === undefined || isConstant(key)) && isConstant(value));
  if (node.kind === "await" || node.kind === "unary") return isConstant(node.value);
  // `Promise.resolve(3)`, `set()`, `new Map()`: an empty or constant container.
  if (node.kind === "call")
    return (
      /^(?:Promise\.resolve|set|list|dict|tuple|frozenset|Map|Set|Array|Object)$/.test(dottedName(node.callee)) &&
      node.args.every(isConstant)
    );
  return false;
}

/** `raise NotImplementedError`, `throw new Error("not implemented")` and their relatives. */
export function isNotImplemented(node: CodeNode): boolean {
  if (node.kind !== "raise" || node.value === undefined) return false;
  const parts = [...walk([node.value])];
  const said = parts
    .flatMap((part) =>
      part.kind === "literal" && part.type === "string"
        ? [part.value]
        : part.kind === "name" && part.id.startsWith("NotImplemented")
          ? ["not implemented"]
          : [],
    )
    .join(" ");
  return /\bnot (?:yet )?implemented\b|\bunimplemented\b|\bTODO\b|^stub\b|\bimplement me\b|\b(?:to be|must be) implemented\b/i.test(
    said,
  );
}

/** Names used anywhere in a function, its parameters' own declarations left out. */
export function namesUsed(node: FunctionNode): Set<string> {
  const used = new Set<string>();
  for (const inner of walk(node.body)) {
    if (inner.kind === "name") used.add(inner.id);
    if (inner.kind === "other") for (const word of inner.tag.match(/[A-Za-z_$][\w$]*/g) ?? []) used.add(word);
  }
  return used;
}

/** Parameters that carry input: `self`, `cls`, unused-by-convention and rest-only ones left out. */
export function inputsOf({ node, owner }: Definition): string[] {
  const names = node.params.map(({ name }) => name);
  const own = owner !== undefined && (names[0] === "self" || names[0] === "cls") ? names.slice(1) : names;
  return own.filter((name) => !name.startsWith("_") && name !== "this");
}
