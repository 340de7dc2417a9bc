import type { Syntax } from "../syntax-tree.ts";
import { parametersOf, resultsOf } from "./source/go-files.ts";
import type { GoFrame, GoMachine } from "./go-machine-port.ts";
import { followFields } from "./go-handed-on.ts";
import { bound, memberOf } from "./go-members.ts";
import { nativeConstant } from "./go-native.ts";
import { fieldsOf, methodOf, resolveType, structFields, underlying } from "./go-types.ts";
import {
  type GoClosure,
  type GoInstance,
  type GoType,
  type GoValue,
  isKnown,
  lookUp,
  NIL,
  textOf,
  textValue,
  UNKNOWN,
} from "./go-values.ts";

/** What an expression that is no call is known to be. */
export function evaluateExpression(machine: GoMachine, syntax: Syntax, frame: GoFrame): GoValue {
  const evaluate = (one: Syntax | undefined): GoValue => (one === undefined ? UNKNOWN : machine.evaluate(one, frame));
  switch (syntax.type) {
    case "identifier":
    case "field_identifier":
      return identifier(machine, syntax.text, frame);
    case "interpreted_string_literal":
      return textValue(unquoted(syntax.text));
    case "raw_string_literal":
      return textValue(syntax.text.slice(1, -1));
    case "int_literal":
    case "float_literal":
      return textValue(syntax.text);
    case "true":
    case "false":
      return { kind: "truth", is: syntax.type === "true" };
    case "nil":
      return NIL;
    case "parenthesized_expression":
    case "literal_element":
    case "variadic_argument":
      return evaluate(syntax.children[0]);
    case "expression_list":
      return syntax.children.length === 1
        ? evaluate(syntax.children[0])
        : { kind: "tuple", items: syntax.children.map(evaluate) };
    case "unary_expression": {
      const value = evaluate(syntax.field("operand"));
      return value.kind === "truth" && syntax.field("operator")?.text === "!"
        ? { kind: "truth", is: !value.is }
        : value;
    }
    case "binary_expression":
      return binary(syntax, evaluate);
    case "selector_expression":
      return selector(machine, syntax, frame);
    case "index_expression":
      return indexed(machine, evaluate(syntax.field("operand")), evaluate(syntax.field("index")));
    case "slice_expression":
      return evaluate(syntax.field("operand"));
    case "type_assertion_expression":
      return asserted(machine, syntax, frame, evaluate(syntax.field("operand")));
    case "type_instantiation_expression":
      return evaluate(syntax.children[0]);
    case "composite_literal":
      return composite(machine, syntax, frame);
    case "func_literal":
      return literal(syntax, frame);
    default:
      return UNKNOWN;
  }
}

function identifier(machine: GoMachine, name: string, frame: GoFrame): GoValue {
  const local = lookUp(frame.scope, name);
  if (local !== undefined) return local;
  const own = ofPackage(machine, machine.project.packageAt(frame.file.folder), name);
  if (own !== undefined) return own;
  const path = frame.file.imports.get(name);
  if (path !== undefined) return { kind: "package", path };
  for (const dot of frame.file.dots) {
    const home = machine.project.packageOf(dot);
    const found = home === undefined ? nativeConstant(dot, name) : ofPackage(machine, home, name);
    if (found !== undefined) return found;
  }
  return { kind: "unknown", name };
}

function ofPackage(
  machine: GoMachine,
  home: ReturnType<GoMachine["project"]["packageAt"]>,
  name: string,
): GoValue | undefined {
  const found = home.functionNamed(name);
  if (found !== undefined) return bound(found, undefined);
  const declared = home.declaredNamed(name);
  if (declared === undefined) return undefined;
  if (declared.kind === "value") return machine.valueOf(declared);
  return declared.type === undefined
    ? UNKNOWN
    : { kind: "type", type: { file: declared.file, syntax: declared.type }, declared };
}

function selector(machine: GoMachine, syntax: Syntax, frame: GoFrame): GoValue {
  const operand = syntax.field("operand");
  const name = syntax.field("field")?.text ?? "";
  const value = operand === undefined ? UNKNOWN : machine.evaluate(operand, frame);
  if (value.kind === "package") {
    const home = machine.project.packageOf(value.path);
    if (home !== undefined)
      return ofPackage(machine, home, name) ?? { kind: "unknown", name: `${operand?.text ?? ""}.${name}` };
    return nativeConstant(value.path, name) ?? { kind: "external", path: value.path, name };
  }
  if (value.kind === "type") {
    const method = value.declared === undefined ? undefined : methodOf(machine.project, value.declared, name);
    return method === undefined ? UNKNOWN : bound(method, undefined);
  }
  return memberOf(machine, value, name);
}

function binary(syntax: Syntax, evaluate: (one: Syntax | undefined) => GoValue): GoValue {
  const operator = syntax.field("operator")?.text;
  const left = evaluate(syntax.field("left"));
  const right = evaluate(syntax.field("right"));
  if (operator === "==" || operator === "!=") {
    if (left.kind === "nil" || right.kind === "nil") {
      const other = left.kind === "nil" ? right : left;
      const isThere =
        other.kind === "router" || other.kind === "function" || (other.kind === "instance" && other.isMade);
      return isThere ? { kind: "truth", is: operator === "!=" } : UNKNOWN;
    }
    if (left.kind !== "text" || right.kind !== "text" || !isKnown(left) || !isKnown(right)) return UNKNOWN;
    return { kind: "truth", is: (left.text === right.text) === (operator === "==") };
  }
  if (operator !== "+") return UNKNOWN;
  if (left.kind !== "text" && right.kind !== "text") return UNKNOWN;
  const [before, behind] = [textOf(left), textOf(right)];
  return textValue(before.text + behind.text, before.hole ?? behind.hole);
}

function indexed(machine: GoMachine, value: GoValue, index: GoValue): GoValue {
  if (value.kind === "list") {
    const item = index.kind === "text" ? value.items[Number(index.text)] : undefined;
    return item ?? elementOf(machine, value.type);
  }
  if (value.kind === "map") {
    const found =
      index.kind === "text"
        ? value.entries.find(({ key }) => key.kind === "text" && key.text === index.text)
        : undefined;
    return found?.value ?? elementOf(machine, value.type);
  }
  // Type arguments of a function look like an index.
  if (value.kind === "function" || value.kind === "external" || value.kind === "type") return value;
  return value.kind === "unknown" ? elementOf(machine, value.type) : UNKNOWN;
}

function asserted(machine: GoMachine, syntax: Syntax, frame: GoFrame, value: GoValue): GoValue {
  if (value.kind !== "unknown") return value;
  const type = syntax.field("type");
  return type === undefined ? value : machine.valueOfType({ file: frame.file, syntax: type }, value.name);
}

/** A value of what a list or map of that type holds. */
export function elementOf(machine: GoMachine, type: GoType | undefined): GoValue {
  const resolved = resolveType(machine.project, type);
  const inner = resolved.kind === "declared" ? underlying(machine.project, resolved.declared) : resolved;
  if (inner.kind === "list") return machine.valueOfType(inner.element);
  return inner.kind === "map" ? machine.valueOfType(inner.value) : UNKNOWN;
}

function composite(machine: GoMachine, syntax: Syntax, frame: GoFrame): GoValue {
  const type = syntax.field("type");
  const body = syntax.field("body");
  return made(machine, type === undefined ? undefined : { file: frame.file, syntax: type }, body, frame);
}

/** A literal of a type; the elements of lists and maps may leave their own type out. */
function made(machine: GoMachine, type: GoType | undefined, body: Syntax | undefined, frame: GoFrame): GoValue {
  const resolved = resolveType(machine.project, type);
  const inner = resolved.kind === "declared" ? underlying(machine.project, resolved.declared) : resolved;
  const item = (one: Syntax | undefined, its: GoType | undefined): GoValue => {
    const plain = one?.type === "literal_element" ? one.children[0] : one;
    if (plain?.type === "literal_value") return made(machine, its, plain, frame);
    return plain === undefined ? UNKNOWN : machine.evaluate(plain, frame);
  };
  const parts = body?.children ?? [];
  if (inner.kind === "list" || type?.syntax.type === "implicit_length_array_type")
    return {
      kind: "list",
      type,
      items: parts.map((one) =>
        item(
          one.type === "keyed_element" ? one.field("value") : one,
          inner.kind === "list" ? inner.element : undefined,
        ),
      ),
    };
  if (inner.kind === "map")
    return {
      kind: "map",
      type,
      entries: parts.map((one) => ({
        key: item(one.field("key"), undefined),
        value: item(one.field("value"), inner.value),
      })),
    };
  const declared = resolved.kind === "declared" ? resolved.declared : undefined;
  const fields =
    declared !== undefined
      ? fieldsOf(machine.project, declared)
      : inner.kind === "struct"
        ? structFields(inner.type)
        : [];
  const instance: GoInstance = { kind: "instance", declared, type, fields: new Map(), isMade: true };
  for (const [at, one] of parts.entries()) {
    const isKeyed = one.type === "keyed_element";
    const name = isKeyed ? (one.field("key")?.text ?? "") : (fields[at]?.name ?? "");
    const value = item(isKeyed ? one.field("value") : one, fields.find((field) => field.name === name)?.type);
    // A switch may be thrown later.
    instance.fields.set(name, value.kind === "truth" ? UNKNOWN : value);
    if (declared !== undefined) machine.noteField(declared, name, value);
  }
  if (resolved.kind === "external") machine.later(() => followFields(machine, instance, frame, body?.line ?? 1));
  return instance;
}

function literal(syntax: Syntax, frame: GoFrame): GoClosure {
  return {
    kind: "function",
    name: "a function literal",
    file: frame.file,
    parameters: parametersOf(syntax.field("parameters")),
    results: resultsOf(syntax.field("result")),
    declared: undefined,
    receiver: undefined,
    scope: frame.scope,
    body: () => syntax.field("body"),
  };
}

function unquoted(text: string): string {
  try {
    return String(
      JSON.parse(
        text.replace(/\\(?:[abfnrtv\\"]|x[\da-fA-F]{2}|u[\da-fA-F]{4})/g, (escape) =>
          /^\\[av]$/.test(escape) ? "" : /^\\x/.test(escape) ? `\\u00${escape.slice(2)}` : escape,
        ),
      ),
    );
  } catch {
    return text.slice(1, -1);
  }
}
