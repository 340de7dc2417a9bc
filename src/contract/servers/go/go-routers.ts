import type { Syntax } from "../syntax-tree.ts";
import type { GoFrame, GoMachine } from "./go-machine-port.ts";
import { routerIn } from "./go-members.ts";
import { type GoRouter, type GoValue, HOLE, NIL, type Registered, textOf, UNKNOWN, UNSET } from "./go-values.ts";

export interface RouterCall {
  readonly machine: GoMachine;
  readonly frame: GoFrame;
  readonly syntax: Syntax;
  readonly args: readonly GoValue[];
}

/** What a call of a router's function does and gives. */
export function callRouter(on: GoValue & { kind: "router" | "route" }, name: string, call: RouterCall): GoValue {
  return on.kind === "router" ? callOn(on, name, call) : callRoute(on, name, call);
}

function callOn(router: GoRouter, name: string, call: RouterCall): GoValue {
  const { machine, args } = call;
  const operation = router.node.framework.operations.get(name);
  if (operation === undefined) return UNKNOWN;
  switch (operation.does) {
    case "route":
      register(router, [operation.method], args[0], call, 0);
      return router;
    case "methods": {
      const methods = methodsOf(args[0]);
      register(router, methods, args[1], call, 1);
      return router;
    }
    case "group": {
      const path = pathOf(args[0] ?? UNKNOWN);
      const below = {
        ...router,
        prefix: router.node.framework.join(router.prefix, path.text),
        hole: path.hole ?? router.hole,
      };
      if (operation.calls) give(args.slice(1), below, call);
      return below;
    }
    case "same":
      if (operation.calls) give(args, router, call);
      return router;
    case "mount":
      mount(router, args, call);
      return NIL;
    case "prefix": {
      const below = args[0]?.kind === "text" ? args.slice(1) : args;
      const inner = below.map((value) => routerIn(machine, value)).find((found) => found !== undefined);
      if (inner !== undefined)
        mount(router, [args[0]?.kind === "text" ? args[0] : { kind: "text", text: "" }, inner], call);
      return router;
    }
    case "pattern":
      return pattern(router, call);
    case "entry": {
      const entry = newEntry(router, ["ALL"], "", undefined, call, 0);
      return callRoute({ kind: "route", router, entry }, name, call);
    }
  }
}

/** Says more of a route whose methods and path are said one after the other. */
function callRoute(route: GoValue & { kind: "route" }, name: string, call: RouterCall): GoValue {
  const { router, entry } = route;
  const path = pathOf(call.args[0] ?? UNKNOWN);
  switch (name) {
    case "Methods":
      entry.methods = call.args.flatMap(methodsOf);
      return route;
    case "Path":
    case "PathPrefix":
      entry.path = router.node.framework.join(entry.path, path.text);
      entry.hole ??= path.hole;
      return route;
    case "Subrouter":
      entry.isServed = false;
      return {
        ...router,
        prefix: router.node.framework.join(router.prefix, entry.path),
        hole: router.hole ?? entry.hole,
      };
    case "Handler":
    case "HandlerFunc": {
      const inner = routerIn(call.machine, call.args[0] ?? UNKNOWN);
      if (inner !== undefined) addMount(router, inner.stripped ?? "", inner, call);
      else if ((entry.path !== "" || router.prefix !== "") && call.syntax.text.includes("PathPrefix(") === false)
        entry.isServed = true;
      return route;
    }
    default:
      return route;
  }
}

/** "GET /path" or "/path" with a handler that may be a router itself. */
function pattern(router: GoRouter, call: RouterCall): GoValue {
  const { framework } = router.node;
  const written = pathOf(call.args[0] ?? UNKNOWN);
  const [, method, path] = /^(?:([A-Z]+)[ \t]+)?(.*)$/s.exec(written.text) ?? [];
  const inner = routerIn(call.machine, call.args[1] ?? UNKNOWN);
  if (inner !== undefined && inner.node !== router.node) {
    addMount(router, inner.stripped ?? "", inner, call);
    return router;
  }
  // A host may stand in front of the path of the standard library's patterns.
  const plain =
    framework.name === "net/http"
      ? (path ?? "").replace(/^[^/\u0000]+(?=\/)/, "").replace(/\{\$\}$/, "")
      : (path ?? "");
  const entry = newEntry(router, [method ?? "ALL"], plain, written.hole, call, 0);
  entry.isServed = true;
  return framework.name === "gorilla" ? { kind: "route", router, entry } : router;
}

function mount(router: GoRouter, args: readonly GoValue[], call: RouterCall): void {
  const path = pathOf(args[0] ?? UNKNOWN);
  const handler = args[1] ?? UNKNOWN;
  const inner = routerIn(call.machine, handler);
  if (inner !== undefined) {
    addMount(router, path.text, inner, call, path.hole);
    return;
  }
  if (handler.kind === "external" && handler.path === "net/http") return;
  call.machine.later(() => {
    const found = routerIn(call.machine, handler);
    if (found === undefined) unknownMount(path.text, call);
    else addMount(router, path.text, found, call, path.hole);
  });
}

function unknownMount(path: string, call: RouterCall): void {
  const what = call.syntax.field("arguments")?.children[1]?.text.split("\n")[0] ?? "a handler";
  call.machine.unresolved(
    call.frame.file.path,
    call.syntax.line,
    `what ${what} serves below ${path.replaceAll(HOLE, "…")} cannot be followed`,
  );
}

function addMount(router: GoRouter, path: string, inner: GoRouter, call: RouterCall, hole?: string): void {
  if (inner.node === router.node) return;
  inner.node.isMounted = true;
  const prefix = path === "" ? router.prefix : router.node.framework.join(router.prefix, path);
  router.node.mounts.push({
    prefix,
    router: inner,
    conditional: call.machine.conditions > router.node.conditions,
    hole: hole ?? router.hole,
  });
}

/** Gives a router to the functions that are to register on it. */
function give(args: readonly GoValue[], router: GoRouter, { machine, frame, syntax }: RouterCall): void {
  for (const value of args) {
    if (value.kind === "function") machine.call(value, [router], frame, syntax.line);
    else if (value.kind === "router-method")
      callRouter(value.on, value.name, { machine, frame, syntax, args: [router] });
  }
}

function register(
  router: GoRouter,
  methods: readonly string[],
  path: GoValue | undefined,
  call: RouterCall,
  at: number,
): void {
  if (path === undefined) return;
  if (methods.length === 0) {
    call.machine.unresolved(call.frame.file.path, call.syntax.line, "the method of a route is not known");
    return;
  }
  // A list of paths is registered path by path.
  for (const one of path.kind === "list" ? path.items : [path]) {
    const { text, hole } = pathOf(one);
    newEntry(router, methods, text, hole, call, at).isServed = true;
  }
}

function newEntry(
  router: GoRouter,
  methods: readonly string[],
  path: string,
  hole: string | undefined,
  call: RouterCall,
  at: number,
): Registered {
  const place = placeOf(call.frame, call.syntax.line, call.syntax.field("arguments")?.children[at]);
  const entry: Registered = {
    methods: [...methods],
    path,
    prefix: router.prefix,
    hole: hole ?? router.hole,
    ...place,
    conditional: call.machine.conditions > router.node.conditions,
    isServed: false,
  };
  router.node.registered.push(entry);
  return entry;
}

/** Where a route is written: a function that registers the path it is given is not the place, its call is. */
function placeOf(frame: GoFrame, line: number, path: Syntax | undefined): { file: string; line: number } {
  const names = new Set(frame.closure.parameters.map(({ name }) => name));
  const isGiven = path !== undefined && plainNames(path).some((name) => names.has(name));
  if (!isGiven || frame.caller === undefined || frame.closure.declared === undefined)
    return { file: frame.file.path, line };
  return { file: frame.caller.frame.file.path, line: frame.caller.line };
}

/** Names in an expression, those not counted of which only a field is taken. */
function plainNames(syntax: Syntax): string[] {
  if (syntax.type === "identifier") return [syntax.text];
  return syntax.type === "selector_expression" ? [] : syntax.children.flatMap(plainNames);
}

function methodsOf(value: GoValue | undefined): string[] {
  if (value?.kind === "list") return value.items.flatMap(methodsOf);
  if (value?.kind === "text" && /^[A-Za-z]+$/.test(value.text)) return [value.text.toUpperCase()];
  return [];
}

/** A path as text. What a struct leaves out counts as empty before other parts, and as not known where it is all there is. */
function pathOf(value: GoValue): { readonly text: string; readonly hole: string | undefined } {
  const { text, hole } = textOf(value);
  if (!text.includes(UNSET)) return { text, hole };
  const plain = text.replaceAll(UNSET, "");
  return plain === "" ? { text: HOLE, hole } : { text: plain, hole: plain.includes(HOLE) ? hole : undefined };
}
