import type { CodeNode, Param, Place } from "./code-tree.ts";

/** A node of the parser's ESTree, seen loosely: shapes differ by type, and what is unknown is walked generically. */
export type Raw = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>;

/** How conversions of single kinds of nodes reach all the others. */
export interface ScriptRead {
  readonly node: (node: Raw) => CodeNode;
  readonly nodes: (value: unknown) => CodeNode[];
  /** The statements of a block, or the one statement that stands without braces. */
  readonly block: (value: unknown) => CodeNode[];
  readonly maybe: (value: unknown) => CodeNode | undefined;
  /** A node that stands for itself where a child is missing in broken code. */
  readonly need: (value: unknown, place: Place) => CodeNode;
  readonly place: (node: Raw) => Place;
  /** Source text without comments and layout. */
  readonly canonical: (node: Raw) => string;
  readonly type: (value: unknown) => string | undefined;
  readonly param: (node: Raw) => Param;
  readonly fn: (node: Raw, name: string, modifiers: readonly string[], place: Place) => CodeNode;
}

export type ScriptConversion = (reader: ScriptRead, node: Raw, place: Place) => CodeNode;

/** True for nodes of the parser. */
export function isRaw(value: unknown): value is Raw {
  return value !== null && typeof value === "object" && typeof (value as { type?: unknown }).type === "string";
}

/** The name or literal value of an identifier-like node; "" for others. */
export function nameOf(value: unknown): string {
  if (!isRaw(value)) return "";
  if (value.type === "Literal") return String(value["value"]);
  if (value.type === "PrivateIdentifier") return `#${String(value["name"])}`;
  return typeof value["name"] === "string" ? value["name"] : "";
}
