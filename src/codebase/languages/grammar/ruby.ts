import type { Node } from "web-tree-sitter";
import type { Findings } from "../text/found-facts.ts";
import type { Level, Rules } from "./walk.ts";

const BLOCKS =
  /^(?:describe|context|it|specify|feature|scenario|shared_examples|shared_context|namespace|task|desc|before|after)$/;

/** Ruby: modules, classes, methods, constants, and the blocks of tests. What stands below a bare `private` is not exported. */
export const RUBY: Rules = {
  grammar: "ruby",
  lineComment: "#",
  visit(node, at) {
    const name = node.childForFieldName("name");
    const body = node.childForFieldName("body");
    switch (node.type) {
      case "module":
      case "class": {
        const kind = node.type === "class" ? "class" : "module";
        at.inside(
          body,
          at.declare(node, { kind, name, exported: at.open, body: body ?? lineEnd(node) }),
          kind,
          at.open,
        );
        return;
      }
      case "singleton_class":
      case "begin":
      case "if":
      case "body_statement":
      case "then":
        at.through(node.type === "singleton_class" ? body : node);
        return;
      case "method":
      case "singleton_method":
        at.declare(node, {
          kind: at.holder === undefined ? "function" : "method",
          name,
          exported: at.open && at.state["hidden"] !== true,
          body: body ?? lineEnd(node),
        });
        return;
      case "assignment":
        constant(node, at);
        return;
      case "identifier":
        if (/^(?:private|protected)$/.test(node.text)) at.state["hidden"] = true;
        else if (node.text === "public") at.state["hidden"] = false;
        return;
      case "call":
        call(node, at);
    }
  },
  finish: required,
};

function constant(node: Node, at: Level): void {
  const left = node.childForFieldName("left");
  if (left?.type !== "constant") return;
  const isLong = node.endIndex - node.startIndex > 100;
  at.declare(node, {
    kind: "constant",
    name: left,
    exported: at.open,
    body: isLong ? node.childForFieldName("right") : null,
  });
}

function call(node: Node, at: Level): void {
  const method = node.childForFieldName("method");
  const block = node.childForFieldName("block");
  const words = node.childForFieldName("arguments");
  // `private def name` hides that one method.
  const inner = words?.firstNamedChild;
  if (/^(?:private|protected)$/.test(method?.text ?? "") && inner?.type === "method") {
    const body = inner.childForFieldName("body") ?? lineEnd(inner);
    at.declare(node, { kind: "method", name: inner.childForFieldName("name"), exported: false, body });
    return;
  }
  if (block === null || !BLOCKS.test(method?.text ?? "")) return;
  const called = `${method?.text ?? ""} ${words?.text ?? ""}`.replace(/\s+/g, " ").trim().slice(0, 100);
  const index = at.declare(node, { kind: "section", name: method, called, exported: false, body: block });
  at.inside(block.childForFieldName("body"), index, "section", false);
}

/** What closes an empty body: its `end` stands in for the body that is not there. */
function lineEnd(node: Node): Node | null {
  const last = node.lastChild;
  return last?.type === "end" ? last : null;
}

function required(root: Node, text: string, into: Findings): void {
  for (const found of text.matchAll(
    /\b(require|require_relative|load|autoload\s+:\w+\s*,)[ \t(]*(["'])([^"'#\n]+)\2\)?/g,
  )) {
    if (root.descendantForIndex(found.index)?.type !== "identifier") continue;
    const path = found[3] ?? "";
    const specifier = found[1] === "require_relative" && !path.startsWith(".") ? `./${path}` : path;
    into.import({ specifier, start: found.index, end: found.index + found[0].length });
  }
  if (/^if\s+(?:__FILE__\s*==\s*\$(?:0|PROGRAM_NAME)|\$(?:0|PROGRAM_NAME)\s*==\s*__FILE__)/m.test(text))
    into.entry("if __FILE__ == $0");
}
