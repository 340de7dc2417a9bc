import { isNode, type Node } from "../../codebase/javascript/reading/syntax.ts";
import { bindTarget } from "./assignments.ts";
import type { Completion, Frame, Machine } from "./machine.ts";
import { bindPattern, hoist, lookUp, openScope } from "./scopes.ts";
import { choice, optionsOf, plainText, type Scope, text, truthOf, UNDEFINED, unknown, type Value } from "./values.ts";

/** A loop over a known list is carried out so many times at most. */
const MOST_TURNS = 400;

/**
 * Carries out statements that are hoisted already. Where a condition is not known both ways are taken, as something that may
 * happen; a loop over what is not known is taken once.
 */
export function execute(machine: Machine, body: readonly Node[], scope: Scope, frame: Frame): Completion {
  let left = 0;
  try {
    for (const statement of body) {
      if (machine.state.steps <= 0 || machine.state.allowance <= 0) return "return";
      const end = executeOne(machine, statement, scope, frame);
      if (end === "normal") continue;
      if (end !== "perhaps") return end;
      // It may have returned: what follows may happen.
      machine.state.conditional++;
      left++;
    }
    return "normal";
  } finally {
    machine.state.conditional -= left;
  }
}

type End = Completion | "perhaps";

function executeOne(machine: Machine, statement: Node, scope: Scope, frame: Frame): End {
  switch (statement.type) {
    case "ExpressionStatement": {
      const expression = statement["expression"] as Node;
      const dropped = expression.type === "AwaitExpression" ? (expression["argument"] as Node) : expression;
      if (dropped.type === "CallExpression") machine.state.dropped = dropped;
      machine.evaluate(expression, scope);
      return "normal";
    }
    case "VariableDeclaration":
      declareNow(machine, statement, scope);
      return "normal";
    case "ReturnStatement":
      frame.returns.push(isNode(statement["argument"]) ? machine.evaluate(statement["argument"], scope) : UNDEFINED);
      return "return";
    case "ThrowStatement":
      return "return";
    case "BreakStatement":
      return "break";
    case "ContinueStatement":
      return "continue";
    case "BlockStatement":
    case "StaticBlock":
      return block(machine, statement["body"] as readonly Node[], scope, frame);
    case "IfStatement":
      return branch(machine, statement, scope, frame);
    case "ForOfStatement":
    case "ForInStatement":
      return forEach(machine, statement, scope, frame);
    case "ForStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return loop(machine, statement, scope, frame);
    case "SwitchStatement":
      return switched(machine, statement, scope, frame);
    case "TryStatement":
      return attempt(machine, statement, scope, frame);
    case "LabeledStatement":
      return executeOne(machine, statement["body"] as Node, scope, frame);
    default:
      return executeModuleItem(machine, statement, scope, frame);
  }
}

/** Imports, exports, and what does nothing when it is carried out. */
function executeModuleItem(machine: Machine, statement: Node, scope: Scope, frame: Frame): End {
  switch (statement.type) {
    case "ExportNamedDeclaration":
      if (isNode(statement["declaration"])) return executeOne(machine, statement["declaration"], scope, frame);
      return "normal";
    case "ExportDefaultDeclaration":
      lookUp(scope, "%default")?.value();
      return "normal";
    case "ImportDeclaration":
      if ((statement["specifiers"] as readonly Node[]).length === 0)
        machine.imported(scope.module, statement["source"]["value"] as string);
      return "normal";
    case "TSExportAssignment":
      machine.setMember(
        lookUp(scope, "module")?.value() ?? UNDEFINED,
        "exports",
        machine.evaluate(statement["expression"] as Node, scope),
        { node: statement, scope },
      );
      return "normal";
    default:
      return "normal";
  }
}

function block(machine: Machine, body: readonly Node[], scope: Scope, frame: Frame): Completion {
  const inside = openScope(scope);
  hoist(machine, body, inside);
  return machine.execute(body, inside, frame);
}

/** Takes the values of declared names in their order, so that what makes them is done once and here. */
function declareNow(machine: Machine, statement: Node, scope: Scope): void {
  if (scope.parent === undefined && machine.hooks.isEager?.(scope.module) !== true) return;
  for (const declarator of statement["declarations"] as readonly Node[]) {
    const init = declarator["init"] as Node | null;
    if (!isNode(init) || isQuiet(init)) continue;
    const first = firstName(declarator["id"] as Node);
    if (first === undefined) machine.evaluate(init, scope);
    else lookUp(scope, first)?.value();
  }
}

/** What does nothing by itself may wait until somebody asks. */
function isQuiet(init: Node): boolean {
  return /^(?:Literal|Identifier|ArrowFunctionExpression|FunctionExpression|TemplateLiteral|ThisExpression)$/.test(
    init.type,
  );
}

function firstName(pattern: Node): string | undefined {
  switch (pattern.type) {
    case "Identifier":
      return pattern["name"] as string;
    case "AssignmentPattern":
      return firstName(pattern["left"] as Node);
    case "ObjectPattern":
      for (const property of pattern["properties"] as readonly Node[]) {
        const found = firstName((property["value"] ?? property["argument"]) as Node);
        if (found !== undefined) return found;
      }
      return undefined;
    case "ArrayPattern":
      for (const element of pattern["elements"] as readonly (Node | null)[]) {
        const found = isNode(element) ? firstName((element["argument"] ?? element) as Node) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    default:
      return undefined;
  }
}

function branch(machine: Machine, statement: Node, scope: Scope, frame: Frame): End {
  const truth = truthOf(machine.evaluate(statement["test"] as Node, scope));
  const take = (part: unknown): Completion =>
    isNode(part) ? asCompletion(executeOne(machine, part, openScope(scope), frame)) : "normal";
  if (truth === true) return take(statement["consequent"]);
  if (truth === false) return take(statement["alternate"]);
  const first = machine.perhaps(() => take(statement["consequent"]));
  const second = machine.perhaps(() => take(statement["alternate"]));
  if (first === second) return first;
  return first === "return" || second === "return" ? "perhaps" : "normal";
}

function asCompletion(end: End): Completion {
  return end === "perhaps" ? "normal" : end;
}

function forEach(machine: Machine, statement: Node, scope: Scope, frame: Frame): End {
  const over = machine.evaluate(statement["right"] as Node, scope);
  const turns = statement.type === "ForInStatement" ? keysOf(over) : itemsOf(over);
  const turn = (value: Value): Completion => {
    const inside = openScope(scope);
    const left = statement["left"] as Node;
    if (left.type === "VariableDeclaration") {
      const id = (left["declarations"] as readonly Node[])[0]?.["id"] as Node | undefined;
      if (id !== undefined) bindPattern(machine, id, inside, () => value, left);
    } else bindTarget(machine, left, value, scope);
    return asCompletion(executeOne(machine, statement["body"] as Node, inside, frame));
  };
  if (turns === undefined) {
    machine.perhaps(() => turn(unknown("a loop's element is not known")));
    return "normal";
  }
  for (const value of turns.slice(0, MOST_TURNS)) {
    const end = turn(value);
    if (end === "break") break;
    if (end === "return") return machine.state.conditional > 0 ? "perhaps" : "return";
  }
  return "normal";
}

/** What a loop goes through; undefined where that is not known. */
export function itemsOf(over: Value): readonly Value[] | undefined {
  const items = optionsOf(over).flatMap((option) => (option.kind === "list" ? [option] : []));
  if (items.length === 0) return undefined;
  if (items.length === 1 && items[0]?.open === true && items[0].items.length === 0) return undefined;
  return items.flatMap((option) => option.items);
}

function keysOf(over: Value): readonly Value[] | undefined {
  if (over.kind === "fields" && !over.open) return [...over.fields.keys()].map((name) => text(name));
  return over.kind === "list" ? over.items.map((_, index) => text(String(index))) : undefined;
}

function loop(machine: Machine, statement: Node, scope: Scope, frame: Frame): End {
  const inside = openScope(scope);
  const init = statement["init"] as Node | null | undefined;
  if (isNode(init)) {
    if (init.type === "VariableDeclaration") hoist(machine, [init], inside);
    else machine.evaluate(init, inside);
  }
  const over = countedOver(machine, statement, inside);
  const counter = firstCounter(init);
  if (over !== undefined && counter !== undefined) {
    for (let index = 0; index < Math.min(over, MOST_TURNS); index++) {
      const turn = openScope(inside);
      turn.names.set(counter, {
        node: undefined,
        value: () => ({ kind: "constant", value: index }),
        set: () => undefined,
      });
      if (executeOne(machine, statement["body"] as Node, turn, frame) === "return") return "perhaps";
    }
    return "normal";
  }
  machine.perhaps(() => executeOne(machine, statement["body"] as Node, inside, frame));
  return "normal";
}

function firstCounter(init: unknown): string | undefined {
  if (!isNode(init) || init.type !== "VariableDeclaration") return undefined;
  const [declarator] = init["declarations"] as readonly Node[];
  const isZero = declarator?.["init"]?.type === "Literal" && declarator["init"]["value"] === 0;
  return isZero ? firstName(declarator["id"] as Node) : undefined;
}

/** The number of turns of `for (let i = 0; i < known; i++)`. */
function countedOver(machine: Machine, statement: Node, scope: Scope): number | undefined {
  const test = statement["test"] as Node | null | undefined;
  if (statement.type !== "ForStatement" || !isNode(test) || test.type !== "BinaryExpression") return undefined;
  if (test["operator"] !== "<") return undefined;
  const bound = machine.evaluate(test["right"] as Node, scope);
  return bound.kind === "constant" && typeof bound.value === "number" ? bound.value : undefined;
}

function switched(machine: Machine, statement: Node, scope: Scope, frame: Frame): End {
  const on = machine.evaluate(statement["discriminant"] as Node, scope);
  const cases = statement["cases"] as readonly Node[];
  const inside = openScope(scope);
  for (const one of cases) hoist(machine, one["consequent"] as readonly Node[], inside);
  const known = plainText(on);
  const tests = cases.map((one) =>
    isNode(one["test"]) ? plainText(machine.evaluate(one["test"], inside)) : undefined,
  );
  const from = known === undefined ? -1 : tests.indexOf(known);
  if (known !== undefined && from >= 0) {
    for (const one of cases.slice(from)) {
      const end = machine.execute(one["consequent"] as readonly Node[], inside, frame);
      if (end === "break") return "normal";
      if (end !== "normal") return end;
    }
    return "normal";
  }
  let returns = 0;
  for (const one of cases)
    if (machine.perhaps(() => machine.execute(one["consequent"] as readonly Node[], inside, frame)) === "return")
      returns++;
  return returns > 0 ? "perhaps" : "normal";
}

function attempt(machine: Machine, statement: Node, scope: Scope, frame: Frame): End {
  const end = executeOne(machine, statement["block"] as Node, scope, frame);
  const handler = statement["handler"] as Node | null;
  if (isNode(handler)) {
    const inside = openScope(scope);
    if (isNode(handler["param"])) bindPattern(machine, handler["param"], inside, () => unknown("an error"), handler);
    machine.perhaps(() => executeOne(machine, handler["body"] as Node, inside, frame));
  }
  if (isNode(statement["finalizer"])) executeOne(machine, statement["finalizer"], scope, frame);
  return end;
}

export function returned(values: readonly Value[]): Value {
  const [first] = values;
  if (first === undefined) return UNDEFINED;
  if (values.length === 1) return first;
  const distinct = new Set(values);
  return distinct.size === 1 ? first : choice([...distinct]);
}
