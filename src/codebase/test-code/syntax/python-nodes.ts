import type { Node } from "web-tree-sitter";
import type { CodeNode, Place } from "./code-tree.ts";

/** How conversions of single kinds of nodes reach all the others. */
export interface PythonRead {
  readonly convert: (node: Node) => CodeNode;
  /** The statements of a block; none where there is no block. */
  readonly statements: (block: Node | undefined) => CodeNode[];
  readonly maybe: (node: Node | undefined) => CodeNode | undefined;
  /** A node that stands for itself where a child is missing in broken code. */
  readonly required: (node: Node | undefined, place: Place) => CodeNode;
  readonly other: (node: Node, place: Place) => CodeNode;
}

export type PythonConversion = (node: Node, place: Place, read: PythonRead) => CodeNode;

/** Lines of a node, from 1. */
export function placeOf(node: Node): Place {
  return { line: node.startPosition.row + 1, endLine: node.endPosition.row + 1 };
}

/** Children with a name of their own; comments are none. */
export function named(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && child.type !== "comment");
}

/** The child of a field. */
export function field(node: Node, name: string): Node | undefined {
  return node.childForFieldName(name) ?? undefined;
}

/** Canonical text of an annotation. */
export function typeText(node: Node | undefined): string | undefined {
  return node === undefined ? undefined : node.text.replaceAll(/\s+/g, "").replaceAll("'", '"');
}
