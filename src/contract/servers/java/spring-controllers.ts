import type { Route, Unresolved } from "../../contract.ts";
import type { JavaMethod, JavaType } from "./java-files.ts";
import { HOLE, type JavaProject, type JavaText } from "./java-project.ts";
import type { PathPrefixes } from "./path-prefixes.ts";
import { isConditional, type Mapping, mappingOf } from "./spring-mappings.ts";
import { combined, reportedPath } from "./spring-paths.ts";
import type { SpringSettings } from "./spring-settings.ts";

interface Told {
  readonly routes: Route[];
  readonly unresolved: Unresolved[];
}

/** The routes of one controller: its own methods, and those of the classes and interfaces above it. */
export function controllerRoutes(
  project: JavaProject,
  settings: SpringSettings,
  prefixes: PathPrefixes,
  type: JavaType,
): Told {
  const told: Told = { routes: [], unresolved: [] };
  const lineage = project.lineage(type);
  const above = lineage
    .map((one) => mappingOf(project, one.annotations, one.file, one))
    .find((mapping) => mapping !== undefined);
  const before = [settings.prefixFor(type.file.path), prefixes.prefixOf(type)];
  const conditional = isConditional(project, type);
  for (const [method, mapping] of handlers(project, lineage)) {
    const methods = [...new Set([...(above?.methods ?? []), ...mapping.methods])];
    const place =
      method.type === type
        ? { file: type.file.path, line: mapping.line }
        : { file: method.type.file.path, line: mapping.line };
    for (const outer of orNone(above))
      for (const inner of orNone(mapping)) {
        const parts = [...before, outer, inner].map((text) => settings.filled(text, type.file.path));
        const path = parts.reduce((whole, { text }) => combined(whole, text), "");
        const hole = parts.find((part) => part.hole !== undefined)?.hole ?? "a value";
        const known = path.replace(new RegExp(`^/?${HOLE}+`), "");
        // A prefix may be left out; a method's whole path may not.
        const isPathUnknown = parts.at(-1)?.text.replaceAll(HOLE, "") === "" && parts.at(-1)?.text !== "";
        if (known.includes(HOLE) || isPathUnknown) {
          told.unresolved.push({ ...place, reason: `a part of the path is not known: ${hole}` });
          continue;
        }
        if (known !== path)
          told.unresolved.push({ ...place, reason: `the prefix ${hole} is not known; the route is told without it` });
        for (const word of methods.length === 0 ? ["ALL"] : methods)
          told.routes.push({
            method: word,
            path: reportedPath(known),
            ...place,
            framework: "spring",
            ...(conditional ? { conditional } : {}),
          });
      }
  }
  told.unresolved.push(...missingAbove(project, type, told.routes.length));
  return told;
}

function orNone(mapping: Mapping | undefined): readonly JavaText[] {
  return mapping === undefined || mapping.paths.length === 0 ? [{ text: "" }] : mapping.paths;
}

/** Methods with the mapping that holds for them: their own, or that of what they override. */
function handlers(project: JavaProject, lineage: readonly JavaType[]): [JavaMethod, Mapping][] {
  const found = new Map<string, [JavaMethod, Mapping] | undefined>();
  for (const type of lineage)
    for (const method of type.methods) {
      const key = `${method.name}/${method.parameters}`;
      const mapping = mappingOf(project, method.annotations, type.file, type);
      // Two of one name and number are told apart by the types of what they take; each may have a mapping of its own.
      const isFirst = found.get(key) === undefined;
      if (mapping !== undefined && isFirst) found.set(key, [method, mapping]);
      else if (mapping !== undefined && found.get(key)?.[0].type === type)
        found.set(`${key}/${method.line}`, [method, mapping]);
    }
  return [...found.values()].filter((one) => one !== undefined);
}

/** A class without routes of its own that extends or implements what is not here may have them there. */
function missingAbove(project: JavaProject, type: JavaType, routes: number): Unresolved[] {
  if (routes > 0) return [];
  return type.supertypes
    .filter(
      (name) =>
        project.typeNamed(name, type.file, type.outer ?? type) === undefined &&
        !/^(?:javax?|jakarta|lombok|org\.springframework\.(?:web|data|boot|context|beans|core|stereotype|security|hateoas|http|validation))\./.test(
          type.file.imports.get(name) ?? "",
        ),
    )
    .map((name) => ({
      file: type.file.path,
      line: type.line,
      reason: `${type.name} takes its routes from ${name}, which is not in the code that is read`,
    }));
}
