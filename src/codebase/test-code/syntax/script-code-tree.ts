import { parseSync } from "oxc-parser";
import type { CodeFile, CodeNode, Language, Param, Place } from "./code-tree.ts";
import { SCRIPT_DECLARATIONS } from "./script-declarations.ts";
import { SCRIPT_EXPRESSIONS } from "./script-expressions.ts";
import { isRaw, nameOf, type Raw, type ScriptConversion, type ScriptRead } from "./script-raw.ts";
import { SCRIPT_STATEMENTS } from "./script-statements.ts";

/** Reads TypeScript or JavaScript, with or without JSX. Never throws on bad code: faults are in the answer. */
export function readScript(path: string, text: string): CodeFile {
  const language: Language = /\.(?:ts|tsx|mts|cts)$/.test(path) ? "typescript" : "javascript";
  const lang = language === "typescript" ? (path.endsWith("x") ? "tsx" : "ts") : "jsx";
  const result = parseSync(path, text, { lang, preserveParens: false });
  const lines = lineStarts(text);
  const reader = new ScriptReader(text, lines);
  const program = result.program as unknown as Raw;
  return {
    path,
    language,
    body: reader.nodes(program["body"]),
    comments: result.comments.map(({ start, value }) => ({ line: lineAt(lines, start), text: value })),
    faults: result.errors
      .filter(({ severity }) => (severity as string) === "Error")
      .map(({ message, labels }) => ({ line: lineAt(lines, labels[0]?.start ?? 0), message })),
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

const CONVERSIONS: Readonly<Record<string, ScriptConversion | undefined>> = {
  ...SCRIPT_DECLARATIONS,
  ...SCRIPT_STATEMENTS,
  ...SCRIPT_EXPRESSIONS,
};

class ScriptReader implements ScriptRead {
  readonly text: string;
  readonly lines: readonly number[];

  constructor(text: string, lines: readonly number[]) {
    this.text = text;
    this.lines = lines;
  }

  nodes(value: unknown): CodeNode[] {
    return Array.isArray(value) ? value.filter(isRaw).map((node) => this.node(node)) : [];
  }

  /** The statements of a block, or the one statement that stands without braces. */
  block(value: unknown): CodeNode[] {
    if (!isRaw(value)) return [];
    return value.type === "BlockStatement" || value.type === "ClassBody" || value.type === "TSModuleBlock"
      ? this.nodes(value["body"])
      : [this.node(value)];
  }

  maybe(value: unknown): CodeNode | undefined {
    return isRaw(value) ? this.node(value) : undefined;
  }

  need(value: unknown, place: Place): CodeNode {
    return this.maybe(value) ?? { kind: "other", tag: "missing", children: [], ...place };
  }

  place(node: Raw): Place {
    return { line: lineAt(this.lines, node.start), endLine: lineAt(this.lines, node.end) };
  }

  node(node: Raw): CodeNode {
    const place = this.place(node);
    const convert = CONVERSIONS[node.type];
    if (convert !== undefined) return convert(this, node, place);
    const children = Object.entries(node).flatMap(([key, value]) =>
      key === "decorators" ? [] : isRaw(value) ? [this.node(value)] : this.nodes(value),
    );
    const leaf = children.length === 0 ? `:${this.canonical(node)}` : "";
    return { kind: "other", tag: `${node.type}${leaf}`, children, ...place };
  }

  canonical(node: Raw): string {
    return this.text
      .slice(node.start, node.end)
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "")
      .replaceAll(/[\s;,]+/g, " ")
      .replaceAll("'", '"')
      .trim();
  }

  type(value: unknown): string | undefined {
    if (!isRaw(value)) return undefined;
    const inner = value.type === "TSTypeAnnotation" && isRaw(value["typeAnnotation"]) ? value["typeAnnotation"] : value;
    return this.canonical(inner);
  }

  param(node: Raw): Param {
    if (node.type === "TSParameterProperty" && isRaw(node["parameter"])) return this.param(node["parameter"]);
    if (node.type === "AssignmentPattern" && isRaw(node["left"])) {
      const value = isRaw(node["right"]) ? this.canonical(node["right"]) : "";
      return { ...this.param(node["left"]), default: value, optional: true };
    }
    if (node.type === "RestElement" && isRaw(node["argument"])) {
      return { ...this.param(node["argument"]), type: this.type(node["typeAnnotation"]), form: "rest", optional: true };
    }
    const name = node.type === "Identifier" ? nameOf(node) : this.canonical({ ...node, end: annotationStart(node) });
    return {
      name,
      form: "plain",
      type: this.type(node["typeAnnotation"]),
      default: undefined,
      optional: node["optional"] === true,
    };
  }

  fn(node: Raw, name: string, modifiers: readonly string[], place: Place): CodeNode {
    const body = node["body"];
    const expression = isRaw(body) && body.type !== "BlockStatement" && body.type !== "FunctionBody";
    return {
      kind: "function",
      name,
      params: Array.isArray(node["params"]) ? node["params"].filter(isRaw).map((param) => this.param(param)) : [],
      returns: this.type(node["returnType"]),
      isAsync: node["async"] === true,
      isGenerator: node["generator"] === true,
      decorators: [],
      modifiers,
      hasBody: isRaw(body),
      body: expression
        ? [{ kind: "return", value: this.node(body), ...this.place(body) }]
        : isRaw(body)
          ? this.nodes(body["body"])
          : [],
      ...place,
    };
  }
}

function annotationStart(node: Raw): number {
  const annotation = node["typeAnnotation"];
  return isRaw(annotation) ? annotation.start : node.end;
}
