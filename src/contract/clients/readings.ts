import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Call, Place } from "../contract.ts";
import type { Unknown, Value } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";
import { parametersIn, readAddress, withDynamicParts } from "./address.ts";
import type { Request } from "./options.ts";
import { instanceKey, methodsOf } from "./requests.ts";

/** What a request says of itself where it stands, or for one caller. */
export interface Reading {
  readonly calls: readonly Call[];
  /** Functions whose callers say more. */
  readonly dependsOn: ReadonlySet<Node>;
  /** Why there are no calls. */
  readonly reason: string;
}

/** A request as calls at a place. `bases`: base addresses that were set on instances later; `given`: what is known of unknown values. */
export function readingOf(
  request: Request,
  at: SeenCall,
  bases: ReadonlyMap<string, Value>,
  given: (unknown: Unknown) => Value | undefined,
): Reading {
  const base = request.base ?? (request.instance === undefined ? undefined : bases.get(instanceKey(request.instance)));
  const { addresses: all, dependsOn: deciding, reason } = readAddress(request.url, base, given);
  const dependsOn = new Set(deciding);
  if (typeof request.method === "object") for (const node of parametersIn(request.method)) dependsOn.add(node);
  const methods = methodsOf(request.method);
  if (methods === undefined) return { calls: [], dependsOn, reason: "its method is not known" };
  const { choice } = request;
  const inTurn = choice?.of === all.length ? all.slice(choice.index, choice.index + 1) : all;
  const addresses = choosesInPath(at) ? withDynamicParts(inTurn) : inTurn;
  // One condition that chooses both: the first address goes with the first method.
  const isPaired = addresses.length === methods.length && addresses.length > 1;
  const place = placeOf(at);
  const calls = addresses.flatMap(({ host, path, baseUnknown }, index) =>
    (isPaired ? methods.slice(index, index + 1) : methods).map((method): Call => {
      const open = {
        ...(baseUnknown ? { baseUnknown: true as const } : {}),
        ...(request.isMethodOpen === true ? { methodUnknown: true as const } : {}),
      };
      return { method, path: `${host ?? ""}${path}`, ...place, by: request.by, ...open };
    }),
  );
  return { calls, dependsOn, reason };
}

/** A condition inside of a template: `/plugin/${on ? "enable" : "disable"}`. */
const CONDITION_IN_TEMPLATE = /\$\{[^{}]*\?[^{}]*:[^{}]*\}/;
const LONGEST_CALL = 2000;

function choosesInPath({ node, scope }: SeenCall): boolean {
  return CONDITION_IN_TEMPLATE.test(scope.module.text.slice(node.start, Math.min(node.end, node.start + LONGEST_CALL)));
}

export function placeOf({ node, scope }: SeenCall): Place {
  return { file: scope.module.path, line: scope.module.lineAt(node.start) };
}
