import type { SourceTree } from "../../source-tree.ts";
import type { Syntax, SyntaxParser } from "../syntax-tree.ts";

export interface JavaFile {
  readonly path: string;
  readonly packageName: string;
  /** Full names of types by the names they have in the file. */
  readonly imports: ReadonlyMap<string, string>;
  /** Packages or types of which everything is imported. */
  readonly stars: readonly string[];
  /** Full names of static members by their own; a star's types. */
  readonly statics: ReadonlyMap<string, string>;
  readonly staticStars: readonly string[];
  /** Those at the top and those inside of others. */
  readonly types: readonly JavaType[];
}

export interface JavaType {
  readonly kind: "class" | "interface" | "annotation" | "enum" | "record";
  readonly name: string;
  /** Name with the types around it: "Outer.Inner". */
  readonly fullName: string;
  readonly file: JavaFile;
  readonly line: number;
  readonly outer: JavaType | undefined;
  readonly isAbstract: boolean;
  readonly annotations: readonly JavaAnnotation[];
  /** As written: the type it extends first, then those it implements. */
  readonly supertypes: readonly string[];
  readonly constants: ReadonlyMap<string, Syntax>;
  readonly methods: readonly JavaMethod[];
}

export interface JavaMethod {
  readonly name: string;
  readonly parameters: number;
  readonly line: number;
  readonly annotations: readonly JavaAnnotation[];
  readonly type: JavaType;
  /** Of an annotation: what an attribute is called there is a method. */
  readonly standard: Syntax | undefined;
}

export interface JavaAnnotation {
  /** As written. */
  readonly name: string;
  readonly line: number;
  readonly values: ReadonlyMap<string, Syntax>;
}

const KINDS: Readonly<Record<string, JavaType["kind"]>> = {
  class_declaration: "class",
  interface_declaration: "interface",
  annotation_type_declaration: "annotation",
  enum_declaration: "enum",
  record_declaration: "record",
};
const BODIES = new Set(["block", "constructor_body", "lambda_expression"]);

/** What a file declares: types with their annotations, constants and methods. Bodies of methods are not read. */
export function readJavaFile(tree: SourceTree, parser: SyntaxParser, path: string): JavaFile | undefined {
  const text = tree.read(path);
  const root = text === undefined ? undefined : parser.parse(text, BODIES);
  if (root === undefined) return undefined;
  const imports = new Map<string, string>();
  const statics = new Map<string, string>();
  const stars: string[] = [];
  const staticStars: string[] = [];
  const types: JavaType[] = [];
  const packageName = root.ofType("package_declaration")[0]?.ofType("scoped_identifier", "identifier")[0]?.text ?? "";
  const file: JavaFile = { path, packageName, imports, stars, statics, staticStars, types };
  for (const node of root.children) {
    if (node.type === "import_declaration") readImport(node, { imports, statics, stars, staticStars });
    else readType(node, file, undefined, types);
  }
  return file;
}

function readImport(
  node: Syntax,
  into: { imports: Map<string, string>; statics: Map<string, string>; stars: string[]; staticStars: string[] },
): void {
  const name = node.ofType("scoped_identifier", "identifier")[0]?.text.replace(/\s+/g, "") ?? "";
  const isStatic = /^import\s+static\b/.test(node.text);
  const last = name.slice(name.lastIndexOf(".") + 1);
  if (node.ofType("asterisk").length > 0) (isStatic ? into.staticStars : into.stars).push(name);
  else (isStatic ? into.statics : into.imports).set(last, name);
}

function readType(node: Syntax, file: JavaFile, outer: JavaType | undefined, into: JavaType[]): void {
  const kind = KINDS[node.type];
  if (kind === undefined) return;
  const name = node.field("name")?.text ?? "";
  const modifiers = node.ofType("modifiers")[0];
  const constants = new Map<string, Syntax>();
  const methods: JavaMethod[] = [];
  const type: JavaType = {
    kind,
    name,
    fullName: outer === undefined ? name : `${outer.fullName}.${name}`,
    file,
    line: node.line,
    outer,
    isAbstract: kind === "interface" || /\babstract\b/.test(withoutAnnotations(modifiers)),
    annotations: annotationsOf(modifiers),
    supertypes: supertypesOf(node),
    constants,
    methods,
  };
  into.push(type);
  for (const member of membersOf(node)) {
    if (member.type === "field_declaration" || member.type === "constant_declaration") {
      for (const declarator of member.fieldsOf("declarator")) {
        const value = declarator.field("value");
        if (value !== undefined) constants.set(declarator.field("name")?.text ?? "", value);
      }
    } else if (member.type === "method_declaration" || member.type === "annotation_type_element_declaration")
      methods.push({
        name: member.field("name")?.text ?? "",
        parameters: member.field("parameters")?.ofType("formal_parameter", "spread_parameter").length ?? 0,
        line: member.field("name")?.line ?? member.line,
        annotations: annotationsOf(member.ofType("modifiers")[0]),
        type,
        standard: member.field("value"),
      });
    else readType(member, file, type, into);
  }
}

function membersOf(node: Syntax): readonly Syntax[] {
  const body = node.field("body");
  if (body?.type !== "enum_body") return body?.children ?? [];
  return body.children.flatMap((child) => (child.type === "enum_body_declarations" ? child.children : []));
}

function supertypesOf(node: Syntax): string[] {
  const lists = [node.field("superclass"), node.field("interfaces"), ...node.ofType("extends_interfaces")];
  return lists.flatMap((list) =>
    (list?.children ?? [])
      .flatMap((child) => (child.type === "type_list" ? child.children : [child]))
      .map(({ text }) => bareType(text)),
  );
}

/** Without type arguments and annotations. */
function bareType(text: string): string {
  return text
    .replace(/<.*$/s, "")
    .replace(/@\w+\s*/g, "")
    .replace(/\s+/g, "");
}

function withoutAnnotations(modifiers: Syntax | undefined): string {
  if (modifiers === undefined) return "";
  return modifiers.children.reduceRight(
    (text, { start, end }) => text.slice(0, start - modifiers.start) + text.slice(end - modifiers.start),
    modifiers.text,
  );
}

export function annotationsOf(modifiers: Syntax | undefined): JavaAnnotation[] {
  return (modifiers?.ofType("marker_annotation", "annotation") ?? []).map((node) => {
    const values = new Map<string, Syntax>();
    for (const argument of node.field("arguments")?.children ?? []) {
      const value = argument.type === "element_value_pair" ? argument.field("value") : argument;
      const name = argument.type === "element_value_pair" ? (argument.field("key")?.text ?? "") : "value";
      if (value !== undefined) values.set(name, value);
    }
    return { name: node.field("name")?.text.replace(/\s+/g, "") ?? "", line: node.line, values };
  });
}
