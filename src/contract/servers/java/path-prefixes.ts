import type { SourceTree } from "../../source-tree.ts";
import type { Unresolved } from "../../contract.ts";
import type { SyntaxParser } from "../syntax-tree.ts";
import type { JavaType } from "./java-files.ts";
import type { JavaProject, JavaText } from "./java-project.ts";
import { hasAnnotation, simple } from "./spring-mappings.ts";

/** Prefixes that a configuration puts before the paths of some controllers. */
export interface PathPrefixes {
  prefixOf(type: JavaType): JavaText;
  readonly unresolved: readonly Unresolved[];
}

interface Rule {
  readonly prefix: JavaText;
  applies(type: JavaType): boolean;
}

/** Reads calls of `addPathPrefix(prefix, predicate)`; predicates by annotation, package and type are known. */
export function readPathPrefixes(tree: SourceTree, project: JavaProject, parser: SyntaxParser): PathPrefixes {
  const rules: Rule[] = [];
  const unresolved: Unresolved[] = [];
  for (const path of project.paths) {
    const text = tree.read(path) ?? "";
    const file = text.includes("addPathPrefix") ? project.file(path) : undefined;
    // Bodies are left out when a file is read for what it declares.
    const root = file === undefined ? undefined : parser.parse(text);
    if (file === undefined || root === undefined) continue;
    for (const call of root.below("method_invocation")) {
      if (call.field("name")?.text !== "addPathPrefix") continue;
      const [prefix, predicate] = call.field("arguments")?.children ?? [];
      if (prefix === undefined || predicate === undefined) continue;
      const applies = predicateOf(project, predicate.text);
      if (applies === undefined)
        unresolved.push({ file: path, line: call.line, reason: "which controllers get the prefix cannot be followed" });
      else rules.push({ prefix: project.textOf(prefix, file, file.types[0]), applies });
    }
  }
  return { unresolved, prefixOf: (type) => rules.find((rule) => rule.applies(type))?.prefix ?? { text: "" } };
}

function predicateOf(project: JavaProject, text: string): Rule["applies"] | undefined {
  const named = Array.from(text.matchAll(/\b([A-Za-z_][\w.]*)\.class\b/g), (match) => simple(match[1] ?? ""));
  const packages = Array.from(
    text.matchAll(/forBasePackage\(\s*"([^"]+)"|(?:startsWith|contains)\(\s*"([^"]+)"/g),
    (match) => match[1] ?? match[2] ?? "",
  );
  if (/isAnnotationPresent|forAnnotation|hasAnnotation/.test(text) && named.length > 0)
    return (type) => hasAnnotation(project, type, (name) => named.includes(name));
  if (/forAssignableType|isAssignableFrom/.test(text) && named.length > 0)
    return (type) => project.lineage(type).some(({ name }) => named.includes(name));
  if (packages.length > 0)
    return (type) => packages.some((name) => `${type.file.packageName}.${type.fullName}`.includes(name));
  return /forAnyHandlerType|->\s*true$/.test(text) ? () => true : undefined;
}
