import type { Route, Unresolved } from "../../contract.ts";
import { HOLE, type Registered, type RouterNode } from "./go-values.ts";
import type { GoFramework } from "./go-frameworks.ts";

export interface Served {
  readonly routes: readonly Route[];
  readonly unresolved: readonly Unresolved[];
}

interface Around {
  readonly prefix: string;
  readonly hole: string | undefined;
  readonly conditional: boolean;
  readonly framework: GoFramework;
  readonly way: readonly RouterNode[];
}

/** The routes of a router that is mounted nowhere, and of all that are mounted on it. */
export function servedBy(node: RouterNode): Served {
  const routes: Route[] = [];
  const unresolved: Unresolved[] = [];
  const cut = new Set<string>();
  const visit = (one: RouterNode, around: Around): void => {
    for (const entry of one.registered) {
      if (!entry.isServed) continue;
      const inner = one.framework.join(entry.prefix, entry.path);
      const whole = around.way.length === 0 ? inner : around.framework.join(around.prefix, inner);
      add(entry, whole, around, one.framework);
    }
    for (const mount of one.mounts) {
      if (around.way.includes(mount.router.node) || mount.router.node === one) continue;
      const below = around.way.length === 0 ? mount.prefix : around.framework.join(around.prefix, mount.prefix);
      visit(mount.router.node, {
        prefix: below,
        hole: around.hole ?? mount.hole,
        conditional: around.conditional || mount.conditional,
        framework: one.framework,
        way: [...around.way, one],
      });
    }
  };
  const add = (entry: Registered, whole: string, around: Around, framework: GoFramework): void => {
    const { file, line } = entry;
    const known = withoutLeadingHole(whole);
    const hole = (entry.hole ?? around.hole ?? "a value").split("\n")[0]?.slice(0, 80) ?? "";
    if (known.path.includes(HOLE) || (entry.path.startsWith(HOLE) && withoutLeadingHole(entry.path).path === "")) {
      unresolved.push({ file, line, reason: `a part of the path is not known: ${hole}` });
      return;
    }
    // One prefix stands before many routes.
    if (known.wasCut && !cut.has(hole))
      unresolved.push({ file, line, reason: `the prefix ${hole} is not known; routes are told without it` });
    if (known.wasCut) cut.add(hole);
    const path = reportedPath(known.path, framework);
    for (const method of entry.methods) {
      // What answers the preflights of everything is no route of its own.
      if (method === "OPTIONS" && /^\/\{[^/]*\}$/.test(path)) continue;
      const conditional = entry.conditional || around.conditional;
      routes.push({ method, path, file, line, framework: framework.name, ...(conditional ? { conditional } : {}) });
    }
  };
  visit(node, { prefix: "", hole: undefined, conditional: false, framework: node.framework, way: [] });
  return { routes, unresolved };
}

/** A part in front of everything that comes from the configuration is empty as a rule. */
function withoutLeadingHole(path: string): { readonly path: string; readonly wasCut: boolean } {
  const cut = path.replace(new RegExp(`^/?${HOLE}+`), "");
  return { path: cut, wasCut: cut !== path };
}

/** In the notation of a report: `{name}` for `:name`, `{name:pattern}` and `*name`, `{*}` for a wildcard without a name. */
function reportedPath(path: string, framework: GoFramework): string {
  const braces = path.replace(
    /\{([^{}:]*?)(?:\.\.\.)?(?::(?:[^{}]|\{[^{}]*\})*)?\}/g,
    (_, name: string) => `{${name.trim() === "" ? "*" : name.trim()}}`,
  );
  const segments = braces.split("/").map((segment) => {
    if (framework.name === "chi" || framework.name === "gorilla" || framework.name === "net/http")
      return segment === "*" ? "{*}" : segment;
    return segment
      .replace(/:([A-Za-z_]\w*)(?:<[^<>]*>)?\??/g, "{$1}")
      .replace(/^[*+](\w*)$/, (_, name: string) => `{${name === "" ? "*" : name}}`);
  });
  const joined = segments.join("/");
  return joined.startsWith("/") ? joined : `/${joined}`;
}
