import type { Syntax } from "../syntax-tree.ts";
import { frameworkOf, type GoFramework } from "./go-frameworks.ts";
import type { GoFrame, GoMachine } from "./go-machine-port.ts";
import { followFunctions } from "./go-handed-on.ts";
import { candidates, routerIn } from "./go-members.ts";
import { native } from "./go-native.ts";
import { callRouter } from "./go-routers.ts";
import { type GoRouter, type GoValue, NIL, textOf, UNKNOWN } from "./go-values.ts";

// Packages that are given a router and register nothing on it.
const TAKES_ONLY =
  /^(?:net\/http(?:\/httptest)?|fmt|log(?:\/slog)?|errors|context|reflect|os|sync|testing|.*\/(?:zap|logrus|zerolog|fx|dig|wire|autocert|cobra|errgroup|handlers|cors|gziphandler|h2c|graceful|endless))$/;

/** What a call gives; calls of routers do what they do, functions of the project are followed. */
export function evaluateCall(machine: GoMachine, syntax: Syntax, frame: GoFrame): GoValue {
  if (syntax.type === "type_conversion_expression") return converted(machine, syntax, frame);
  const callee = syntax.field("function");
  const list = syntax.field("arguments");
  if (callee === undefined) return UNKNOWN;
  const builtIn = builtInCall(machine, callee, list, frame);
  if (builtIn !== undefined) return builtIn;
  const target = machine.evaluate(callee, frame);
  const args = argumentsOf(machine, list, frame);
  switch (target.kind) {
    case "function":
      return machine.call(target, args, frame, syntax.line);
    case "router-method":
      return callRouter(target.on, target.name, { machine, frame, syntax, args });
    case "type":
      return args[0] ?? UNKNOWN;
    case "external":
      return external(machine, target.path, target.name, args, syntax, frame);
    default:
      return unknownCall(machine, callee, target, args, syntax, frame);
  }
}

function argumentsOf(machine: GoMachine, list: Syntax | undefined, frame: GoFrame): GoValue[] {
  const nodes = list?.children ?? [];
  const args = nodes.flatMap((node) => {
    const value = machine.evaluate(node, frame);
    return node.type === "variadic_argument" && value.kind === "list" ? value.items : [value];
  });
  const only = args[0];
  return args.length === 1 && only?.kind === "tuple" ? [...only.items] : args;
}

function converted(machine: GoMachine, syntax: Syntax, frame: GoFrame): GoValue {
  const operand = syntax.field("operand");
  return operand === undefined ? UNKNOWN : machine.evaluate(operand, frame);
}

function builtInCall(
  machine: GoMachine,
  callee: Syntax,
  list: Syntax | undefined,
  frame: GoFrame,
): GoValue | undefined {
  if (callee.type !== "identifier") return undefined;
  const first = list?.children[0];
  switch (callee.text) {
    case "append": {
      const [base, ...more] = argumentsOf(machine, list, frame);
      if (base?.kind === "list") return { ...base, items: [...base.items, ...more] };
      return base?.kind === "nil" || base?.kind === "unknown"
        ? { kind: "list", items: more, type: base.kind === "unknown" ? base.type : undefined }
        : (base ?? UNKNOWN);
    }
    case "new":
    case "make": {
      if (first === undefined) return undefined;
      const type = { file: frame.file, syntax: first };
      const value = machine.valueOfType(type);
      if (value.kind === "instance") return { ...value, fields: new Map(), isMade: true };
      if (first.type === "map_type") return { kind: "map", entries: [], type };
      return first.type === "slice_type" ? { kind: "list", items: [], type } : value;
    }
    case "string":
      return first === undefined ? UNKNOWN : machine.evaluate(first, frame);
    case "copy": {
      const [into, from] = argumentsOf(machine, list, frame);
      if (into?.kind === "list" && from?.kind === "list") into.items.push(...from.items);
      return UNKNOWN;
    }
    case "panic":
    case "len":
    case "cap":
    case "close":
    case "delete":
      for (const node of list?.children ?? []) machine.evaluate(node, frame);
      return UNKNOWN;
    default:
      return undefined;
  }
}

function external(
  machine: GoMachine,
  path: string,
  name: string,
  args: readonly GoValue[],
  syntax: Syntax,
  frame: GoFrame,
): GoValue {
  const framework = frameworkOf(path);
  if (framework?.constructors.has(name) === true) return machine.newRouter(framework, frame);
  const standard =
    path === "net/http" && (name === "Handle" || name === "HandleFunc") ? machine.defaultRouter() : undefined;
  if (standard !== undefined) return callRouter(standard, name, { machine, frame, syntax, args });
  if (path === "net/http" && name === "StripPrefix") {
    const inner = routerIn(machine, args[1] ?? UNKNOWN);
    return inner === undefined
      ? { kind: "external", path, name }
      : { ...inner, stripped: textOf(args[0] ?? UNKNOWN).text };
  }
  const known = native(path, name, args);
  if (known !== undefined) return known;
  const router = givenRouter(machine, args);
  followFunctions(machine, args, frame, syntax.line);
  if (router !== undefined) {
    if (isStatement(machine, syntax) && !TAKES_ONLY.test(path) && router.node.isMade)
      machine.unresolved(
        frame.file.path,
        syntax.line,
        `${path.split("/").at(-1) ?? path}.${name} is given the router, and its package is not of this project`,
      );
    return router;
  }
  const made = frameworkMadeBy(name, frame);
  if (made !== undefined) return machine.sharedRouter(`${path}.${name}`, made);
  // A helper that chooses among values gives one of them.
  const chosen = args.length > 1 ? args.find((value) => value.kind === "instance" && value.isMade) : undefined;
  return /^(?:Ternary|If|Or|Coalesce|Must|Ptr|ToPtr)/.test(name) && chosen !== undefined
    ? chosen
    : { kind: "unknown", name: `${path.split("/").at(-1) ?? path}.${name}()` };
}

// Libraries around a framework make its router and hand it out: `kit.GetEngine()` in a file that uses gin.
function frameworkMadeBy(name: string, frame: GoFrame): GoFramework | undefined {
  if (!/(?:^|[a-z])(?:Engine|Router|Mux|Echo|Gin|Chi)$/.test(name)) return undefined;
  return [...frame.file.imports.values()].map(frameworkOf).find((one) => one !== undefined && one.name !== "net/http");
}

/** A call of what is not known: what is handed to it may run, so functions among it are followed. */
function unknownCall(
  machine: GoMachine,
  callee: Syntax,
  target: GoValue,
  args: readonly GoValue[],
  syntax: Syntax,
  frame: GoFrame,
): GoValue {
  const router = givenRouter(machine, args);
  if (router !== undefined && callee.type === "selector_expression") {
    const on = machine.evaluate(callee.field("operand") ?? callee, frame);
    const name = callee.field("field")?.text ?? "";
    const found = on.kind === "unknown" ? candidates(machine, on, name, args.length) : [];
    // A method that is called somewhere by a value that is known need not be meant here.
    machine.later(() => {
      for (const closure of found)
        if (closure.declared !== undefined && !machine.wasFollowed(closure.declared))
          machine.call(closure, args, frame, syntax.line);
    });
    if (
      found.length === 0 &&
      (on.kind === "unknown" || on.kind === "package") &&
      router.node.isMade &&
      isStatement(machine, syntax)
    )
      machine.unresolved(
        frame.file.path,
        syntax.line,
        `${callee.text} is given the router, and what it does with it cannot be followed`,
      );
  }
  followFunctions(machine, args, frame, syntax.line);
  if (router !== undefined) return router;
  return target.kind === "nil" ? NIL : { kind: "unknown", name: `${callee.text.split("\n")[0] ?? ""}()` };
}

function givenRouter(machine: GoMachine, args: readonly GoValue[]): GoRouter | undefined {
  return args
    .map((value) => (value.kind === "router" ? value : value.kind === "list" ? undefined : routerIn(machine, value)))
    .find((found) => found !== undefined);
}

function isStatement(machine: GoMachine, syntax: Syntax): boolean {
  return machine.statement === syntax;
}
