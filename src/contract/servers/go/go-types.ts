import type { Syntax } from "../syntax-tree.ts";
import { bareName, type GoDeclared, type GoFile, type GoFunction, parametersOf } from "./source/go-files.ts";
import { frameworkOf, type GoFramework } from "./go-frameworks.ts";
import type { GoProject } from "./source/go-project.ts";
import type { GoType } from "./go-values.ts";

/** What a type expression leads to. */
export type GoResolved =
  | { readonly kind: "declared"; readonly declared: GoDeclared }
  | { readonly kind: "router"; readonly framework: GoFramework }
  | { readonly kind: "external"; readonly path: string; readonly name: string }
  | { readonly kind: "list"; readonly element: GoType | undefined }
  | { readonly kind: "map"; readonly value: GoType | undefined }
  | { readonly kind: "struct"; readonly type: GoType }
  | { readonly kind: "interface"; readonly type: GoType }
  | { readonly kind: "basic"; readonly name: string }
  | { readonly kind: "other" };

export interface GoField {
  readonly name: string;
  readonly type: GoType;
  readonly isEmbedded: boolean;
}

// A type that is named by a type that is named by a type.
const DEEPEST = 8;

/** Follows names of types, pointers and type arguments left out, to what they stand for; a name of the project stays one. */
export function resolveType(project: GoProject, type: GoType | undefined): GoResolved {
  if (type === undefined) return { kind: "other" };
  const { file, syntax } = type;
  const inner = (name: string): GoResolved => {
    const syntaxInside = syntax.field(name) ?? syntax.children[0];
    return resolveType(project, syntaxInside === undefined ? undefined : { file, syntax: syntaxInside });
  };
  switch (syntax.type) {
    case "pointer_type":
    case "parenthesized_type":
    case "type_elem":
      return inner("");
    case "generic_type":
      return inner("type");
    case "slice_type":
    case "array_type":
      return { kind: "list", element: part(file, syntax.field("element")) };
    case "map_type":
      return { kind: "map", value: part(file, syntax.field("value")) };
    case "struct_type":
      return { kind: "struct", type };
    case "interface_type":
      return { kind: "interface", type };
    case "qualified_type":
      return qualified(project, file, syntax.field("package")?.text ?? "", syntax.field("name")?.text ?? "");
    case "type_identifier":
    case "identifier":
      return named(project, file, syntax.text);
    case "selector_expression":
      return qualified(project, file, syntax.field("operand")?.text ?? "", syntax.field("field")?.text ?? "");
    default:
      return { kind: "other" };
  }
}

function part(file: GoFile, syntax: Syntax | undefined): GoType | undefined {
  return syntax === undefined ? undefined : { file, syntax };
}

function named(project: GoProject, file: GoFile, name: string): GoResolved {
  const declared = project.packageAt(file.folder).declaredNamed(name);
  if (declared?.kind === "type") return { kind: "declared", declared };
  for (const path of file.dots) {
    const found = ofPackage(project, path, name);
    if (found !== undefined) return found;
  }
  return { kind: "basic", name };
}

function qualified(project: GoProject, file: GoFile, packageName: string, name: string): GoResolved {
  const path = file.imports.get(packageName);
  return path === undefined ? { kind: "other" } : (ofPackage(project, path, name) ?? { kind: "external", path, name });
}

function ofPackage(project: GoProject, path: string, name: string): GoResolved | undefined {
  const framework = frameworkOf(path);
  if (framework?.types.has(name) === true) return { kind: "router", framework };
  const declared = project.packageOf(path)?.declaredNamed(name);
  return declared?.kind === "type" ? { kind: "declared", declared } : undefined;
}

/** What a declared type is made of in the end: a struct, an interface, a list. */
export function underlying(project: GoProject, declared: GoDeclared): GoResolved {
  let resolved: GoResolved = { kind: "declared", declared };
  for (let step = 0; step < DEEPEST && resolved.kind === "declared"; step += 1) {
    const { type, file }: GoDeclared = resolved.declared;
    resolved = type === undefined ? { kind: "other" } : resolveType(project, { file, syntax: type });
  }
  return resolved;
}

/** Fields of a struct, in order. */
export function fieldsOf(project: GoProject, declared: GoDeclared): GoField[] {
  const resolved = underlying(project, declared);
  return resolved.kind === "struct" ? structFields(resolved.type) : [];
}

export function structFields({ file, syntax }: GoType): GoField[] {
  return [...syntax.below("field_declaration")].flatMap((field): GoField[] => {
    const type = field.field("type");
    if (type === undefined) return [];
    const names = field.fieldsOf("name");
    if (names.length > 0)
      return names.map((name) => ({ name: name.text, type: { file, syntax: type }, isEmbedded: false }));
    return [{ name: bareName(type.text), type: { file, syntax: type }, isEmbedded: true }];
  });
}

/** A method that is declared on the type itself. */
export function methodOf(project: GoProject, declared: GoDeclared, name: string): GoFunction | undefined {
  return project.packageAt(declared.file.folder).methodOf(declared.name, name);
}

/** The methods of an interface, those of interfaces in it included, with the types they take. */
export function interfaceMethods(project: GoProject, type: GoType, depth = 0): Map<string, string> {
  const found = new Map<string, string>();
  for (const child of type.syntax.children) {
    if (child.type === "method_elem") {
      const takes = parametersOf(child.field("parameters")).map((one) => bareName(one.type?.text ?? ""));
      found.set(child.field("name")?.text ?? "", takes.join(","));
    }
    if (depth >= DEEPEST || (child.type !== "type_elem" && child.type !== "constraint_elem")) continue;
    const resolved = resolveType(project, { file: type.file, syntax: child });
    const inner = resolved.kind === "declared" ? underlying(project, resolved.declared) : resolved;
    if (inner.kind === "interface")
      for (const [name, takes] of interfaceMethods(project, inner.type, depth + 1)) found.set(name, takes);
  }
  return found;
}
