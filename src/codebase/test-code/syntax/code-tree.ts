/**
 * One small tree for Python, TypeScript and JavaScript, so that every check on code is written once.
 *
 * It keeps what checks ask for (definitions, branches, calls, literals, comparisons) and drops what they must not see
 * (comments, layout, quotes, parentheses, casts). What has no kind of its own is `other` with its children, so nothing
 * a walker looks for can hide in it.
 */
export interface Place {
  /** 1-based. */
  readonly line: number;
  readonly endLine: number;
}

export interface Param {
  readonly name: string;
  readonly form: "plain" | "keyword" | "rest" | "keyword-rest";
  /** Canonical text of the annotation. */
  readonly type: string | undefined;
  /** Canonical text of the default. */
  readonly default: string | undefined;
  /** May be left out by a caller. */
  readonly optional: boolean;
}

export type FunctionNode = Place & {
  readonly kind: "function";
  /** "" for anonymous ones. */
  readonly name: string;
  readonly params: readonly Param[];
  readonly returns: string | undefined;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  readonly decorators: readonly CodeNode[];
  /** "export", "default", "static", "abstract", "private", "get", "set", "method", "arrow" ... */
  readonly modifiers: readonly string[];
  /** False for overload signatures and declarations. */
  readonly hasBody: boolean;
  readonly body: readonly CodeNode[];
};

export type ClassNode = Place & {
  readonly kind: "class";
  readonly name: string;
  readonly bases: readonly CodeNode[];
  readonly decorators: readonly CodeNode[];
  readonly modifiers: readonly string[];
  readonly body: readonly CodeNode[];
};

export type CallNode = Place & {
  readonly kind: "call";
  readonly callee: CodeNode;
  readonly args: readonly CodeNode[];
  readonly keywords: readonly { readonly name: string; readonly value: CodeNode }[];
  readonly isNew: boolean;
};

export type LiteralNode = Place & {
  readonly kind: "literal";
  readonly type: "string" | "number" | "boolean" | "none" | "ellipsis" | "regex" | "bytes";
  /** The value's canonical text: numbers without separators, strings unquoted. */
  readonly value: string;
};

export type AssignNode = Place & {
  readonly kind: "assign";
  readonly target: CodeNode;
  readonly value: CodeNode | undefined;
  readonly op: string;
  readonly type: string | undefined;
  readonly modifiers: readonly string[];
};

export type IfNode = Place & {
  readonly kind: "if";
  readonly test: CodeNode;
  readonly then: readonly CodeNode[];
  readonly else: readonly CodeNode[];
};

export type TryNode = Place & {
  readonly kind: "try";
  readonly body: readonly CodeNode[];
  readonly handlers: readonly { readonly type: CodeNode | undefined; readonly body: readonly CodeNode[] }[];
  readonly last: readonly CodeNode[];
};

export type SwitchNode = Place & {
  readonly kind: "switch";
  readonly subject: CodeNode;
  /** No tests: the default. */
  readonly cases: readonly { readonly tests: readonly CodeNode[]; readonly body: readonly CodeNode[] }[];
};

export type ImportNode = Place & {
  readonly kind: "import";
  readonly module: string;
  readonly names: readonly { readonly name: string; readonly as: string }[];
};

/** `left op right`: a comparison, `and`/`or`/`??`, or arithmetic. */
export type TwoSided<Kind extends string> = Place & {
  readonly kind: Kind;
  readonly op: string;
  readonly left: CodeNode;
  readonly right: CodeNode;
};

export type CodeNode =
  | FunctionNode
  | ClassNode
  | CallNode
  | LiteralNode
  | AssignNode
  | IfNode
  | TryNode
  | SwitchNode
  | ImportNode
  | (Place & {
      readonly kind: "type";
      readonly name: string;
      readonly text: string;
      readonly modifiers: readonly string[];
    })
  | (Place & {
      readonly kind: "export";
      readonly names: readonly { readonly local: string; readonly exported: string }[];
      readonly from: string | undefined;
    })
  | (Place & { readonly kind: "return" | "raise"; readonly value: CodeNode | undefined })
  | (Place & { readonly kind: "assert"; readonly test: CodeNode; readonly message: CodeNode | undefined })
  | (Place & {
      readonly kind: "loop";
      readonly target: CodeNode | undefined;
      readonly over: CodeNode | undefined;
      readonly body: readonly CodeNode[];
    })
  | (Place & {
      readonly kind: "with";
      readonly items: readonly { readonly value: CodeNode; readonly as: CodeNode | undefined }[];
      readonly body: readonly CodeNode[];
    })
  | (Place & { readonly kind: "block"; readonly body: readonly CodeNode[] })
  | (Place & { readonly kind: "pass" })
  | (Place & { readonly kind: "jump"; readonly word: string })
  | (Place & { readonly kind: "expr" | "await" | "not" | "spread"; readonly value: CodeNode })
  | (Place & { readonly kind: "member"; readonly object: CodeNode; readonly name: string })
  | (Place & { readonly kind: "index"; readonly object: CodeNode; readonly index: CodeNode })
  | (Place & { readonly kind: "name"; readonly id: string })
  | (Place & { readonly kind: "template"; readonly parts: readonly CodeNode[] })
  | (Place & { readonly kind: "list"; readonly form: "list" | "tuple" | "set"; readonly items: readonly CodeNode[] })
  | (Place & {
      readonly kind: "dict";
      readonly entries: readonly { readonly key: CodeNode | undefined; readonly value: CodeNode }[];
    })
  | TwoSided<"compare">
  | TwoSided<"logic">
  | TwoSided<"binary">
  | (Place & { readonly kind: "unary"; readonly op: string; readonly value: CodeNode })
  | (Place & { readonly kind: "ternary"; readonly test: CodeNode; readonly then: CodeNode; readonly else: CodeNode })
  | (Place & { readonly kind: "other"; readonly tag: string; readonly children: readonly CodeNode[] });

export type Language = "python" | "typescript" | "javascript";

/** One source file as checks see it. */
export interface CodeFile {
  readonly path: string;
  readonly language: Language;
  readonly body: readonly CodeNode[];
  readonly comments: readonly { readonly line: number; readonly text: string }[];
  /** Syntax errors; the tree holds what could be read. */
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

/** The direct children of a node, in source order as far as the fields are. */
export function childrenOf(node: CodeNode): CodeNode[] {
  const found: CodeNode[] = [];
  for (const value of Object.values(node)) collect(value, found);
  return found;
}

function collect(value: unknown, into: CodeNode[]): void {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if ("kind" in value) into.push(value as CodeNode);
  else for (const inner of Object.values(value)) collect(inner, into);
}

/** Every node of a forest, parents first. `enter` may answer false to leave a node's inside out. */
export function* walk(
  nodes: readonly CodeNode[],
  enter: (node: CodeNode) => boolean = () => true,
): Generator<CodeNode> {
  for (const node of nodes) {
    yield node;
    if (enter(node)) yield* walk(childrenOf(node), enter);
  }
}

/** "a.b.c" of a chain of names, "" where something else is in it. Calls in the chain are looked through. */
export function dottedName(node: CodeNode): string {
  if (node.kind === "name") return node.id;
  if (node.kind === "member") {
    const object = dottedName(node.object);
    return object === "" ? "" : `${object}.${node.name}`;
  }
  if (node.kind === "call") return dottedName(node.callee);
  if (node.kind === "await") return dottedName(node.value);
  return "";
}

/** The last name of what is called: `f` of `a.b.f(x)`; "" where it has none. */
export function calledName(call: CallNode): string {
  if (call.callee.kind === "name") return call.callee.id;
  return call.callee.kind === "member" ? call.callee.name : "";
}

/** True for a statement that is a string by itself: a Python docstring, "use strict". */
export function isDocstring(node: CodeNode): boolean {
  return node.kind === "expr" && node.value.kind === "literal" && node.value.type === "string";
}
