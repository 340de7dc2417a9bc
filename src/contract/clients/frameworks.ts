import type { Machine } from "../javascript/machine.ts";
import { fields, type Call, type Foreign, type Value } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";
import { at, plainNames } from "./options.ts";
import { instanceKey } from "./requests.ts";

/** What providers of contexts hold, by context. */
export type Contexts = ReadonlyMap<string, () => Value>;

const REACT = /^(?:react|preact\/hooks|preact\/compat|use-context-selector|@wordpress\/element)$/;

/**
 * What calls of a screen's framework give, where functions go through them: hooks give back what they are given, a context what
 * its provider holds, an injector what it is asked for. Undefined for all else.
 */
export function frameworkValue(foreign: Foreign, call: Call, machine: Machine, contexts: Contexts): Value | undefined {
  const name = plainNames(foreign)?.at(-1);
  if (name === undefined) return undefined;
  if (foreign.package === "@angular/core") return name === "inject" ? injected(call, machine) : undefined;
  if (!REACT.test(foreign.package)) return undefined;
  const first = at(call.args, 0);
  switch (name) {
    case "useCallback":
    case "useEffectEvent":
    case "memo":
    case "forwardRef":
      return first.kind === "function" || first.kind === "foreign" ? first : undefined;
    case "useMemo":
      return first.kind === "function" ? machine.call(first, { args: [], isNew: false, at: call.at }) : undefined;
    case "useRef":
      return fields([["current", first]], true);
    case "useContext":
    case "use":
      return contextValue(first, contexts);
    default:
      return undefined;
  }
}

function injected(call: Call, machine: Machine): Value | undefined {
  const asked = at(call.args, 0);
  if (asked.kind === "class") return machine.call(asked, { args: [], isNew: true, at: call.at });
  return asked.kind === "foreign" ? asked : undefined;
}

function contextValue(context: Value, contexts: Contexts): Value | undefined {
  if (context.kind !== "foreign") return undefined;
  const made = context.steps.findLast((step) => step.kind === "call");
  if (made?.kind !== "call") return undefined;
  const held = contexts.get(instanceKey(context))?.();
  return held ?? at(made.args, 0);
}

/** `<Context.Provider value={…}>`: the context's key and what is held; undefined for other elements. */
export function providedBy(element: SeenCall): { readonly key: string; readonly value: () => Value } | undefined {
  if (element.node.type !== "JSXOpeningElement") return undefined;
  const name = element.node["name"] as { readonly type: string; readonly property?: { readonly name: string } };
  if (name.type === "JSXMemberExpression" && name.property?.name !== "Provider") return undefined;
  const hasValue = (element.node["attributes"] as readonly { readonly name?: { readonly name: unknown } }[]).some(
    (attribute) => attribute.name?.name === "value",
  );
  if (!hasValue) return undefined;
  const context = element.callee();
  if (
    context.kind !== "foreign" ||
    !context.steps.some((step) => step.kind === "member" && step.name === "createContext")
  )
    return undefined;
  const value = (): Value => {
    const props = at(element.args(), 0);
    return (props.kind === "fields" ? props.fields.get("value")?.value() : undefined) ?? fields([], true);
  };
  return { key: instanceKey(context), value };
}
