import type { Node } from "../../javascript/reading/syntax.ts";
import type { Findings } from "../text/found-facts.ts";

export const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "TSDeclareFunction",
]);

/** Where members are declared: the text, and where what stands at a place begins with its comments. */
export interface MemberScope {
  readonly text: string;
  readonly into: Findings;
  from(at: number): number;
}

export function holdsFunction(node: Node): boolean {
  return FUNCTIONS.has(node.type);
}

/** Declares the methods of a class, or the functions of an object, below the symbol `parent`. */
export function declareMembers(scope: MemberScope, holder: Node, parent: number, isExported: boolean): void {
  if (parent < 0) return;
  const members = (
    holder.type === "ObjectExpression" ? holder["properties"] : (holder["body"] as Node)["body"]
  ) as Iterable<Node>;
  for (const member of members) {
    const body = bodyOf(member);
    const key = member["key"] as Node | undefined;
    if (body === undefined || key === undefined) continue;
    const attached = [...((member["decorators"] as Iterable<Node> | undefined) ?? [])];
    const start = Math.min(member.start, attached[0]?.start ?? member.start);
    const written = scope.text.slice(key.start, key.end);
    scope.into.declare({
      name: /^(?:String|Numeric)?Literal$/.test(key.type) ? String(key["value"]) : written.slice(0, 100),
      kind: "method",
      start: scope.from(start),
      end: member.end,
      nameAt: key.start,
      head: [Math.max(member.start, attached.at(-1)?.end ?? 0), body],
      exported:
        isExported &&
        key.type !== "PrivateIdentifier" &&
        !/^(?:private|protected)$/.test(String(member["accessibility"])),
      parent,
    });
  }
}

/** Where a member's body begins, if it is a function: a method, a getter, or a property that holds one. */
function bodyOf(member: Node): number | undefined {
  if (
    !/^(?:MethodDefinition|TSAbstractMethodDefinition|PropertyDefinition|AccessorProperty|Property|ObjectProperty)$/.test(
      member.type,
    )
  )
    return undefined;
  const value = member["value"] as Node | null;
  if (value === null) return undefined;
  if (!FUNCTIONS.has(value.type) && value.type !== "TSEmptyBodyFunctionExpression") return undefined;
  return (value["body"] as Node | null)?.start ?? member.end;
}
