import { isDocstring, type CodeNode, type FunctionNode } from "./code-tree.ts";

/**
 * Canonical text of a tree: two texts are equal exactly when the code is, but for comments, layout, quotes,
 * docstrings and casts. Not meant to be parsed again.
 */
export function printCode(node: CodeNode | readonly CodeNode[]): string {
  return isForest(node) ? printAll(node) : print(node);
}

function isForest(node: CodeNode | readonly CodeNode[]): node is readonly CodeNode[] {
  return Array.isArray(node);
}

function printAll(nodes: readonly CodeNode[]): string {
  return nodes
    .filter((node) => !isDocstring(node))
    .map(print)
    .join("; ");
}

function list(nodes: readonly CodeNode[]): string {
  return nodes.map(print).join(", ");
}

function optional(node: CodeNode | undefined): string {
  return node === undefined ? "" : ` ${print(node)}`;
}

/** Parameters and result as one line: `(a: int, b=3) -> str`. */
export function printSignature(node: FunctionNode): string {
  const params = node.params.map(({ name, form, type, default: value, optional: may }) => {
    const mark = form === "rest" ? "*" : form === "keyword-rest" ? "**" : form === "keyword" ? "kw " : "";
    const rest = value === undefined ? (may && form !== "rest" && form !== "keyword-rest" ? "?" : "") : `=${value}`;
    return `${mark}${name}${type === undefined ? "" : `: ${type}`}${rest}`;
  });
  return `${node.isAsync ? "async " : ""}(${params.join(", ")})${node.returns === undefined ? "" : ` -> ${node.returns}`}`;
}

function print(node: CodeNode): string {
  switch (node.kind) {
    case "function":
      return `${marks(node.modifiers)}${node.decorators.map((mark) => `@${print(mark)} `).join("")}fn ${node.name}${printSignature(node)} {${printAll(node.body)}}`;
    case "class":
      return `${marks(node.modifiers)}${node.decorators.map((mark) => `@${print(mark)} `).join("")}class ${node.name}(${list(node.bases)}) {${printAll(node.body)}}`;
    case "type":
      return `${marks(node.modifiers)}type ${node.name} ${node.text}`;
    case "import":
      return `import ${node.module} {${node.names.map(({ name, as }) => (name === as ? name : `${name} as ${as}`)).join(", ")}}`;
    case "export":
      return `export {${node.names.map(({ local, exported }) => `${local} as ${exported}`).join(", ")}} ${node.from ?? ""}`;
    case "assign":
      return `${marks(node.modifiers)}${print(node.target)}${node.type === undefined ? "" : `: ${node.type}`} ${node.op}${optional(node.value)}`;
    case "return":
    case "raise":
      return `${node.kind}${optional(node.value)}`;
    case "assert":
      return `assert ${print(node.test)}`;
    case "if":
      return `if ${print(node.test)} {${printAll(node.then)}} else {${printAll(node.else)}}`;
    case "switch":
      return `switch ${print(node.subject)} {${node.cases.map(({ tests, body }) => `case ${list(tests)}: ${printAll(body)}`).join(" | ")}}`;
    case "loop":
      return `for${optional(node.target)} in${optional(node.over)} {${printAll(node.body)}}`;
    case "try":
      return `try {${printAll(node.body)}}${node.handlers.map(({ type, body }) => ` except${optional(type)} {${printAll(body)}}`).join("")} finally {${printAll(node.last)}}`;
    case "with":
      return `with ${node.items.map(({ value, as }) => `${print(value)} as${optional(as)}`).join(", ")} {${printAll(node.body)}}`;
    case "block":
      return `{${printAll(node.body)}}`;
    default:
      return printExpression(node);
  }
}

function printExpression(node: CodeNode): string {
  switch (node.kind) {
    case "pass":
      return "pass";
    case "jump":
      return node.word;
    case "expr":
      return print(node.value);
    case "await":
    case "not":
      return `${node.kind} ${print(node.value)}`;
    case "spread":
      return `...${print(node.value)}`;
    case "call": {
      const keywords = node.keywords.map(({ name, value }) => `${name}=${print(value)}`);
      return `${node.isNew ? "new " : ""}${print(node.callee)}(${[...node.args.map(print), ...keywords].join(", ")})`;
    }
    case "member":
      return `${print(node.object)}.${node.name}`;
    case "index":
      return `${print(node.object)}[${print(node.index)}]`;
    case "name":
      return node.id;
    case "literal":
      return node.type === "string"
        ? JSON.stringify(node.value)
        : node.type === "bytes"
          ? `b${JSON.stringify(node.value)}`
          : node.value;
    case "template":
      return `t(${list(node.parts)})`;
    case "list":
      return node.form === "list"
        ? `[${list(node.items)}]`
        : node.form === "tuple"
          ? `(${list(node.items)},)`
          : `{${list(node.items)}}`;
    case "dict":
      return `{${node.entries.map(({ key, value }) => (key === undefined ? print(value) : `${print(key)}: ${print(value)}`)).join(", ")}}`;
    case "compare":
    case "logic":
    case "binary":
      return `(${print(node.left)} ${node.op} ${print(node.right)})`;
    case "unary":
      return `${node.op}${print(node.value)}`;
    case "ternary":
      return `(${print(node.test)} ? ${print(node.then)} : ${print(node.else)})`;
    case "other":
      return `${node.tag}(${list(node.children)})`;
    default:
      return print(node);
  }
}

function marks(modifiers: readonly string[]): string {
  return modifiers.length === 0 ? "" : `${modifiers.join(" ")} `;
}
