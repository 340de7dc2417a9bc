import { posix } from "node:path";
import { type GoValue, HOLE, textOf, textValue, UNKNOWN } from "./go-values.ts";

type Native = (args: readonly GoValue[]) => GoValue;

const METHODS = ["Get", "Post", "Put", "Patch", "Delete", "Head", "Options", "Connect", "Trace"];

/** Functions of the standard library that texts of paths go through. */
const NATIVE: ReadonlyMap<string, Native> = new Map<string, Native>([
  ["fmt.Sprintf", (args) => format(args)],
  ["fmt.Sprint", (args) => joined(args, "")],
  [
    "path.Join",
    (args) =>
      mapped(joined(args, "/"), (text) => posix.normalize(text.replace(/^\/(?=\/)/, "")).replace(/(.)\/$/, "$1")),
  ],
  ["net/url.JoinPath", (args) => mapped(joined(args, "/"), (text) => text.replace(/(?<!:)\/{2,}/g, "/"))],
  [
    "strings.Join",
    ([list, by]) => (list?.kind === "list" && by?.kind === "text" ? joined(list.items, by.text) : UNKNOWN),
  ],
  ["strings.ToLower", ([text]) => mapped(text, (one) => one.toLowerCase())],
  ["strings.ToUpper", ([text]) => mapped(text, (one) => one.toUpperCase())],
  ["strings.TrimSpace", ([text]) => mapped(text, (one) => one.trim())],
  [
    "strings.TrimSuffix",
    ([text, end]) =>
      mapped(text, (one) =>
        end?.kind === "text" && end.text !== "" && one.endsWith(end.text) ? one.slice(0, -end.text.length) : one,
      ),
  ],
  [
    "strings.TrimPrefix",
    ([text, start]) =>
      mapped(text, (one) =>
        start?.kind === "text" && one.startsWith(start.text) ? one.slice(start.text.length) : one,
      ),
  ],
  ["strings.TrimRight", ([text, signs]) => mapped(text, (one) => trimmed(one, signs, false, true))],
  ["strings.TrimLeft", ([text, signs]) => mapped(text, (one) => trimmed(one, signs, true, false))],
  ["strings.Trim", ([text, signs]) => mapped(text, (one) => trimmed(one, signs, true, true))],
  ["strings.HasPrefix", ([text, start]) => asked(text, start, (one, other) => one.startsWith(other))],
  ["strings.HasSuffix", ([text, end]) => asked(text, end, (one, other) => one.endsWith(other))],
  [
    "strings.ReplaceAll",
    ([text, from, to]) =>
      mapped(text, (one) => (from?.kind === "text" && to?.kind === "text" ? one.replaceAll(from.text, to.text) : HOLE)),
  ],
  ["strconv.Itoa", ([number]) => number ?? UNKNOWN],
]);

/** What a function of another package gives; undefined where it is none of those. */
export function native(path: string, name: string, args: readonly GoValue[]): GoValue | undefined {
  return NATIVE.get(`${path}.${name}`)?.(args);
}

/** Constants of the standard library. */
export function nativeConstant(path: string, name: string): GoValue | undefined {
  const method = /^Method(\w+)$/.exec(name)?.[1];
  const isHttp = path === "net/http" || /\/(?:fiber|echo)(?:\/v\d+)?$/.test(path) || /fasthttp$/.test(path);
  if (method !== undefined && isHttp && METHODS.includes(method)) return textValue(method.toUpperCase());
  return /\/echo(?:\/v\d+)?$/.test(path) && METHODS.some((one) => one.toUpperCase() === name)
    ? textValue(name)
    : undefined;
}

function joined(args: readonly GoValue[], by: string): GoValue {
  const parts = args.map(textOf);
  return textValue(parts.map(({ text }) => text).join(by), parts.find(({ hole }) => hole !== undefined)?.hole);
}

function mapped(value: GoValue | undefined, change: (text: string) => string): GoValue {
  if (value?.kind !== "text") return value ?? UNKNOWN;
  return textValue(change(value.text), value.hole);
}

function asked(
  text: GoValue | undefined,
  part: GoValue | undefined,
  ask: (text: string, part: string) => boolean,
): GoValue {
  if (text?.kind !== "text" || part?.kind !== "text" || text.text.includes(HOLE) || part.text.includes(HOLE))
    return UNKNOWN;
  return { kind: "truth", is: ask(text.text, part.text) };
}

function trimmed(text: string, signs: GoValue | undefined, atStart: boolean, atEnd: boolean): string {
  const cut = signs?.kind === "text" ? signs.text : "";
  let start = 0;
  let end = text.length;
  while (atStart && start < end && cut.includes(text.charAt(start))) start += 1;
  while (atEnd && end > start && cut.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function format([pattern, ...args]: readonly GoValue[]): GoValue {
  if (pattern?.kind !== "text") return UNKNOWN;
  let at = 0;
  let hole: string | undefined;
  const text = pattern.text.replace(/%(%|[+#0-9.-]*[a-zA-Z])/g, (_, verb: string) => {
    if (verb === "%") return "%";
    const part = textOf(args[at] ?? UNKNOWN);
    at += 1;
    hole ??= part.hole;
    return verb.endsWith("q") ? `"${part.text}"` : part.text;
  });
  return textValue(text, pattern.hole ?? hole);
}
