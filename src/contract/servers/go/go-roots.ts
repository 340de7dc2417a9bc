import type { SourceTree } from "../../source-tree.ts";
import type { GoDeclared, GoFile, GoFunction } from "./source/go-files.ts";
import { ROUTER_WORDS } from "./go-frameworks.ts";
import type { Interest } from "./go-machine.ts";
import type { GoProject } from "./source/go-project.ts";

/** The functions that routers go through, in the order in which they are to be followed: callers first. */
export interface Roots extends Interest {
  readonly functions: readonly GoFunction[];
  /** Variables of packages whose values hold functions of interest. */
  readonly variables: readonly GoDeclared[];
  /** Whether any code mentions it, or it is one that the language runs. */
  isMentioned(one: GoFunction): boolean;
}

/** A name that is called or handed on, with what stands before its dot. */
interface Word {
  readonly before: string | undefined;
  readonly name: string;
}

const OPERATION =
  /\.(?:GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete|Route|Group|Mount|Method|MethodFunc|Handle|HandleFunc|Match|Any|PathPrefix|Subrouter|Add|Register\w*)\(/;
const WORD = /(?:([\w)\]]*)\.)?\b([A-Za-z_]\w*)(?:\[[^\]\n]*\])?(?=[ \t]*[(,)}\n])/g;
const KEYWORDS = new Set([
  "if",
  "for",
  "func",
  "return",
  "switch",
  "nil",
  "err",
  "true",
  "false",
  "string",
  "error",
  "int",
  "bool",
  "append",
  "len",
  "make",
]);
const MOST_ROUNDS = 12;

/**
 * Finds them from the files that name a router upwards: what makes or takes one, then what calls that, until nothing is added.
 * Calls are told apart by the package before the dot; methods by their name, in packages that know the type's package.
 */
export function findRoots(tree: SourceTree, project: GoProject): Roots {
  const search = new RootSearch(tree, project);
  search.run();
  const functions = callersFirst(search);
  return {
    functions,
    variables: [...search.variables],
    hasFunction: (one) => search.found.has(one),
    hasType: (name) => search.types.has(name),
    inText: (text) =>
      ROUTER_WORDS.test(text) || OPERATION.test(text) || wordsOf(text).some(({ name }) => search.names.has(name)),
    isMentioned: (one) => /^(?:main|init)$/.test(one.name) || search.isMentioned(one),
  };
}

class RootSearch {
  readonly found = new Map<GoFunction, readonly Word[]>();
  readonly types = new Set<string>();
  readonly variables = new Set<GoDeclared>();
  readonly names = new Set<string>();
  /** Functions of interest by folder and name. */
  readonly byFolder = new Map<string, Map<string, GoFunction[]>>();
  readonly #tree: SourceTree;
  readonly #project: GoProject;
  /** Interfaces whose methods take routers: names, and folders with their names. */
  readonly #takers = new Set<string>();
  readonly #takersIn = new Map<string, Set<string>>();
  readonly #imports = new Map<string, ReadonlySet<string>>();
  readonly #ofFolder = new Map<string, ReadonlySet<string>>();
  readonly #typeWords = new Map<GoDeclared, readonly string[]>();
  readonly #words = new Map<GoFunction, readonly Word[]>();

  constructor(tree: SourceTree, project: GoProject) {
    this.#tree = tree;
    this.#project = project;
  }

  run(): void {
    const files = new Set(this.#project.paths.filter((path) => ROUTER_WORDS.test(this.#tree.read(path) ?? "")));
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const before = this.found.size;
      for (const path of files) this.#noteFile(path);
      if (this.found.size === before && round > 0) return;
      for (const path of this.#project.paths) if (!files.has(path) && this.#knows(path)) files.add(path);
    }
  }

  /** Functions of interest that a word in a file may mean. */
  targets(file: GoFile, { before, name }: Word): GoFunction[] {
    const path = before === undefined ? undefined : file.imports.get(before);
    const folder = path === undefined ? undefined : this.#project.folderOf(path);
    if (path !== undefined)
      return folder === undefined ? [] : this.#named(folder, name).filter(({ receiver }) => receiver === undefined);
    const own = this.#named(file.folder, name).filter(({ receiver }) =>
      before === undefined ? receiver === undefined : receiver !== undefined,
    );
    if (before === undefined) return own;
    return [
      ...own,
      ...[...this.#importsIn(file.folder)]
        .flatMap((one) => (one === file.folder ? [] : this.#named(one, name)))
        .filter(({ receiver }) => receiver !== undefined),
    ];
  }

  /** Whether code that is no test names it: by its own name in its folder, behind the package's or a value's dot elsewhere. */
  isMentioned(one: GoFunction): boolean {
    const { folder } = one.file;
    const plain = new RegExp(`(?<![\\w.])(?<!func )${one.name}\\b`);
    const dotted = new RegExp(`([\\w)\\]]+)\\.${one.name}\\b`, "g");
    return this.#project.paths.some((path) => {
      const isOwn = folderOf(path) === folder;
      if (!isOwn && !this.#importsIn(folderOf(path)).has(folder)) return false;
      const text = this.#tree.read(path) ?? "";
      if (!text.includes(one.name)) return false;
      const code = text.replace(/\/\/.*$/gm, "");
      if (one.receiver !== undefined) return dotted.test(code);
      if (isOwn) return plain.test(code);
      const imports = this.#project.file(path)?.imports;
      return Array.from(code.matchAll(dotted), (match) => imports?.get(match[1] ?? "")).some(
        (known) => known !== undefined && this.#project.folderOf(known) === folder,
      );
    });
  }

  #named(folder: string, name: string): readonly GoFunction[] {
    return this.byFolder.get(folder)?.get(name) ?? [];
  }

  /** Whether a file stands in a folder of interest or imports one, and names something of it. */
  #knows(path: string): boolean {
    const folders = [folderOf(path), ...this.#importsIn(folderOf(path))].filter(
      (folder) => this.byFolder.has(folder) || this.#takersIn.has(folder),
    );
    if (folders.length === 0) return false;
    const text = this.#tree.read(path) ?? "";
    return folders.some((folder) =>
      [...(this.byFolder.get(folder)?.keys() ?? []), ...(this.#takersIn.get(folder) ?? [])].some((name) =>
        text.includes(name),
      ),
    );
  }

  /** A file may have a value of a package that only its neighbours import. */
  #importsIn(folder: string): ReadonlySet<string> {
    const known =
      this.#ofFolder.get(folder) ??
      new Set(this.#project.pathsIn(folder).flatMap((path) => [...this.#importsOf(path)]));
    this.#ofFolder.set(folder, known);
    return known;
  }

  #importsOf(path: string): ReadonlySet<string> {
    const known = this.#imports.get(path);
    if (known !== undefined) return known;
    const text = this.#tree.read(path) ?? "";
    const head = text.slice(0, Math.max(0, text.search(/^(?:func|type|var|const)\b/m)) || text.length);
    const folders = new Set(
      Array.from(head.matchAll(/"([^"\s]+)"/g), (match) => this.#project.folderOf(match[1] ?? "")).filter(
        (folder) => folder !== undefined,
      ),
    );
    this.#imports.set(path, folders);
    return folders;
  }

  #noteFile(path: string): void {
    const file = this.#project.file(path);
    if (file === undefined) return;
    for (const declared of file.declared) {
      if (declared.kind !== "type") {
        if (this.#holdsFunction(file, declared)) this.variables.add(declared);
        continue;
      }
      const text = declared.type?.text ?? "";
      const isRouter = ROUTER_WORDS.test(text);
      if (
        !this.types.has(declared.name) &&
        (isRouter || this.#wordsOfType(declared).some((word) => this.types.has(word)))
      )
        this.types.add(declared.name);
      if (declared.type?.type !== "interface_type" || !isRouter) continue;
      this.#takers.add(declared.name);
      this.#takersIn.set(file.folder, (this.#takersIn.get(file.folder) ?? new Set<string>()).add(declared.name));
    }
    for (const one of file.functions) if (!this.found.has(one) && this.#isOne(file, one)) this.#note(one);
  }

  #wordsOfType(declared: GoDeclared): readonly string[] {
    const known = this.#typeWords.get(declared) ?? [...new Set(declared.type?.text.match(/[A-Za-z_]\w*/g))];
    this.#typeWords.set(declared, known);
    return known;
  }

  /** Whether a variable's value has a function literal in it that routers go through, or names such a function. */
  #holdsFunction(file: GoFile, { isConstant, value }: GoDeclared): boolean {
    if (
      isConstant ||
      value === undefined ||
      !/^(?:composite_literal|unary_expression|func_literal)$/.test(value.syntax.type)
    )
      return false;
    const { text } = value.syntax;
    if (/\bfunc\s*\(/.test(text) && ROUTER_WORDS.test(text)) return true;
    return wordsOf(text).some((word) => this.names.has(word.name) && this.targets(file, word).length > 0);
  }

  #isOne(file: GoFile, one: GoFunction): boolean {
    const signature = [
      ...one.parameters.map(({ type }) => type?.text ?? ""),
      ...one.results.map(({ text }) => text),
    ].join(" ");
    if (ROUTER_WORDS.test(signature) || ROUTER_WORDS.test(one.bodyText)) return true;
    if (this.#takers.size > 0 && Array.from(signature.matchAll(/\w+/g), String).some((word) => this.#takers.has(word)))
      return true;
    if (one.receiver !== undefined && this.types.has(one.receiver.type) && OPERATION.test(one.bodyText)) return true;
    return this.wordsIn(one).some((word) => this.names.has(word.name) && this.targets(file, word).length > 0);
  }

  wordsIn(one: GoFunction): readonly Word[] {
    const known = this.#words.get(one) ?? wordsOf(one.bodyText);
    this.#words.set(one, known);
    return known;
  }

  #note(one: GoFunction): void {
    this.found.set(one, this.wordsIn(one));
    if (one.receiver !== undefined) this.types.add(one.receiver.type);
    if (one.name === "main" || one.name === "init") return;
    this.names.add(one.name);
    const names = this.byFolder.get(one.file.folder) ?? new Map<string, GoFunction[]>();
    this.byFolder.set(one.file.folder, names);
    names.set(one.name, [...(names.get(one.name) ?? []), one]);
  }
}

function wordsOf(text: string): Word[] {
  const found = new Map<string, Word>();
  for (const match of text.matchAll(WORD)) {
    const [whole, before, name = ""] = match;
    if (!KEYWORDS.has(name)) found.set(whole, { before, name });
  }
  return [...found.values()];
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

/** A function comes behind all that call it, as far as they do not call each other in a circle. */
function callersFirst(search: RootSearch): GoFunction[] {
  const order: GoFunction[] = [];
  const seen = new Set<GoFunction>();
  const visit = (one: GoFunction): void => {
    if (seen.has(one)) return;
    seen.add(one);
    for (const word of search.wordsIn(one))
      if (search.names.has(word.name)) for (const callee of search.targets(one.file, word)) visit(callee);
    order.push(one);
  };
  for (const one of [...search.found.keys()].toSorted(inOrder)) visit(one);
  return order.toReversed();
}

/** What runs first comes last, and so first when the order is turned round. */
function inOrder(a: GoFunction, b: GoFunction): number {
  const start = rank(a) - rank(b);
  if (start !== 0) return start;
  return a.file.path < b.file.path ? -1 : a.file.path > b.file.path ? 1 : a.line - b.line;
}

function rank({ name }: GoFunction): number {
  return name === "init" ? 2 : name === "main" ? 1 : 0;
}
