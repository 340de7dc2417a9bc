import type { FileFacts, ModuleFacts } from "../facts.ts";
import { judgeCriticality } from "./criticality.ts";
import { centrality, moduleGraph } from "./module-graph.ts";
import { nameModules } from "./module-names.ts";

/** The modules of the code among `files`, sorted by name, with who imports whom and how critical each is. Pure. */
export function readModules(files: readonly FileFacts[]): readonly ModuleFacts[] {
  const code = files.filter(({ role }) => role === "code");
  const byPath = new Map(code.map((file) => [file.path, file]));
  const modules = nameModules(code);
  const graph = moduleGraph(modules, byPath);
  const ranks = centrality(graph.imports);
  const measures = modules.map((module, index) => {
    const own = module.files.flatMap((path) => byPath.get(path) ?? []);
    return {
      name: module.name,
      tokens: own.reduce((sum, { tokens }) => sum + tokens, 0),
      changes: own.reduce((sum, { changes }) => sum + changes, 0),
      entry: own.find(({ entry }) => entry !== null)?.entry ?? null,
      importers: graph.importedBy[index]?.length ?? 0,
      rank: ranks[index] ?? 0,
    };
  });
  const criticality = judgeCriticality(measures);
  const names = (places: readonly number[] = []): readonly string[] =>
    places.map((place) => modules[place]?.name ?? "");
  return modules.flatMap((module, index): readonly ModuleFacts[] => {
    const judged = criticality[index];
    if (judged === undefined) return [];
    return [
      {
        name: module.name,
        files: module.files,
        tokens: measures[index]?.tokens ?? 0,
        criticality: judged,
        imports: names(graph.imports[index]),
        importedBy: names(graph.importedBy[index]),
      },
    ];
  });
}
