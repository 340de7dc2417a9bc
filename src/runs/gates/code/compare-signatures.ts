import {
  dottedName,
  type FunctionNode,
  type Language,
  type Param,
} from "../../../codebase/test-code/syntax/code-tree.ts";

/** One way in which two signatures differ. `about`: words that a task which wants this would use. */
export interface Difference {
  readonly what: string;
  readonly about: readonly string[];
  /** Words for the difference itself when no name carries it: async. */
  readonly pattern?: RegExp;
  /** Order and the like: naming the parameters is not asking for it. */
  readonly grave?: boolean;
}

export interface SignatureRules {
  readonly language: Language;
  /** The wanted side is written out in the task: what it leaves open (types, results) is free. */
  readonly declared: boolean;
}

/** How `met` differs from `wanted`. Names of positional parameters count in Python only, where callers may use them. */
export function compareSignatures(wanted: FunctionNode, met: FunctionNode, rules: SignatureRules): Difference[] {
  const found: Difference[] = [];
  if (wanted.isAsync !== met.isAsync && !returnsPromise(wanted, met, rules)) {
    found.push({
      what: met.isAsync ? "became async" : "is no longer async",
      about: [],
      pattern: /\b(?:async|await|asynchronous\w*|promise|coroutine|synchronous\w*|sync)\b/i,
    });
  }
  const [bound, binds] = [bindingOf(wanted), bindingOf(met)];
  if (bound !== binds && (!rules.declared || (binds === "static" && wanted.params[0]?.name === "self"))) {
    found.push({
      what: `is ${binds === "plain" ? "a plain function or method" : `a ${binds} member`} now`,
      about: [],
      pattern: /\b(?:propert\w*|static\w*|class ?method|getter|setter|cached)\b/i,
    });
  }
  found.push(...compareParams(ownParams(wanted), ownParams(met), rules));
  const [before, after] = [normalType(wanted.returns), normalType(met.returns)];
  const promised = after === `Promise<${before}>` || before === `Promise<${after}>`;
  if (
    before !== undefined &&
    before !== after &&
    !(after === undefined && rules.declared && rules.language !== "python") &&
    !(promised && found.length > 0)
  ) {
    found.push({
      what: `returns ${after ?? "something unstated"} instead of ${before}`,
      about: wordsOf(after),
      grave: false,
    });
  }
  return found;
}

function bindingOf(node: FunctionNode): "plain" | "static" | "class" | "property" {
  const marks = [...node.modifiers, ...node.decorators.map((mark) => dottedName(mark).split(".").at(-1) ?? "")];
  if (marks.some((mark) => mark === "static" || mark === "staticmethod")) return "static";
  if (marks.includes("classmethod")) return "class";
  return marks.some((mark) => /^(?:get|set|property|cached_property|setter|getter)$/.test(mark)) ? "property" : "plain";
}

function returnsPromise(a: FunctionNode, b: FunctionNode, rules: SignatureRules): boolean {
  const either = /^(?:Promise|Awaitable|Coroutine)\b/;
  return rules.language !== "python" && either.test(a.returns ?? "") && either.test(b.returns ?? "");
}

function ownParams(node: FunctionNode): readonly Param[] {
  const [first, ...rest] = node.params;
  return first !== undefined && (first.name === "self" || first.name === "cls" || first.name === "this")
    ? rest
    : node.params;
}

function compareParams(wanted: readonly Param[], met: readonly Param[], rules: SignatureRules): Difference[] {
  const found: Difference[] = [];
  const byName = new Map(met.map((param) => [param.name, param]));
  const lost = wanted.filter(({ name }) => !byName.has(name));
  const fresh = met.filter(({ name }) => !wanted.some((param) => param.name === name));
  const renamed = new Set<string>();
  for (const param of lost) {
    const at = wanted.indexOf(param);
    const there = met[at];
    const isRename =
      there !== undefined && fresh.includes(there) && there.form === param.form && lost.length === fresh.length;
    if (isRename) renamed.add(there.name);
    const silent =
      isRename &&
      (rules.language !== "python" ||
        param.name.replace(/^_+/, "") === there.name.replace(/^_+/, "") ||
        (param.form !== "plain" && param.form !== "keyword"));
    if (silent) {
      if (there !== undefined) found.push(...compareParam(param, { ...there, name: param.name }, rules));
    } else if (isRename)
      found.push({ what: `parameter ${param.name} was renamed to ${there.name}`, about: [there.name] });
    else found.push({ what: `parameter ${param.name} is gone`, about: [param.name] });
  }
  for (const param of fresh) {
    if (renamed.has(param.name) || (param.optional && /^_/.test(param.name))) continue;
    found.push({
      what: `${param.optional ? "an optional" : "a required"} parameter ${param.name} was added`,
      about: [param.name],
      ...(param.optional
        ? {}
        : { pattern: /\brequired?\b|\bmandatory\b|\bnew parameter\b|\bparameter\b|\bargument\b/i }),
    });
  }
  const common = wanted.filter(({ name, form }) => byName.has(name) && form === "plain").map(({ name }) => name);
  const order = met.filter(({ name }) => common.includes(name)).map(({ name }) => name);
  if (common.join() !== order.join())
    found.push({
      what: `parameters stand in the order (${order.join(", ")}) instead of (${common.join(", ")})`,
      about: [],
      grave: true,
    });
  for (const param of wanted) {
    const other = byName.get(param.name);
    if (other !== undefined) found.push(...compareParam(param, other, rules));
  }
  return found;
}

function compareParam(wanted: Param, met: Param, rules: SignatureRules): Difference[] {
  const found: Difference[] = [];
  const { name } = wanted;
  if (wanted.form !== met.form)
    found.push({
      what: `parameter ${name} became ${met.form}`,
      about: [name],
      pattern: /\bkeyword[- ]only\b|\bpositional\b|\bvariadic\b|\bvarargs\b|\*/i,
    });
  if (wanted.optional && !met.optional)
    found.push({ what: `parameter ${name} became required`, about: [name], pattern: /\brequired?\b|\bmandatory\b/i });
  if (!wanted.optional && met.optional && rules.declared && rules.language === "python")
    found.push({ what: `parameter ${name} became optional`, about: [name], pattern: /\boptional\b|\bdefault/i });
  if (
    wanted.default !== undefined &&
    met.default !== undefined &&
    normalDefault(wanted.default) !== normalDefault(met.default)
  ) {
    found.push({
      what: `the default of ${name} is ${met.default} instead of ${wanted.default}`,
      about: [met.default.replaceAll(/["'`]/g, "")],
      pattern: /\bdefault/i,
    });
  }
  const [before, after] = [normalType(wanted.type), normalType(met.type)];
  if (before !== undefined && before !== after && !(after === undefined && rules.declared)) {
    found.push({
      what: `parameter ${name} is of type ${after ?? "unstated"} instead of ${before}`,
      about: wordsOf(after),
    });
  }
  return found;
}

function normalDefault(text: string): string {
  return text.replaceAll(/['"`]/g, '"').replaceAll(/\s+/g, "").replaceAll("_", "");
}

/** `Optional[str]` is `str|None`, `List[int]` is `list[int]`, `Array<T>` is `T[]`; the order of a union does not count. */
export function normalType(type: string | undefined): string | undefined {
  if (type === undefined) return undefined;
  let text = type
    .replaceAll(/^["']|["']$/g, "")
    .replaceAll(/\s+/g, "")
    .replaceAll(/\b(?:typing|t|collections\.abc)\./g, "")
    .replaceAll(/\b(List|Dict|Tuple|Set|FrozenSet|Type)\[/g, (_whole, name: string) => `${name.toLowerCase()}[`);
  for (let round = 0; round < 4; round++) {
    text = text
      .replaceAll(/\bOptional\[([^[\]]*(?:\[[^[\]]*\])?[^[\]]*)\]/g, "$1|None")
      .replaceAll(/\bUnion\[([^[\]]+)\]/g, (_whole, parts: string) => parts.replaceAll(",", "|"));
    text = text.replaceAll(/\bReadonlyArray<([\w$.]+)>/g, "readonly$1[]").replaceAll(/\bArray<([\w$.]+)>/g, "$1[]");
  }
  return /^[\w$.|"'\s]+$/.test(text) ? text.split("|").toSorted().join("|") : text;
}

function wordsOf(type: string | undefined): string[] {
  return (type ?? "").match(/[A-Za-z_]\w+/g) ?? [];
}
