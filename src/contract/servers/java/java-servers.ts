/**
 * Routes of servers written in Java: Spring's controllers and router functions, MVC and WebFlux alike.
 *
 * How: types, annotations and constants of the project stand in one table of names; a controller's routes are the mappings of
 * its methods and of what it inherits, below those of its class, the prefixes that a configuration adds, and the context path
 * of its application's settings.
 *
 * Invariants: only what Spring would make a handler of is told, so no interface that only declares one, no abstract class, and
 * no client's interface; a file is parsed once, and only when its text or a name leads to it.
 *
 * Rejected: the text of annotations (prefixes are constants of other files in most projects), and reading class files (they
 * are not there before a build).
 */
import type { Unresolved } from "../../contract.ts";
import type { SourceTree } from "../../source-tree.ts";
import { isWithin } from "../folders.ts";
import type { ServerReader, ServerReading } from "../server-reader.ts";
import { openSyntaxParser } from "../syntax-tree.ts";
import type { JavaType } from "./java-files.ts";
import { type JavaProject, openJavaProject } from "./java-project.ts";
import { readPathPrefixes } from "./path-prefixes.ts";
import { routerFunctions } from "./router-functions.ts";
import { controllerRoutes } from "./spring-controllers.ts";
import { isController } from "./spring-mappings.ts";
import { readSettings } from "./spring-settings.ts";

const CONTROLLER_WORD = /@(?:[\w.]*\.)?\w*Controller\b/;
const FUNCTION_WORD = /\bRouterFunction\s*</;
const SPRING_WORD = /\borg\.springframework\.(?:web|stereotype|data\.rest)\b/;

export const javaServers: ServerReader = {
  frameworks: ["spring"],
  mayServe: (path, text) =>
    /\.(?:java|kt)$/.test(path) && SPRING_WORD.test(text) && (CONTROLLER_WORD.test(text) || FUNCTION_WORD.test(text)),
  async read(tree: SourceTree, folders: readonly string[]): Promise<ServerReading> {
    const parser = await openSyntaxParser("java");
    const project = openJavaProject(tree, parser);
    const settings = readSettings(tree, applicationModules(tree, project));
    const prefixes = readPathPrefixes(tree, project, parser);
    const files = controllerFiles(tree, project, folders);
    const told = files.flatMap((path) =>
      controllersIn(project, path).map((type) => controllerRoutes(project, settings, prefixes, type)),
    );
    told.push(routerFunctions(tree, project, parser, settings, folders));
    const unreadable = files.filter((path) => project.file(path) === undefined);
    return {
      routes: told.flatMap(({ routes }) => routes),
      unresolved: [
        ...told.flatMap((one) => one.unresolved),
        ...prefixes.unresolved,
        ...unreadable.map((file) => ({ file, line: 1, reason: "the file cannot be parsed" })),
        ...kotlinFiles(tree, folders),
      ],
    };
  },
};

/** Files that have a word of a controller's, or of an annotation of the project that makes one. */
function controllerFiles(tree: SourceTree, project: JavaProject, folders: readonly string[]): string[] {
  const markers = project.paths
    .filter((path) => /@interface\s/.test(tree.read(path) ?? "") && CONTROLLER_WORD.test(tree.read(path) ?? ""))
    .map((path) => path.slice(path.lastIndexOf("/") + 1, -".java".length));
  const marked = markers.length === 0 ? undefined : new RegExp(`@(?:[\\w.]*\\.)?(?:${markers.join("|")})\\b`);
  return project.paths.filter((path) => {
    const text = isWithin(path, folders) ? tree.read(path) : undefined;
    return text !== undefined && (CONTROLLER_WORD.test(text) || marked?.test(text) === true);
  });
}

/** Concrete classes of a file that Spring takes for controllers. */
function controllersIn(project: JavaProject, path: string): JavaType[] {
  const types = project.file(path)?.types ?? [];
  return types.filter(
    (type) => (type.kind === "class" || type.kind === "record") && !type.isAbstract && isController(project, type),
  );
}

/** Folders of the modules that hold an application's main class. */
function applicationModules(tree: SourceTree, project: JavaProject): string[] {
  const found = project.paths.filter((path) =>
    /@SpringBootApplication\b|@EnableAutoConfiguration\b/.test(tree.read(path) ?? ""),
  );
  return [...new Set(found.map((path) => path.replace(/src\/main\/java\/.*$/, "").replace(/[^/]+\.java$/, "")))];
}

/** There is no grammar for Kotlin here; a controller in it must not be passed over in silence. */
function kotlinFiles(tree: SourceTree, folders: readonly string[]): Unresolved[] {
  return tree.files
    .filter(
      (path) => path.endsWith(".kt") && isWithin(path, folders) && javaServers.mayServe(path, tree.read(path) ?? ""),
    )
    .map((file) => ({ file, line: 1, reason: "controllers in Kotlin cannot be read" }));
}
