import { joined } from "../operators.ts";
import { type Call, constant, list, plainText, type Text, text, unknown, type Value } from "../values.ts";

type Method = (of: Text, call: Call) => Value;

/** Changes the known parts, each by itself. */
const onParts =
  (change: (part: string) => string): Method =>
  (of) =>
    text(...of.parts.map((part) => (typeof part === "string" ? change(part) : part)));

const onWhole =
  (change: (plain: string, args: readonly (string | number | undefined)[]) => Value): Method =>
  (of, { args }) => {
    const plain = plainText(of);
    return plain === undefined ? unknown("a part of a text that is not known") : change(plain, args.map(plainArgument));
  };

const METHODS: Readonly<Record<string, Method>> = {
  toString: (of: Text) => of,
  valueOf: (of: Text) => of,
  normalize: (of) => of,
  toLowerCase: onParts((part) => part.toLowerCase()),
  toLocaleLowerCase: onParts((part) => part.toLowerCase()),
  toUpperCase: onParts((part) => part.toUpperCase()),
  toLocaleUpperCase: onParts((part) => part.toUpperCase()),
  trim: (of) => of,
  concat: (of, { args }) => args.reduce((before: Value, one) => joined(before, one.value()), of),
  replace: (of, call) => replaced(of, call, false),
  replaceAll: (of, call) => replaced(of, call, true),
  split: onWhole((plain, [by]) => list(plain.split(String(by ?? "\0")).map((part) => text(part)))),
  slice: sliced,
  substring: sliced,
  charAt: onWhole((plain, [at]) => text(plain.charAt(number(at) ?? 0))),
  repeat: onWhole((plain, [times]) => text(plain.repeat(Math.min(number(times) ?? 1, 100)))),
  startsWith: tested((part, other) => part.startsWith(other), 0),
  endsWith: tested((part, other) => part.endsWith(other), -1),
  includes: onWhole((plain, [other]) => constant(plain.includes(String(other)))),
};

/** A member of a text; undefined where it is none that matters. Pure. */
export function textMember(of: Text, name: string): Value | undefined {
  if (name === "length") {
    const plain = plainText(of);
    return plain === undefined ? undefined : constant(plain.length);
  }
  // A URL is its text.
  if (name === "href") return of;
  if (name === "pathname") return text(...withoutOrigin(of));
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method === undefined) return undefined;
  return { kind: "native", type: `text.${name}`, member: () => undefined, call: (call) => method(of, call) };
}

function withoutOrigin(of: Text): Text["parts"] {
  const [head, ...rest] = of.parts;
  if (typeof head !== "string") return rest;
  return [head.replace(/^[a-z][\w+.-]*:\/\/[^/]*/i, ""), ...rest];
}

/** Of a text with unknown parts, what is cut off its known beginning or end. */
function sliced(of: Text, { args }: Call): Value {
  const [from = 0, to] = args.map((argument) => number(plainArgument(argument)));
  const plain = plainText(of);
  if (plain !== undefined) return text(plain.slice(from, to));
  const [first, last] = [of.parts[0], of.parts.at(-1)];
  const isWithin = from >= 0 && (from === 0 || (typeof first === "string" && first.length >= from));
  const isEnd = to === undefined || (to < 0 && typeof last === "string" && last.length >= -to);
  if (!isWithin || !isEnd || args.length > 2) return unknown("a part of a text that is not known");
  const parts = of.parts.map((part, index) => {
    if (typeof part !== "string") return part;
    return part.slice(index === 0 ? from : 0, index === of.parts.length - 1 ? to : undefined);
  });
  return text(...parts);
}

function replaced(of: Text, { args }: Call, isAll: boolean): Value {
  const [what, by] = args.map((one) => one.value());
  const replacement = plainText(by);
  const plain = plainText(what);
  if (plain !== undefined && by !== undefined && plain !== "") return exchanged(of, plain, by, isAll);
  if (what?.kind !== "pattern" || replacement === undefined) return of;
  try {
    const pattern = new RegExp(what.source, isAll ? "g" : "");
    const isAtStart = what.source.startsWith("^");
    const isAtEnd = /[^\\]\$$/.test(what.source);
    return text(
      ...of.parts.map((part, index) => {
        const isElsewhere = (isAtStart && index > 0) || (isAtEnd && index < of.parts.length - 1);
        return typeof part === "string" && !isElsewhere ? part.replace(pattern, replacement) : part;
      }),
    );
  } catch {
    return of;
  }
}

/** `"/a/:id".replace(":id", id)` puts a value where a name stood. */
function exchanged(of: Text, plain: string, by: Value, isAll: boolean): Value {
  const parts: (string | Value)[] = [];
  let isDone = false;
  const piece = by.kind === "text" ? by.parts : by.kind === "constant" ? [String(by.value)] : [by];
  for (const part of of.parts) {
    if (typeof part !== "string" || (isDone && !isAll)) {
      parts.push(part);
      continue;
    }
    const pieces = isAll ? part.split(plain) : cutOnce(part, plain);
    isDone ||= pieces.length > 1;
    for (const [index, one] of pieces.entries()) parts.push(...(index === 0 ? [one] : [...piece, one]));
  }
  return text(...parts);
}

function cutOnce(part: string, by: string): readonly string[] {
  const at = part.indexOf(by);
  return at < 0 ? [part] : [part.slice(0, at), part.slice(at + by.length)];
}

function tested(test: (part: string, other: string) => boolean, at: 0 | -1): Method {
  return (of, { args }) => {
    const part = of.parts.at(at) ?? "";
    const other = plainText(args[0]?.value());
    if (typeof part !== "string" || other === undefined) return unknown("a condition is not known");
    if (of.parts.length > 1 && part.length < other.length) return unknown("a condition is not known");
    return constant(test(part, other));
  };
}

function plainArgument(argument: Call["args"][number]): string | number | undefined {
  const value = argument.value();
  if (value.kind === "constant" && typeof value.value === "number") return value.value;
  return plainText(value);
}

function number(value: string | number | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
