import type { Rules } from "./walk.ts";

/** Shell: functions, and the files that are sourced by a path without variables but the script's own folder. */
export const SHELL: Rules = {
  grammar: "bash",
  lineComment: "#",
  visit(node, at) {
    if (node.type === "if_statement" || node.type === "list") at.through(node);
    if (node.type !== "function_definition") return;
    const body = node.childForFieldName("body");
    at.declare(node, { kind: "function", name: node.childForFieldName("name"), exported: true, body });
  },
  finish(root, text, into) {
    if (text.startsWith("#!")) into.entry(/^[^\r\n]{0,200}/.exec(text)?.[0] ?? "#!");
    for (const found of text.matchAll(/^[ \t]*((?:source|\.)[ \t]+(["']?)([^\s"';&|]+(?:[^"'\n;&|]*(?=["']))?)\2)/gm)) {
      const start = found.index + found[0].indexOf(found[1] ?? "");
      if (root.descendantForIndex(start)?.type !== "word") continue;
      const path = (found[3] ?? "").replace(/^\$(?:\{\w+\}|\w+|\([^)]*\))\//, "./");
      if (!path.includes("$")) into.import({ specifier: path, start, end: start + (found[1] ?? "").length });
    }
  },
};
