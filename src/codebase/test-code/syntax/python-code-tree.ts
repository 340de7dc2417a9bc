import { createRequire } from "node:module";
import { Language, Parser, type Node } from "web-tree-sitter";
import type { CodeFile, CodeNode, Place } from "./code-tree.ts";
import { PYTHON_DEFINITIONS } from "./python-definitions.ts";
import { PYTHON_EXPRESSIONS } from "./python-expressions.ts";
import { named, placeOf, type PythonConversion, type PythonRead } from "./python-nodes.ts";
import { PYTHON_STATEMENTS } from "./python-statements.ts";

let parser: Promise<Parser> | undefined;

async function openParser(): Promise<Parser> {
  const require = createRequire(import.meta.url);
  await Parser.init();
  const grammar = await Language.load(require.resolve("@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm"));
  return new Parser().setLanguage(grammar);
}

/** Reads Python. Never throws on bad code: faults are in the answer. */
export async function readPython(path: string, text: string): Promise<CodeFile> {
  parser ??= openParser();
  const tree = (await parser).parse(text);
  if (tree === null)
    return { path, language: "python", body: [], comments: [], faults: [{ line: 1, message: "cannot be read" }] };
  try {
    const root = tree.rootNode;
    return {
      path,
      language: "python",
      body: READ.statements(root),
      comments: root
        .descendantsOfType("comment")
        .flatMap((node) => (node === null ? [] : [{ line: node.startPosition.row + 1, text: node.text }])),
      faults: root.hasError ? faultsOf(root) : [],
    };
  } finally {
    tree.delete();
  }
}

function faultsOf(root: Node): CodeFile["faults"] {
  const found: { line: number; message: string }[] = [];
  const visit = (node: Node): void => {
    const line = node.startPosition.row + 1;
    if (node.isMissing) found.push({ line, message: `${node.type} is missing` });
    else if (node.isError) found.push({ line, message: `cannot read ${JSON.stringify(node.text.slice(0, 40))}` });
    else if (node.hasError) for (const child of node.children) if (child !== null) visit(child);
  };
  visit(root);
  return found;
}

const CONVERSIONS: Readonly<Record<string, PythonConversion | undefined>> = {
  ...PYTHON_DEFINITIONS,
  ...PYTHON_STATEMENTS,
  ...PYTHON_EXPRESSIONS,
};

const READ: PythonRead = {
  convert: (node) => {
    const place = placeOf(node);
    return (CONVERSIONS[node.type] ?? other)(node, place, READ);
  },
  statements: (block) => (block === undefined ? [] : named(block).map(READ.convert)),
  maybe: (node) => (node === undefined ? undefined : READ.convert(node)),
  required: (node, place) =>
    node === undefined ? { kind: "other", tag: "missing", children: [], ...place } : READ.convert(node),
  other: (node, place) => other(node, place),
};

function other(node: Node, place: Place): CodeNode {
  const children = named(node);
  // A leaf without a kind of its own must still tell `a` from `b`, and a slice `a[1:]` from `a[:1]`.
  const shape =
    node.type === "slice" ? node.children.map((child) => (child?.isNamed === true ? "_" : ":")).join("") : "";
  const tag = children.length === 0 ? `${node.type}:${node.text}` : `${node.type}${shape}`;
  return { kind: "other", tag, children: children.map(READ.convert), ...place };
}
