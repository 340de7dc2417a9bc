import { lineage, member } from "../running/classes.ts";
import { itemsOf } from "../running/expressions.ts";
import type { Machine } from "../running/machine.ts";
import {
  type Args,
  type ClassValue,
  type Decoration,
  external,
  type Instance,
  isKind,
  type Site,
  type Value,
} from "../values/values.ts";

const HANDLERS = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
const VIEW = "view made of a class";

/** What "SomeClass.as_view(...)" answers. */
export function viewOf(of: Value, args: Args, site: Site): Instance {
  const attributes = new Map<string, Value>([["__class_of_view__", of]]);
  return { kind: "instance", of: external(VIEW), args, attributes, place: { file: site.file, line: site.line } };
}

/** The class of such a view, and the arguments it was made with. */
export function classOfView(value: Value): { readonly of: Value; readonly args: Args } | undefined {
  if (!isKind(value, "instance") || !isKind(value.of, "external") || value.of.path !== VIEW) return undefined;
  const of = value.attributes.get("__class_of_view__");
  return of === undefined ? undefined : { of, args: value.args };
}

/**
 * The view inside of what wraps it: a library's decorator that was called with it, or a function of the project that was made
 * around it. The view itself where nothing wraps it.
 */
export function unwrapped(view: Value, depth = 0): Value {
  if (depth > 5 || classOfView(view) !== undefined) return view;
  if (isKind(view, "instance") && isKind(view.of, "external")) {
    const inner = [...view.args.positional, ...view.args.named.values()].find(mayBeView);
    return inner === undefined ? view : unwrapped(inner, depth + 1);
  }
  if (!isKind(view, "function") || view.scope.kind !== "function" || view.decorations.some(isAboutMethods)) return view;
  const around = view.scope;
  const text = around.module.text.slice(view.node.start, view.node.end);
  for (const [name, value] of around.names) {
    const isAround = classOfView(value) !== undefined || (isKind(value, "function") && value.scope !== around);
    if (isAround && new RegExp(`\\b${name}\\(`).test(text)) return unwrapped(value, depth + 1);
  }
  return view;
}

function isAboutMethods({ value }: Decoration): boolean {
  return isKind(value, "external") && /\.(?:api_view|require_\w+)$/.test(value.path);
}

function mayBeView(value: Value): boolean {
  if (isKind(value, "function") || classOfView(value) !== undefined) return true;
  return isKind(value, "instance") && value.args.positional.some(mayBeView);
}

/** The methods that a class's own handlers answer, in capitals; what it inherits from classes of the tree included. */
export function handlersOf(of: ClassValue): readonly string[] {
  return HANDLERS.filter((name) => isHandler(member(of, name))).map((name) => name.toUpperCase());
}

function isHandler(value: Value | undefined): boolean {
  return value !== undefined && value !== null;
}

/** Methods without those that the framework answers for every route by itself, unless there is nothing else. */
export function ownMethods(methods: readonly string[]): readonly string[] {
  const own = methods.filter((method) => method !== "HEAD" && method !== "OPTIONS");
  return own.length > 0 ? own : methods;
}

/** The texts of a list that a class declares, as "methods" or "http_method_names"; undefined where it declares none. */
export function declaredTexts(machine: Machine, of: ClassValue, name: string): readonly string[] | undefined {
  const declared = lineage(of).some((each) => isKind(each, "class") && each.members.has(name))
    ? member(of, name)
    : undefined;
  if (declared === undefined || declared === null) return undefined;
  const { items } = itemsOf(machine.resolve(declared));
  const texts = items.flatMap((item) => (typeof item === "string" ? [item.toUpperCase()] : []));
  return texts.length > 0 ? texts : undefined;
}
