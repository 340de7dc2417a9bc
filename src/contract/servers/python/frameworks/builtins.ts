import { externalBases } from "../running/classes.ts";
import { itemsOf } from "../running/expressions.ts";
import type { Framework, Machine } from "../running/machine.ts";
import { joinTexts, textOf } from "../values/texts.ts";
import { extendList } from "../values/value-methods.ts";
import {
  type Args,
  argument,
  type DictValue,
  external,
  isKind,
  listOf,
  native,
  NO_ARGS,
  type Scope,
  type Site,
  unknown,
  type Value,
} from "../values/values.ts";
import { setAttribute } from "../running/names.ts";

type Call = (machine: Machine, args: Args, site: Site) => Value | undefined;

/** Python's own functions, and the few of its library and of settings' packages that values come from. */
export function builtinFramework(machine: Machine): Framework {
  return {
    call: (path, args, site) => {
      const known = CALLS[path] ?? BY_END.find(([end]) => end.test(path))?.[1];
      return known?.(machine, args, site);
    },
  };
}

const passOn: Call = (_machine, args) => args.positional[0] ?? null;
const asList: Call = (_machine, args) => {
  const list = listOf([]);
  if (args.positional[0] !== undefined)
    extendList(
      list,
      isKind(args.positional[0], "dict") ? listOf([...args.positional[0].entries.keys()]) : args.positional[0],
    );
  return list;
};

const CALLS: Readonly<Record<string, Call>> = {
  "builtins.super": (_machine, _args, site) => superOf(site),
  "builtins.str": (_machine, args) => {
    const text = textOf(args.positional[0]);
    return text.missing === undefined ? text.text : (args.positional[0] ?? "");
  },
  "builtins.list": asList,
  "builtins.tuple": asList,
  "builtins.set": asList,
  "builtins.frozenset": asList,
  "builtins.sorted": (machine, args, site) => {
    const list = asList(machine, args, site);
    const items = isKind(list, "list") ? list.items : [];
    return items.every((item) => typeof item === "string") ? listOf(items.toSorted()) : list;
  },
  "builtins.reversed": (machine, args, site) => {
    const list = asList(machine, args, site);
    return isKind(list, "list") ? listOf(list.items.toReversed(), list.open) : list;
  },
  "builtins.iter": passOn,
  "builtins.dict": (_machine, args) => {
    const dict: DictValue = { kind: "dict", entries: new Map(args.named), open: args.open };
    const [first] = args.positional;
    if (isKind(first, "dict")) for (const [key, value] of first.entries) dict.entries.set(key, value);
    else if (first !== undefined) dict.open = true;
    return dict;
  },
  "builtins.len": (_machine, args) => {
    const [first] = args.positional;
    if (typeof first === "string") return first.length;
    return isKind(first, "list") && !first.open ? first.items.length : unknown("a length");
  },
  "builtins.range": (_machine, args) => {
    const [one, other] = args.positional;
    if (typeof one !== "number") return listOf([], true);
    const [from, to] = typeof other === "number" ? [one, other] : [0, one];
    return to - from > 200
      ? listOf([], true)
      : listOf(Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index));
  },
  "builtins.enumerate": (_machine, args) => {
    const { items, open } = itemsOf(args.positional[0]);
    return listOf(
      items.map((item, index) => listOf([index, item], false, true)),
      open,
    );
  },
  "builtins.zip": (_machine, args) => {
    const all = args.positional.map(itemsOf);
    const length = Math.min(...all.map(({ items }) => items.length));
    const rows = Array.from({ length: Number.isFinite(length) ? length : 0 }, (_, index) =>
      listOf(
        all.map(({ items }) => items[index] ?? null),
        false,
        true,
      ),
    );
    return listOf(
      rows,
      all.some(({ open }) => open),
    );
  },
  "builtins.next": (_machine, args) => itemsOf(args.positional[0]).items[0] ?? unknown("the first of something"),
  "builtins.map": (machine, args, site) => {
    const [fn, list] = args.positional;
    const { items, open } = itemsOf(list);
    return listOf(
      items.map((item) => machine.call(fn ?? null, { ...NO_ARGS, positional: [item] }, site)),
      open,
    );
  },
  "builtins.filter": (machine, args, site) => asList(machine, { ...args, positional: args.positional.slice(1) }, site),
  "builtins.getattr": (machine, args, site) => {
    const [object, name, other] = args.positional;
    const found = object === undefined || typeof name !== "string" ? undefined : machine.attribute(object, name, site);
    return found ?? other ?? unknown("an attribute's name is not known before the program runs");
  },
  "builtins.setattr": (_machine, args) => {
    const [object, name, value] = args.positional;
    if (object !== undefined && typeof name === "string") setAttribute(object, name, value ?? null);
    return null;
  },
  "builtins.isinstance": (_machine, args) => isInstance(args.positional[0], args.positional[1]),
  "builtins.type": (_machine, args) => (isKind(args.positional[0], "instance") ? args.positional[0].of : undefined),
  "builtins.print": () => null,
  "builtins.__import__": (machine, args, site) => imported(machine, args, site),
  "importlib.import_module": (machine, args, site) => imported(machine, args, site),
  "os.getenv": (_machine, args) =>
    args.positional[1] ?? argument(args, "default") ?? unknown("it is an environment variable"),
  "os.environ.get": (_machine, args) => args.positional[1] ?? unknown("it is an environment variable"),
  "os.path.join": (_machine, args) =>
    joinTexts(args.positional.flatMap((part, index) => (index === 0 ? [part] : ["/", part]))),
  "urllib.parse.urljoin": (_machine, args) => joinTexts(args.positional.slice(0, 2)),
  "typing.cast": (_machine, args) => args.positional[1] ?? null,
  "copy.copy": passOn,
  "copy.deepcopy": passOn,
  "types.SimpleNamespace": (_machine, args, site) => ({
    kind: "instance",
    of: external("types.SimpleNamespace"),
    args,
    attributes: new Map(args.named),
    place: { file: site.file, line: site.line },
  }),
  "functools.partial": (machine, args) => {
    const [callee = null, ...held] = args.positional;
    return native("partial", (given, at) =>
      machine.call(
        callee,
        {
          positional: [...held, ...given.positional],
          named: new Map([...args.named, ...given.named]),
          open: args.open || given.open,
        },
        at,
      ),
    );
  },
  "itertools.chain": (_machine, args) => {
    const list = listOf([]);
    for (const each of args.positional) extendList(list, each);
    return list;
  },
};

const BY_END: readonly (readonly [RegExp, Call])[] = [
  [/^configurations\.values\.\w*Value$/, (_machine, args) => argument(args, "default", 0)],
  [/(?:^|\.)import_string$|\.import_module$/, (machine, args, site) => importedName(machine, args, site)],
  [
    /^(?:pydantic\.|pydantic_settings\.|dataclasses\.|attrs?\.|sqlmodel\.|msgspec\.).*\b(?:Field|field|ib|attrib)$/,
    declaredDefault,
  ],
  [/(?:^|\.)(?:config|env|get_env|Config\(\)|Env)(?:\.\w+)?$/, (_machine, args) => argument(args, "default", 1)],
];

/** The default that a field is declared with. */
function declaredDefault(machine: Machine, args: Args, site: Site): Value | undefined {
  const factory = args.named.get("default_factory") ?? args.named.get("factory");
  if (factory !== undefined) return machine.call(factory, NO_ARGS, site);
  return argument(args, "default", 0) ?? unknown("a field has no default");
}

function superOf(site: Site): Value {
  let at: Scope | undefined = site.scope;
  while (at !== undefined && !(at.names.has("__self__") && at.kind === "function")) at = at.parent;
  const attributes = new Map<string, Value>();
  const self = at?.names.get("__self__");
  const owner = at?.names.get("__class__");
  if (self !== undefined) attributes.set("__self__", self);
  if (owner !== undefined) attributes.set("__owner__", owner);
  return {
    kind: "instance",
    of: external("builtins.super"),
    args: NO_ARGS,
    attributes,
    place: { file: site.file, line: site.line },
  };
}

function isInstance(value: Value | undefined, of: Value | undefined): Value {
  const asked = isKind(of, "list") ? of.items : [of];
  const names = asked.map((each) => (isKind(each, "external") ? each.path : undefined));
  if (typeof value === "string") return names.includes("builtins.str");
  if (isKind(value, "list"))
    return names.some((name) => name === "builtins.list" || name === "builtins.tuple")
      ? true
      : names.includes(undefined)
        ? unknown("")
        : false;
  if (value === null || typeof value === "number" || typeof value === "boolean")
    return names.includes(undefined) ? false : unknown("");
  if (!isKind(value, "instance")) return unknown("what something is an instance of");
  return (
    asked.includes(value.of) ||
    names.some((name) => name !== undefined && externalBases(value.of).includes(name)) ||
    unknown("")
  );
}

function imported(machine: Machine, args: Args, site: Site): Value {
  const name = argument(args, "name", 0);
  const from = argument(args, "package", 1);
  const text = textOf(name);
  if (text.missing !== undefined) {
    machine.unresolved(site, `a module is imported by a name that is not known: ${text.missing}`);
    return unknown("it is imported by a name that is not known before the program runs");
  }
  const at = typeof from === "string" ? machine.module(from, site.scope.module) : undefined;
  const module = machine.module(text.text, at ?? site.scope.module);
  if (module === undefined) return external(text.text);
  machine.load(module);
  return { kind: "module", module };
}

function importedName(machine: Machine, args: Args, site: Site): Value {
  const text = textOf(args.positional[0]);
  if (text.missing !== undefined) return imported(machine, args, site);
  const path = text.text.replace(":", ".");
  const module = machine.module(path, site.scope.module);
  if (module !== undefined) return imported(machine, args, site);
  const dot = path.lastIndexOf(".");
  return machine.resolve({
    kind: "imported",
    module: path.slice(0, dot),
    name: path.slice(dot + 1),
    from: site.scope.module,
  });
}
