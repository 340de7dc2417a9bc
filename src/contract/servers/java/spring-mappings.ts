import type { Syntax } from "../syntax-tree.ts";
import type { JavaAnnotation, JavaFile, JavaType } from "./java-files.ts";
import type { JavaProject, JavaText } from "./java-project.ts";

/** What a mapping annotation says. */
export interface Mapping {
  readonly paths: readonly JavaText[];
  /** Empty for any. */
  readonly methods: readonly string[];
  readonly line: number;
}

const FIXED: Readonly<Record<string, string>> = {
  GetMapping: "GET",
  PostMapping: "POST",
  PutMapping: "PUT",
  DeleteMapping: "DELETE",
  PatchMapping: "PATCH",
};
const EXCHANGES: Readonly<Record<string, string>> = {
  GetExchange: "GET",
  PostExchange: "POST",
  PutExchange: "PUT",
  DeleteExchange: "DELETE",
  PatchExchange: "PATCH",
};
const CONTROLLERS = new Set(["Controller", "RestController", "RepositoryRestController", "BasePathAwareController"]);
const CONDITIONS = /^(?:Profile|Conditional\w*)$/;
// An annotation of an annotation of an annotation.
const DEEPEST = 5;

/** The mapping among annotations, annotations of the project that carry one included. */
export function mappingOf(
  project: JavaProject,
  annotations: readonly JavaAnnotation[],
  file: JavaFile,
  inside: JavaType | undefined,
  depth = 0,
): Mapping | undefined {
  for (const annotation of annotations) {
    const name = simple(annotation.name);
    const own = (keys: readonly string[]): JavaText[] =>
      keys.flatMap((key) => textsOf(project, annotation.values.get(key), file, inside));
    const fixed = FIXED[name] ?? EXCHANGES[name];
    if (fixed !== undefined) return { paths: own(["value", "path", "url"]), methods: [fixed], line: annotation.line };
    if (name === "RequestMapping" || name === "HttpExchange")
      return {
        paths: own(["value", "path", "url"]),
        methods: methodsOf(annotation.values.get("method")),
        line: annotation.line,
      };
    const found = depth > DEEPEST ? undefined : composed(project, annotation, file, inside, depth);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An annotation of the project that has a mapping itself; its attributes may stand for that one's. */
function composed(
  project: JavaProject,
  annotation: JavaAnnotation,
  file: JavaFile,
  inside: JavaType | undefined,
  depth: number,
): Mapping | undefined {
  const type = project.typeNamed(annotation.name, file, inside);
  if (type?.kind !== "annotation") return undefined;
  const above = mappingOf(project, type.annotations, type.file, type, depth + 1);
  if (above === undefined) return undefined;
  const paths: JavaText[] = [];
  const methods: string[] = [];
  for (const attribute of type.methods) {
    const alias = attribute.annotations.find(({ name }) => simple(name) === "AliasFor");
    const target =
      alias === undefined
        ? attribute.name
        : textsOf(project, alias.values.get("attribute") ?? alias.values.get("value"), type.file, type)[0]?.text;
    const value = annotation.values.get(attribute.name);
    const meant = target ?? attribute.name;
    if (meant === "value" || meant === "path") {
      const given =
        value === undefined
          ? textsOf(project, attribute.standard, type.file, type)
          : textsOf(project, value, file, inside);
      if (alias !== undefined) paths.push(...given);
    } else if (meant === "method" && alias !== undefined) methods.push(...methodsOf(value ?? attribute.standard));
  }
  return {
    paths: paths.length > 0 ? paths : above.paths,
    methods: methods.length > 0 ? methods : above.methods,
    line: annotation.line,
  };
}

/** Whether a type is a controller by its own annotations, or by annotations of the project that carry one. */
export function isController(project: JavaProject, type: JavaType): boolean {
  return hasAnnotation(project, type, (name) => CONTROLLERS.has(name));
}

/** Whether a type has an annotation, directly or through annotations of the project. */
export function hasAnnotation(
  project: JavaProject,
  type: JavaType,
  asked: (name: string) => boolean,
  depth = 0,
): boolean {
  return type.annotations.some((annotation) => {
    if (asked(simple(annotation.name))) return true;
    const above = depth > DEEPEST ? undefined : project.typeNamed(annotation.name, type.file, type);
    return above?.kind === "annotation" && above !== type && hasAnnotation(project, above, asked, depth + 1);
  });
}

/** Whether it is only there under a condition: a profile, a setting. */
export function isConditional(project: JavaProject, type: JavaType): boolean {
  return hasAnnotation(project, type, (name) => CONDITIONS.test(name));
}

/** All texts of an attribute: one, or an array of them. */
export function textsOf(
  project: JavaProject,
  syntax: Syntax | undefined,
  file: JavaFile,
  inside: JavaType | undefined,
): JavaText[] {
  if (syntax === undefined) return [];
  const list = syntax.type === "element_value_array_initializer" || syntax.type === "array_initializer";
  return list
    ? syntax.children.flatMap((one) => textsOf(project, one, file, inside))
    : [project.textOf(syntax, file, inside)];
}

function methodsOf(syntax: Syntax | undefined): string[] {
  if (syntax === undefined) return [];
  if (syntax.type === "element_value_array_initializer") return syntax.children.flatMap(methodsOf);
  const name = simple(syntax.text.replace(/^"|"$/g, "").trim()).toUpperCase();
  return /^[A-Z]+$/.test(name) ? [name] : [];
}

export function simple(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
