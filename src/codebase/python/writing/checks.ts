import type { SplitPart } from "../../module-split.ts";
import { partImportName, type ModuleLayout } from "./layout.ts";
import { isSure, type Linker } from "./links.ts";
import { quoted } from "./part-text.ts";

/** First words of the names that this very split must make importable. */
function ownTops(layout: ModuleLayout, linker: Linker): string[] {
  return [
    ...new Set(
      [layout.importName, ...linker.parts.map((part) => partImportName(layout, part.module))].map(
        (name) => name.split(".")[0] ?? name,
      ),
    ),
  ];
}

/** Commands that load the front and find every name there, as the same object as in its part. */
export function frontChecks(layout: ModuleLayout, linker: Linker, parts: readonly SplitPart[]): string[] {
  const table = linker.parts.map((part, index) => {
    const names = (parts[index]?.names ?? []).filter((name) => isSure(linker.table, name));
    return [partImportName(layout, part.module), names.join(" ")];
  });
  const script = [
    "import importlib, sys",
    "try:",
    `    front = importlib.import_module(${JSON.stringify(layout.importName)})`,
    "except ModuleNotFoundError as missing:",
    `    if (missing.name or "").split(".")[0] in ${JSON.stringify(ownTops(layout, linker))}:`,
    "        raise",
    '    sys.exit(print("not checked here: there is no", missing.name))',
    `parts = ${JSON.stringify(Object.fromEntries(table))}`,
    "bad = [n for p, names in parts.items() for n in names.split() if getattr(front, n) is not getattr(sys.modules[p], n)]",
    'sys.exit("not the same object: " + ", ".join(bad) if bad else 0)',
  ].join("\n");
  const path = layout.importRoot === "" ? "" : `PYTHONPATH=${quoted(layout.importRoot)} `;
  return [
    `python3 -c 'import sys; compile(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1], "exec")' ${quoted(layout.file)}`,
    `${path}PYTHONDONTWRITEBYTECODE=1 python3 -c ${quoted(script)}`,
  ];
}
