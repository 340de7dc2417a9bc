import { slice } from "./bindings.ts";
import { fieldOf, namedChildren, type Syntax } from "./syntax.ts";

/** What counts as changing an object in place when a function calls it on a module-level name. */
const CHANGING = new Set(
  "add append appendleft clear discard extend insert move_to_end pop popitem register remove reverse setdefault sort update __setitem__".split(
    " ",
  ),
);

/** Callables that keep their arguments without calling them. */
const KEEPING = new Set(
  "partial namedtuple property staticmethod classmethod dict list tuple set frozenset isinstance issubclass TypeVar NewType field cast Union Optional MappingProxyType".split(
    " ",
  ),
);

/** True for a callable that keeps its arguments without calling them. */
export function keepsArguments(name: string): boolean {
  return KEEPING.has(name);
}

/** The last name of what is called: `f` of `a.b.f(x)`. */
export function calledName(callee: Syntax, text: string): string {
  const last = callee.type === "attribute" ? fieldOf(callee, "attribute") : callee;
  return last === undefined ? "" : slice(last, text);
}

/** True for a call that reaches a module's names as a whole; `atModule` where the names around it are the module's. */
export function reachesNamespace(name: string, args: Syntax | undefined, atModule: boolean): boolean {
  const count = args === undefined ? undefined : namedChildren(args).length;
  if (name === "globals") return true;
  if (/^(vars|locals|dir)$/.test(name)) return atModule && count === 0;
  return /^(eval|exec)$/.test(name) && count === 1;
}

/** The objects that the calls of an expression statement change in place; import-time calls may change all they get. */
export function changedObjects(statement: Syntax, text: string, atImport: boolean): Syntax[] {
  const changed: (Syntax | undefined)[] = [];
  for (const child of namedChildren(statement)) {
    if (child.type !== "call") continue;
    const callee = fieldOf(child, "function");
    const method = callee?.type === "attribute" ? fieldOf(callee, "attribute") : undefined;
    if (callee !== undefined && method !== undefined && (atImport || CHANGING.has(slice(method, text)))) {
      changed.push(fieldOf(callee, "object"));
    }
    const args = fieldOf(child, "arguments");
    const setter = callee?.type === "identifier" && /^(setattr|delattr)$/.test(slice(callee, text));
    if (args !== undefined && (atImport || setter)) changed.push(...namedChildren(args));
  }
  return changed.filter((node) => node !== undefined);
}

/** The name at the root of a chain: `a` of `a.b[0].c()`; undefined where it starts with something else. */
export function rootName(node: Syntax): Syntax | undefined {
  let root: Syntax | undefined = node;
  while (root !== undefined && /^(attribute|subscript|call)$/.test(root.type)) root = root.children[0];
  return root?.type === "identifier" ? root : undefined;
}
