import type { SourceTree } from "../../source-tree.ts";
import type { Syntax, SyntaxParser } from "../syntax-tree.ts";
import { type JavaFile, type JavaType, readJavaFile } from "./java-files.ts";

/** A text that may have parts which are not known. */
export interface JavaText {
  readonly text: string;
  /** What the first `HOLE` in it stands for. */
  readonly hole?: string | undefined;
}

export const HOLE = "\u0000";

/** The Java code of a project: types by the names that files know them under. Each file is parsed once, when asked for. */
export interface JavaProject {
  readonly paths: readonly string[];
  file(path: string): JavaFile | undefined;
  typeNamed(name: string, file: JavaFile, inside: JavaType | undefined): JavaType | undefined;
  /** A type with all it extends and implements, nearest first. Names of those that are not of the project are left out. */
  lineage(type: JavaType): readonly JavaType[];
  /** The value of a constant expression. */
  textOf(syntax: Syntax, file: JavaFile, inside: JavaType | undefined): JavaText;
}

const DEEPEST = 60;

export function openJavaProject(tree: SourceTree, parser: SyntaxParser): JavaProject {
  const paths = tree.files.filter(
    (path) => path.endsWith(".java") && !/(?:^|\/)(?:src\/(?:test|it|testFixtures|integrationTest)|test)\//.test(path),
  );
  const byName = Map.groupBy(paths, (path) => path.slice(path.lastIndexOf("/") + 1, -".java".length));
  const files = new Map<string, JavaFile | undefined>();
  const file = (path: string): JavaFile | undefined => {
    if (!files.has(path)) files.set(path, readJavaFile(tree, parser, path));
    return files.get(path);
  };
  const names = new TypeNames(byName, file);
  const project: JavaProject = {
    paths,
    file,
    typeNamed: (name, from, inside) => names.typeNamed(name, from, inside, 0),
    lineage: (type) => names.lineage(type),
    textOf: (syntax, from, inside) => textOf(names, syntax, from, inside, 0),
  };
  return project;
}

class TypeNames {
  readonly #byName: ReadonlyMap<string, readonly string[]>;
  readonly #file: (path: string) => JavaFile | undefined;
  readonly #lineages = new Map<JavaType, readonly JavaType[]>();

  constructor(byName: ReadonlyMap<string, readonly string[]>, file: (path: string) => JavaFile | undefined) {
    this.#byName = byName;
    this.#file = file;
  }

  /** A type by its simple, qualified or full name, as the language looks it up. */
  typeNamed(name: string, from: JavaFile, inside: JavaType | undefined, depth: number): JavaType | undefined {
    if (depth > DEEPEST) return undefined;
    const [first = "", ...rest] = name.split(".");
    const start = this.#simple(first, from, inside, depth);
    if (start !== undefined) return rest.length === 0 ? start : this.#inner(start, rest);
    return rest.length === 0 ? undefined : this.fullyNamed(name);
  }

  /** "a.b.Outer.Inner": the package is as long as there is no such file. */
  fullyNamed(name: string): JavaType | undefined {
    const parts = name.split(".");
    for (let at = parts.length - 1; at >= 0; at -= 1) {
      const packageName = parts.slice(0, at).join(".");
      const top = this.#inPackage(packageName, parts[at] ?? "");
      if (top === undefined) continue;
      const rest = parts.slice(at + 1);
      return rest.length === 0 ? top : this.#inner(top, rest);
    }
    return undefined;
  }

  lineage(type: JavaType): readonly JavaType[] {
    const known = this.#lineages.get(type);
    if (known !== undefined) return known;
    const found: JavaType[] = [];
    const visit = (one: JavaType, depth: number): void => {
      if (found.includes(one) || depth > DEEPEST) return;
      found.push(one);
      for (const name of one.supertypes) {
        const next = this.typeNamed(name, one.file, one.outer ?? one, 0);
        if (next !== undefined) visit(next, depth + 1);
      }
    };
    visit(type, 0);
    this.#lineages.set(type, found);
    return found;
  }

  #simple(name: string, from: JavaFile, inside: JavaType | undefined, depth: number): JavaType | undefined {
    for (let holder = inside; holder !== undefined; holder = holder.outer) {
      if (holder.name === name) return holder;
      const inner = this.#innerOf(holder, name, depth);
      if (inner !== undefined) return inner;
    }
    const own = from.types.find((type) => type.outer === undefined && type.name === name);
    if (own !== undefined) return own;
    const imported = from.imports.get(name);
    if (imported !== undefined) return this.fullyNamed(imported);
    const neighbour = this.#inPackage(from.packageName, name);
    if (neighbour !== undefined) return neighbour;
    for (const star of [...from.stars, ...from.staticStars]) {
      const found = this.fullyNamed(`${star}.${name}`);
      if (found !== undefined) return found;
    }
    const member = from.statics.get(name);
    return member === undefined ? undefined : this.fullyNamed(member);
  }

  /** A type inside of another, or of one that it extends. */
  #innerOf(holder: JavaType, name: string, depth: number): JavaType | undefined {
    const own = holder.file.types.find((type) => type.outer === holder && type.name === name);
    if (own !== undefined || depth > 2) return own;
    for (const above of holder.supertypes) {
      if (above === name) continue;
      const type = this.typeNamed(above, holder.file, holder.outer, depth + 1);
      const found = type === undefined || type === holder ? undefined : this.#innerOf(type, name, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #inner(type: JavaType, names: readonly string[]): JavaType | undefined {
    let found: JavaType | undefined = type;
    for (const name of names) found = found === undefined ? undefined : this.#innerOf(found, name, 0);
    return found;
  }

  #inPackage(packageName: string, name: string): JavaType | undefined {
    for (const path of this.#byName.get(name) ?? []) {
      const file = this.#file(path);
      if (file?.packageName === packageName)
        return file.types.find((type) => type.outer === undefined && type.name === name);
    }
    return undefined;
  }
}

function textOf(
  names: TypeNames,
  syntax: Syntax,
  from: JavaFile,
  inside: JavaType | undefined,
  depth: number,
): JavaText {
  if (depth > DEEPEST) return unknown(syntax);
  const inner = (one: Syntax | undefined): JavaText =>
    one === undefined ? unknown(syntax) : textOf(names, one, from, inside, depth + 1);
  switch (syntax.type) {
    case "string_literal":
      return { text: literalText(syntax.text) };
    case "character_literal":
      return { text: syntax.text.slice(1, -1) };
    case "decimal_integer_literal":
      return { text: syntax.text };
    case "parenthesized_expression":
      return inner(syntax.children[0]);
    case "cast_expression":
      return inner(syntax.field("value"));
    case "binary_expression": {
      if (syntax.field("operator")?.text !== "+") return unknown(syntax);
      const left = inner(syntax.field("left"));
      const right = inner(syntax.field("right"));
      return { text: left.text + right.text, hole: left.hole ?? right.hole };
    }
    case "identifier":
    case "field_access":
      return constant(names, syntax, from, inside, depth);
    default:
      return unknown(syntax);
  }
}

/** A constant by its name: of the type around it, of one above that, or of another type. */
function constant(
  names: TypeNames,
  syntax: Syntax,
  from: JavaFile,
  inside: JavaType | undefined,
  depth: number,
): JavaText {
  const name = syntax.text.replace(/\s+/g, "");
  const dot = name.lastIndexOf(".");
  const last = name.slice(dot + 1);
  const holders: JavaType[] = [];
  if (dot < 0) {
    for (let holder = inside; holder !== undefined; holder = holder.outer) holders.push(holder);
    const member = from.statics.get(name);
    const home = member === undefined ? undefined : names.fullyNamed(member.slice(0, member.lastIndexOf(".")));
    if (home !== undefined) holders.push(home);
    for (const star of from.staticStars) {
      const type = names.fullyNamed(star);
      if (type !== undefined) holders.push(type);
    }
  } else {
    const type = names.typeNamed(name.slice(0, dot), from, inside, 0);
    if (type !== undefined) holders.push(type);
  }
  for (const holder of holders.flatMap((type) => names.lineage(type))) {
    const value = holder.constants.get(last);
    if (value !== undefined) return textOf(names, value, holder.file, holder, depth + 1);
  }
  return unknown(syntax);
}

function unknown(syntax: Syntax): JavaText {
  return { text: HOLE, hole: (syntax.text.split("\n")[0] ?? "").slice(0, 80) };
}

function literalText(text: string): string {
  if (text.startsWith('"""')) return text.slice(3, -3).trim();
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
