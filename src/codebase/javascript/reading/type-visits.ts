import { declare, hoistVars, innerScope, patternNames, type Scope } from "./scopes.ts";
import { childrenOf, isNode, type Node } from "./syntax.ts";
import type { Place, Uses, Visit, Walk } from "./uses.ts";

/** How the nodes of TypeScript are read: which names they use as types, which they bind. */
export function typeVisits(walk: Walk): Record<string, Visit> {
  const typed: Visit = (node, place, uses) => walk.visitChildren(node, { ...place, type: true }, uses);
  return {
    TSTypeReference: (node, place, uses) => {
      visitEntity(walk, node["typeName"], { ...place, type: true }, uses);
      walk.visitAll(node["typeArguments"], { ...place, type: true }, uses);
    },
    TSTypeQuery: (node, place, uses) => {
      visitEntity(walk, node["exprName"], { ...place, type: true }, uses, true);
      walk.visitAll(node["typeArguments"], { ...place, type: true }, uses);
    },
    TSClassImplements: typed,
    TSInterfaceHeritage: typed,
    TSQualifiedName: (node, place, uses) => visitEntity(walk, node, place, uses),
    TSImportType: (node, place, uses) => walk.visitAll(node["typeArguments"], { ...place, type: true }, uses),
    TSTypePredicate: (node, place, uses) => walk.visitAll(node["typeAnnotation"], { ...place, type: true }, uses),
    TSNamedTupleMember: (node, place, uses) => walk.visit(node["elementType"], { ...place, type: true }, uses),
    TSTypeParameter: (node, place, uses) => {
      walk.visitAll([node["constraint"], node["default"]], { ...place, type: true }, uses);
    },
    TSMappedType: (node, place, uses) => {
      const scope = innerScope(place.scope);
      scope.types.add(node["key"].name);
      walk.visitAll(
        [node["constraint"], node["nameType"], node["typeAnnotation"]],
        { ...place, scope, type: true },
        uses,
      );
    },
    TSConditionalType: (node, place, uses) => {
      const scope = innerScope(place.scope);
      collectInfers(node["extendsType"], scope);
      walk.visitChildren(node, { ...place, scope, type: true }, uses);
    },
    TSPropertySignature: (node, place, uses) => {
      if (node["computed"]) walk.visit(node["key"], { ...place, type: true }, uses);
      walk.visitAll(node["typeAnnotation"], { ...place, type: true }, uses);
    },
    TSMethodSignature: (node, place, uses) => visitSignature(walk, node, place, uses),
    TSFunctionType: (node, place, uses) => visitSignature(walk, node, place, uses),
    TSConstructorType: (node, place, uses) => visitSignature(walk, node, place, uses),
    TSCallSignatureDeclaration: (node, place, uses) => visitSignature(walk, node, place, uses),
    TSConstructSignatureDeclaration: (node, place, uses) => visitSignature(walk, node, place, uses),
    TSIndexSignature: (node, place, uses) => visitSignature(walk, node, place, uses),
    TSInterfaceDeclaration: (node, place, uses) => visitTypeScope(walk, node, place, uses),
    TSTypeAliasDeclaration: (node, place, uses) => visitTypeScope(walk, node, place, uses),
    TSModuleDeclaration: (node, place, uses) => visitNamespace(walk, node, place, uses),
    TSEnumDeclaration: (node, place, uses) => {
      const scope = innerScope(place.scope);
      for (const member of node["body"].members as Node[]) if (member["id"].name) scope.values.add(member["id"].name);
      for (const member of node["body"].members as Node[])
        walk.visitAll(member["initializer"], { ...place, scope }, uses);
    },
    TSImportEqualsDeclaration: (node, place, uses) => visitEntity(walk, node["moduleReference"], place, uses, true),
    TSExportAssignment: (node, place, uses) => walk.visitAll(node["expression"], place, uses),
  };
}

/** Adds the type parameters a node declares to a scope. */
export function addTypeParameters(scope: Scope, parameters: unknown): void {
  if (!isNode(parameters)) return;
  for (const parameter of (parameters["params"] ?? []) as Node[]) scope.types.add(parameter["name"].name);
}

/** Function types and signatures: parameter names bind, annotations are read. */
export function visitSignature(walk: Walk, node: Node, place: Place, uses: Uses): void {
  const scope = innerScope(place.scope);
  addTypeParameters(scope, node["typeParameters"]);
  const inner: Place = { ...place, scope, type: true };
  const params = (node["params"] ?? node["parameters"] ?? []) as Node[];
  for (const param of params) for (const name of patternNames(param)) scope.values.add(name);
  if (node["computed"]) walk.visit(node["key"], { ...place, type: true }, uses);
  walk.visitAll(node["typeParameters"], inner, uses);
  for (const param of params) walk.visitPattern(param, inner, uses);
  walk.visitAll(node["returnType"], inner, uses);
  walk.visitAll(node["typeAnnotation"], inner, uses);
}

function visitTypeScope(walk: Walk, node: Node, place: Place, uses: Uses): void {
  const scope = innerScope(place.scope);
  addTypeParameters(scope, node["typeParameters"]);
  const inner: Place = { ...place, scope, type: true };
  for (const child of childrenOf(node)) if (child !== node["id"]) walk.visit(child, inner, uses);
}

function visitNamespace(walk: Walk, node: Node, place: Place, uses: Uses): void {
  const scope = innerScope(place.scope);
  const body = node["body"] as Node | null;
  if (!isNode(body)) return;
  for (const statement of (body["body"] ?? []) as Node[]) {
    declare(scope, statement);
    hoistVars(scope, statement);
  }
  const dead = node["declare"] === true || node["kind"] === "global" || node["id"]?.type === "Literal";
  walk.visitAll(
    body.type === "TSModuleBlock" ? body["body"] : body,
    { ...place, scope, type: place.type || dead },
    uses,
  );
}

/** A dotted name in a type (or of an import alias): its first name is the one used. */
function visitEntity(walk: Walk, node: Node, place: Place, uses: Uses, values = false): void {
  let at = node;
  while (at.type === "TSQualifiedName") at = at["left"] as Node;
  if (at.type === "Identifier") walk.refer(at, place, uses, { values });
}

function collectInfers(node: Node, scope: Scope): void {
  if (node.type === "TSInferType") scope.types.add(node["typeParameter"].name.name);
  for (const child of childrenOf(node)) collectInfers(child, scope);
}
