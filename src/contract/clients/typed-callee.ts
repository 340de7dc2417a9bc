import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import { paramsOf } from "../javascript/invoke.ts";
import type { Machine } from "../javascript/machine.ts";
import { lookUp } from "../javascript/scopes.ts";
import type { Foreign, Unknown, Value } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";

/** Types of parameters that say by themselves what is called. */
const INSTANCES: Readonly<Record<string, string>> = {
  HttpClient: "@angular/common/http",
  AxiosInstance: "axios",
  AxiosStatic: "axios",
  Axios: "axios",
  KyInstance: "ky",
};

/**
 * What is called where all that is known of it is the type of a parameter: an instance of a library (`http: HttpClient`), or a
 * method of a class of the project that somebody injects. Undefined where the type says nothing.
 */
export function typedCallee(callee: Unknown, at: SeenCall, machine: Machine): Value | undefined {
  const { why } = callee;
  if (why.kind !== "parameter") return undefined;
  const name = typeName(why.of, why.index);
  if (name === undefined) return undefined;
  const library = INSTANCES[name];
  if (library !== undefined) {
    const steps: Foreign["steps"] = why.path.map((member) => ({ kind: "member", name: member }));
    return { kind: "foreign", package: library, steps };
  }
  const owner = lookUp(at.scope, name)?.value();
  if (owner?.kind !== "class" || why.path.length === 0) return undefined;
  let value: Value = machine.call(owner, { args: [], isNew: true, at });
  for (const member of why.path) value = machine.member(value, member, at);
  return value;
}

function typeName(of: Node, index: number): string | undefined {
  const param = paramsOf(of)[index];
  const plain = (param?.["parameter"] ?? param) as Node | undefined;
  const target = (plain?.["left"] ?? plain) as Node | undefined;
  const type = target?.["typeAnnotation"]?.["typeAnnotation"] as Node | undefined;
  const name = type?.type === "TSTypeReference" ? (type["typeName"] as Node) : undefined;
  return name?.type === "Identifier" ? (name["name"] as string) : undefined;
}
