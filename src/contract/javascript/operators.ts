import { choice, constant, isNothing, optionsOf, plainText, text, type Text, unknown, type Value } from "./values.ts";

/** So many ways to put texts together are told apart; more are one text with an unknown part. */
const MOST_WAYS = 24;

/** What an operator makes of two values; "text" puts both together as a template does. Pure. */
export function binary(operator: string, left: Value, right: Value): Value {
  if (operator === "text") return joined(left, right);
  if (operator === "+") return isNumber(left) && isNumber(right) ? added(left, right) : joined(left, right);
  if (/^[!=]==?$/.test(operator)) return compared(left, right, operator.startsWith("!"));
  if (operator === "in" && right.kind === "fields" && !right.open) {
    const name = plainText(left);
    if (name !== undefined) return constant(right.fields.has(name));
  }
  if (left.kind === "constant" && right.kind === "constant") return calculated(operator, left.value, right.value);
  return unknown("it is calculated");
}

/** Two values as one text; of a choice each way is told. Pure. */
export function joined(left: Value, right: Value): Value {
  const lefts = optionsOf(left);
  const rights = optionsOf(right);
  if (lefts.length * rights.length > MOST_WAYS)
    return text(...partsOf(oneOf(lefts, left)), ...partsOf(oneOf(rights, right)));
  return choice(lefts.flatMap((one) => rights.map((other) => text(...partsOf(one), ...partsOf(other)))));
}

function oneOf(options: readonly Value[], whole: Value): Value {
  const [only] = options;
  return options.length === 1 && only !== undefined ? only : whole;
}

/** What a value adds to a text. Pure. */
export function partsOf(value: Value): Text["parts"] {
  if (value.kind === "text") return value.parts;
  if (value.kind === "constant") return [String(value.value)];
  if (value.kind === "list" && !value.open && value.items.every((item) => plainText(item) !== undefined))
    return [value.items.map((item) => plainText(item)).join(",")];
  return [value];
}

function isNumber(value: Value): boolean {
  return value.kind === "constant" && typeof value.value !== "undefined";
}

function added(left: Value, right: Value): Value {
  if (left.kind !== "constant" || right.kind !== "constant") return unknown("it is calculated");
  return constant(Number(left.value) + Number(right.value));
}

function compared(left: Value, right: Value, isNot: boolean): Value {
  const answer = isEqual(left, right);
  return answer === undefined ? unknown("a comparison is not known") : constant(answer !== isNot);
}

function isEqual(left: Value, right: Value): boolean | undefined {
  if (left === right && left.kind !== "unknown" && left.kind !== "foreign" && left.kind !== "choice") return true;
  const one = plainText(left);
  const other = plainText(right);
  if (one !== undefined && other !== undefined) return one === other;
  if (left.kind === "constant" && right.kind === "constant")
    return isNothing(left) && isNothing(right) ? true : left.value === right.value;
  const isKnown = (value: Value): boolean => !["unknown", "foreign", "choice", "native"].includes(value.kind);
  const isPartly = (value: Value): boolean => value.kind === "text" && plainText(value) === undefined;
  if (!isKnown(left) || !isKnown(right) || isPartly(left) || isPartly(right)) return undefined;
  return left.kind === right.kind ? undefined : false;
}

function calculated(operator: string, left: unknown, right: unknown): Value {
  const [one, other] = [Number(left), Number(right)];
  switch (operator) {
    case "-":
      return constant(one - other);
    case "*":
      return constant(one * other);
    case "/":
      return constant(one / other);
    case "<":
      return constant(one < other);
    case ">":
      return constant(one > other);
    case "<=":
      return constant(one <= other);
    case ">=":
      return constant(one >= other);
    default:
      return unknown("it is calculated");
  }
}
