import type { Node } from "../../javascript/reading/syntax.ts";
import type { Findings } from "../text/found-facts.ts";
import { localName } from "./entry-names.ts";
import { withLeadingComments } from "./leading-comments.ts";
import type { ParsedScript } from "./parse-script.ts";
import { declareMembers, FUNCTIONS, holdsFunction, type MemberScope } from "./script-members.ts";

type Kind = "function" | "class" | "constant";

// Calls whose last argument is a body of its own: the blocks of test files.
const BLOCKS =
  /^(?:describe|context|suite|it|test|specify|bench|group|before|after|beforeAll|afterAll|beforeEach|afterEach)$/;
const DEEPEST_BLOCK = 8;

/** Declares what stands at the top of a script, with the members of what holds members. */
export function declareScript(text: string, parsed: ParsedScript, into: Findings): void {
  const exported = new Set<string>();
  for (const { entries } of parsed.module.staticExports)
    for (const entry of entries) {
      const name = entry.moduleRequest === null ? localName(entry.localName) : null;
      if (name !== null) exported.add(name);
    }
  if (text.includes("exports"))
    for (const statement of parsed.body) for (const name of commonExports(statement)) exported.add(name);
  new Scope(text, parsed, into, exported).statements(parsed.body, -1, 0);
}

class Scope {
  readonly #text: string;
  readonly #comments: ParsedScript["comments"];
  readonly #into: Findings;
  readonly #exported: ReadonlySet<string>;
  readonly #members: MemberScope;

  constructor(text: string, parsed: ParsedScript, into: Findings, exported: ReadonlySet<string>) {
    this.#text = text;
    this.#comments = parsed.comments;
    this.#into = into;
    this.#exported = exported;
    this.#members = { text, into, from: (at) => this.#from(at) };
  }

  statements(body: Iterable<Node>, parent: number, depth: number): void {
    if (depth > DEEPEST_BLOCK) return;
    for (const node of body) this.#statement(node, parent, depth);
  }

  #from(at: number): number {
    return withLeadingComments(this.#text, this.#comments, at);
  }

  #statement(node: Node, parent: number, depth: number): void {
    switch (node.type) {
      // The lazy tree has the parser's own names, which tell more kinds apart than those of the ESTree.
      case "ExportDeclaration":
      case "ExportNamedDeclaration": {
        const declared = (node["declaration"] ?? null) as Node | null;
        if (declared !== null) this.#declaration(declared, node, parent, true, depth);
        return;
      }
      case "ExportDefaultDeclaration":
        this.#defaultExport(node, node["declaration"] as Node, parent);
        return;
      case "TSExportAssignment":
        this.#value("export =", node["expression"] as Node, node, node.start, parent, true);
        return;
      case "ExpressionStatement":
        this.#expression(node["expression"] as Node, node, parent, depth);
        return;
      default:
        this.#declaration(node, node, parent, false, depth);
    }
  }

  #declaration(node: Node, whole: Node, parent: number, isExported: boolean, depth: number): void {
    const name = nameOf(node["id"] as Node | null | undefined, this.#text);
    const exported = isExported || this.#exported.has(name);
    const id = node["id"] as Node | null;
    switch (node.type) {
      case "VariableDeclaration":
        this.#variables(node, whole, parent, isExported);
        return;
      case "FunctionDeclaration":
      case "TSDeclareFunction":
        this.#declare(name, "function", node, whole, parent, exported, bodyStart(node));
        return;
      case "ClassDeclaration":
        declareMembers(
          this.#members,
          node,
          this.#declare(name, "class", node, whole, parent, exported, bodyStart(node)),
          exported,
        );
        return;
      case "TSInterfaceDeclaration":
        this.#declare(name, "interface", node, whole, parent, exported, bodyStart(node));
        return;
      case "TSTypeAliasDeclaration":
        this.#declare(name, "type", node, whole, parent, exported, node.end);
        return;
      case "TSEnumDeclaration":
        this.#declare(name, "enum", node, whole, parent, exported, this.#text.indexOf("{", id?.end ?? node.start));
        return;
      case "TSGlobalDeclaration":
      case "TSExternalModuleDeclaration":
      case "TSNamespaceDeclaration":
      case "TSModuleDeclaration": {
        const body = node["body"] as Node | null;
        const index = this.#declare(name || "global", "module", node, whole, parent, exported, bodyStart(node));
        if (body !== null && index >= 0 && body.type === "TSModuleBlock")
          this.statements(body["body"] as Node[], index, depth + 1);
      }
    }
  }

  #variables(node: Node, whole: Node, parent: number, isExported: boolean): void {
    let first = true;
    const declarators = node["declarations"] as Iterable<Node>;
    for (const one of declarators) {
      const id = one["id"] as Node;
      const value = one["init"] as Node | null;
      const name = nameOf(id, this.#text);
      const exported = isExported || this.#exported.has(name);
      // The first carries the words before it and the comments; each ends where it ends, the last with the statement.
      const start = first ? whole.start : one.start;
      first = false;
      const end = one.end >= node.end - 1 ? whole.end : one.end;
      if (value === null ? exported : exported || isWorthNaming(value))
        this.#value(name, value ?? one, { ...span(start, end), type: one.type }, id.start, parent, exported);
    }
  }

  #defaultExport(whole: Node, value: Node, parent: number): void {
    const id = value["id"] as Node | null | undefined;
    const isDeclared = value.type.endsWith("Declaration") || value.type === "TSDeclareFunction";
    if (isDeclared && id !== null && id !== undefined) {
      this.#declaration(value, whole, parent, true, 0);
      return;
    }
    // `export default name;` says that the name is exported; what it names is declared elsewhere.
    if (isIdentifier(value)) return;
    this.#value("default", value, whole, whole.start, parent, true);
  }

  /** What a name is given: a function, a class, an object with its functions, or another value. */
  #value(name: string, given: Node, whole: Node, nameAt: number, parent: number, exported: boolean): void {
    const value = bareValue(given);
    const kind: Kind = FUNCTIONS.has(value.type)
      ? "function"
      : value.type === "ClassExpression" || value.type === "ClassDeclaration"
        ? "class"
        : "constant";
    const short = whole.end - whole.start <= 100 && !this.#text.slice(whole.start, whole.end).includes("\n");
    const headEnd = kind === "constant" ? (short || given.start <= nameAt ? whole.end : given.start) : bodyStart(value);
    const index = this.#declareAt(name, kind, whole, nameAt, parent, exported, headEnd);
    if (kind === "class" || value.type === "ObjectExpression") declareMembers(this.#members, value, index, exported);
  }

  #expression(node: Node, whole: Node, parent: number, depth: number): void {
    if (node.type === "AssignmentExpression") {
      this.#assignment(node, whole, parent);
      return;
    }
    const call = bareValue(node);
    if (call.type !== "CallExpression") return;
    const args = [...(call["arguments"] as Iterable<Node>)];
    const callee = bareValue(call["callee"] as Node);
    const last = args.at(-1);
    if (last !== undefined && holdsFunction(last) && BLOCKS.test(rootName(callee))) {
      this.#block(callee, args[0], last, whole, parent, depth);
      return;
    }
    // A file that is one function, called at once or handed to a loader: its body is the file's top.
    const body = holdsFunction(callee) ? callee : args.map(bareValue).find((argument) => holdsFunction(argument));
    if (body === undefined || (whole.end - whole.start) * 2 < this.#text.length) return;
    this.statements(statementsOf(body), parent, depth + 1);
  }

  #block(callee: Node, title: Node | undefined, last: Node, whole: Node, parent: number, depth: number): void {
    const words =
      title === undefined || holdsFunction(title) ? "" : this.#text.slice(title.start, title.end).slice(0, 100);
    const name = `${this.#text.slice(callee.start, callee.end).slice(0, 60)}(${words})`.replace(/\s+/g, " ");
    const index = this.#declareAt(name, "section", whole, whole.start, parent, false, title?.end ?? last.start);
    if (index >= 0) this.statements(statementsOf(last), index, depth + 1);
  }

  #assignment(node: Node, whole: Node, parent: number): void {
    const target = this.#text.slice((node["left"] as Node).start, (node["left"] as Node).end);
    const value = bareValue(node["right"] as Node);
    const isWhole = target === "module.exports";
    const found = /^(?:module\.)?exports\.([\w$]+)$|^([\w$.]+)\.prototype\.([\w$]+)$|^([\w$]+\.[\w$.]+)$/.exec(target);
    if (!isWhole && found === null) return;
    if (isWhole && isIdentifier(value)) return;
    const isExport = isWhole || found?.[1] !== undefined;
    if (!isExport && !isWorthNaming(value)) return;
    const name = isWhole ? target : (found?.[1] ?? found?.[3] ?? found?.[4] ?? "");
    if (found?.[3] !== undefined && holdsFunction(value))
      this.#declareAt(name, "method", whole, whole.start, parent, true, bodyStart(value));
    else this.#value(name, value, whole, whole.start, parent, isExport || this.#exported.has(name.split(".")[0] ?? ""));
  }

  #declare(
    name: string,
    kind: Parameters<Findings["declare"]>[0]["kind"],
    node: Node,
    whole: Node,
    parent: number,
    exported: boolean,
    headEnd: number,
  ): number {
    const id = node["id"] as Node | null;
    const decorated = decorators(node)[0]?.start ?? whole.start;
    return this.#declareAt(
      name,
      kind,
      span(Math.min(decorated, whole.start), whole.end),
      id?.start ?? whole.start,
      parent,
      exported,
      headEnd,
      Math.max(whole.start, decoratorsEnd(node)),
    );
  }

  #declareAt(
    name: string,
    kind: Parameters<Findings["declare"]>[0]["kind"],
    whole: Span,
    nameAt: number,
    parent: number,
    exported: boolean,
    headEnd: number,
    headStart = whole.start,
  ): number {
    const start = this.#from(whole.start);
    const end = whole.end;
    return this.#into.declare({ name, kind, start, end, nameAt, head: [headStart, headEnd], exported, parent });
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function span(start: number, end: number): Node {
  return { type: "", start, end };
}

function nameOf(id: Node | null | undefined, text: string): string {
  if (id === null || id === undefined) return "";
  if (isIdentifier(id)) return id["name"] as string;
  if (/^(?:String)?Literal$/.test(id.type)) return id["value"] as string;
  const written = text.slice(id.start, id.end);
  return /[\w$]+(?:\.[\w$]+)*/.exec(written)?.[0] ?? "";
}

function isIdentifier(node: Node): boolean {
  return /^(?:Identifier|IdentifierReference|IdentifierName|BindingIdentifier)$/.test(node.type);
}

function bodyStart(node: Node): number {
  return (node["body"] as Node | null | undefined)?.start ?? node.end;
}

function decorators(node: Node): readonly Node[] {
  return node.type === "ClassDeclaration" ? [...((node["decorators"] as Iterable<Node> | undefined) ?? [])] : [];
}

function decoratorsEnd(node: Node): number {
  return decorators(node).at(-1)?.end ?? 0;
}

function isWorthNaming(value: Node): boolean {
  const inner = bareValue(value);
  if (inner.type === "CallExpression") return rootName(inner["callee"] as Node) !== "require";
  return FUNCTIONS.has(inner.type) || WORTHY.has(inner.type);
}

const WORTHY: ReadonlySet<string> = new Set([
  "ClassExpression",
  "ObjectExpression",
  "ArrayExpression",
  "NewExpression",
  "TemplateLiteral",
  "TaggedTemplateExpression",
]);

function bareValue(node: Node): Node {
  let inner = node;
  while (
    /^(?:ParenthesizedExpression|TSAsExpression|TSSatisfiesExpression|TSNonNullExpression|TSTypeAssertion|AwaitExpression|UnaryExpression|ChainExpression)$/.test(
      inner.type,
    )
  )
    inner = (inner["expression"] ?? inner["argument"]) as Node;
  return inner;
}

/** The first name of `a`, `a.b`, `a.b()`, `a.b\`…\``. */
function rootName(callee: Node): string {
  let inner = callee;
  for (let depth = 0; depth < 20; depth += 1) {
    if (isIdentifier(inner)) return inner["name"] as string;
    const next = (inner["object"] ?? inner["callee"] ?? inner["tag"] ?? inner["expression"]) as Node | undefined;
    if (next === undefined) return "";
    inner = next;
  }
  return "";
}

function statementsOf(given: Node): Iterable<Node> {
  const body = given["body"] as Node | null;
  return body !== null && (body.type === "BlockStatement" || body.type === "FunctionBody")
    ? (body["body"] as Iterable<Node>)
    : [];
}

/** Names that `module.exports = { a, b: c }` and `module.exports = a` give to others. */
function* commonExports(statement: Node): Generator<string> {
  if (statement.type !== "ExpressionStatement") return;
  const node = statement["expression"] as Node;
  if (node.type !== "AssignmentExpression") return;
  const left = node["left"] as Node;
  if (!/^(?:Static)?MemberExpression$/.test(left.type) || (left["property"] as Node)["name"] !== "exports") return;
  const right = node["right"] as Node;
  if (isIdentifier(right)) yield right["name"] as string;
  if (right.type !== "ObjectExpression") return;
  for (const property of right["properties"] as Iterable<Node>) {
    const value = property["value"] as Node | undefined;
    if (value !== undefined && isIdentifier(value)) yield value["name"] as string;
  }
}
