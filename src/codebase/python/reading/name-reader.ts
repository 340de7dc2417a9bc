import {
  aliasName,
  aliasOf,
  capturedNames,
  collectBindings,
  importedNames,
  newBindings,
  slice,
  type Bindings,
  type ImportedName,
} from "./bindings.ts";
import { calledName, changedObjects, keepsArguments, reachesNamespace, rootName } from "./calls.ts";
import { bindParameter, comprehensionBindings, typeParameterBindings } from "./local-names.ts";
import { HANDED_OUT, newUnit, type CodeUnit, type Occurrence } from "./occurrences.ts";
import { isOnlyHandedOut, modulePlace, placeInside, type Place } from "./place.ts";
import { globalName } from "./scopes.ts";
import { fieldOf, namedChildren, type Syntax } from "./syntax.ts";

/** Walks a statement by the rules of Python's scopes and notes every use of a module-level name. */
export class NameReader {
  readonly occurrences: Occurrence[] = [];
  readonly importUnit = newUnit(undefined);
  readonly units = new Map<string, CodeUnit>();
  readonly globalWrites = new Set<string>();
  readonly innerImports: ImportedName[] = [];
  readonly namespaceCalls = new Set<string>();
  readonly #text: string;
  readonly #deferred: boolean;

  constructor(text: string, deferred: boolean) {
    this.#text = text;
    this.#deferred = deferred;
  }

  /** Reads one top-level statement. */
  read(statement: Syntax): void {
    this.#visit(statement, modulePlace(this.importUnit));
  }

  #visit(node: Syntax, place: Place): void {
    switch (node.type) {
      case "identifier":
        return this.#name(node, place, "load", true);
      case "comment":
        return;
      case "attribute":
        return this.#attribute(node, place);
      case "member_type":
        return this.#visitAll(node.children.slice(0, 1), place);
      case "keyword_argument":
        return this.#visitField(node, "value", place);
      case "call":
        return this.#call(node, place);
      case "subscript":
        place.unit.attributes.add("__getitem__").add("__class_getitem__");
        return this.#visitAll(node.children, { ...place, invoked: false });
      case "binary_operator":
      case "comparison_operator":
      case "unary_operator":
        place.unit.attributes.add("*operators*");
        return this.#visitAll(node.children, place);
      case "lambda":
        return this.#lambda(node, place);
      case "function_definition":
        return this.#function(node, place, false);
      case "class_definition":
        return this.#class(node, place);
      case "decorated_definition":
        return this.#decorated(node, place);
      case "list_comprehension":
      case "set_comprehension":
      case "dictionary_comprehension":
      case "generator_expression":
        return this.#comprehension(node, place);
      case "expression_statement":
        this.#noteEffect(node, place);
        return this.#visitAll(node.children, place);
      default:
        return this.#statement(node, place);
    }
  }

  #statement(node: Syntax, place: Place): void {
    switch (node.type) {
      case "assignment":
      case "augmented_assignment":
        this.#target(fieldOf(node, "left"), place);
        this.#annotation(fieldOf(node, "type"), place, place.scope.kind === "function");
        return this.#visitField(node, "right", place);
      case "named_expression":
        this.#store(fieldOf(node, "name"), place, false);
        return this.#visitField(node, "value", place);
      case "for_statement":
        place.unit.attributes.add("*operators*");
        this.#target(fieldOf(node, "left"), place);
        return this.#visitAll(
          node.children.filter((child) => child.field !== "left"),
          place,
        );
      case "as_pattern": {
        const alias = aliasOf(node);
        for (const child of node.children) if (child !== alias) this.#visit(child, place);
        const inCase = alias?.type === "identifier";
        return inCase ? this.#store(alias, place, false) : this.#target(alias, place);
      }
      case "delete_statement":
        for (const child of namedChildren(node)) this.#target(child, place, "delete");
        return;
      case "global_statement":
        for (const child of namedChildren(node)) this.#name(child, place, "declare", false);
        return;
      case "nonlocal_statement":
        return;
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        return this.#import(node, place);
      case "case_pattern":
        return this.#casePattern(node, place);
      case "keyword_pattern":
        return this.#visitAll(namedChildren(node).slice(1), place);
      case "dotted_name":
        return this.#visitAll(namedChildren(node).slice(0, 1), place);
      case "type_alias_statement":
        this.#store(aliasName(node), place, false);
        return this.#visitField(node, "right", { ...place, phase: "weak" });
      case "with_item":
        place.unit.attributes.add("__enter__").add("__exit__").add("__aenter__").add("__aexit__");
        return this.#visitAll(node.children, place);
      default:
        return this.#visitAll(node.children, place);
    }
  }

  #visitAll(nodes: readonly Syntax[], place: Place): void {
    for (const node of nodes) if (node.named) this.#visit(node, place);
  }

  #visitField(node: Syntax, field: string, place: Place): void {
    for (const child of node.children) if (child.field === field) this.#visit(child, place);
  }

  #attribute(node: Syntax, place: Place): void {
    const attribute = fieldOf(node, "attribute");
    if (attribute !== undefined) place.unit.attributes.add(slice(attribute, this.#text));
    this.#visitField(node, "object", { ...place, invoked: false });
  }

  #call(node: Syntax, place: Place): void {
    const callee = fieldOf(node, "function");
    if (callee === undefined) return this.#visitAll(node.children, place);
    const name = calledName(callee, this.#text);
    const args = fieldOf(node, "arguments");
    if (reachesNamespace(name, args, place.scope.kind === "module")) this.namespaceCalls.add(name);
    if (callee.type === "call" || callee.type === "subscript") place.unit.attributes.add("__call__");
    this.#visit(callee, { ...place, invoked: true });
    if (args !== undefined) this.#visit(args, { ...place, invoked: !keepsArguments(name) });
  }

  /** Notes what an expression statement, or an assignment to a part of an object, changes in place. */
  #noteEffect(statement: Syntax, place: Place): void {
    const atImport = place.unit.method === undefined;
    for (const changed of changedObjects(statement, this.#text, atImport)) this.#mutates(changed, place);
  }

  #mutates(node: Syntax, place: Place): void {
    const root = rootName(node);
    if (root === undefined) return;
    const name = globalName(slice(root, this.#text), place.scope, root.start);
    if (name !== undefined) place.unit.mutates.add(name);
  }

  #target(node: Syntax | undefined, place: Place, use: "store" | "delete" = "store"): void {
    if (node === undefined) return;
    if (node.type === "identifier") return this.#name(node, place, use, true);
    if (node.type === "attribute" || node.type === "subscript") {
      this.#mutates(node, place);
      return this.#visit(node, place);
    }
    for (const child of namedChildren(node)) this.#target(child, place, use);
  }

  #store(node: Syntax | undefined, place: Place, rewritable: boolean): void {
    if (node !== undefined) this.#name(node, place, "store", rewritable);
  }

  #name(node: Syntax, place: Place, use: Occurrence["use"], rewritable: boolean): void {
    const written = slice(node, this.#text);
    const at = use === "load" ? node.start : Number.POSITIVE_INFINITY;
    const name = use === "declare" ? written : globalName(written, place.scope, at);
    if (name === undefined) return;
    if (use === "load") place.unit.loads.set(name, place.invoked || place.unit.loads.get(name) === true);
    const inFunction = place.phase !== "import" || place.unit.method !== undefined;
    if ((use === "store" || use === "delete") && inFunction) this.globalWrites.add(name);
    const { start, end, line } = node;
    this.occurrences.push({
      name,
      start,
      end,
      line,
      use,
      phase: place.phase,
      rewritable: rewritable && name === written,
    });
  }

  #annotation(node: Syntax | undefined, place: Place, never: boolean): void {
    if (node === undefined) return;
    const weak = never || this.#deferred;
    this.#visit(node, { ...place, phase: weak ? "weak" : place.phase, unit: weak ? newUnit("") : place.unit });
    this.#quoted(node, place);
  }

  /** Names inside quoted annotations. */
  #quoted(node: Syntax, place: Place): void {
    if (node.type === "string") {
      for (const match of slice(node, this.#text).matchAll(/(?<![\w.])[A-Za-z_]\w*/g)) {
        const name = globalName(match[0], place.scope, node.start);
        if (name === undefined) continue;
        const { start, end, line } = node;
        this.occurrences.push({ name, start, end, line, use: "load", phase: "weak", rewritable: false });
      }
      return;
    }
    for (const child of node.children) this.#quoted(child, place);
  }

  #decorated(node: Syntax, place: Place): void {
    const decorators = node.children.filter((child) => child.type === "decorator");
    for (const decorator of decorators) {
      this.#visitAll(decorator.children, { ...place, invoked: true });
      for (const child of namedChildren(decorator)) {
        if (child.type === "call") place.unit.attributes.add("__call__");
        if (child.type === "attribute" || child.type === "call") this.#mutates(child, place);
      }
    }
    const registers = decorators.some((decorator) => /\.register\b/.test(slice(decorator, this.#text)));
    const definition = fieldOf(node, "definition");
    if (definition?.type === "function_definition") this.#function(definition, place, registers);
    else if (definition !== undefined) this.#visit(definition, place);
  }

  #function(node: Syntax, place: Place, annotationsNeeded: boolean): void {
    const name = fieldOf(node, "name");
    this.#store(name, place, false);
    const unit = this.#unitOf(place, name === undefined ? "" : slice(name, this.#text), node);
    const typed = this.#typeScope(node, place);
    const bindings = newBindings();
    for (const parameter of namedChildren(fieldOf(node, "parameters") ?? node))
      this.#parameter(parameter, typed, bindings, annotationsNeeded);
    this.#annotation(fieldOf(node, "return_type"), typed, false);
    if (annotationsNeeded) this.#visitField(node, "return_type", typed);
    const body = fieldOf(node, "body");
    if (body === undefined) return;
    collectBindings(body, this.#text, bindings);
    const inner = placeInside(typed, "function", bindings, "");
    this.#visit(body, { ...inner, scope: { ...inner.scope, body }, phase: "call", unit });
  }

  /** Notes a parameter's name in `bindings`, and reads its default and annotation where the function is defined. */
  #parameter(node: Syntax, place: Place, bindings: Bindings, annotationsNeeded: boolean): void {
    bindParameter(node, this.#text, bindings);
    const type = fieldOf(node, "type");
    this.#annotation(type, place, false);
    if (annotationsNeeded && type !== undefined) this.#visit(type, place);
    this.#visitField(node, "value", place);
  }

  #lambda(node: Syntax, place: Place): void {
    const bindings = newBindings();
    for (const parameter of namedChildren(fieldOf(node, "parameters") ?? emptyNode(node)))
      this.#parameter(parameter, place, bindings, false);
    const unit = this.#unitOf(place, place.scope.kind === "class" ? "__call__" : "");
    this.#visitField(node, "body", {
      ...placeInside(place, "function", bindings, ""),
      phase: "call",
      unit,
      invoked: true,
    });
  }

  #class(node: Syntax, place: Place): void {
    const name = fieldOf(node, "name");
    this.#store(name, place, false);
    const typed = this.#typeScope(node, place);
    this.#visitField(node, "superclasses", { ...typed, invoked: false });
    const body = fieldOf(node, "body");
    if (body === undefined) return;
    const bindings = newBindings();
    collectBindings(body, this.#text, bindings);
    for (const implicit of ["__module__", "__qualname__"]) bindings.bound.set(implicit, 0);
    const className = name === undefined ? "" : slice(name, this.#text);
    this.#visit(body, placeInside(typed, "class", bindings, className));
  }

  #comprehension(node: Syntax, place: Place): void {
    place.unit.attributes.add("*operators*");
    const clauses = node.children.filter((child) => child.type === "for_in_clause");
    const bindings = comprehensionBindings(clauses, this.#text);
    const inner = placeInside(place, "comprehension", bindings, "");
    for (const child of node.children) {
      if (!child.named) continue;
      if (child.type !== "for_in_clause") this.#visit(child, inner);
      // The first iterable is evaluated outside the comprehension.
      else
        for (const part of child.children)
          if (part.field === "right") this.#visit(part, child === clauses[0] ? place : inner);
    }
  }

  #casePattern(node: Syntax, place: Place): void {
    const captured = new Set(capturedNames(node, this.#text));
    for (const child of namedChildren(node)) {
      const capture = child.type === "dotted_name" && captured.has(slice(child, this.#text));
      if (capture) this.#store(namedChildren(child)[0], place, false);
      else if (child.type === "splat_pattern") this.#store(namedChildren(child)[0], place, false);
      else this.#visit(child, place);
    }
  }

  #import(node: Syntax, place: Place): void {
    const imported = importedNames(node, this.#text);
    this.innerImports.push(...imported);
    for (const { local } of imported) {
      const name = globalName(local, place.scope, Number.POSITIVE_INFINITY);
      if (name === undefined || local === "*") continue;
      if (place.phase !== "import") this.globalWrites.add(name);
      this.occurrences.push({
        name,
        start: node.start,
        end: node.end,
        line: node.line,
        use: "store",
        phase: place.phase,
        rewritable: false,
      });
    }
  }

  /** The unit that code starting here runs in: a method of a class, else what runs when the statement's name is called. */
  #unitOf(place: Place, name: string, node?: Syntax): CodeUnit {
    if (place.phase === "weak") return place.unit;
    const handedOut =
      place.phase === "call" &&
      place.unit.method === "" &&
      node !== undefined &&
      isOnlyHandedOut(name, node, place.scope, this.#text);
    if (place.phase === "call" && !handedOut) return place.unit;
    const key = handedOut ? HANDED_OUT : place.scope.kind === "class" ? name : "";
    const known = this.units.get(key);
    if (known !== undefined) return known;
    const unit = newUnit(key);
    this.units.set(key, unit);
    return unit;
  }

  /** A place where the type parameters of a generic definition are local. */
  #typeScope(node: Syntax, place: Place): Place {
    const parameters = fieldOf(node, "type_parameters");
    if (parameters === undefined) return { ...place, invoked: false };
    const bindings = typeParameterBindings(parameters, this.#text);
    const typed = placeInside(place, "comprehension", bindings, "");
    this.#visit(parameters, { ...typed, phase: "weak", unit: newUnit("") });
    return typed;
  }
}

function emptyNode(node: Syntax): Syntax {
  return { ...node, children: [] };
}
