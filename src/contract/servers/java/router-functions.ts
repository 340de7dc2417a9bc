import type { Route, Unresolved } from "../../contract.ts";
import type { SourceTree } from "../../source-tree.ts";
import { isWithin } from "../folders.ts";
import type { Syntax, SyntaxParser } from "../syntax-tree.ts";
import { annotationsOf, type JavaFile, type JavaType } from "./java-files.ts";
import { HOLE, type JavaProject, type JavaText } from "./java-project.ts";
import { simple } from "./spring-mappings.ts";
import { combined, reportedPath } from "./spring-paths.ts";
import type { SpringSettings } from "./spring-settings.ts";

interface Told {
  readonly routes: Route[];
  readonly unresolved: Unresolved[];
}

/** A class whose methods make router functions. */
interface Maker {
  readonly file: JavaFile;
  readonly type: JavaType | undefined;
  /** Bodies of those methods by name. */
  readonly methods: ReadonlyMap<string, Syntax>;
  /** Those that Spring itself calls. */
  readonly beans: ReadonlySet<string>;
}

const METHODS = new Set(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]);
const NESTS = new Set(["path", "nest"]);
// Functions that nest functions that nest functions.
const DEEPEST = 12;

/**
 * Routes of WebFlux's and MVC's router functions: predicates and builders (`route().GET("/x", …)`, `route(GET("/x"), …)`), with
 * what stands below `path` and `nest`. A function that another one of its class takes in is told there.
 */
export function routerFunctions(
  tree: SourceTree,
  project: JavaProject,
  parser: SyntaxParser,
  settings: SpringSettings,
  folders: readonly string[],
): Told {
  const told: Told = { routes: [], unresolved: [] };
  for (const path of project.paths) {
    const text = isWithin(path, folders) ? (tree.read(path) ?? "") : "";
    const file = /\bRouterFunction\s*</.test(text) ? project.file(path) : undefined;
    const root = file === undefined ? undefined : parser.parse(text);
    if (file === undefined || root === undefined) continue;
    for (const node of root.below("class_declaration")) readMaker(project, settings, makerOf(node, file), told);
  }
  return told;
}

function makerOf(node: Syntax, file: JavaFile): Maker {
  const methods = new Map<string, Syntax>();
  const beans = new Set<string>();
  for (const method of node.field("body")?.ofType("method_declaration") ?? []) {
    const body = method.field("body");
    if (body === undefined || !/^RouterFunction\b/.test(method.field("type")?.text ?? "")) continue;
    const name = method.field("name")?.text ?? "";
    methods.set(name, body);
    if (annotationsOf(method.ofType("modifiers")[0]).some((annotation) => simple(annotation.name) === "Bean"))
      beans.add(name);
  }
  return {
    file,
    type: file.types.find(({ name, line }) => name === node.field("name")?.text && line === node.line),
    methods,
    beans,
  };
}

function readMaker(project: JavaProject, settings: SpringSettings, maker: Maker, told: Told): void {
  const taken = new Set<string>();
  for (const [name, body] of maker.methods)
    for (const call of body.below("method_invocation")) {
      const called = call.field("name")?.text ?? "";
      if (called !== name && call.field("object") === undefined && maker.methods.has(called)) taken.add(called);
    }
  const walk = new RouterWalk(project, settings, maker, told);
  for (const [name, body] of maker.methods) {
    if (taken.has(name)) continue;
    if (maker.beans.has(name)) walk.visit(body, settings.prefixFor(maker.file.path), 0);
    else
      told.unresolved.push({
        file: maker.file.path,
        line: body.line,
        reason: `${name}() makes a router function, but who takes it in cannot be followed`,
      });
  }
}

class RouterWalk {
  readonly #project: JavaProject;
  readonly #settings: SpringSettings;
  readonly #maker: Maker;
  readonly #told: Told;

  constructor(project: JavaProject, settings: SpringSettings, maker: Maker, told: Told) {
    this.#project = project;
    this.#settings = settings;
    this.#maker = maker;
    this.#told = told;
  }

  visit(node: Syntax, prefix: JavaText, depth: number): void {
    if (node.type !== "method_invocation") {
      for (const child of node.children) this.visit(child, prefix, depth);
      return;
    }
    const name = node.field("name")?.text ?? "";
    const object = node.field("object");
    const args = node.field("arguments")?.children ?? [];
    if (object !== undefined) this.visit(object, prefix, depth);
    const first = args[0];
    if (METHODS.has(name) && first !== undefined && isText(first)) this.#tell(node, name, prefix, this.#text(first));
    else if (NESTS.has(name) && args.length > 1 && first !== undefined) {
      const path = isText(first)
        ? first
        : [...first.below("argument_list")].flatMap(({ children }) => children).find(isText);
      const below = path === undefined ? prefix : joined(prefix, this.#text(path));
      for (const inner of args.slice(1)) this.visit(inner, below, depth + 1);
    } else {
      const own = object === undefined && depth < DEEPEST ? this.#maker.methods.get(name) : undefined;
      if (own !== undefined) this.visit(own, prefix, depth + 1);
      for (const inner of args) this.visit(inner, prefix, depth);
    }
  }

  #text(syntax: Syntax): JavaText {
    return this.#settings.filled(
      this.#project.textOf(syntax, this.#maker.file, this.#maker.type),
      this.#maker.file.path,
    );
  }

  #tell(node: Syntax, method: string, prefix: JavaText, path: JavaText): void {
    const file = this.#maker.file.path;
    const line = node.field("name")?.line ?? node.line;
    const whole = joined(prefix, path);
    if (whole.text.includes(HOLE))
      this.#told.unresolved.push({ file, line, reason: `a part of the path is not known: ${whole.hole ?? "a value"}` });
    else this.#told.routes.push({ method, path: reportedPath(whole.text), file, line, framework: "spring" });
  }
}

function joined(prefix: JavaText, path: JavaText): JavaText {
  return { text: combined(prefix.text, path.text), hole: prefix.hole ?? path.hole };
}

function isText({ type }: Syntax): boolean {
  return /^(?:string_literal|binary_expression|identifier|field_access)$/.test(type);
}
