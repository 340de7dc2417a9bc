import type { Framework, Machine } from "../running/machine.ts";
import { itemsOf } from "../running/expressions.ts";
import { textOf } from "../values/texts.ts";
import { type Args, type Bound, isKind, listOf, type Value } from "../values/values.ts";

/** What looks into folders for modules: a program that imports whatever stands in its folder of routers. */
export function foldersFramework(machine: Machine): Framework {
  return {
    call: (path, args) => {
      if (/^pkgutil\.(?:iter_modules|walk_packages)$/.test(path)) return modulesIn(machine, args);
      if (/^(?:pathlib\.)?(?:Path|PurePath)$|^pathlib\.Path$/.test(path)) return args.positional[0];
      if (/^os\.path\.(?:abspath|realpath|normpath)$/.test(path)) return args.positional[0];
      if (path === "os.path.dirname")
        return typeof args.positional[0] === "string" ? above(args.positional[0]) : undefined;
      if (path === "os.path.basename")
        return typeof args.positional[0] === "string" ? nameOf(args.positional[0]) : undefined;
      if (path === "os.listdir") return filesIn(machine, args.positional[0], "*", false);
      if (path === "glob.glob" && typeof args.positional[0] === "string")
        return filesIn(machine, above(args.positional[0]), nameOf(args.positional[0]), true);
      return undefined;
    },
    attribute: (self, name) => {
      if (typeof self !== "string" || !/[./]/.test(self)) return undefined;
      if (name === "parent") return above(self);
      if (name === "stem") return nameOf(self).replace(/\.[^.]*$/, "");
      return name === "name" ? nameOf(self) : undefined;
    },
    method: (bound) => pathMethod(machine, bound),
  };
}

function pathMethod(machine: Machine, bound: Bound): Value | undefined {
  if (typeof bound.self !== "string") return undefined;
  if (/^(?:resolve|absolute|as_posix)$/.test(bound.name)) return bound.self;
  if (/^(?:glob|iterdir|rglob)$/.test(bound.name)) return filesIn(machine, bound.self, "*", true);
  return undefined;
}

function modulesIn(machine: Machine, args: Args): Value {
  const { items, open } = itemsOf(args.positional[0] ?? args.named.get("path"));
  const prefix = textOf(args.positional[1] ?? args.named.get("prefix")).text;
  const found = items.flatMap((item) => (typeof item === "string" ? machine.modulesIn(item) : []));
  const rows = found.map(({ name, isPackage }): Value => listOf([null, `${prefix}${name}`, isPackage], false, true));
  return listOf(rows, open || rows.length === 0);
}

function filesIn(machine: Machine, folder: Value | undefined, pattern: string, isWhole: boolean): Value {
  if (typeof folder !== "string" || isKind(folder, "unknown")) return listOf([], true);
  if (pattern !== "*" && pattern !== "*.py") return listOf([], true);
  const found = machine.modulesIn(folder).filter(({ isPackage }) => pattern === "*" || !isPackage);
  const names = found.map(({ name, isPackage }) => (isPackage ? name : `${name}.py`));
  return listOf(
    names.map((name) => (isWhole ? `${folder}/${name}` : name)),
    names.length === 0,
  );
}

function above(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
