import { joinTexts, textOf } from "./texts.ts";
import { type Args, argument, type DictValue, isKind, listOf, type ListValue, type Value } from "./values.ts";

/** What a method of a text, list or dict answers; undefined where it is not followed. Lists and dicts are changed in place. */
export function callValueMethod(self: Value, name: string, args: Args): Value | undefined {
  if (typeof self === "string") return textMethod(self, name, args);
  if (isKind(self, "template")) return templateMethod(self, name);
  if (isKind(self, "list")) return listMethod(self, name, args);
  if (isKind(self, "dict")) return dictMethod(self, name, args);
  return undefined;
}

function templateMethod(self: Value, name: string): Value | undefined {
  return /^(?:strip|lstrip|rstrip|lower)$/.test(name) ? self : undefined;
}

const CHANGES: Readonly<Record<string, (text: string, one: string, other: string) => Value>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  title: (text) =>
    text.replaceAll(/[A-Za-z]+/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()),
  capitalize: (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
  strip: (text, one) => trimmed(text, one, true, true),
  lstrip: (text, one) => trimmed(text, one, true, false),
  rstrip: (text, one) => trimmed(text, one, false, true),
  replace: (text, one, other) => text.replaceAll(one, other),
  removeprefix: (text, one) => (text.startsWith(one) ? text.slice(one.length) : text),
  removesuffix: (text, one) => (one !== "" && text.endsWith(one) ? text.slice(0, -one.length) : text),
  startswith: (text, one) => text.startsWith(one),
  endswith: (text, one) => text.endsWith(one),
};

function textMethod(self: string, name: string, args: Args): Value | undefined {
  const [first, second] = args.positional;
  if (name === "format") return formatted(self, args);
  if (name === "join") return isKind(first, "list") && !first.open ? joined(self, first.items) : undefined;
  if (name === "split") {
    const parts = typeof first === "string" ? self.split(first) : self.split(/\s+/).filter(Boolean);
    return listOf(parts);
  }
  const change = CHANGES[name];
  if (change === undefined) return undefined;
  if ([first, second].some((each) => each !== undefined && typeof each !== "string")) return undefined;
  return change(self, (first as string | undefined) ?? "", (second as string | undefined) ?? "");
}

function trimmed(text: string, characters: string, atStart: boolean, atEnd: boolean): string {
  const isCut = (at: number): boolean =>
    characters === "" ? /\s/.test(text[at] ?? "x") : characters.includes(text[at] ?? "\0");
  let from = 0;
  let to = text.length;
  if (atStart) while (from < to && isCut(from)) from += 1;
  if (atEnd) while (to > from && isCut(to - 1)) to -= 1;
  return text.slice(from, to);
}

function joined(between: string, items: readonly Value[]): Value {
  return joinTexts(items.flatMap((item, index) => (index === 0 ? [item] : [between, item])));
}

function formatted(text: string, args: Args): Value {
  let next = 0;
  const parts: Value[] = [];
  let from = 0;
  for (const match of text.matchAll(/\{\{|\}\}|\{(\w*)\}/g)) {
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] === undefined) parts.push(match[0][0] ?? "");
    else {
      const key = match[1] === "" ? String(next++) : match[1];
      parts.push(
        args.named.get(key) ?? args.positional[Number(key)] ?? { kind: "unknown", reason: `{${key}} is not known` },
      );
    }
  }
  parts.push(text.slice(from));
  return joinTexts(parts);
}

/** "%s/users" % value, as far as it has %s and %d only. */
export function percentFormatted(text: string, value: Value): Value {
  const values = isKind(value, "list") ? [...value.items] : [value];
  const pieces = text.split(/(%[sdr]|%\(\w+\)[sd])/);
  return joinTexts(
    pieces.map((piece): Value => {
      const key = /^%\((\w+)\)/.exec(piece)?.[1];
      if (key !== undefined && isKind(value, "dict")) return value.entries.get(key) ?? { kind: "unknown", reason: key };
      return /^%[sdr]$/.test(piece) ? (values.shift() ?? "") : piece;
    }),
  );
}

function listMethod(self: ListValue, name: string, args: Args): Value | undefined {
  const [first, second] = args.positional;
  if (name === "append" || name === "add") self.items.push(first ?? null);
  else if (name === "insert") self.items.splice(typeof first === "number" ? first : 0, 0, second ?? null);
  else if (name === "extend" || name === "update") extendList(self, first);
  else if (name === "copy") return listOf(self.items, self.open, self.isTuple);
  else if (name === "pop") return self.items.at(-1) ?? null;
  else if (!/^(?:remove|sort|reverse|clear|discard)$/.test(name)) return undefined;
  return null;
}

/** Adds what another list holds. */
export function extendList(self: ListValue, other: Value | undefined): void {
  if (isKind(other, "list")) {
    self.items.push(...other.items.slice(0, 5000));
    self.open ||= other.open;
  } else if (isKind(other, "union")) for (const value of other.values) extendList(self, value);
  else self.open = true;
}

function dictMethod(self: DictValue, name: string, args: Args): Value | undefined {
  const [first, second] = args.positional;
  const key = keyOf(first);
  const pair = ([each, value]: [string, Value]): Value => listOf([each, value], false, true);
  if (name === "items") return listOf([...self.entries].map(pair), self.open);
  if (name === "keys") return listOf([...self.entries.keys()], self.open);
  if (name === "values") return listOf([...self.entries.values()], self.open);
  if (name === "copy") return { kind: "dict", entries: new Map(self.entries), open: self.open };
  if (name === "get" || name === "pop" || name === "setdefault") {
    const found = key === undefined ? undefined : self.entries.get(key);
    if (name === "pop" && key !== undefined) self.entries.delete(key);
    if (name === "setdefault" && key !== undefined && found === undefined) self.entries.set(key, second ?? null);
    if (found !== undefined) return found;
    return self.open || key === undefined
      ? { kind: "unknown", reason: "an entry of a dict is not known" }
      : (second ?? null);
  }
  if (name === "update") {
    for (const [each, value] of args.named) self.entries.set(each, value);
    if (isKind(first, "dict")) for (const [each, value] of first.entries) self.entries.set(each, value);
    else if (first !== undefined) self.open = true;
    return null;
  }
  return undefined;
}

/** A dict's key as text; what is no text or number has its own. */
export function keyOf(value: Value | undefined): string | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (isKind(value, "external")) return value.path;
  const text = textOf(argument({ positional: [value ?? null], named: new Map(), open: false }, "", 0));
  return text.missing === undefined && text.text !== "" ? text.text : undefined;
}
