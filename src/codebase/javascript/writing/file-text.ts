import { indentOf, listStatement } from "../reading/imports.ts";
import { isTypeName } from "./needs.ts";
import type { Layout } from "./layout.ts";

/** Statements of new text in the module's own form: ECMAScript or CommonJS, its quotes, its indentation. */

/** Brings names of another new file in. */
export function importLines(
  layout: Layout,
  path: string,
  names: readonly string[],
  values: ReadonlySet<string>,
): string[] {
  const source = `${layout.quote}${layout.specifier(path)}${layout.quote}`;
  const indent = indentOf(layout.text);
  if (!layout.text.esm) {
    if (oldStyle(layout)) return names.map((name) => `var ${name} = require(${source}).${name};`);
    return listStatement("const ", names, ` = require(${source});`, { multiline: false, indent, trailing: true });
  }
  const types = layout.text.typescript ? names.filter((name) => isTypeName(layout, name) || !values.has(name)) : [];
  const rest = names.filter((name) => !types.includes(name));
  return [
    ...(rest.length > 0
      ? listStatement("import ", rest, ` from ${source};`, { multiline: false, indent, trailing: true })
      : []),
    ...(types.length > 0
      ? listStatement("import type ", types, ` from ${source};`, { multiline: false, indent, trailing: true })
      : []),
  ];
}

/** Loads another new file for what it does. */
export function loadLine(layout: Layout, path: string): string {
  const source = `${layout.quote}${layout.specifier(path)}${layout.quote}`;
  return layout.text.esm ? `import ${source};` : `require(${source});`;
}

/** Offers names at the end of a new file. */
export function exportLines(layout: Layout, names: readonly string[]): string[] {
  const indent = indentOf(layout.text);
  const sorted = [...names].sort();
  if (!layout.text.esm) {
    if (sorted.length === 0) return [];
    return listStatement(
      "module.exports = ",
      oldStyle(layout) ? sorted.map((name) => `${name}: ${name}`) : sorted,
      ";",
      { multiline: false, indent, trailing: !oldStyle(layout) },
    );
  }
  return exportList(layout, sorted, ";");
}

/** Passes names of a new file on, in the front. */
export function reexportLines(layout: Layout, path: string, names: readonly string[]): string[] {
  return exportList(layout, names, ` from ${layout.quote}${layout.specifier(path)}${layout.quote};`);
}

function exportList(layout: Layout, names: readonly string[], tail: string): string[] {
  const indent = indentOf(layout.text);
  const types = names.filter((name) => layout.text.typescript && isTypeName(layout, name));
  const rest = names.filter((name) => !types.includes(name));
  return [
    ...(rest.length > 0 ? listStatement("export ", rest, tail, { multiline: false, indent, trailing: true }) : []),
    ...(types.length > 0
      ? listStatement("export type ", types, tail, { multiline: false, indent, trailing: true })
      : []),
  ];
}

/** True for CommonJS code that uses nothing newer than ES5. */
export function oldStyle(layout: Layout): boolean {
  return !layout.text.esm && !/^\s*(?:const|let|class)\s|=>/m.test(layout.text.text);
}
