import { declare, hoistVars, innerScope, isBound, patternNames } from "./scopes.ts";
import { bare, childrenOf, FUNCTION_TYPES, isNode, type Node } from "./syntax.ts";
import { addTypeParameters, typeVisits, visitSignature } from "./type-visits.ts";
import type { Place, Uses, Visit, Walk } from "./uses.ts";

/** Reads one statement or member: every name it uses but does not bind itself, with how and when. */
export function usesOf(root: Node, phase: "load" | "call" = "load"): Uses {
  const uses: Uses = { references: [], outerThis: false, topAwait: false, jsx: false, importMetas: [] };
  visit(
    root,
    { scope: undefined, phase, type: false, executed: false, uncertain: "nothing", ownThis: false, inFunction: false },
    uses,
  );
  return uses;
}

function visit(node: Node, place: Place, uses: Uses): void {
  const special = VISITS[node.type];
  if (special !== undefined) special(node, place, uses);
  else
    visitChildren(
      node,
      /^TS.*(Type|Keyword|Signature|Declaration)$|^TSTypeParam|^TSInterface/.test(node.type)
        ? { ...place, type: true }
        : place,
      uses,
    );
}

function visitChildren(node: Node, place: Place, uses: Uses): void {
  for (const child of childrenOf(node)) visit(child, place, uses);
}

function visitAll(nodes: unknown, place: Place, uses: Uses): void {
  for (const node of Array.isArray(nodes) ? nodes : [nodes]) if (isNode(node)) visit(node, place, uses);
}

function refer(
  node: Node,
  place: Place,
  uses: Uses,
  how: { write?: boolean; executed?: boolean; shorthand?: boolean; values?: boolean } = {},
): void {
  const name = node["name"] as string;
  if (isBound(place.scope, name, place.type && how.values !== true ? "types" : "values")) return;
  uses.references.push({
    name,
    start: node.start,
    // An annotated identifier spans its annotation too.
    end: node.start + name.length,
    phase: place.phase,
    type: place.type,
    write: how.write ?? false,
    executed: place.phase === "load" && (place.executed || (how.executed ?? false)),
    shorthand: how.shorthand ?? false,
    uncertain: place.phase === "load" ? place.uncertain : "nothing",
  });
}

/** Names used in a binding pattern: defaults, computed keys, annotations, decorators; not the bound names. */
function visitPattern(pattern: Node, place: Place, uses: Uses, write = false): void {
  visitAll(pattern["decorators"] ?? [], place, uses);
  if (isNode(pattern["typeAnnotation"]) && !pattern.type.startsWith("TS"))
    visit(pattern["typeAnnotation"], place, uses);
  switch (pattern.type) {
    case "Identifier":
      if (write) refer(pattern, place, uses, { write: true });
      return;
    case "ObjectPattern":
      for (const property of pattern["properties"] as Node[]) {
        if (property["computed"]) visit(property["key"], place, uses);
        const target = (property.type === "RestElement" ? property["argument"] : property["value"]) as Node;
        if (write && property["shorthand"]) {
          const named = target.type === "AssignmentPattern" ? (target["left"] as Node) : target;
          refer(named, place, uses, { write: true, shorthand: true });
          if (target !== named) visit(target["right"], place, uses);
        } else visitPattern(target, place, uses, write);
      }
      return;
    case "ArrayPattern":
      for (const element of pattern["elements"] as (Node | null)[])
        if (element) visitPattern(element, place, uses, write);
      return;
    case "AssignmentPattern":
      visitPattern(pattern["left"], place, uses, write);
      visit(pattern["right"], place, uses);
      return;
    case "RestElement":
      visitPattern(pattern["argument"], place, uses, write);
      return;
    case "TSParameterProperty":
      visitPattern(pattern["parameter"], place, uses, write);
      return;
    default:
      if (write) visitTarget(pattern, place, uses);
  }
}

/** The left side of an assignment that is not a pattern. */
function visitTarget(node: Node, place: Place, uses: Uses): void {
  const target = bare(node);
  if (target.type === "Identifier") {
    refer(target, place, uses, { write: true });
    if (target !== node) visit(node, place, uses);
  } else if (["ObjectPattern", "ArrayPattern"].includes(target.type)) visitPattern(target, place, uses, true);
  else visit(node, place, uses);
}

function functionPlace(place: Place, arrow: boolean, runsNow: boolean): Place {
  // What a function calls when it runs is called for certain, or as certainly as the function itself.
  const phase = place.phase === "load" && runsNow ? "load" : "call";
  const uncertain = place.uncertain === "called" ? "running" : place.uncertain;
  return {
    ...place,
    phase,
    uncertain,
    executed: phase === "load" && place.executed,
    ownThis: place.ownThis || !arrow,
    inFunction: true,
    type: false,
  };
}

function visitFunction(node: Node, place: Place, uses: Uses, runsNow = place.executed): void {
  const scope = innerScope(place.scope);
  const arrow = node.type === "ArrowFunctionExpression";
  if (node.type === "FunctionExpression" && node["id"]) scope.values.add(node["id"].name);
  if (!arrow) scope.values.add("arguments");
  addTypeParameters(scope, node["typeParameters"]);
  const params = (node["params"] ?? []) as Node[];
  for (const param of params) for (const name of patternNames(param)) scope.values.add(name);
  const body = node["body"] as Node | null;
  if (isNode(body)) {
    hoistVars(scope, body);
    if (body.type === "BlockStatement") for (const statement of body["body"] as Node[]) declare(scope, statement);
  }
  const inner = { ...functionPlace(place, arrow, runsNow && node["generator"] !== true), scope };
  visitAll(node["typeParameters"], { ...inner, type: true }, uses);
  for (const param of params) visitPattern(param, inner, uses);
  visitAll(node["returnType"], { ...inner, type: true }, uses);
  if (isNode(body)) visitAll(body.type === "BlockStatement" ? body["body"] : body, inner, uses);
}

function visitClass(node: Node, place: Place, uses: Uses): void {
  const scope = innerScope(place.scope);
  // A class declaration's own name is bound outside; the same name inside is left visible as a use of it.
  if (node.type === "ClassExpression" && node["id"]) declare(scope, { ...node, type: "ClassDeclaration" });
  visitAll(node["decorators"] ?? [], { ...place, executed: place.phase === "load" }, uses);
  addTypeParameters(scope, node["typeParameters"]);
  const inner = { ...place, scope };
  visitAll(node["typeParameters"], { ...inner, type: true }, uses);
  if (isNode(node["superClass"])) visit(node["superClass"], inner, uses);
  visitAll(node["superTypeArguments"], { ...inner, type: true }, uses);
  visitAll(node["implements"] ?? [], { ...inner, type: true }, uses);
  for (const member of node["body"].body as Node[]) visitMember(member, inner, uses);
}

/** A class member: its key and decorators run when the class is made, static values too, the rest when called. */
function visitMember(member: Node, place: Place, uses: Uses): void {
  visitAll(member["decorators"] ?? [], { ...place, executed: place.phase === "load" }, uses);
  if (member["computed"] && isNode(member["key"])) visit(member["key"], place, uses);
  if (member.type === "StaticBlock") {
    const scope = innerScope(place.scope);
    for (const statement of member["body"] as Node[]) {
      declare(scope, statement);
      hoistVars(scope, statement);
    }
    for (const statement of member["body"] as Node[]) visit(statement, { ...place, scope, ownThis: true }, uses);
    return;
  }
  if (member.type === "TSIndexSignature") return visitSignature(WALK, member, place, uses);
  visitAll(member["typeAnnotation"], { ...place, type: true }, uses);
  const value = member["value"] as Node | null;
  if (!isNode(value)) return;
  if (/Property/.test(member.type)) {
    const now = member["static"] === true;
    const inner: Place = {
      ...place,
      phase: now ? place.phase : "call",
      executed: now && place.executed,
      ownThis: true,
    };
    visit(value, { ...inner, inFunction: place.inFunction || !now }, uses);
  } else visitFunction(value, place, uses);
}

function visitBlock(node: Node, place: Place, uses: Uses): void {
  const scope = innerScope(place.scope);
  const statements = (
    node.type === "SwitchStatement"
      ? (node["cases"] as Node[]).flatMap((one) => one["consequent"] as Node[])
      : node["body"]
  ) as Node[];
  for (const statement of statements) if (statement["kind"] !== "var") declare(scope, statement);
  visitChildren(node, { ...place, scope }, uses);
}

function visitFor(node: Node, place: Place, uses: Uses): void {
  const scope = innerScope(place.scope);
  const head = (node["init"] ?? node["left"]) as Node | undefined;
  if (isNode(head) && head.type === "VariableDeclaration") {
    if (head["kind"] !== "var") declare(scope, head);
  }
  for (const child of childrenOf(node)) {
    if (child === node["left"] && child.type !== "VariableDeclaration") visitTarget(child, { ...place, scope }, uses);
    else visit(child, { ...place, scope }, uses);
  }
}

/** Built-in calls that hold what they are given without calling it. */
const HOLDERS =
  /^(?:Object\.(?:definePropert(?:y|ies)|freeze|seal|preventExtensions|assign|create|setPrototypeOf|getPrototypeOf|keys)|Symbol(?:\.for)?|(?:Weak)?(?:Set|Map|Ref)|RegExp|Reflect\.defineProperty|(?:\w+\.)?inherits)$/;

/** Methods that call the function they are given at once. */
const CALLERS =
  /^(?:forEach|map|flatMap|filter|reduce|reduceRight|some|every|find|findLast|findIndex|sort|replace|replaceAll|from)$/;

function callsNow(node: Node, names: RegExp): boolean {
  const callee = bare(node["callee"] ?? node["tag"]);
  return names.test((callee["property"]?.name ?? callee["name"] ?? "") as string);
}

function holdsArguments(node: Node, place: Place): boolean {
  const callee = bare(node["callee"] ?? node["tag"]);
  const object = callee.type === "MemberExpression" ? bare(callee["object"]) : undefined;
  const root = (object?.["name"] ?? callee["name"]) as string | undefined;
  if (root === undefined || callee["computed"] === true || isBound(place.scope, root, "values")) return false;
  return HOLDERS.test(object === undefined ? root : `${root}.${callee["property"].name as string}`);
}

function visitCall(node: Node, place: Place, uses: Uses): void {
  const given = place.phase === "load" && !holdsArguments(node, place);
  const certain = node.type === "NewExpression" ? callsNow(node, /^Promise$/) : callsNow(node, CALLERS);
  const executed = {
    ...place,
    executed: given,
    uncertain: place.uncertain === "nothing" && given && !certain ? "called" : place.uncertain,
  } as const;
  const callee = bare(node["callee"] ?? node["tag"]);
  if (FUNCTION_TYPES.has(callee.type)) visitFunction(callee, place, uses, true);
  else visit(callee, { ...place, executed: place.phase === "load" }, uses);
  if (callee !== (node["callee"] ?? node["tag"]) && !FUNCTION_TYPES.has(callee.type)) {
    // Type assertions around the callee still name types.
    visitAssertionTypes(node["callee"] ?? node["tag"], place, uses);
  }
  visitAll(node["typeArguments"], { ...place, type: true }, uses);
  visitAll(node["arguments"] ?? node["quasi"] ?? [], executed, uses);
}

function visitAssertionTypes(node: Node, place: Place, uses: Uses): void {
  for (let at = node; at !== bare(at); at = at["expression"] as Node)
    visitAll(at["typeAnnotation"], { ...place, type: true }, uses);
}

const skip: Visit = () => undefined;

const WALK: Walk = { visit, visitAll, visitChildren, visitPattern, refer };

const VISITS: Readonly<Record<string, Visit>> = {
  ...typeVisits(WALK),
  Identifier: (node, place, uses) => {
    refer(node, place, uses);
    if (isNode(node["typeAnnotation"])) visit(node["typeAnnotation"], { ...place, type: true }, uses);
  },
  FunctionDeclaration: (node, place, uses) => visitFunction(node, place, uses, false),
  TSDeclareFunction: (node, place, uses) => visitFunction(node, place, uses, false),
  FunctionExpression: visitFunction,
  ArrowFunctionExpression: visitFunction,
  TSEmptyBodyFunctionExpression: visitFunction,
  ClassDeclaration: visitClass,
  ClassExpression: visitClass,
  MethodDefinition: visitMember,
  PropertyDefinition: visitMember,
  AccessorProperty: visitMember,
  StaticBlock: visitMember,
  TSAbstractMethodDefinition: visitMember,
  TSAbstractPropertyDefinition: visitMember,
  TSAbstractAccessorProperty: visitMember,
  BlockStatement: visitBlock,
  SwitchStatement: visitBlock,
  ForStatement: visitFor,
  ForInStatement: visitFor,
  ForOfStatement: (node, place, uses) => {
    if (node["await"] && !place.inFunction) uses.topAwait = true;
    visitFor(node, place, uses);
  },
  CatchClause: (node, place, uses) => {
    const scope = innerScope(place.scope);
    for (const name of patternNames(node["param"])) scope.values.add(name);
    if (isNode(node["param"])) visitPattern(node["param"], { ...place, scope }, uses);
    visit(node["body"], { ...place, scope }, uses);
  },
  VariableDeclaration: (node, place, uses) => {
    for (const declarator of node["declarations"] as Node[]) {
      visitPattern(declarator["id"], place, uses);
      if (isNode(declarator["init"])) visit(declarator["init"], place, uses);
    }
  },
  AssignmentExpression: (node, place, uses) => {
    visitTarget(node["left"], place, uses);
    visit(node["right"], place, uses);
  },
  UpdateExpression: (node, place, uses) => visitTarget(node["argument"], place, uses),
  CallExpression: visitCall,
  NewExpression: visitCall,
  TaggedTemplateExpression: visitCall,
  Property: (node, place, uses) => {
    if (node["computed"]) visit(node["key"], place, uses);
    const value = node["value"] as Node;
    if (node["shorthand"] && value.type === "Identifier") refer(value, place, uses, { shorthand: true });
    else visit(value, place, uses);
  },
  MemberExpression: (node, place, uses) => {
    visit(node["object"], place, uses);
    if (node["computed"]) visit(node["property"], place, uses);
  },
  LabeledStatement: (node, place, uses) => visit(node["body"], place, uses),
  BreakStatement: skip,
  ContinueStatement: skip,
  MetaProperty: (node, _place, uses) => {
    if (node["meta"].name === "import") uses.importMetas.push(node);
  },
  ThisExpression: (_node, place, uses) => {
    if (!place.ownThis) uses.outerThis = true;
  },
  AwaitExpression: (node, place, uses) => {
    if (!place.inFunction) uses.topAwait = true;
    visitChildren(node, place, uses);
  },
  ImportDeclaration: skip,
  ExportAllDeclaration: skip,
  ExportNamedDeclaration: (node, place, uses) => {
    if (node["source"]) return;
    visitAll(node["declaration"], place, uses);
    const inner = node["exportKind"] === "type" ? { ...place, type: true } : place;
    for (const one of node["specifiers"] as Node[]) refer(one["local"], inner, uses, { values: false });
  },
  ExportDefaultDeclaration: (node, place, uses) => visit(node["declaration"], place, uses),
  JSXElement: (node, place, uses) => {
    uses.jsx = true;
    visitChildren(node, place, uses);
  },
  JSXFragment: (node, place, uses) => {
    uses.jsx = true;
    visitChildren(node, place, uses);
  },
  JSXIdentifier: (node, place, uses) => {
    if (/^[^a-z]/.test(node["name"]) && node["name"] !== "this") refer(node, place, uses);
  },
  JSXMemberExpression: (node, place, uses) => {
    const object = node["object"] as Node;
    if (object.type === "JSXIdentifier" && object["name"] !== "this") refer(object, place, uses);
    else if (object.type !== "JSXIdentifier") visit(object, place, uses);
    else if (!place.ownThis) uses.outerThis = true;
  },
  JSXNamespacedName: skip,
  JSXAttribute: (node, place, uses) => visitAll(node["value"], place, uses),
};
