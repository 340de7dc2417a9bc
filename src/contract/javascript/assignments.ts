import { isNode, type Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Machine } from "./machine.ts";
import { lookUp, nameOfKey, withDefault } from "./scopes.ts";
import { choice, type Foreign, plainText, type Scope, type Value } from "./values.ts";

/** Gives a value to what stands left of "=": a name, a member, a pattern. */
export function bindTarget(machine: Machine, target: Node, value: Value, scope: Scope): void {
  switch (target.type) {
    case "Identifier": {
      const binding = lookUp(scope, target["name"] as string);
      // What may or may not happen leaves the old value possible.
      binding?.set(machine.state.conditional > 0 ? choice([value, binding.value()]) : value);
      return;
    }
    case "MemberExpression":
      setMember(machine, target, value, scope);
      return;
    case "AssignmentPattern":
      bindTarget(
        machine,
        target["left"] as Node,
        withDefault(value, () => machine.evaluate(target["right"] as Node, scope)),
        scope,
      );
      return;
    case "ObjectPattern":
      for (const property of target["properties"] as readonly Node[]) {
        if (property.type === "RestElement" || property["computed"] === true) continue;
        const taken = machine.member(value, nameOfKey(property["key"] as Node), { node: property, scope });
        bindTarget(machine, property["value"] as Node, taken, scope);
      }
      return;
    case "ArrayPattern":
      for (const [index, element] of (target["elements"] as readonly (Node | null)[]).entries())
        if (isNode(element))
          bindTarget(machine, element, machine.member(value, String(index), { node: element, scope }), scope);
      return;
    case "TSAsExpression":
    case "TSNonNullExpression":
    case "TSSatisfiesExpression":
      bindTarget(machine, target["expression"] as Node, value, scope);
      return;
    default:
  }
}

function setMember(machine: Machine, target: Node, value: Value, scope: Scope): void {
  const of = machine.evaluate(target["object"] as Node, scope);
  const property = target["property"] as Node;
  const name =
    property.type === "PrivateIdentifier"
      ? `#${String(property["name"])}`
      : target["computed"] === true
        ? keyOf(machine.evaluate(property, scope))
        : nameOfKey(property);
  if (name === undefined) {
    if (of.kind === "fields" || of.kind === "list") of.open = true;
    return;
  }
  machine.setMember(of, name, value, { node: target, scope });
}

function keyOf(value: Value): string | undefined {
  if (value.kind === "foreign") return symbolName(value);
  return value.kind === "constant" ? String(value.value) : plainText(value);
}

/** `Symbol.for("x")` as a name of its own. */
function symbolName(value: Foreign): string | undefined {
  const [symbol, made, call] = value.steps;
  if (value.package !== "" || symbol?.kind !== "member" || symbol.name !== "Symbol" || made?.kind !== "member")
    return undefined;
  const name = call?.kind === "call" ? plainText(call.args[0]?.value()) : made.name;
  return name === undefined ? undefined : `@@${name}`;
}
