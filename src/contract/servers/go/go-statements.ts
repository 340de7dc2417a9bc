import type { Syntax } from "../syntax-tree.ts";
import { valuesOf } from "./source/go-files.ts";
import { elementOf } from "./go-expressions.ts";
import type { GoFrame, GoMachine } from "./go-machine-port.ts";
import { type GoScope, type GoValue, isKnown, scopeOf, textValue, UNKNOWN } from "./go-values.ts";

// Longer lists are data, not routes.
const MOST_ROUNDS = 500;

/** Does what a statement does to names and routers. Both branches of a condition are followed, loops over known lists round by round. */
export function executeStatement(machine: GoMachine, syntax: Syntax, frame: GoFrame): void {
  switch (syntax.type) {
    case "block":
      return inBlock(machine, syntax.children, frame);
    case "statement_list":
      for (const child of syntax.children) if (!frame.state.isOver) machine.execute(child, frame);
      return;
    case "expression_statement":
    case "go_statement":
    case "defer_statement":
      machine.statement = syntax.children[0];
      if (syntax.children[0] !== undefined) machine.evaluate(syntax.children[0], frame);
      return;
    case "short_var_declaration":
      return declare(syntax.field("left")?.children ?? [], valuesFor(machine, syntax, frame), frame);
    case "assignment_statement":
      return assignment(machine, syntax, frame);
    case "var_declaration":
    case "const_declaration":
      return variables(machine, syntax, frame);
    case "type_declaration":
      return;
    case "return_statement":
      frame.returned.push(spread((syntax.children[0]?.children ?? []).map((child) => machine.evaluate(child, frame))));
      if (machine.conditions === frame.conditions && machine.loops === frame.loops) frame.state.isOver = true;
      return;
    case "if_statement":
      return condition(machine, syntax, frame);
    case "for_statement":
      return loop(machine, syntax, frame);
    case "expression_switch_statement":
    case "type_switch_statement":
    case "select_statement":
      return branches(machine, syntax, frame);
    case "labeled_statement":
      for (const child of syntax.children) if (child.type !== "label_name") machine.execute(child, frame);
      return;
    default:
      return;
  }
}

function inBlock(machine: GoMachine, children: readonly Syntax[], frame: GoFrame): void {
  const inner: GoFrame = { ...frame, scope: { names: new Map(), parent: frame.scope } };
  for (const child of children) if (!frame.state.isOver) machine.execute(child, inner);
}

function underCondition(machine: GoMachine, run: () => void): void {
  machine.conditions += 1;
  run();
  machine.conditions -= 1;
}

function spread(values: GoValue[]): GoValue[] {
  const only = values[0];
  return values.length === 1 && only?.kind === "tuple" ? [...only.items] : values;
}

function valuesFor(machine: GoMachine, syntax: Syntax, frame: GoFrame): GoValue[] {
  const right = syntax.field("right");
  const count = syntax.field("left")?.children.length ?? 1;
  const values = (right?.children ?? []).map((child) => machine.evaluate(child, frame));
  const only = values[0];
  if (values.length === 1 && count > 1) return only?.kind === "tuple" ? [...only.items] : [only ?? UNKNOWN];
  return values.map((value) => (value.kind === "tuple" ? (value.items[0] ?? UNKNOWN) : value));
}

function declare(names: readonly Syntax[], values: readonly GoValue[], frame: GoFrame): void {
  for (const [at, name] of names.entries()) {
    // Of several names only the new ones are declared; the others are assigned.
    const value = values[at] ?? UNKNOWN;
    if (name.text !== "_") frame.scope.names.set(name.text, settled(value));
  }
}

/** A switch in a variable may be thrown later, by an address that is handed on. */
function settled(value: GoValue): GoValue {
  return value.kind === "truth" ? UNKNOWN : value;
}

function assignment(machine: GoMachine, syntax: Syntax, frame: GoFrame): void {
  const targets = syntax.field("left")?.children ?? [];
  const values = valuesFor(machine, syntax, frame);
  const adds = syntax.field("operator")?.text === "+=";
  for (const [at, target] of targets.entries()) {
    const value = values[at] ?? UNKNOWN;
    if (adds) {
      const before = machine.evaluate(target, frame);
      if (before.kind === "text" && value.kind === "text")
        assign(machine, target, textValue(before.text + value.text, before.hole ?? value.hole), frame);
    } else assign(machine, target, value, frame);
  }
}

function assign(machine: GoMachine, target: Syntax, value: GoValue, frame: GoFrame): void {
  if (target.type === "identifier") return assignName(machine, target.text, value, frame);
  if (target.type === "unary_expression" || target.type === "parenthesized_expression") {
    const inner = target.field("operand") ?? target.children[0];
    if (inner !== undefined) assign(machine, inner, value, frame);
    return;
  }
  if (target.type === "selector_expression") {
    const operand = target.field("operand");
    const name = target.field("field")?.text ?? "";
    const holder = operand === undefined ? UNKNOWN : machine.evaluate(operand, frame);
    if (holder.kind === "instance") {
      if (keeps(machine, holder.fields.get(name), value)) return;
      holder.fields.set(name, value);
      if (holder.declared !== undefined) machine.noteField(holder.declared, name, value);
    } else if (holder.kind === "package") {
      const declared = machine.project.packageOf(holder.path)?.declaredNamed(name);
      if (declared !== undefined && !keeps(machine, machine.valueOf(declared), value))
        machine.setValue(declared, value);
    }
    return;
  }
  if (target.type !== "index_expression") return;
  const operand = target.field("operand");
  const index = target.field("index");
  const holder = operand === undefined ? UNKNOWN : machine.evaluate(operand, frame);
  if (holder.kind === "map" && index !== undefined) holder.entries.push({ key: machine.evaluate(index, frame), value });
}

function assignName(machine: GoMachine, name: string, value: GoValue, frame: GoFrame): void {
  if (name === "_") return;
  const holder: GoScope | undefined = scopeOf(frame.scope, name);
  if (holder !== undefined) {
    if (!keeps(machine, holder.names.get(name), value)) holder.names.set(name, settled(value));
    return;
  }
  const declared = machine.project.packageAt(frame.file.folder).declaredNamed(name);
  if (declared?.kind === "value" && !keeps(machine, machine.valueOf(declared), value))
    machine.setValue(declared, value);
}

/** What is only put in under a condition, and not known, does not take the place of what is known. */
function keeps(machine: GoMachine, before: GoValue | undefined, value: GoValue): boolean {
  return before !== undefined && isKnown(before) && !isKnown(value) && (machine.conditions > 0 || value.kind !== "nil");
}

function variables(machine: GoMachine, syntax: Syntax, frame: GoFrame): void {
  for (const one of valuesOf(syntax, frame.file)) {
    const value =
      one.value === undefined
        ? machine.valueOfType(one.type === undefined ? undefined : { file: frame.file, syntax: one.type })
        : machine.evaluate(one.value.syntax, frame);
    const item =
      value.kind === "tuple" && one.value !== undefined && one.value.at >= 0
        ? (value.items[one.value.at] ?? UNKNOWN)
        : value;
    frame.scope.names.set(one.name, one.isConstant ? item : settled(item));
  }
}

function condition(machine: GoMachine, syntax: Syntax, frame: GoFrame): void {
  const inner: GoFrame = { ...frame, scope: { names: new Map(), parent: frame.scope } };
  const first = syntax.field("initializer");
  if (first !== undefined) machine.execute(first, inner);
  const asked = syntax.field("condition");
  const answer = asked === undefined ? UNKNOWN : machine.evaluate(asked, inner);
  const known = answer.kind === "truth" ? answer.is : undefined;
  underCondition(machine, () => {
    const parts = [
      known === false ? undefined : syntax.field("consequence"),
      known === true ? undefined : syntax.field("alternative"),
    ];
    for (const part of parts) if (part !== undefined) machine.execute(part, inner);
  });
}

function branches(machine: GoMachine, syntax: Syntax, frame: GoFrame): void {
  const inner: GoFrame = { ...frame, scope: { names: new Map(), parent: frame.scope } };
  const first = syntax.field("initializer");
  if (first !== undefined) machine.execute(first, inner);
  const value = syntax.field("value");
  const known = value === undefined ? UNKNOWN : machine.evaluate(value, inner);
  const alias = syntax.field("alias")?.text;
  if (alias !== undefined) inner.scope.names.set(alias, known);
  underCondition(machine, () => {
    for (const part of syntax.children) {
      if (!/_case$/.test(part.type)) continue;
      const type = part.type === "type_case" ? part.field("type") : undefined;
      if (alias !== undefined && type !== undefined && known.kind === "unknown")
        inner.scope.names.set(alias, machine.valueOfType({ file: frame.file, syntax: type }));
      inBlock(machine, part.ofType("statement_list"), inner);
    }
  });
}

function loop(machine: GoMachine, syntax: Syntax, frame: GoFrame): void {
  const inner: GoFrame = { ...frame, scope: { names: new Map(), parent: frame.scope } };
  const body = syntax.field("body");
  const range = syntax.ofType("range_clause")[0];
  const clause = syntax.ofType("for_clause")[0];
  const first = clause?.field("initializer");
  if (first !== undefined) machine.execute(first, inner);
  if (body === undefined) return;
  const names = range?.field("left")?.children ?? [];
  const over = range?.field("right");
  const value = over === undefined ? UNKNOWN : machine.evaluate(over, inner);
  const rounds = roundsOf(machine, value);
  const counted = clause === undefined ? undefined : countedIndex(machine, clause, inner);
  for (const round of (counted?.rounds ?? rounds).slice(0, MOST_ROUNDS)) {
    declare(counted?.names ?? names, round, inner);
    // A return inside of a loop does not end what stands behind the loop.
    machine.loops += 1;
    machine.execute(body, inner);
    machine.loops -= 1;
  }
}

/** `i` of `for i := 0; i < len(list); i++` where the list is known. */
function countedIndex(
  machine: GoMachine,
  clause: Syntax,
  frame: GoFrame,
): { names: readonly Syntax[]; rounds: GoValue[][] } | undefined {
  const asked = clause.field("condition");
  const index = asked?.field("left");
  const list = /^len\b/.test(asked?.field("right")?.text ?? "")
    ? asked?.field("right")?.field("arguments")?.children[0]
    : undefined;
  const value = list === undefined ? UNKNOWN : machine.evaluate(list, frame);
  if (index === undefined || value.kind !== "list") return undefined;
  return { names: [index], rounds: value.items.map((_, at) => [textValue(String(at))]) };
}

function roundsOf(machine: GoMachine, value: GoValue): GoValue[][] {
  if (value.kind === "list" && value.items.length > 0)
    return value.items.map((item, at) => [textValue(String(at)), item]);
  if (value.kind === "map" && value.entries.length > 0) return value.entries.map(({ key, value: item }) => [key, item]);
  const type = value.kind === "unknown" || value.kind === "list" || value.kind === "map" ? value.type : undefined;
  return [[UNKNOWN, elementOf(machine, type)]];
}
