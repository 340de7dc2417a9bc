import { isScript } from "../../../../javascript/parse.ts";
import { type At, fields, type Func, plainText, text, truthOf, type Value } from "../../../../javascript/values.ts";
import { folderOf, namesIn } from "../../file-lists.ts";
import { joinPaths } from "../../route-path.ts";
import { placeOf } from "../../route-tree.ts";
import type { Registering } from "./registering.ts";

type Run = (where: Registering, plugin: Func, options: Value, at: At) => void;

/**
 * `register(autoload, { dir, options })`: every file of the folder is a plug-in; names of folders are prefixes, an index file is
 * the only plug-in of its folder, `_id` is a parameter where `routeParams` says so.
 */
export function autoload(where: Registering, options: Value, at: At, run: Run): void {
  const given = options.kind === "fields" ? options.fields : new Map<string, { value(): Value }>();
  const folder = folderOf(given.get("dir")?.value());
  if (folder === undefined) {
    where.node.entries.push({ kind: "unresolved", place: placeOf(at), reason: "the folder of plug-ins is not known" });
    return;
  }
  const flag = (name: string): boolean | undefined => {
    const value = given.get(name)?.value();
    return value === undefined ? undefined : truthOf(value);
  };
  const passed = given.get("options")?.value();
  const prefix = passed?.kind === "fields" ? plainText(passed.fields.get("prefix")?.value()) : undefined;
  const walk = (path: string, before: string): void => {
    const names = namesIn(where.made.project.tree, path);
    const scripts = names.filter(
      ([name, isFolder]) => !isFolder && isScript(name) && !/[._-](?:test|spec)\./.test(name),
    );
    const index = scripts.filter(([name]) => /^index\.[cm]?[jt]s$/.test(name));
    for (const [name] of index.length > 0 ? index : scripts) load(`${path}/${name}`, before);
    for (const [name, isFolder] of names) {
      if (!isFolder || /^(?:__|\.)/.test(name)) continue;
      const part = flag("routeParams") === true && name.startsWith("_") ? `:${name.slice(1)}` : name;
      walk(`${path}/${name}`, flag("dirNameRoutePrefix") === false ? before : joinPaths(before, part));
    }
  };
  const load = (path: string, before: string): void => {
    const module = where.made.project.scripts.module(path);
    const plugin = module?.exported("default");
    if (module === undefined || plugin?.kind !== "function") return;
    if (module.exported("autoload")?.kind === "constant") return;
    const own = plainText(module.exported("autoPrefix")) ?? plainText(module.exported("prefixOverride"));
    const at2 = { node: plugin.node, scope: module.scope };
    const all = fields([
      ...(passed?.kind === "fields" ? entriesOf(passed) : []),
      ["prefix", text(joinPaths(prefix ?? "", own ?? before))],
    ]);
    run(where, plugin, all, at2);
  };
  walk(folder, "");
}

function entriesOf(of: Extract<Value, { kind: "fields" }>): readonly (readonly [string, Value])[] {
  return [...of.fields].map(([name, field]) => [name, field.value()] as const);
}
